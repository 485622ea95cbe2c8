"""Players move in turn, each seeing what the others have just done."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import jax
from jaxtyping import Array

from ..checks import refuse
from ..directions.base import Cost, Direction, Rest, Tick, demand_direction
from ..directions.gradient import Gradient
from ..game import Game
from ..profile import Profile
from ..settings import Index, Key, declared
from .base import State, Step, UpdateRule, step_size

UNROLLED = 512  # turns of different players that one program is made of


def _order(given: Any, name: str) -> tuple[int, ...] | None:
    players = isinstance(given, tuple) and given and all(type(i) is int for i in given)
    if given is not None and (not players or min(given) < 0):
        allowed = "a tuple of players such as (1, 1, 0), or None for each player once"
        raise refuse(name, given, allowed)
    if given is not None and (changes := len(list(itertools.groupby(given)))) > UNROLLED:
        allowed = f"a tuple in which the player changes at most {UNROLLED} times"
        raise refuse(name, f"one in which it changes {changes} times", allowed)
    return given


class Alternating(UpdateRule):
    """x_i' = P(x - step * d(x))_i for i in order, each on the newest profile.
    Gauss-Seidel descent-ascent.

    `order=(1, 1, 1, 0)` is three turns of player 1 for one of player 0; by default every player has
    one turn. Each turn draws its own sample (key folded with the turn) and advances the mover's
    memory alone.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import s, x, y
        >>> game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
        >>> matrix = game.update_matrix(mm.Alternating(s))
        >>> print(matrix.tolist(), matrix.det())  # no area is lost
        [[1, -s], [s, 1 - s**2]] 1
    """

    step: Step = step_size()
    direction: Direction = Gradient()
    order: tuple[int, ...] | None = declared(_order, None, static=True, kw_only=True)

    def __check_init__(self) -> None:
        demand_direction(self.direction, "Alternating.direction")

    def init(self, game: Game, x: Profile, key: Key) -> State:
        if self.order is not None and set(self.order) != set(range(len(x))):
            allowed = f"made of the players 0..{len(x) - 1}, each at least once"
            cause = "A player without a turn would never move."
            raise refuse("Alternating.order", self.order, allowed, cause)
        return self.direction.init(game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        turn = 0
        for player, equal in itertools.groupby(self._turns(x)):
            count = len(list(equal))
            if count == 1 or tick.key is None:
                for i in range(turn, turn + count):
                    x, state = self._move(game, x, state, tick, i, player)
            else:
                x, state = self._moves(game, x, state, tick, turn, count, player)
            turn += count
        return x, state

    def cost(self, players: int) -> Cost:
        order = range(players) if self.order is None else self.order
        turns = (self.direction.cost(players, (player,)) for player in order)
        return functools.reduce(Cost.plus, turns)

    @property
    def rest(self) -> Rest:
        return self.direction.rest

    def _turns(self, x: Profile) -> tuple[int, ...]:
        return tuple(range(len(x))) if self.order is None else self.order

    def _move(
        self, game: Game, x: Profile, state: State, tick: Tick, turn: Index, player: int
    ) -> tuple[Profile, State]:
        # The whole direction is asked for and one block of it used: the compiler drops the rest.
        key = None if tick.key is None else jax.random.fold_in(tick.key, turn)
        d, after = self.direction(game, x, state, Tick(tick.index, key))
        x = x.replace(player, game.project(x - self.step * d)[player])
        return x, (*state[:player], after[player], *state[player + 1 :])

    def _moves(
        self, game: Game, x: Profile, state: State, tick: Tick, first: int, count: int, player: int
    ) -> tuple[Profile, State]:
        def body(carry: tuple[Profile, State], turn: Array) -> tuple[tuple[Profile, State], None]:
            return self._move(game, *carry, tick, turn, player), None

        return jax.lax.scan(
            body, (x, state), jax.numpy.arange(first, first + count, dtype=jax.numpy.int32)
        )[0]
