"""The gradient of each player's own loss, and the two plainest ways to dress it: memory of the
past, and a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import PyTree

from ..game import Game
from ..profile import Profile
from ..settings import Key, Number, per_player, real
from .base import Cost, Direction, Memories, Memory, Memoryless, Shaping, Tick, Turn, Wrapper


class Gradient(Memoryless):
    """d = v(x), each player's gradient of its own loss. One gradient block per player.

    Examples:
        >>> import minimax_lab as mm
        >>> game, x = mm.games.bilinear(2.0), mm.Profile((3.0, 4.0))  # v = (2y, -2x)
        >>> direction, memory = mm.Gradient()(game, x, (None, None), mm.Tick(0, None))
        >>> print(*direction)
        8.0 -6.0
    """

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        return game.field(x, game.sample(tick.key)), memory

    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        return Cost(gradients=len(movers))


class Moving(NamedTuple):
    """A player's moving direction, and what the direction inside remembers."""

    m: PyTree
    inner: Memory


class Momentum(Wrapper):
    """m' = d + decay * m, and m' is the direction.

    Polyak 1964; negative under alternation: Gidel et al. 2019. With a constant step this is
    x' = x - step * d + decay * (x - x_previous). Keeps the units of what it wraps.

    Examples:
        >>> import minimax_lab as mm
        >>> game, start = mm.games.bilinear(1.0), (1.0, 1.0)
        >>> for decay in (0.0, -0.5):
        ...     rule = mm.Alternating(1.0, mm.Momentum(decay))
        ...     print(decay, mm.solve(game, rule, start, tolerance=1e-5, most=200).verdict.kind)
        0.0 cycling
        -0.5 converged
    """

    decay: Number = real(above=-1, below=1, each=True)
    direction: Direction = Gradient()

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        return tuple(map(Moving, 0 * x, self.direction.init(game, x, key)))

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        past, inner = zip(*memory, strict=True)
        turn, inner = self.direction(game, x, inner, tick)
        turn = turn + self.decay * Profile(past)
        return turn, tuple(map(Moving, turn, inner))


class Clipped(Shaping):
    """d_i * min(1, bound / |d_i|): every player's direction shortened to `bound`, never turned.

    Pascanu et al. 2013.

    Examples:
        >>> import minimax_lab as mm
        >>> game, start = mm.games.bilinear(1.0), (3.0, 4.0)  # where v is (4, -3)
        >>> print(*mm.run(game, mm.Simultaneous(1.0, mm.Clipped(bound=2.0)), start, 1).final)
        1.0 6.0
    """

    direction: Direction = Gradient()
    bound: Number = real(1.0, above=0, each=True)

    unsymbolic = "compares a norm with its bound, which has no answer on symbols"

    def shaped(self, turn: Profile) -> Profile:
        bounds = per_player(self.bound, "Clipped.bound", len(turn))
        # bound / max(norm, bound) has no 0/0, and its derivative at a zero direction is exactly
        # zero.
        squares = [Profile((block,)) @ Profile((block,)) for block in turn]
        scales = [
            jnp.where(s > b**2, b / jnp.sqrt(jnp.where(s > b**2, s, 1)), 1)
            for s, b in zip(squares, bounds, strict=True)
        ]
        overflown = [jnp.where(jnp.isinf(s), jnp.full_like(s, jnp.nan), 1) for s in squares]
        return tuple(a * b for a, b in zip(overflown, scales, strict=True)) * turn
