"""A generator and a discriminator made for each other, as the literature pairs them.

game = mm.adversarial.gan(*mm.networks.dcgan((28, 28, 1)), data=pictures)
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..calls import checked
from ..checks import refuse
from .base import Architecture, Shape, told
from .perceptron import Perceptron
from .pictures import halvings, picture_shape
from .residuals import ResidualDiscriminator, ResidualGenerator
from .spectral_norm import SpectralCritic
from .strided import DcganDiscriminator, DcganGenerator
from .wgan import WganGpCritic, WganGpGenerator
from .wrapped import Flattened, Painted


class Pair(NamedTuple):
    """Two networks for `adversarial.gan`."""

    generator: Architecture
    discriminator: Architecture


@checked
def dcgan(
    shape: Shape,
    layers: int | None = None,
    *,
    latent: int = 64,
    width: int = 32,
    batch_norm: bool = True,
    constant: bool = False,
    leaky: bool = False,
    kernel: int = 5,
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
        kernel: the side of every kernel; with 4 instead of 5 a step takes a tenth less.

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
    common: dict[str, Any] = {"batch_norm": batch_norm, "constant": constant, "kernel": kernel}
    return Pair(
        DcganGenerator(shape, latent, width, layers, leaky=leaky, **common),
        DcganDiscriminator(shape, width, layers, **common),
    )


@checked
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


@checked
def residual(
    shape: Shape, layers: int = 4, *, latent: int = 256, width: int = 64, constant: bool = True
) -> Pair:
    """The residual pair of "The Numerics of GANs", without batch normalisation.

    Arguments:
        shape: of a picture, (height, width, colours); 64 x 64 in the paper, with width 128.
        layers: how often sides are doubled and halved.
        latent: the width of z.
        width: the channels of every layer.
        constant: whether all layers have `width` channels, or twice as many at half the side.

    Examples:
        >>> from minimax_lab import networks
        >>> generator, discriminator = networks.residual((64, 64, 3), width=128)
        >>> generator.takes, discriminator.gives
        ((256,), (1,))
    """
    return Pair(
        ResidualGenerator(shape, latent, width, layers, constant=constant),
        ResidualDiscriminator(shape, width, layers, constant=constant),
    )


@checked
def wgan_gp(shape: Shape, *, latent: int = 128, width: int = 128) -> Pair:
    """The residual pair of WGAN-GP, on which extragradient and nSGDA were tried: the generator's
    batches are normalised, the critic's are not.

    Arguments:
        shape: of a picture, (height, width, colours); 32 x 32 in the papers.
        latent: the width of z.
        width: the channels of every layer.

    Examples:
        >>> from minimax_lab import networks
        >>> [network.layers for network in networks.wgan_gp((28, 28, 1))]
        [2, 2]
    """
    layers = _layers(picture_shape(shape, "shape"))
    return Pair(WganGpGenerator(shape, latent, width, layers), WganGpCritic(shape, width))


@checked
def spectral(
    shape: Shape, layers: int | None = None, *, latent: int = 128, width: int = 64
) -> Pair:
    """A DCGAN generator with kernels of 4 against a spectrally normalised critic, as in SNGAN.

    Arguments:
        shape: of a picture, (height, width, colours); 32 x 32 in the paper.
        layers: how often sides are doubled and halved, 3 in the paper; by default as in `dcgan`.
        latent: the width of z.
        width: the channels next to the picture.

    Examples:
        >>> from minimax_lab import networks
        >>> generator, critic = networks.spectral((32, 32, 3))
        >>> generator.gives, critic.layers
        ((32, 32, 3), 3)
    """
    layers = _layers(picture_shape(shape, "shape")) if layers is None else layers
    return Pair(
        DcganGenerator(shape, latent, width, layers, kernel=4),
        SpectralCritic(shape, width, layers),
    )


@checked
def perceptrons(
    shape: Shape,
    hidden: tuple[int, ...] = (256, 256),
    *,
    latent: int = 64,
    activation: str = "leaky_relu",
) -> Pair:
    """Two perceptrons that make and see pictures.

    Arguments:
        shape: of a picture, (height, width, colours).
        hidden: the widths of the hidden layers of each.
        latent: the width of z.
        activation: of the hidden layers, such as "relu" or "tanh".

    Examples:
        >>> from minimax_lab import networks
        >>> [network.network.widths for network in networks.perceptrons((8, 8, 1), (32,))]
        [(64, 32, 64), (64, 32, 1)]
    """
    shape = picture_shape(shape, "shape")
    pixels = math.prod(shape)
    return Pair(
        Painted(Perceptron((latent, *hidden, pixels), activation), shape),
        Flattened(Perceptron((pixels, *hidden, 1), activation), shape),
    )


def _layers(shape: Shape) -> int:
    """Until the shorter side is below eight, at least twice."""
    most, shorter = halvings(shape), min(shape[:2])
    wanted = max(2, (shorter // 4).bit_length() - 1)
    if most < 2:
        allowed = "sides that are multiples of 4, such as 8, 28, 32 or 64"
        raise refuse("shape", told(shape), allowed)
    return min(wanted, most)
