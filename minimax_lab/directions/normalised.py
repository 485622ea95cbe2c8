"""Directions of a chosen length: every player's own divided by its norm, or given the norm of
another direction's.

The norm is a player's (over all its tensors) or, with `per_tensor`, each tensor's. So of the
literature's methods

    g-nSGDA = Normalised()        AdaLR  = Graft(Adam(), Gradient())
    l-nSGDA = Normalised(per_tensor=True)        AdaDir = Graft(Gradient(), Adam())

A direction that is exactly zero stays zero: nobody moves where nobody is pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..checks import refuse, whole
from ..game import Game
from ..profile import Profile
from ..settings import Key, Number, declared, flag, real
from .base import (
    Cost,
    Direction,
    Memories,
    Memory,
    Rest,
    Shaping,
    Tick,
    Turn,
    demand_direction,
    rest,
)
from .gap_aware import demand_uncancelled
from .gradient import Gradient

_JUMP = (
    "{} divides by a norm that is zero at an equilibrium, so that the smallest push there moves by "
    "a whole step"
)
_ZERO = "asks whether a norm is zero, which has no answer on symbols"


def _players(given: object, name: str) -> tuple[int, ...] | None:
    if given is None:
        return None
    several = given if isinstance(given, tuple | list) else (given,)
    chosen = tuple(whole(player, name, 0) for player in several)
    if not chosen or len(set(chosen)) < len(chosen):
        raise refuse(name, given, "one player or several, each once; None for all")
    return chosen


class Normalised(Shaping):
    """d_i / (|d_i| + epsilon): every step has one length.
    nSGDA: Jelassi, Dobre, Mensch, Li, Gidel 2022.

    `players` names those who are normalised, all by default; the others keep their direction. Only
    a falling step comes to rest.

    Examples:
        >>> import minimax_lab as mm
        >>> game, start = mm.games.bilinear(1.0), (3.0, 4.0)  # where d is (4, -3)
        >>> for players in (None, (0,)):
        ...     rule = mm.Simultaneous(0.5, mm.Normalised(players=players))
        ...     print(*mm.run(game, rule, start, 1).final)
        2.5 4.5
        2.5 5.5
    """

    direction: Direction = Gradient()
    per_tensor: bool = flag()
    epsilon: Number = real(0.0, least=0)
    players: tuple[int, ...] | None = declared(_players, None, static=True)

    rescales = True
    jump = _JUMP.format("Normalised")
    unsymbolic = _ZERO

    def __check_init__(self) -> None:
        demand_uncancelled(self, self.direction, self.players)

    def shaped(self, turn: Profile) -> Profile:
        chosen = range(len(turn)) if self.players is None else self.players
        if any(player >= len(turn) for player in chosen):
            allowed = f"players of the profile, 0 to {len(turn) - 1}"
            raise refuse("Normalised.players", self.players, allowed)
        for player in chosen:
            turn = turn.replace(player, _each(self._unit, self.per_tensor, turn[player]))
        return turn

    def _unit(self, block: PyTree) -> PyTree:
        return _with_length(block, jnp.ones((), _norm(block).dtype), self.epsilon)


class Grafting(NamedTuple):
    """What the two directions remember of one player."""

    magnitude: Memory
    direction: Memory


class Graft(Direction):
    """|m_i| d_i / (|d_i| + epsilon): as long as one direction, m, along another, d.
    Agarwal et al. 2020.

    Each keeps its own memory and both see one sample. `Graft(d, d)` is d.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> rule = mm.Simultaneous(1.0, mm.Graft(mm.Gradient(), mm.Adam()))
        >>> start = (jnp.zeros(2), jnp.array([3.0, 4.0]))  # where d_x is (3, 4), and Adam's (1, 1)
        >>> moved = mm.run(mm.games.bilinear(jnp.eye(2)), rule, start, 1).final[0]
        >>> print(*(f"{number:.3f}" for number in moved))  # 5 / sqrt(2)
        -3.536 -3.536
    """

    magnitude: Direction
    direction: Direction
    per_tensor: bool = flag()
    epsilon: Number = real(0.0, least=0)

    unsymbolic = _ZERO

    def __check_init__(self) -> None:
        demand_direction(self.magnitude, "Graft.magnitude")
        demand_direction(self.direction, "Graft.direction")
        demand_uncancelled(self, self.direction)

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        one, other = (part.init(game, x, key) for part in (self.magnitude, self.direction))
        return tuple(map(Grafting, one, other))

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        one, other = zip(*memory, strict=True)
        lengths, one = self.magnitude(game, x, one, tick)
        turn, other = self.direction(game, x, other, tick)
        _demand_alike(lengths, turn)
        pairs = zip(lengths, turn, strict=True)
        blocks = (_each(self._grafted, self.per_tensor, *pair) for pair in pairs)
        return Profile(blocks), tuple(map(Grafting, one, other))

    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        return self.magnitude.cost(players, movers).plus(self.direction.cost(players, movers))

    @property
    def steplike(self) -> bool:
        return self.magnitude.steplike or self.direction.steplike

    @property
    def rest(self) -> Rest:
        jump = Rest(obstacle=_JUMP.format("Graft"))
        return rest(self.magnitude.rest, self.direction.rest, jump)

    def _grafted(self, length: PyTree, block: PyTree) -> PyTree:
        return _with_length(block, _norm(length), self.epsilon)


def _each(function: Callable[..., PyTree], per_tensor: bool, *blocks: PyTree) -> PyTree:
    """The function of one player's blocks: at once, or tensor by tensor."""
    return jax.tree.map(function, *blocks) if per_tensor else function(*blocks)


def _norm(block: PyTree) -> Float[Array, ""]:
    """|block|, with derivative zero where it is zero."""
    square = Profile((block,)) @ Profile((block,))
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)


def _with_length(block: PyTree, length: Float[Array, ""], epsilon: Number) -> PyTree:
    """length * block / (|block| + epsilon), and zero where block is."""
    norm = _norm(block)
    scale = jnp.where(
        norm > 0, length / jnp.where(norm > 0, norm + jnp.asarray(epsilon, norm.dtype), 1), 0
    )
    # Squares that overflow are a divergence, not a standstill.
    scale = jnp.where(jnp.isinf(norm), jnp.full_like(norm, jnp.nan), scale)
    return (scale * Profile((block,)))[0]


def _demand_alike(lengths: Profile, turn: Profile) -> None:
    """Two directions can be grafted only where every player's tensors are the same in both."""
    shapes = [jax.tree.map(jnp.shape, tuple(side)) for side in (lengths, turn)]
    trees = [jax.tree.structure(tuple(side)) for side in (lengths, turn)]
    if trees[0] != trees[1] or shapes[0] != shapes[1]:
        allowed = f"one of shapes {shapes[1]}, as Graft.direction gives"
        raise refuse("Graft.magnitude", f"a direction of shapes {shapes[0]}", allowed)
