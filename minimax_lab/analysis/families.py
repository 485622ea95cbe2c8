"""The update map z' = F(z, p) with some numbers p of the rule or of the game as its parameters.

The vector z holds the profile and what the rule remembers, as in `update_map`. Everything here is
compiled once for a structure of game and rule, whatever their numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ..game import Game
from ..profile import Profile
from ..rules.base import UpdateRule
from .leaves import Leaf
from .update_map import advancing


class Family(eqx.Module):
    """F: `period` updates as a map of z, with the numbers at `leaves` as its parameters."""

    game: Game
    rule: UpdateRule
    like: Profile
    key: PRNGKeyArray | None
    leaves: tuple[Leaf, ...] = eqx.field(static=True)
    period: int = eqx.field(static=True)

    def __call__(self, z: Array, parameters: Array) -> Array:
        game, rule = self.at(parameters)
        return advancing(game, rule, self.like, self.key, self.period)[0](z)

    def at(self, parameters: Array) -> tuple[Game, UpdateRule]:
        """Game and rule with these numbers."""
        game, rule = self.game, self.rule
        for i, leaf in enumerate(self.leaves):
            game, rule = leaf.put(game, rule, parameters[i])
        return game, rule

    def matrix(self, z: Array, parameters: Array) -> Array:
        """dF/dz."""
        _, push = jax.linearize(lambda z: self(z, parameters), z)
        return jax.lax.map(push, jnp.eye(z.size, dtype=z.dtype), batch_size=min(8, z.size)).T


@eqx.filter_jit
def first_vector(family: Family, parameters: Array) -> Array:
    """The profile and the rule's first state as one vector."""
    game, rule = family.at(parameters)
    return advancing(game, rule, family.like, family.key, family.period)[1]


@eqx.filter_jit
def linearised(family: Family, z: Array, parameters: Array) -> tuple[Array, Array, Array]:
    """F, dF/dz and dF/dp."""
    slopes = jax.jacfwd(lambda p: family(z, p))(parameters)
    return family(z, parameters), family.matrix(z, parameters), slopes


@eqx.filter_jit
def pushed_along(
    family: Family, z: Array, parameters: Array, vector: Array, ways: Array, turns: Array
) -> Array:
    """How dF/dz times a vector changes along each (way, turn) of z and p."""

    def push(z: Array, p: Array) -> Array:
        return jax.jvp(lambda z: family(z, p), (z,), (vector,))[1]

    def change(way: Array, turn: Array) -> Array:
        return jax.jvp(push, (z, parameters), (way, turn))[1]

    return jax.lax.map(lambda pair: change(*pair), (ways, turns))


@eqx.filter_jit
def _second(family: Family, z: Array, parameters: Array, pairs: Array) -> Array:
    def bent(pair: Array) -> Array:
        def once(z: Array) -> Array:
            return jax.jvp(lambda z: family(z, parameters), (z,), (pair[0],))[1]

        return jax.jvp(once, (z,), (pair[1],))[1]

    return jax.lax.map(bent, pairs)


@eqx.filter_jit
def _third(family: Family, z: Array, parameters: Array, triples: Array) -> Array:
    def bent(triple: Array) -> Array:
        def once(z: Array) -> Array:
            return jax.jvp(lambda z: family(z, parameters), (z,), (triple[0],))[1]

        def twice(z: Array) -> Array:
            return jax.jvp(once, (z,), (triple[1],))[1]

        return jax.jvp(twice, (z,), (triple[2],))[1]

    return jax.lax.map(bent, triples)


Vector = Complex[np.ndarray, " size"] | Float[np.ndarray, " size"]


def second(family: Family, z: np.ndarray, p: np.ndarray, u: Vector, v: Vector) -> np.ndarray:
    """B(u, v) = d2F(z)[u, v], complex vectors included."""
    at = jnp.asarray(z), jnp.asarray(p)
    return _multilinear(lambda parts: _second(family, *at, parts), u, v)


def third(
    family: Family, z: np.ndarray, p: np.ndarray, u: Vector, v: Vector, w: Vector
) -> np.ndarray:
    """C(u, v, w) = d3F(z)[u, v, w], complex vectors included."""
    return _multilinear(
        lambda parts: _third(family, jnp.asarray(z), jnp.asarray(p), parts), u, v, w
    )


def _multilinear(form: Callable[[Any], Array], *vectors: Vector) -> np.ndarray:
    """A real form of complex vectors, by its values on their real and imaginary parts."""
    parts = [(np.real(v), np.imag(v)) for v in vectors]
    choices = list(itertools.product((0, 1), repeat=len(vectors)))
    chosen = [[part[i] for part, i in zip(parts, choice, strict=True)] for choice in choices]
    values = np.asarray(form(jnp.asarray(np.array(chosen, float))))
    return sum(1j ** sum(choice) * value for choice, value in zip(choices, values, strict=True))
