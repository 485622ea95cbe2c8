"""A rule says how to walk along a direction: at once, in turn, looking ahead, averaged.

A rule returns the profile it stands for; whatever it walks with besides (a walker, a past gradient,
moments) is its state. So the last profile, verdicts, spectra and averages need no special case.
"""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray, PyTree

from ..checks import InputError, number
from ..directions.base import Cost, Direction, Rest, Tick, demand_direction
from ..game import Game
from ..profile import Profile
from ..schedules import Schedule

State = Any
Step = Any


class UpdateRule(eqx.Module):
    """x', state' = rule.update(game, x, state, tick).

    `init` and `update` are pure and work on numbers, on tracers and, where they are plain
    arithmetic, on symbols.
    """

    @abc.abstractmethod
    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> State:
        """The state before the first update."""

    @abc.abstractmethod
    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        """One update."""

    @abc.abstractmethod
    def cost(self, players: int) -> Cost:
        """What one update costs."""

    @property
    @abc.abstractmethod
    def rest(self) -> Rest:
        """Whether the update map is linear at an equilibrium."""


def step_size() -> Any:
    """The field of a step: a positive number, a schedule, a symbol, or a tuple of those, one per
    player.
    """
    return eqx.field(converter=lambda value: number(value, "step", above=0))


def demand(rule: UpdateRule) -> None:
    """What every walk asks of its direction, at construction."""
    demand_direction(rule.direction, f"{type(rule).__name__}.direction")  # type: ignore[attr-defined]


def demand_rule(given: Any, outer: str) -> None:
    """A wrapper's inner part must be a rule."""
    if not isinstance(given, UpdateRule):
        raise InputError(
            f"the rule inside {outer} is {given!r}, but must be an update rule such as "
            f"mm.Simultaneous(0.1). "
            "Directions (Gradient, Adam, ...) go inside a rule: mm.Simultaneous(0.1, mm.Adam())."
        )


def demand_suited(rule: UpdateRule | Direction, game: Game) -> None:
    """What a part of the rule has against this game (its `suits`), asked at the border of a verb
    where numbers are known.
    """
    for part in jax.tree.leaves(
        rule, is_leaf=lambda part: part is not rule and isinstance(part, UpdateRule | Direction)
    ):
        if isinstance(part, UpdateRule | Direction):
            demand_suited(part, game)
    if hasattr(rule, "suits"):
        rule.suits(game)


def at(tree: PyTree, index: Any) -> PyTree:
    """The rule with every schedule replaced by its value at this update; the loop calls it before
    each update.
    """
    return jax.tree.map(
        lambda leaf: leaf(index) if isinstance(leaf, Schedule) else leaf,
        tree,
        is_leaf=lambda leaf: isinstance(leaf, Schedule),
    )


def look(
    direction: Direction, game: Game, x: Profile, key: PRNGKeyArray | None
) -> tuple[Profile, tuple[Any, ...]]:
    """The direction at the start, for rules that need a past before they have one; and the
    untouched memories.
    """
    memory = direction.init(game, x, key)
    turn, _ = direction(game, x, memory, Tick(0, key))
    return turn, memory
