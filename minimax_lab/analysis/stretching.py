"""Rules that watch the rule inside them: how it stretches small changes, and how it turns.

Both walk exactly as the rule they are around, so a run or a sweep of them is one of that rule, and
what was watched is read from the state at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from ..directions.base import Cost, Rest, Tick
from ..game import Game
from ..profile import Profile, as_profile
from ..rules.base import Around, State, UpdateRule
from ..settings import Key, count, declared

WATCHES = Rest(obstacle="what it watches grows without end")


class Stretched(NamedTuple):
    """The inner state, small changes as orthonormal columns, and the logarithms of their growth."""

    inner: State
    changes: Float[Array, "size many"]
    growth: Float[Array, " many"]


class Stretching(Around):
    """The rule beside `many` small changes of all real numbers it moves, pushed along by its
    derivative and orthonormalised after every update.      Benettin et al. 1980.
    """

    rule: UpdateRule
    many: int = count(1)

    def init(self, game: Game, x: Profile, key: Key) -> State:
        inner = self.rule.init(game, x, key)
        z, _ = ravel_pytree(eqx.filter((x, inner), eqx.is_inexact_array))
        drawn = jax.random.normal(jax.random.key(0), (z.size, min(self.many, z.size)), z.dtype)
        changes, growth = _orthonormal(drawn)
        return Stretched(inner, changes, jnp.zeros_like(growth))

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        moving, fixed = eqx.partition((x, state.inner), eqx.is_inexact_array)
        z, unravel = ravel_pytree(moving)

        def advance(z: Array) -> tuple[Array, State]:
            before, inner = eqx.combine(unravel(z), fixed)
            after = self.rule.update(game, before, inner, tick)
            real, rest = eqx.partition(after, eqx.is_inexact_array)
            return ravel_pytree(real)[0], rest

        after, pushed, rest = _pushed(advance, z, state.changes)
        changes, growth = _orthonormal(pushed)
        x, inner = eqx.combine(unravel(after), rest)
        return x, Stretched(inner, changes, state.growth + jnp.log(growth))

    def cost(self, players: int) -> Cost:
        return self.rule.cost(players)

    @property
    def rest(self) -> Rest:
        return Rest(self.rule.rest.period, WATCHES.obstacle)


class Turned(NamedTuple):
    """The inner state, and by how many turns the walk has gone round."""

    inner: State
    turns: Float[Array, ""]


class Turning(Around):
    """The rule, and how often it goes round `centre` in the plane of the first two numbers."""

    rule: UpdateRule
    centre: Profile = declared(as_profile)

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return Turned(self.rule.init(game, x, key), jnp.zeros((), x.dtype))

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        after, inner = self.rule.update(game, x, state.inner, tick)
        (a, b), (c, d) = (_plane(y - self.centre) for y in (x, after))
        angle = jnp.arctan2(a * d - b * c, a * c + b * d) / (2 * jnp.pi)
        return after, Turned(inner, state.turns + angle)

    def cost(self, players: int) -> Cost:
        return self.rule.cost(players)

    @property
    def rest(self) -> Rest:
        return Rest(self.rule.rest.period, WATCHES.obstacle)


def _plane(x: Profile) -> tuple[Array, Array]:
    """One number of the first player, one of the second; of a single player its first two."""
    parts = [leaf.ravel() for leaf in jax.tree.leaves(x)]
    first = parts[0][0]
    return first, parts[1][0] if len(parts) > 1 else parts[0][-1]


def _pushed(
    advance: Callable[[Array], tuple[Array, State]], z: Array, changes: Array
) -> tuple[Array, Array, State]:
    """The map, its derivative on every column, and what it returns besides."""
    if changes.shape[1] == 1:
        after, pushed, rest = jax.jvp(advance, (z,), (changes[:, 0],), has_aux=True)
        return after, pushed[:, None], rest
    after, push, rest = jax.linearize(advance, z, has_aux=True)
    return after, jax.vmap(push, in_axes=1, out_axes=1)(changes), rest


def _orthonormal(columns: Array) -> tuple[Array, Array]:
    """Q and the diagonal of R; a column alone is divided by its length, which is what a compiler
    can do for thousands of runs at once.
    """
    if columns.shape[1] == 1:
        length = jnp.sqrt(jnp.sum(columns**2))
        return columns / jnp.where(length > 0, length, 1), length[None]
    q, r = jnp.linalg.qr(columns)
    return q, jnp.abs(jnp.diagonal(r))
