"""Adam and RMSProp: optax's transforms, built from the direction's own leaves, one per player.

Both divide by the root of a running mean of squares. At an equilibrium that mean is zero, and
whether the update is then linear depends on where the epsilon stands: inside the root it is,
outside it is not.
"""

from __future__ import annotations

import optax

from ..settings import Number, flag, real
from .base import Direction, Transformed
from .gradient import Gradient

_SCALED = "divides by the size of what it is given and would cancel the scale already set inside"
_ROOT = (
    "{} divides by the square root of a running mean of squares, which is zero at an equilibrium "
    "and has no derivative there"
)


class Adam(Transformed):
    """d = m / (sqrt(u) + epsilon), m and u bias-corrected running means of d and d^2.

    Kingma, Ba 2015 (by optax).

    Examples:
        >>> import minimax_lab as mm
        >>> game, start = mm.games.bilinear(1.0), (3.0, 4.0)  # where v is (4, -3)
        >>> moved = mm.run(game, mm.Simultaneous(0.5, mm.Adam()), start, 1).final
        >>> print(*(f"{number:.3f}" for number in moved))  # at first d is (1, -1)
        2.500 4.500
    """

    direction: Direction = Gradient()
    first: Number = real(0.9, least=0, below=1)
    second: Number = real(0.999, least=0, below=1)
    epsilon: Number = real(1e-8, least=0)

    spoken = "Adam"
    rescales = True
    gradientlike = _SCALED
    jump = _ROOT.format("Adam")

    @property
    def transform(self) -> optax.GradientTransformation:
        return optax.scale_by_adam(self.first, self.second, self.epsilon)


class RMSProp(Transformed):
    """u' = decay * u + (1 - decay) * d^2,  d / sqrt(u' + epsilon).

    Tieleman, Hinton 2012 (by optax). `inside` places epsilon under the root (else beside it); u
    starts at `initial`. `RMSProp.tensorflow1()` is the optimiser of the 2017 GAN papers: u starts
    at one, so the first steps are small instead of sign-like.

    Examples:
        >>> import minimax_lab as mm
        >>> game, start = mm.games.bilinear(1.0), (3.0, 4.0)  # where v_x is 4
        >>> for direction in (mm.RMSProp(), mm.RMSProp.tensorflow1()):
        ...     moved = mm.run(game, mm.Simultaneous(1.0, direction), start, 1).final
        ...     print(f"{3 - moved[0]:.3f}")  # 4 / sqrt(1.6), then 4 / sqrt(2.5)
        3.162
        2.530
    """

    direction: Direction = Gradient()
    decay: Number = real(0.9, least=0, below=1)
    epsilon: Number = real(1e-8, least=0)
    initial: Number = real(0.0, least=0)
    inside: bool = flag(True)

    spoken = "RMSProp"
    rescales = True
    gradientlike = _SCALED
    unsymbolic = "divides by the root of a running mean of squares, kept in arrays"

    @classmethod
    def tensorflow1(cls, direction: Direction | None = None) -> RMSProp:
        """decay 0.9, u starting at one, 1e-10 under the root."""
        fed = Gradient() if direction is None else direction
        return cls(fed, decay=0.9, epsilon=1e-10, initial=1.0, inside=True)

    @property
    def transform(self) -> optax.GradientTransformation:
        return optax.scale_by_rms(self.decay, self.epsilon, self.initial, eps_in_sqrt=self.inside)

    @property
    def jump(self) -> str:  # type: ignore[override]
        """None with epsilon under the root."""
        outside = _ROOT.format("RMSProp") + "; put epsilon under the root (inside=True)"
        return "" if self.inside else outside
