"""Look ahead, then move by what was seen there."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import PRNGKeyArray

from ..directions.base import Cost, Direction, Rest, Tick
from ..directions.gradient import Gradient
from ..game import Game
from ..profile import Profile
from .base import State, Step, UpdateRule, demand, look, step_size


class Extragradient(UpdateRule):
    """x' = P(x - step * d(x)),   x+ = P(x - step * d(x')).      Korpelevich 1976.

    Both looks use the same sample. A direction with memory advances it once a step, at the second
    look; `both` advances it at either, as Extra-Adam was published (Gidel et al. 2019).
    """

    step: Step = step_size()
    direction: Direction = Gradient()
    both: bool = eqx.field(default=False, static=True, kw_only=True)

    def __check_init__(self) -> None:
        demand(self)

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> State:
        return self.direction.init(game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        ahead, seen = self.direction(game, x, state, tick)
        turn, state = self.direction(
            game, game.project(x - self.step * ahead), seen if self.both else state, tick
        )
        return game.project(x - self.step * turn), state

    def cost(self, players: int) -> Cost:
        return self.direction.cost(players, players).times(2)

    @property
    def rest(self) -> Rest:
        return self.direction.rest


class PastExtragradient(UpdateRule):
    """x' = P(x - step * d'),   d' <- d(x'),   x+ = P(x - step * d').      Popov 1980.

    Looks ahead along the last look instead of a fresh one: the cost of plain descent.
    """

    step: Step = step_size()
    direction: Direction = Gradient()

    def __check_init__(self) -> None:
        demand(self)

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> State:
        return look(self.direction, game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        past, memory = state
        turn, memory = self.direction(game, game.project(x - self.step * past), memory, tick)
        return game.project(x - self.step * turn), (turn, memory)

    def cost(self, players: int) -> Cost:
        return self.direction.cost(players, players)

    @property
    def rest(self) -> Rest:
        return self.direction.rest


class Optimistic(UpdateRule):
    """x' = P(x - step * (2 d(x) - d_past)).      Rakhlin, Sridharan 2013; Daskalakis et al. 2018.

    The first update has no past and is a plain step.
    """

    step: Step = step_size()
    direction: Direction = Gradient()

    def __check_init__(self) -> None:
        demand(self)

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> State:
        return look(self.direction, game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        past, memory = state
        turn, memory = self.direction(game, x, memory, tick)
        return game.project(x - self.step * (2 * turn - past)), (turn, memory)

    def cost(self, players: int) -> Cost:
        return self.direction.cost(players, players)

    @property
    def rest(self) -> Rest:
        return self.direction.rest
