"""A rule with every scale that adapts held at the value it has now.

Adam's update has no derivative at rest, because it divides by the root of squares that vanish
there. In the middle of a run they do not vanish, and they change slowly: a running mean over a
thousand updates is nearly a constant to the next one. With it held,

    x' = x - step * P^-1 m',      m' = decay m + (1 - decay) v(x),

is a map one may linearise, with the momentum as its memory; studies of the adaptive edge of
stability do the same (Cohen et al. 2022). What is held, and nothing else: the divisor of Adam and
RMSProp, the factor of clipping, normalising and grafting, the scale of the gap-aware direction.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import InputError
from ..directions import (
    Adam,
    AssistAdversary,
    Clipped,
    Direction,
    GapAware,
    Graft,
    Memoryless,
    Momentum,
    Normalised,
    RMSProp,
    Tick,
    Wrapper,
)
from ..directions.base import Memories
from ..directions.gap_aware import Watched
from ..game import Game
from ..profile import Profile, Strategies, as_profile
from ..rules import Averaged, Lookahead, Repeated
from ..rules.averaging import Following, Walking
from ..rules.base import Looked, State, UpdateRule, at
from ..settings import Index

Rule = TypeVar("Rule", bound=UpdateRule)
ADAPTIVE = (Adam, RMSProp, Clipped, Normalised, Graft, GapAware)


class Held(Wrapper):
    """d * scales: another direction with each number multiplied by one of its own."""

    direction: Direction
    scales: Profile

    rescales = True

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> Memories:
        return self.direction.init(game, x, key)

    def __call__(
        self, game: Game, x: Profile, memory: Memories, tick: Tick
    ) -> tuple[Profile, Memories]:
        turn, memory = self.direction(game, x, memory, tick)
        return _times(turn, self.scales), memory


class Present(eqx.Module):
    """Where a run is: what its scales are read from."""

    game: Game
    x: Profile
    tick: Tick


def adapts(rule: UpdateRule) -> bool:
    """Whether some scale in the rule follows the run, so that `frozen` has something to hold."""

    def adaptive(part: object) -> bool:
        return isinstance(part, ADAPTIVE)

    return any(adaptive(part) for part in jax.tree.leaves(rule, is_leaf=adaptive))


def frozen(
    rule: Rule,
    game: Game,
    x: Strategies,
    state: State,
    *,
    index: Index = 0,
    key: PRNGKeyArray | None = None,
) -> Rule:
    """The rule with the scale of every adaptive direction held at its present value, and every
    schedule at its own. Momentum stays the memory that it is.

    What is left is linear at rest, so that `update_spectrum` takes it. Lengths that are measured
    anew at every update (`Clipped`, `Normalised`, `Graft`) are measured once, at x.

    Arguments:
        rule: an update rule; not one that mixes, whose weights have no present value.
        game: what is played.
        x: where the walk is, a profile or a tuple with one strategy per player.
        state: what the rule remembers there, `run.state.state` of a finished run.
        index: how many updates were made.
        key: the sample on which lengths are measured; a random game needs one.

    Returns:
        A rule of the same walk.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> game, rule = mm.games.quadratic(1.0, 4.0, 0.0), mm.Simultaneous(0.1, mm.Adam(first=0.0))
        >>> run = mm.run(game, rule, (1.0, 1.0), 10)
        >>> held = mm.frozen(rule, game, run.final, run.state.state)
        >>> print(mm.update_spectrum(game, held, run.final).stable)
        True
    """
    x = as_profile(x, "x")
    return _rule(at(rule, index), Present(game, x, Tick(index, key)), state)


def _rule(rule: Rule, now: Present, state: State) -> Rule:
    if isinstance(rule, Averaged | Lookahead):
        kind: Any = Walking if isinstance(rule, Averaged) else Following
        return dataclasses.replace(rule, rule=_rule(rule.rule, now, _of(state, kind, rule).inner))
    if isinstance(rule, Repeated):
        return dataclasses.replace(rule, rule=_rule(rule.rule, now, state))
    if not adapts(rule):
        return rule
    direction = getattr(rule, "direction", None)
    if not isinstance(direction, Direction):
        raise _refused(rule)
    memories = state.memory if isinstance(state, Looked) else state
    held: Any = {"direction": _direction(direction, now, memories)}
    return dataclasses.replace(rule, **held)


def _direction(direction: Direction, now: Present, memories: Memories) -> Direction:
    """The same direction without anything that adapts."""
    if isinstance(direction, Memoryless):
        return direction
    if isinstance(direction, Clipped | Normalised):
        inner = direction.direction
        held = _direction(inner, now, memories)
        return Held(held, _measured(direction, memories, inner, memories, now))
    if isinstance(direction, Graft):
        own = tuple(memory.direction for memory in memories)
        held = _direction(direction.direction, now, own)
        return Held(held, _measured(direction, memories, direction.direction, own, now))
    if isinstance(direction, AssistAdversary) and not direction.normalised:
        return dataclasses.replace(
            direction, direction=_direction(direction.direction, now, memories)
        )
    if isinstance(direction, Momentum):
        inner = _direction(direction.direction, now, _inner(memories))
        return dataclasses.replace(direction, direction=inner)
    if isinstance(direction, Adam):
        inner = _direction(direction.direction, now, _inner(memories))
        return Held(Momentum(decay=direction.first, direction=inner), _adam(direction, memories))
    if isinstance(direction, RMSProp):
        inner = _direction(direction.direction, now, _inner(memories))
        return Held(inner, _rmsprop(direction, memories))
    if isinstance(direction, GapAware):
        return _gap_aware(direction, now, memories)
    raise _refused(direction)


def _adam(direction: Adam, memories: Memories) -> Profile:
    """(1 - first) / (sqrt(u) + epsilon), both means corrected for their start as they are now."""
    held = []
    for moments in (memory.moments for memory in memories):
        if int(moments.count) == 0:
            raise InputError(
                "Adam has seen no gradient yet, so its scale has no present value; freeze it after "
                "an update."
            )
        steps = float(moments.count)
        biased = 1 - direction.second**steps
        mean = (1 - direction.first) / (1 - direction.first**steps)
        held.append(
            jax.tree.map(
                lambda u, biased=biased, mean=mean: (
                    mean / (jnp.sqrt(u / biased) + direction.epsilon)
                ).astype(u.dtype),
                moments.nu,
            )
        )
    return Profile(held)


def _rmsprop(direction: RMSProp, memories: Memories) -> Profile:
    """1 / sqrt(u + epsilon), or 1 / (sqrt(u) + epsilon); nothing moves where nothing was seen."""

    def scale(u: Array) -> Array:
        inside, beside = (direction.epsilon, 0.0) if direction.inside else (0.0, direction.epsilon)
        return (1 / (jnp.sqrt(u + inside) + beside)).astype(u.dtype)

    return Profile(jax.tree.map(scale, memory.moments.nu) for memory in memories)


def _gap_aware(direction: GapAware, now: Present, memories: Memories) -> Direction:
    player = direction.adversary
    watched = _of(memories[player], Watched, direction)
    inner = (*memories[:player], watched.inner, *memories[player + 1 :])
    factors = [watched.scale if i == player else 1.0 for i in range(len(now.x))]
    scales = Profile(
        jax.tree.map(lambda leaf, c=c: jnp.full_like(leaf, c), block)
        for c, block in zip(factors, now.x, strict=True)
    )
    return Held(_direction(direction.direction, now, inner), scales)


def _measured(
    outer: Direction, outer_memory: Memories, inner: Direction, memory: Memories, now: Present
) -> Profile:
    """By how much the outer direction is longer than the inner one, tensor by tensor, at x."""
    long, _ = outer(now.game, now.x, outer_memory, now.tick)
    short, _ = inner(now.game, now.x, memory, now.tick)

    def ratio(a: Array, b: Array) -> Array:
        square = jnp.sum(b * b)
        share = jnp.where(square > 0, jnp.sum(a * b) / jnp.where(square > 0, square, 1), 1)
        return jnp.full_like(b, share)

    return Profile(jax.tree.map(ratio, long.players, short.players))


def _inner(memories: Memories) -> Memories:
    return tuple(memory.inner for memory in memories)


def _times(turn: Profile, scales: Profile) -> Profile:
    return Profile(jax.tree.map(lambda d, s: s.astype(d.dtype) * d, turn.players, scales.players))


Kept = TypeVar("Kept")


def _of(state: PyTree, kind: type[Kept], part: UpdateRule | Direction) -> Kept:
    if not isinstance(state, kind):
        raise InputError(
            f"the state is {type(state).__name__}, but that of {type(part).__name__} is "
            f"{kind.__name__}. Give run.state.state of a run of this very rule."
        )
    return state


def _refused(part: UpdateRule | Direction) -> InputError:
    return InputError(
        f"{type(part).__name__} cannot be frozen: it has no present scale that one could hold."
    )
