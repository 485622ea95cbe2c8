"""A direction says which way each player turns; a rule (see `rules`) says how to walk along it.

Directions are of two kinds. *Gradient-like* ones carry the units of a gradient (the gradient
itself, consensus, ...); *step-like* ones have rescaled it (Adam, normalising, ...). An adaptive
method divides its input by that input's own size, so it may only wrap a gradient-like direction:
around a step-like one it would cancel what the inner one did.
"""

from __future__ import annotations

import abc
import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from ..checks import InputError
from ..game import Game
from ..profile import Profile

Memory = Any


class Tick(NamedTuple):
    """Which update this is, and its randomness: key = fold_in(run key, index)."""

    index: Any
    key: PRNGKeyArray | None


class Rest(NamedTuple):
    """Whether the update map is linear to first order at an equilibrium: yes, over `period`
    updates, or no and why.
    """

    period: int = 1
    obstacle: str | None = None


def rest(*parts: Rest) -> Rest:
    """The rest of a composition: the least common period, and the first obstacle met."""
    obstacles = [part.obstacle for part in parts if part.obstacle]
    return Rest(math.lcm(*(part.period for part in parts)), obstacles[0] if obstacles else None)


class Cost(NamedTuple):
    """What is spent: one player's gradient block, one Jacobian(-transpose) product of the whole
    field, one linear solve.
    """

    gradients: int = 0
    products: int = 0
    solves: int = 0

    def times(self, count: int) -> Cost:
        return Cost(*(count * part for part in self))

    def plus(self, other: Cost) -> Cost:
        return Cost(*(a + b for a, b in zip(self, other, strict=True)))


class Direction(eqx.Module):
    """d = direction(game, x): which way each player turns. Descent walks x - step * d.

    Every memory is a tuple with one entry per player, so that a rule which moves one player can
    advance that player's alone.
    """

    @abc.abstractmethod
    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> tuple[Memory, ...]:
        """One memory per player."""

    @abc.abstractmethod
    def __call__(
        self, game: Game, x: Profile, memory: tuple[Memory, ...], tick: Tick
    ) -> tuple[Profile, tuple[Memory, ...]]:
        """The direction at x on the sample of this tick, and the memories after it."""

    @abc.abstractmethod
    def cost(self, players: int, blocks: int) -> Cost:
        """What `blocks` of the `players` blocks of this direction cost."""

    @property
    @abc.abstractmethod
    def steplike(self) -> bool:
        """Whether the units of a gradient are gone."""

    @property
    @abc.abstractmethod
    def rest(self) -> Rest:
        """Whether this direction is linear at an equilibrium."""


def demand_direction(given: Any, argument: str) -> None:
    """A wrapper's inner part must be a direction (a common slip is to pass a step or a rule)."""
    if not isinstance(given, Direction):
        raise InputError(
            f"{argument} is {given!r}, but must be a direction such as mm.Gradient(). "
            "Rules (Simultaneous, Alternating, ...) wrap directions, never the other way round."
        )


def demand_gradientlike(outer: Direction, inner: Any) -> None:
    """Raised at construction: `Adam(Normalised(...))` is senseless, `Normalised(Adam(...))` is
    not.
    """
    name = type(outer).__name__
    demand_direction(inner, f"the direction inside {name}")
    if inner.steplike:
        within = type(inner).__name__
        swapped = within in ("Clipped", "GapAware", "Momentum", "Normalised")
        other = f" The other order is meaningful: {within}({name}(...))." if swapped else ""
        raise InputError(
            f"{name}({within}(...)) is senseless: {name} divides by the size of what it is given "
            f"and would cancel the scale already set inside. Give {name} a direction in the units "
            f"of a gradient: Gradient, Consensus, Symplectic.{other}"
        )


def start_transform(
    transform: Any, direction: Direction, game: Game, x: Profile, key: PRNGKeyArray | None
) -> tuple[Memory, ...]:
    """Memories of one optax transform a player, beside those of the direction it is fed."""
    return tuple(zip(map(transform.init, x), direction.init(game, x, key), strict=True))


def apply_transform(
    transform: Any,
    direction: Direction,
    game: Game,
    x: Profile,
    memory: tuple[Memory, ...],
    tick: Tick,
) -> tuple[Profile, tuple[Memory, ...]]:
    """The direction, put through one optax transform a player."""
    own, inner = zip(*memory, strict=True)
    turn, inner = direction(game, x, inner, tick)
    # optax raises its traced decays to integer powers, which strict promotion (a caller's choice)
    # would refuse.
    with jax.numpy_dtype_promotion("standard"):
        moved = [transform.update(block, state) for block, state in zip(turn, own, strict=True)]
    return Profile(block for block, _ in moved), tuple(
        (state, i) for (_, state), i in zip(moved, inner, strict=True)
    )
