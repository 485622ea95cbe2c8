r"""Where consensus optimisation misleads: zeros of its own, bad points that it draws in, starts
from which it runs away.

They are the limits of the lemmas in `consensus`, and the symplectic adjustment (Balduzzi et al.
2018) is held to the same points.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import normals, within
from ..draws.points import direction_at, on_circle, spurious
from ..theorem import Parameters


def dirac_shapes() -> dict[str, tuple[int, ...]]:
    """A strength."""
    return {"strength": ()}


def added_zero(p: Parameters) -> tuple[mm.Game, mm.Profile, Array, Array]:
    """The zero that consensus of a strength in (0.5, 3) adds to the Dirac-GAN, with a share of
    0.999 where gamma |J| is over one.
    """
    strength = within(p["strength"], 0.5, 3.0)
    return mm.games.dirac_gan(), spurious(strength), strength, jnp.asarray(0.999)


UNALIGNED = functools.partial(mm.Symplectic, align=False)


def derive_maximum(
    *, consensus: Any = mm.Consensus, one: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
    """f = -k x^2/2 + s x y + k y^2/2, the worst point of both players, by both rules."""
    x, y = sympy.symbols("x y", real=True)
    k, s, h, strength = sympy.symbols("k s h gamma", positive=True)
    value, at = -k * x**2 / 2 + s * x * y + k * y**2 / 2, {x: 0, y: 0}
    game = mm.SymbolicGame((value, -value), ((x,), (y,)))
    drawn, symplectic = (
        (sympy.eye(2) - game.update_matrix(mm.Simultaneous(h, d), at)) / h
        for d in (consensus(strength), UNALIGNED(strength))
    )
    pull = -k + strength * (k**2 + s**2)
    return [
        (
            "consensus has both real parts -k + gamma (k^2 + s^2)",
            drawn - sympy.Matrix([[pull, s], [-s, pull]]),
        ),
        (
            "so it is drawn in as soon as gamma > k / (k^2 + s^2)",
            (sympy.trace(drawn) / 2).subs(strength, (1 + h) * one * k / (k**2 + s**2)) - h * k,
        ),
        (
            "without coupling the symplectic adjustment changes nothing",
            symplectic.subs(s, 0) + k * sympy.eye(2),
        ),
        (
            "with it, its real parts are -k + lambda s^2, positive from lambda = k / s^2 on",
            (sympy.trace(symplectic) / 2).subs(strength, (1 + h) * one * k / s**2) - h * k,
        ),
    ]


def maximum(key: PRNGKeyArray) -> tuple[mm.Game, mm.Profile, Array]:
    """f = -k x^2/2 + s x y + k y^2/2, a place near the circle about the common maximum on which the
    sign turns, and a strength.
    """
    k, s, strength, angle, off = normals(key, (), (), (), (), ())
    k, s = within(k, 0.1, 2.0), within(s, 0.3, 3.0)
    # The sign turns where k s^2 |v|^4 / 2 = 1/10 and |v|^2 = (k^2 + s^2) |x|^2.
    edge = (0.2 / (k * s**2)) ** 0.25 / jnp.sqrt(k**2 + s**2)
    radius = edge * jnp.exp(0.2 * off)
    x = mm.Profile((radius * jnp.cos(angle)[None], radius * jnp.sin(angle)[None]))
    return mm.games.quadratic(-k, s, -k), x, within(strength, 0.1, 3.0)


def alignment(
    instance: tuple[mm.Game, mm.Profile, Array], *, edge: float = 0.2
) -> tuple[Array, Array]:
    """The aligned symplectic direction, beside v +- strength A'v: plus as long as k s^2 |v|^4 <
    1/5.
    """
    game, x, strength = instance
    v, k, s = game.field(x), -game.data[0][0, 0], game.data[1][0, 0]
    sign = jnp.where(k * s**2 * (v @ v) ** 2 < edge, 1.0, -1.0)
    turned = mm.Profile((-s * v[1], s * v[0]))
    return direction_at(mm.Symplectic(strength), game, x).ravel()[0], (
        v + sign * strength * turned
    ).ravel()[0]


def from_near(key: PRNGKeyArray, radius: float = 0.5) -> np.ndarray:
    """How the distance to zero changes in 600 steps 0.2 of consensus on the Dirac-GAN, from eight
    starts on a circle.
    """
    angles = jnp.linspace(0, 2 * jnp.pi, 8, endpoint=False) + jax.random.uniform(key)
    starts = on_circle(angles, radius)
    told = mm.sweep(
        mm.games.dirac_gan(), mm.Simultaneous(0.2, mm.Consensus(1.0)), starts, 600, over="start"
    )
    return np.hypot(*told.final) / radius


def from_afar(key: PRNGKeyArray) -> np.ndarray:
    """From a circle of radius 4."""
    return from_near(key, 4.0)


def arrived(shrunk: np.ndarray) -> tuple[bool, dict[str, float]]:
    """All came a thousand times closer."""
    return bool(np.all(shrunk < 1e-3)), {"largest final/first distance": float(np.max(shrunk))}
