"""Look ahead, then move by what was seen there."""

from __future__ import annotations

from ..directions.base import Direction, Tick
from ..directions.gradient import Gradient
from ..game import Game
from ..profile import Profile
from ..settings import Key, flag
from .base import Looked, State, Step, Walk, look, step_size


class Extragradient(Walk):
    """x' = P(x - step * d(x)),   x+ = P(x - step * d(x')).      Korpelevich 1976.

    Both looks use the same sample. A direction with memory advances it once a step, at the second
    look; `both` advances it at either, as Extra-Adam was published (Gidel et al. 2019).

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import s, x, y
        >>> game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
        >>> matrix = game.update_matrix(mm.Extragradient(s))
        >>> print(matrix.tolist(), matrix.det().expand())  # the factor squared
        [[1 - s**2, -s], [s, 1 - s**2]] s**4 - s**2 + 1
    """

    step: Step = step_size()
    direction: Direction = Gradient()
    both: bool = flag(kw_only=True)

    looks = 2

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return self.direction.init(game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        ahead, seen = self.direction(game, x, state, tick)
        there = game.project(x - self.step * ahead)
        turn, state = self.direction(game, there, seen if self.both else state, tick)
        return game.project(x - self.step * turn), state


class PastExtragradient(Walk):
    """x' = P(x - step * d'),   d' <- d(x'),   x+ = P(x - step * d').      Popov 1980.

    Looks ahead along the last look instead of a fresh one: the cost of plain descent.

    Examples:
        >>> import minimax_lab as mm
        >>> game, rule = mm.games.bilinear(1.0), mm.PastExtragradient(0.5)
        >>> print(mm.solve(game, rule, (1.0, 1.0), tolerance=1e-5).verdict.kind)
        converged
        >>> print(rule.cost(2).gradients, mm.Extragradient(0.5).cost(2).gradients)
        2 4
    """

    step: Step = step_size()
    direction: Direction = Gradient()

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return look(self.direction, game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        past, memory = state
        there = game.project(x - self.step * past)
        turn, memory = self.direction(game, there, memory, tick)
        return game.project(x - self.step * turn), Looked(turn, memory)


class Optimistic(Walk):
    """x' = P(x - step * (2 d(x) - d_past)).      Rakhlin, Sridharan 2013; Daskalakis et al. 2018.

    Before the first update the past is d at the start, on a sample of its own: without noise the
    first update is a plain step.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import k, s, x, y
        >>> game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
        >>> for rule in (mm.Optimistic(s), mm.PastExtragradient(s)):
        ...     print(game.update_matrix(rule).charpoly(k).as_expr())
        k**4 - 2*k**3 + k**2*(4*s**2 + 1) - 4*k*s**2 + s**2
        k**4 - 2*k**3 + k**2*(4*s**2 + 1) - 4*k*s**2 + s**2
    """

    step: Step = step_size()
    direction: Direction = Gradient()

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return look(self.direction, game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        past, memory = state
        turn, memory = self.direction(game, x, memory, tick)
        return game.project(x - self.step * (2 * turn - past)), Looked(turn, memory)
