"""All players move at once."""

from __future__ import annotations

from jaxtyping import PRNGKeyArray

from ..directions.base import Cost, Direction, Rest, Tick
from ..directions.gradient import Gradient
from ..game import Game
from ..profile import Profile
from .base import State, Step, UpdateRule, demand, step_size


class Simultaneous(UpdateRule):
    """x' = P(x - step * d(x)).      Gradient descent-ascent: Arrow, Hurwicz 1956."""

    step: Step = step_size()
    direction: Direction = Gradient()

    def __check_init__(self) -> None:
        demand(self)

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> State:
        return self.direction.init(game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        turn, state = self.direction(game, x, state, tick)
        return game.project(x - self.step * turn), state

    def cost(self, players: int) -> Cost:
        return self.direction.cost(players, players)

    @property
    def rest(self) -> Rest:
        return self.direction.rest
