"""A generator and a discriminator made for each other, as the literature pairs them.

game = mm.adversarial.gan(*mm.networks.dcgan((28, 28, 1)), data=pictures)
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..checks import refuse, whole
from .base import Architecture, Shape, told
from .perceptron import Perceptron
from .pictures import halvings, picture_shape
from .strided import DcganDiscriminator, DcganGenerator
from .wrapped import Flattened, Painted


class Pair(NamedTuple):
    """Two networks for `adversarial.gan`."""

    generator: Architecture
    discriminator: Architecture


def dcgan(
    shape: Shape,
    layers: int | None = None,
    *,
    latent: int = 64,
    width: int = 32,
    batch_norm: bool = True,
    constant: bool = False,
    leaky: bool = False,
) -> Pair:
    """The DCGAN pair, of sides halved `layers` times: by default until they are below eight, at
    least twice.

    Those of "The Numerics of GANs" are `dcgan(shape, 3, latent=256, width=64)`, and with 4 layers
    also `leaky`; without batch normalisation; and without and `constant`.

    Arguments:
        shape: of a picture, (height, width, colours).
        layers: how many convolutions each of the two has.
        latent: the width of z.
        width: the channels next to the picture.
        batch_norm: whether batches are normalised.
        constant: whether all layers have `width` channels, or twice as many at half the side.
        leaky: whether the generator's rectifiers let a fifth of what is negative through.

    Examples:
        >>> from minimax_lab import networks
        >>> for side in (8, 28, 32, 64):
        ...     generator, discriminator = networks.dcgan((side, side, 1))
        ...     print(generator.takes, generator.gives, discriminator.layers)
        (64,) (8, 8, 1) 2
        (64,) (28, 28, 1) 2
        (64,) (32, 32, 1) 3
        (64,) (64, 64, 1) 4
    """
    shape = picture_shape(shape, "shape")
    layers = _layers(shape) if layers is None else layers
    common = {"batch_norm": batch_norm, "constant": constant}
    return Pair(
        DcganGenerator(shape, latent, width, layers, leaky=leaky, **common),
        DcganDiscriminator(shape, width, layers, **common),
    )


def convolutional(
    shape: Shape, layers: int = 3, *, latent: int = 256, width: int = 64, hidden: int = 512
) -> Pair:
    """The plain convolutions of "The Numerics of GANs": all layers of one width, no batch
    normalisation, a dense layer of `hidden` units before the logit and, with 4 layers, after z.

    Arguments:
        shape: of a picture, (height, width, colours).
        layers: how many convolutions each of the two has, 3 or 4 in the paper.
        latent: the width of z.
        width: the channels of every layer.
        hidden: the width of the dense layers.

    Examples:
        >>> from minimax_lab import networks
        >>> generator, discriminator = networks.convolutional((32, 32, 3), 4)
        >>> generator.hidden, discriminator.hidden
        (512, 512)
    """
    plain = {"batch_norm": False, "constant": True}
    after_z = hidden if layers > 3 else 0
    return Pair(
        DcganGenerator(shape, latent, width, layers, leaky=True, hidden=after_z, **plain),
        DcganDiscriminator(shape, width, layers, hidden=hidden, **plain),
    )


def _layers(shape: Shape) -> int:
    """Until the shorter side is below eight, at least twice."""
    most, shorter = halvings(shape), min(shape[:2])
    wanted = max(2, (shorter // 4).bit_length() - 1)
    if most < 2:
        allowed = "sides that are multiples of 4, such as 8, 28, 32 or 64"
        raise refuse("shape", told(shape), allowed)
    return min(wanted, most)


def perceptrons(
    shape: Shape, *, latent: int = 64, width: int = 256, layers: int = 2, slope: str = "leaky_relu"
) -> Pair:
    """Two perceptrons of `layers` hidden layers that see a picture as one long vector.

    Arguments:
        shape: of a picture, (height, width, colours).
        latent: the width of z.
        width: of the hidden layers.
        layers: how many hidden layers there are.
        slope: the activation, such as "relu" or "tanh".

    Examples:
        >>> from minimax_lab import networks
        >>> generator, discriminator = networks.perceptrons((8, 8, 1))
        >>> generator.takes, generator.gives, discriminator.takes
        ((64,), (8, 8, 1), (8, 8, 1))
    """
    shape = picture_shape(shape, "shape")
    pixels, hidden = math.prod(shape), (whole(width, "width"),) * whole(layers, "layers")
    return Pair(
        Painted(Perceptron((latent, *hidden, pixels), slope), shape),
        Flattened(Perceptron((pixels, *hidden, 1), slope), shape),
    )
