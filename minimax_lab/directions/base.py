"""A direction says which way each player turns; a rule (see `rules`) says how to walk along it.

Directions are of two kinds. *Gradient-like* ones carry the units of a gradient (the gradient
itself, consensus, ...); *step-like* ones have rescaled it (Adam, normalising, ...). An adaptive
method divides its input by that input's own size, so it may only wrap a gradient-like direction:
around a step-like one it would cancel what the inner one did.

Bases hold what directions share, and a leaf overrides nothing of them that is concrete: it fills
in what is abstract, and says in class attributes, or in properties of the same names where its
settings decide, what is known of it.
"""

import abc
import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Self, TypeAlias

import jax
import optax
from equinox import AbstractVar
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..game import Game
from ..profile import Profile
from ..settings import Declared, Key

Memory: TypeAlias = Any
Memories: TypeAlias = tuple[Memory, ...]  # one a player
Turn: TypeAlias = tuple[Profile, Memories]


class Tick(NamedTuple):
    """Which update this is, and its randomness: key = fold_in(run key, index)."""

    index: Any
    key: Key


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

    def times(self, count: int) -> Self:
        return type(self)(*(count * part for part in self))

    def plus(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(self, other, strict=True)))


class Particular(Declared):
    """A rule or a direction that does not suit every game."""

    @abc.abstractmethod
    def suits(self, game: Game) -> None:
        """Raise what it has against this game, where the game's numbers are known."""


class Direction(Declared):
    """d = direction(game, x): which way each player turns. Descent walks x - step * d.

    Every memory is a tuple with one entry per player, so that a rule which moves one player can
    advance that player's alone.
    """

    spoken: ClassVar[str] = ""  # in labels; else the words of the class's name
    unsymbolic: ClassVar[str] = ""  # why it has no answer on symbols

    @abc.abstractmethod
    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        """One memory per player."""

    @abc.abstractmethod
    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        """The direction at x on the sample of this tick, and the memories after it."""

    @abc.abstractmethod
    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        """What the blocks of those who move cost, of the `players` blocks of this direction."""

    @property
    @abc.abstractmethod
    def steplike(self) -> bool:
        """Whether the units of a gradient are gone."""

    @property
    @abc.abstractmethod
    def rest(self) -> Rest:
        """Whether this direction is linear at an equilibrium."""


class Memoryless(Direction):
    """Made anew at every point, in the units of a gradient, and linear at an equilibrium."""

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        return (None,) * len(x)

    @property
    def steplike(self) -> bool:
        return False

    @property
    def rest(self) -> Rest:
        return Rest()


def _nothing(_: Sequence[int]) -> Cost:
    return Cost()


class Wrapper(Direction):
    """Made of another direction, at its cost, in its units and as linear as it, but for what the
    class itself says.
    """

    direction: AbstractVar[Direction]

    rescales: ClassVar[bool] = False  # whether the units of a gradient are gone afterwards
    gradientlike: ClassVar[str] = ""  # why it wants the units of a gradient, where it does
    jump: ClassVar[str] = ""  # why it is not linear at an equilibrium, where it is not
    # What it costs on top, in a turn of those who move.
    extra: ClassVar[Callable[..., Cost]] = staticmethod(_nothing)

    def __check_init__(self) -> None:
        demand_direction(self.direction, f"{type(self).__name__}.direction")
        if self.gradientlike and self.direction.steplike:
            raise _senseless(self, self.direction)

    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        return self.direction.cost(players, movers).plus(self.extra(movers))

    @property
    def steplike(self) -> bool:
        return self.rescales or self.direction.steplike

    @property
    def rest(self) -> Rest:
        return rest(Rest(obstacle=self.jump or None), self.direction.rest)


class Shaping(Wrapper):
    """Another direction in another shape, without a memory of its own."""

    @abc.abstractmethod
    def shaped(self, turn: Profile) -> Profile:
        """What becomes of the inner direction."""

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        return self.direction.init(game, x, key)

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        turn, memory = self.direction(game, x, memory, tick)
        return self.shaped(turn), memory


class Transforming(NamedTuple):
    """One player's part in an optax transform, and in the direction that it is fed."""

    moments: PyTree
    inner: Memory


class Transformed(Wrapper):
    """Another direction put through an optax transform, one a player."""

    @property
    @abc.abstractmethod
    def transform(self) -> optax.GradientTransformation:
        """The transform, made of this direction's own leaves."""

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        inner = self.direction.init(game, x, key)
        return tuple(map(Transforming, map(self.transform.init, x), inner))

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        moments, inner = zip(*memory, strict=True)
        turn, inner = self.direction(game, x, inner, tick)
        # optax raises its traced decays to integer powers, which strict promotion (a caller's
        # choice) would refuse.
        with jax.numpy_dtype_promotion("standard"):
            moved = [self.transform.update(d, m) for d, m in zip(turn, moments, strict=True)]
        blocks, moments = zip(*moved, strict=True)
        return Profile(blocks), tuple(map(Transforming, moments, inner))


def demand_direction(given: object, argument: str) -> None:
    """A wrapper's inner part must be a direction (a common slip is to pass a step or a rule)."""
    if not isinstance(given, Direction):
        cause = "Rules (Simultaneous, Alternating, ...) wrap directions, never the other way round."
        raise refuse(argument, given, "a direction such as mm.Gradient()", cause)


def _senseless(outer: Wrapper, inner: Direction) -> InputError:
    """At construction: `Adam(Normalised(...))` is senseless, `Normalised(Adam(...))` is not."""
    name, within = type(outer).__name__, type(inner).__name__
    swapped = isinstance(inner, Wrapper) and not (inner.gradientlike and outer.rescales)
    other = f" The other order is meaningful: {within}({name}(...))." if swapped else ""
    return InputError(
        f"{name}({within}(...)) is senseless: {name} {outer.gradientlike}. Give {name} a direction "
        f"in the units of a gradient: Gradient, Consensus, Symplectic.{other}"
    )
