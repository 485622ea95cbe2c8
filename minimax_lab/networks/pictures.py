"""Networks that make pictures of one shape, (height, width, colours), or judge them, and what they
ask of it.
"""

from equinox import AbstractVar

from ..checks import refuse
from .base import Architecture, Shape, shape_of, told


class Generator(Architecture):
    """From latents to pictures."""

    shape: AbstractVar[Shape]
    latent: AbstractVar[int]

    @property
    def takes(self) -> Shape:
        return (self.latent,)

    @property
    def gives(self) -> Shape:
        return self.shape


class Discriminator(Architecture):
    """From pictures to a logit each."""

    shape: AbstractVar[Shape]

    @property
    def takes(self) -> Shape:
        return self.shape

    @property
    def gives(self) -> Shape:
        return (1,)


def picture_shape(given: object, name: str) -> Shape:
    """Such as (28, 28, 1)."""
    if not isinstance(given, tuple | list) or len(given) != 3:
        allowed = "(height, width, colours), such as (28, 28, 1)"
        raise refuse(name, given, allowed)
    return shape_of(given, name)


def demand_halved(shape: Shape, layers: int, name: str) -> None:
    """A side is halved as often as there are layers."""
    *sides, _ = shape
    multiple = 1 << layers
    if any(side % multiple for side in sides):
        often = halvings(shape)
        allowed = f"sides that are multiples of {multiple}, halved {layers} times"
        cause = f"With layers={often} it can be made." if often else "These sides cannot be halved."
        raise refuse(name, told(shape), allowed, cause)


def halvings(shape: Shape) -> int:
    """How often both sides can be halved."""
    height, width, _ = shape
    both = height | width  # the lowest bit of either
    return (both & -both).bit_length() - 1
