"""Several updates counted as one."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from ..directions.base import Cost, Rest, Tick
from ..game import Game
from ..profile import Profile
from ..settings import Index, Key, count
from .base import Around, State, UpdateRule


class Repeated(Around):
    """g = h o h o ... o h: `times` updates h of the inner rule as one, each with its own sample
    (key folded with the turn).

    What mixes or averages a rule then sees the composed map, as in
    `Anderson(Repeated(Simultaneous(0.5), 2))`. Schedules inside count whole updates.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import s, x, y
        >>> game, once = mm.SymbolicGame((x * y, -x * y), ((x,), (y,))), mm.Simultaneous(s)
        >>> print(game.update_matrix(mm.Repeated(once, 2)) == game.update_matrix(once) ** 2)
        True
        >>> print(once.cost(2).gradients, mm.Repeated(once, 2).cost(2).gradients)
        2 4
    """

    rule: UpdateRule
    times: int = count(2, most=4096)  # without samples they are unrolled

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return self.rule.init(game, x, key)

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        def turn(pair: tuple[Profile, State], count: Index) -> tuple[tuple[Profile, State], None]:
            key = None if tick.key is None else jax.random.fold_in(tick.key, count)
            return self.rule.update(game, *pair, Tick(tick.index * self.times + count, key)), None

        if tick.key is None or self.times == 1:
            for count in range(self.times):
                (x, state), _ = turn((x, state), count)
            return x, state
        return jax.lax.scan(turn, (x, state), jnp.arange(self.times, dtype=jnp.int32))[0]

    def cost(self, players: int) -> Cost:
        return self.rule.cost(players).times(self.times)

    @property
    def rest(self) -> Rest:
        inner = self.rule.rest
        return Rest(inner.period // math.gcd(inner.period, self.times), inner.obstacle)
