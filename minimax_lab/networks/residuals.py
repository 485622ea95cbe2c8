"""The residual networks of "The Numerics of GANs" (Mescheder, Nowozin, Geiger 2017): strided
convolutions with a tenth of a small network added after each, and no batch normalisation.

    h <- h + K2 * leaky(K1 * leaky(h)) / 10
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from ..settings import count, declared, flag
from .base import Shape
from .layers import Layer, Pictures, convolved, deconvolved, dense, layer, leaky, seed, sown
from .pictures import Discriminator, Generator, demand_halved, picture_shape
from .strided import widths

SHARE = 0.1  # of a residual
Blocks = dict[str, Layer]
Parameters = tuple[PyTree, ...]  # layers and blocks


class ResidualGenerator(Generator):
    """h <- x W; h <- leaky(h) deconvolved, a tenth of a residual added, `layers` - 1 times; a last
    one without residual; tanh.

    All channels are `width`, or with `constant=False` eight times as many at first for four layers,
    halved at every doubling of the sides.
    """

    shape: Shape = declared(picture_shape, static=True)
    latent: int = count(256)
    width: int = count(64)
    layers: int = count(4)
    constant: bool = flag(True, kw_only=True)
    kernel: int = count(5, kw_only=True)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "ResidualGenerator.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        first, last, *keys = jax.random.split(key, 1 + self.layers)
        before = self._widths
        blocks = (
            _block(k, self.kernel, before[i : i + 2], before[i + 1] // 2, dtype)
            for i, k in enumerate(keys)
        )
        colours = (self.kernel, self.kernel, before[-1], self.shape[-1])
        return seed(first, self.latent, self._first, dtype), *blocks, layer(last, colours, dtype)

    def __call__(self, parameters: Parameters, inputs: Float[Array, "count latent"]) -> Pictures:
        first, *blocks, last = parameters
        hidden = sown(first, inputs, self._first)
        for block in blocks:
            hidden = _with_residual(block, deconvolved(block["strided"], leaky(hidden)))
        return jnp.tanh(deconvolved(last, leaky(hidden)))

    @property
    def _widths(self) -> tuple[int, ...]:
        return widths(self.width, self.layers, self.constant)[::-1]

    @property
    def _first(self) -> Shape:
        height, width, _ = self.shape
        return height >> self.layers, width >> self.layers, self._widths[0]


class ResidualDiscriminator(Discriminator):
    """h <- h convolved with stride 2, a tenth of a residual added, `layers` times, leaky in
    between; one logit, linear.
    """

    shape: Shape = declared(picture_shape, static=True)
    width: int = count(64)
    layers: int = count(4)
    constant: bool = flag(True, kw_only=True)
    kernel: int = count(5, kw_only=True)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "ResidualDiscriminator.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        last, *keys = jax.random.split(key, 1 + self.layers)
        channels = [self.shape[-1], *widths(self.width, self.layers, self.constant)]
        # The first residual of the constant variant is as wide as what it is added to.
        middles = [c if self.constant and i == 0 else c // 2 for i, c in enumerate(channels[1:])]
        blocks = (
            _block(k, self.kernel, channels[i : i + 2], middles[i], dtype)
            for i, k in enumerate(keys)
        )
        height, width, _ = self.shape
        seen = (height >> self.layers) * (width >> self.layers) * channels[-1]
        return *blocks, layer(last, (seen, 1), dtype)

    def __call__(self, parameters: Parameters, inputs: Pictures) -> Float[Array, "count 1"]:
        first, *blocks, last = parameters
        hidden = _with_residual(first, convolved(first["strided"], inputs, 2))
        for block in blocks:
            hidden = _with_residual(block, convolved(block["strided"], leaky(hidden), 2))
        return dense(last, leaky(hidden).reshape(len(inputs), -1))


def _block(
    key: PRNGKeyArray, size: int, channels: Sequence[int], middle: int, dtype: DTypeLike
) -> Blocks:
    strided, one, two = jax.random.split(key, 3)
    _, outputs = channels
    return {
        "strided": layer(strided, (size, size, *channels), dtype),
        "in": layer(one, (3, 3, outputs, max(middle, 1)), dtype),
        "out": layer(two, (3, 3, max(middle, 1), outputs), dtype),
    }


def _with_residual(block: Blocks, hidden: Pictures) -> Pictures:
    inner = leaky(convolved(block["in"], leaky(hidden)))
    return hidden + SHARE * convolved(block["out"], inner)
