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

    The first update has no past and is a plain step.
    """

    step: Step = step_size()
    direction: Direction = Gradient()

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return look(self.direction, game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        past, memory = state
        turn, memory = self.direction(game, x, memory, tick)
        return game.project(x - self.step * (2 * turn - past)), Looked(turn, memory)
