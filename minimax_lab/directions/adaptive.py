"""Adam and RMSProp: optax's transforms, built from the direction's own leaves, one per player.

Both divide by the root of a running mean of squares. At an equilibrium that mean is zero, and
whether the update is then linear depends on where the epsilon stands: inside the root it is,
outside it is not.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import optax
from jaxtyping import PRNGKeyArray

from ..checks import number
from ..game import Game
from ..profile import Profile
from .base import (
    Cost,
    Direction,
    Memory,
    Rest,
    Tick,
    apply_transform,
    demand_gradientlike,
    rest,
    start_transform,
)
from .gradient import Gradient

_ROOT = (
    "{} divides by the square root of a running mean of squares, which is zero at an equilibrium "
    "and has no derivative there{}"
)


class Adam(Direction):
    """d = m / (sqrt(u) + epsilon), m and u bias-corrected running means of d and d^2.
    Kingma, Ba 2015 (by optax).
    """

    direction: Direction = Gradient()
    first: Any = eqx.field(
        default=0.9, converter=lambda v: number(v, "Adam.first", least=0, below=1)
    )
    second: Any = eqx.field(
        default=0.999, converter=lambda v: number(v, "Adam.second", least=0, below=1)
    )
    epsilon: Any = eqx.field(default=1e-8, converter=lambda v: number(v, "Adam.epsilon", least=0))

    def __check_init__(self) -> None:
        demand_gradientlike(self, self.direction)

    @property
    def transform(self) -> optax.GradientTransformation:
        return optax.scale_by_adam(self.first, self.second, self.epsilon)

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> tuple[Memory, ...]:
        return start_transform(self.transform, self.direction, game, x, key)

    def __call__(
        self, game: Game, x: Profile, memory: tuple[Memory, ...], tick: Tick
    ) -> tuple[Profile, tuple[Memory, ...]]:
        return apply_transform(self.transform, self.direction, game, x, memory, tick)

    def cost(self, players: int, blocks: int) -> Cost:
        return self.direction.cost(players, blocks)

    @property
    def steplike(self) -> bool:
        return True

    @property
    def rest(self) -> Rest:
        return rest(Rest(obstacle=_ROOT.format("Adam", "")), self.direction.rest)


class RMSProp(Direction):
    """u' = decay * u + (1 - decay) * d^2,  d / sqrt(u' + epsilon).
    Tieleman, Hinton 2012 (by optax).

    `inside` places epsilon under the root (else beside it); u starts at `initial`.
    `RMSProp.tensorflow1()` is the optimiser of the 2017 GAN papers: u starts at one, so the first
    steps are small instead of sign-like.
    """

    direction: Direction = Gradient()
    decay: Any = eqx.field(
        default=0.9, converter=lambda v: number(v, "RMSProp.decay", least=0, below=1)
    )
    epsilon: Any = eqx.field(
        default=1e-8, converter=lambda v: number(v, "RMSProp.epsilon", least=0)
    )
    initial: Any = eqx.field(default=0.0, converter=lambda v: number(v, "RMSProp.initial", least=0))
    inside: bool = eqx.field(default=True, static=True)

    def __check_init__(self) -> None:
        demand_gradientlike(self, self.direction)

    @classmethod
    def tensorflow1(cls, direction: Direction | None = None) -> RMSProp:
        """decay 0.9, u starting at one, 1e-10 under the root."""
        return cls(
            Gradient() if direction is None else direction,
            decay=0.9,
            epsilon=1e-10,
            initial=1.0,
            inside=True,
        )

    @property
    def transform(self) -> optax.GradientTransformation:
        return optax.scale_by_rms(self.decay, self.epsilon, self.initial, eps_in_sqrt=self.inside)

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> tuple[Memory, ...]:
        return start_transform(self.transform, self.direction, game, x, key)

    def __call__(
        self, game: Game, x: Profile, memory: tuple[Memory, ...], tick: Tick
    ) -> tuple[Profile, tuple[Memory, ...]]:
        return apply_transform(self.transform, self.direction, game, x, memory, tick)

    def cost(self, players: int, blocks: int) -> Cost:
        return self.direction.cost(players, blocks)

    @property
    def steplike(self) -> bool:
        return True

    @property
    def rest(self) -> Rest:
        outside = (
            Rest()
            if self.inside
            else Rest(
                obstacle=_ROOT.format("RMSProp", "; put epsilon under the root (inside=True)")
            )
        )
        return rest(outside, self.direction.rest)
