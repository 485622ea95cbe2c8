"""All players move at once."""

from __future__ import annotations

from ..directions.base import Direction, Tick
from ..directions.gradient import Gradient
from ..game import Game
from ..profile import Profile
from ..settings import Key
from .base import State, Step, Walk, step_size


class Simultaneous(Walk):
    """x' = P(x - step * d(x)).      Gradient descent-ascent: Arrow, Hurwicz 1956.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import s, x, y
        >>> game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
        >>> matrix = game.update_matrix(mm.Simultaneous(s))
        >>> print(matrix.tolist(), matrix.det())  # the factor squared
        [[1, -s], [s, 1]] s**2 + 1
    """

    step: Step = step_size()
    direction: Direction = Gradient()

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return self.direction.init(game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        turn, state = self.direction(game, x, state, tick)
        return game.project(x - self.step * turn), state
