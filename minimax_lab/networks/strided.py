"""Generators and discriminators of strided convolutions alone: DCGAN (Radford, Metz, Chintala
2016) and the variants of "The Numerics of GANs" (Mescheder, Nowozin, Geiger 2017).

`pairs.py` has both of a kind by name.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ..settings import count, declared, flag
from .base import Shape
from .layers import (
    Layer,
    Pictures,
    convolved,
    deconvolved,
    dense,
    layer,
    leaky,
    seed,
    sown,
)
from .pictures import Discriminator, Generator, demand_halved, picture_shape

Parameters = tuple[Layer, ...]


class DcganGenerator(Generator):
    """h <- activation(x W); h <- activation(h * K) `layers` times, every side doubling; tanh.

    Starts from height / 2^layers times width / 2^layers places of `width` 2^(layers - 1) channels,
    which are halved at every doubling of the sides, or `constant`. Batch normalisation stands
    before every activation but tanh; `hidden` is the width of a dense layer before the first
    places, zero for none; `leaky` lets a fifth of what is negative through.
    """

    shape: Shape = declared(picture_shape, static=True)
    latent: int = count(64)
    width: int = count(64)
    layers: int = count(3)
    batch_norm: bool = flag(True, kw_only=True)
    constant: bool = flag(kw_only=True)
    leaky: bool = flag(kw_only=True)
    hidden: int = count(0, least=0, kw_only=True)
    kernel: int = count(5, kw_only=True)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "DcganGenerator.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        one, two, *keys = jax.random.split(key, 2 + self.layers)
        norm, inputs = self.batch_norm, self.hidden or self.latent
        before = [layer(one, (self.latent, inputs), dtype, normalised=norm)] if self.hidden else []
        first = seed(two, inputs, self._first, dtype, normalised=norm)
        channels = [*self._widths, self.shape[-1]]
        after = [
            layer(
                k,
                (self.kernel, self.kernel, *channels[i : i + 2]),
                dtype,
                normalised=norm and i < self.layers - 1,
            )
            for i, k in enumerate(keys)
        ]
        return (*before, first, *after)

    def __call__(self, parameters: Parameters, inputs: Float[Array, "count latent"]) -> Pictures:
        activation = leaky if self.leaky else jax.nn.relu
        *before, first = parameters[: -self.layers]
        for one in before:
            inputs = activation(dense(one, inputs))
        pictures = sown(first, inputs, self._first)
        for one in parameters[-self.layers :]:
            pictures = deconvolved(one, activation(pictures))
        return jnp.tanh(pictures)

    @property
    def _widths(self) -> tuple[int, ...]:
        return widths(self.width, self.layers, self.constant)[::-1]

    @property
    def _first(self) -> Shape:
        height, width, _ = self.shape
        return height >> self.layers, width >> self.layers, self._widths[0]


class DcganDiscriminator(Discriminator):
    """h <- leaky(h * K) `layers` times, every side halving and the channels doubling from `width`
    on, or `constant`; one logit, linear.

    Batch normalisation stands before every activation but the first; `hidden` is the width of a
    dense layer before the logit, zero for none.
    """

    shape: Shape = declared(picture_shape, static=True)
    width: int = count(64)
    layers: int = count(3)
    batch_norm: bool = flag(True, kw_only=True)
    constant: bool = flag(kw_only=True)
    hidden: int = count(0, least=0, kw_only=True)
    kernel: int = count(5, kw_only=True)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "DcganDiscriminator.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        *keys, one, two = jax.random.split(key, self.layers + 2)
        channels = [self.shape[-1], *widths(self.width, self.layers, self.constant)]
        kernels = [
            layer(
                k,
                (self.kernel, self.kernel, *channels[i : i + 2]),
                dtype,
                normalised=self.batch_norm and i > 0,
            )
            for i, k in enumerate(keys)
        ]
        height, width, _ = self.shape
        seen = (height >> self.layers) * (width >> self.layers) * channels[-1]
        before = [layer(one, (seen, self.hidden), dtype)] if self.hidden else []
        return (*kernels, *before, layer(two, (self.hidden or seen, 1), dtype))

    def __call__(self, parameters: Parameters, inputs: Pictures) -> Float[Array, "count 1"]:
        kernels, (*before, last) = parameters[: self.layers], parameters[self.layers :]
        for one in kernels:
            inputs = leaky(convolved(one, inputs, 2))
        seen = inputs.reshape(len(inputs), -1)
        for one in before:
            seen = leaky(dense(one, seen))
        return dense(last, seen)


def widths(width: int, layers: int, constant: bool) -> tuple[int, ...]:
    """The channels of each layer as sides are halved: f, 2f, 4f, ... or f, f, f, ..."""
    return tuple(width if constant else width << i for i in range(layers))
