"""A rule says how to walk along a direction: at once, in turn, looking ahead, averaged.

A rule returns the profile it stands for; whatever it walks with besides (a walker, a past gradient,
moments) is its state. So the last profile, verdicts, spectra and averages need no special case.

As with directions, a leaf overrides nothing of its bases that is concrete.
"""

import abc
from typing import Any, ClassVar, NamedTuple, TypeAlias

import jax
from equinox import AbstractVar
from jaxtyping import PyTree

from .. import shown
from ..checks import refuse
from ..directions.base import (
    Cost,
    Direction,
    Memories,
    Particular,
    Rest,
    Tick,
    demand_direction,
)
from ..game import Game
from ..profile import Profile
from ..schedules import Schedule
from ..settings import Declared, Index, Key, Number, real

State: TypeAlias = Any
Step: TypeAlias = Number | tuple[Number, ...]  # one for all, or one a player


class UpdateRule(Declared):
    """x', state' = rule.update(game, x, state, tick).

    `init` and `update` are pure and work on numbers, on tracers and, where they are plain
    arithmetic, on symbols.
    """

    spoken: ClassVar[str] = ""  # in labels; else the words of the class's name
    unsymbolic: ClassVar[str] = ""  # why it has no answer on symbols

    def _repr_latex_(self) -> str | None:
        return shown.latex(self)

    @abc.abstractmethod
    def init(self, game: Game, x: Profile, key: Key) -> State:
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


class Walk(UpdateRule):
    """A step along a direction, as linear at an equilibrium as that is."""

    step: AbstractVar[Step]
    direction: AbstractVar[Direction]

    looks: ClassVar[int] = 1  # how often an update asks for the whole direction

    def __check_init__(self) -> None:
        demand_direction(self.direction, f"{type(self).__name__}.direction")

    def cost(self, players: int) -> Cost:
        return self.direction.cost(players, range(players)).times(self.looks)

    @property
    def rest(self) -> Rest:
        return self.direction.rest


class Around(UpdateRule):
    """Another rule, watched, averaged, repeated or mixed."""

    rule: AbstractVar[UpdateRule]

    def __check_init__(self) -> None:
        if not isinstance(self.rule, UpdateRule):
            cause = "Directions (Gradient, Adam, ...) go inside: mm.Simultaneous(0.1, mm.Adam())."
            inside = f"the rule inside {type(self).__name__}"
            raise refuse(inside, self.rule, "an update rule such as mm.Simultaneous(0.1)", cause)


def step_size() -> Any:
    """The field of a step: a positive number, a schedule, a symbol, or a tuple of those, one per
    player.
    """
    return real(above=0, each=True)


def demand_suited(rule: UpdateRule | Direction, game: Game) -> None:
    """What a part of the rule has against this game, asked at the border of a verb where numbers
    are known.
    """

    def inner(part: object) -> bool:
        return part is not rule and isinstance(part, UpdateRule | Direction)

    for part in jax.tree.leaves(rule, is_leaf=inner):
        if inner(part):
            demand_suited(part, game)
    if isinstance(rule, Particular):
        rule.suits(game)


def at(tree: PyTree, index: Index) -> PyTree:
    """The rule with every schedule replaced by its value at this update; the loop calls it before
    each update.

    Arguments:
        tree: a rule, a direction, or any tree with schedules among its leaves.
        index: which update, from zero on.

    Examples:
        >>> from minimax_lab import Linear, Simultaneous, at
        >>> print(f"{at(Simultaneous(Linear(0.2, 0.1, 100)), 50).step:.2f}")
        0.15
    """
    return jax.tree.map(
        lambda leaf: leaf(index) if isinstance(leaf, Schedule) else leaf,
        tree,
        is_leaf=lambda leaf: isinstance(leaf, Schedule),
    )


class Looked(NamedTuple):
    """The last direction, and what the direction remembers."""

    previous: Profile
    memory: Memories


def look(direction: Direction, game: Game, x: Profile, key: Key) -> Looked:
    """The direction at the start, for rules that need a past before they have one; and the
    untouched memories.
    """
    memory = direction.init(game, x, key)
    turn, _ = direction(game, x, memory, Tick(0, key))
    return Looked(turn, memory)
