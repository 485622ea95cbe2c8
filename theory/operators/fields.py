r"""Strongly monotone Lipschitz fields for a search to walk through, and methods on them.

(F(x) - F(y)).(x - y) >= mu |x - y|^2 and |F(x) - F(y)| <= L |x - y| for all x, y. Fields turn,
attract and bend: F(x) = mu x + t (K x + R R'x + sum_i u_i psi_i(u_i'x)), K antisymmetric, each
psi_i rising with one slope up to a kink and another beyond, and t the largest with which no
Jacobian exceeds L. So they lie in the class by construction, and without kinks every linear field
of the class is among them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

import minimax_lab as mm

from ..draws.matrices import skew
from ..draws.points import updated
from ..theorem import Parameters

Vector = Float[Array, " size"]


class Bent(eqx.Module):
    """F(x) = linear x + sum_i u_i psi_i(u_i'x), with psi_i of slope low_i up to kink_i and high_i
    beyond, psi_i(0) = 0.
    """

    linear: Float[Array, "size size"]
    directions: Float[Array, "bends size"]
    low: Float[Array, " bends"]
    high: Float[Array, " bends"]
    kinks: Float[Array, " bends"]

    def __call__(self, x: Vector) -> Vector:
        along = self.directions @ x
        bend = jax.nn.relu(along - self.kinks) - jax.nn.relu(-self.kinks)
        return (
            self.linear @ x + (self.low * along + (self.high - self.low) * bend) @ self.directions
        )

    def jacobians(self) -> list[Float[Array, "size size"]]:
        """Every Jacobian that occurs is an average of these: one for each choice of slopes."""
        choices = itertools.product(*zip(self.low, self.high, strict=True))
        return [
            self.linear + (self.directions.T * jnp.array(slopes)) @ self.directions
            for slopes in choices
        ]


def losses(x: mm.Profile, field: Bent) -> tuple[Array, ...]:
    """x_i F_i(x), with F held fixed: the players' own derivatives are F, which need not be a
    gradient of anything.
    """
    flat, unravel = x.ravel()
    held = unravel(jax.lax.stop_gradient(field(flat)))
    return tuple(jnp.sum(own * value) for own, value in zip(x, held, strict=True))


def shapes(size: int, bends: int) -> dict[str, tuple[int, ...]]:
    """A field of `size` numbers with `bends` kinks, how much of t it takes, and a start."""
    matrices = {"turn": (size, size), "pull": (size, size), "directions": (bends, size)}
    slopes = {"low": (bends,), "high": (bends,), "kinks": (bends,)}
    return matrices | slopes | {"shares": (2,), "fraction": (), "start": (size,)}


@dataclasses.dataclass(frozen=True)
class Fields:
    """Fields of the class (mu, L) and a start at distance one; `stretch` and `attraction` break L
    and mu.
    """

    monotonicity: Any
    lipschitz: float
    stretch: float = 1.0
    attraction: Any = None

    def __call__(self, p: Parameters) -> tuple[Bent, Vector]:
        # Each part vanishes on half of all parameters, since worst fields may lack it.
        turning, pulling = jax.nn.relu(p["shares"])
        low, high = jax.nn.relu(p["low"]), jax.nn.relu(p["high"])
        linear = turning * skew(p["turn"]) + 0.1 * pulling * p["pull"] @ p["pull"].T
        unit = p["directions"] / jnp.linalg.norm(p["directions"], axis=-1, keepdims=True)
        free = Bent(linear, unit, low, high, p["kinks"])
        own = self.monotonicity if self.attraction is None else self.attraction
        limit = self.lipschitz * self.stretch
        room = limit**2 - own**2
        # The largest t with |own + t M| <= limit is one over the largest eigenvalue of a symmetric
        # matrix.
        rates = [_rate(jacobian, own, room) for jacobian in free.jacobians()]
        t = jnp.minimum(1.0, jnp.exp(p["fraction"])) / jnp.maximum(jnp.max(jnp.stack(rates)), 1e-9)
        field = Bent(
            own * jnp.eye(len(p["start"])) + t * free.linear,
            free.directions,
            t * low,
            t * high,
            free.kinks,
        )
        return field, p["start"] / jnp.linalg.norm(p["start"])


def _rate(matrix: Float[Array, "size size"], own: float, room: float) -> Array:
    """The least r with (limit^2 - own^2) r^2 >= own r (M + M') + M'M, since |own + M/r| <= limit is
    the same.
    """
    corner = matrix.T / room**0.5
    block = jnp.block(
        [[own * (matrix + matrix.T) / room, corner], [corner.T, jnp.zeros_like(matrix)]]
    )
    return jnp.linalg.eigvalsh(block)[-1]


@dataclasses.dataclass(frozen=True)
class Walk:
    """1 - |x_n|^2 / (allowed |x_0|^2) after n updates of the rule itself; the solution is zero."""

    make: Callable[[float], Any]
    step: Any
    allowed: Any
    updates: int = 1

    def __call__(self, instance: tuple[Bent, Vector]) -> Array:
        field, start = instance
        half = len(start) // 2
        game, x = mm.Game(losses, data=field), mm.Profile((start[:half], start[half:]))
        end = updated(self.make(self.step), game, x, self.updates)
        return 1 - (end @ end) / self.allowed


@dataclasses.dataclass(frozen=True)
class Implicit:
    """1 - |x_1|^2 / (allowed |x_0|^2) with x_1 + step F(x_1) = x_0, solved exactly since F is
    linear.
    """

    step: Any
    allowed: Any

    def __call__(self, instance: tuple[Bent, Vector]) -> Array:
        field, start = instance
        end = jnp.linalg.solve(jnp.eye(len(start)) + self.step * field.linear, start)
        return 1 - (end @ end) / self.allowed
