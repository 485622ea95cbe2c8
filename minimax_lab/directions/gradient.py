"""The gradient of each player's own loss, and the two plainest ways to dress it: memory of the
past, and a bound.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from ..checks import number, refuse
from ..game import Game
from ..profile import Profile
from .base import Cost, Direction, Memory, Rest, Tick, demand_direction, rest


class Gradient(Direction):
    """d = v(x), each player's gradient of its own loss. One gradient block per player."""

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> tuple[Memory, ...]:
        return (None,) * len(x)

    def __call__(
        self, game: Game, x: Profile, memory: tuple[Memory, ...], tick: Tick
    ) -> tuple[Profile, tuple[Memory, ...]]:
        return game.field(x, game.sample(tick.key)), memory

    def cost(self, players: int, blocks: int) -> Cost:
        return Cost(gradients=blocks)

    @property
    def steplike(self) -> bool:
        return False

    @property
    def rest(self) -> Rest:
        return Rest()


class Momentum(Direction):
    """m' = d + decay * m, and m' is the direction.
    Polyak 1964; negative under alternation: Gidel et al. 2019.

    With a constant step this is x' = x - step * d + decay * (x - x_previous). Keeps the units of
    what it wraps.
    """

    decay: Any = eqx.field(converter=lambda v: number(v, "Momentum.decay", above=-1, below=1))
    direction: Direction = Gradient()

    def __check_init__(self) -> None:
        demand_direction(self.direction, "Momentum.direction")

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> tuple[Memory, ...]:
        return tuple(zip(0 * x, self.direction.init(game, x, key), strict=True))

    def __call__(
        self, game: Game, x: Profile, memory: tuple[Memory, ...], tick: Tick
    ) -> tuple[Profile, tuple[Memory, ...]]:
        past, inner = zip(*memory, strict=True)
        turn, inner = self.direction(game, x, inner, tick)
        turn = turn + self.decay * Profile(past)
        return turn, tuple(zip(turn, inner, strict=True))

    def cost(self, players: int, blocks: int) -> Cost:
        return self.direction.cost(players, blocks)

    @property
    def steplike(self) -> bool:
        return self.direction.steplike

    @property
    def rest(self) -> Rest:
        return self.direction.rest


class Clipped(Direction):
    """d_i * min(1, bound / |d_i|): every player's direction shortened to `bound`, never turned.
    Pascanu et al. 2013.
    """

    direction: Direction = Gradient()
    bound: Any = eqx.field(default=1.0, converter=lambda v: number(v, "Clipped.bound", above=0))

    def __check_init__(self) -> None:
        demand_direction(self.direction, "Clipped.direction")

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> tuple[Memory, ...]:
        return self.direction.init(game, x, key)

    def __call__(
        self, game: Game, x: Profile, memory: tuple[Memory, ...], tick: Tick
    ) -> tuple[Profile, tuple[Memory, ...]]:
        turn, memory = self.direction(game, x, memory, tick)
        bounds = self.bound if isinstance(self.bound, tuple) else (self.bound,) * len(turn)
        if len(bounds) != len(turn):
            raise refuse(
                "Clipped.bound",
                f"a tuple of {len(bounds)}",
                f"one number, or {len(turn)} for {len(turn)} players",
            )
        # bound / max(norm, bound) has no 0/0, and its derivative at a zero direction is exactly
        # zero.
        squares = [Profile((block,)) @ Profile((block,)) for block in turn]
        scales = [
            jnp.where(s > b**2, b / jnp.sqrt(jnp.where(s > b**2, s, 1)), 1)
            for s, b in zip(squares, bounds, strict=True)
        ]
        overflown = [jnp.where(jnp.isinf(s), jnp.full_like(s, jnp.nan), 1) for s in squares]
        scales = [a * b for a, b in zip(overflown, scales, strict=True)]
        return tuple(scales) * turn, memory

    def cost(self, players: int, blocks: int) -> Cost:
        return self.direction.cost(players, blocks)

    @property
    def steplike(self) -> bool:
        return self.direction.steplike

    @property
    def rest(self) -> Rest:
        return rest(self.direction.rest)
