"""The residual pair of WGAN-GP (Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville 2017), on which
extragradient (Gidel et al. 2019) and nSGDA (Jelassi et al. 2022) were tried.

    G:  h <- enlarged(k h) + K2 * relu(norm(K1 * enlarged(relu(norm(h)))))
    D:  h <- k pooled(h) + pooled(K2 * relu(K1 * relu(h))),  or h + K2 * ... where sides stay

k, of one place, changes the channels; it commutes with enlarging and pooling and stands where
there are fewer places. The first block of D has no relu before K1.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from ..settings import count, declared
from .base import Shape
from .layers import (
    Layer,
    Pictures,
    after,
    convolved,
    dense,
    enlarged,
    followed,
    layer,
    pooled,
    seed,
    sown,
)
from .pictures import Discriminator, Generator, demand_halved, picture_shape

Block = dict[str, Layer]
Parameters = tuple[PyTree, ...]  # layers and blocks
relu = jax.nn.relu


class WganGpGenerator(Generator):
    """h <- x W; `layers` residual blocks that double the sides, batch normalised; tanh."""

    shape: Shape = declared(picture_shape, static=True)
    latent: int = count(128)
    width: int = count(128)
    layers: int = count(3)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "WganGpGenerator.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        first, last, *keys = jax.random.split(key, 2 + self.layers)
        blocks = (self._block(k, dtype) for k in keys)
        colours = layer(last, (3, 3, self.width, self.shape[-1]), dtype)
        norm = after((self.width,), dtype, normalised=True)
        return seed(first, self.latent, self._first, dtype), *blocks, norm, colours

    def __call__(self, parameters: Parameters, inputs: Float[Array, "count latent"]) -> Pictures:
        first, *blocks, norm, last = parameters
        hidden = sown(first, inputs, self._first)
        for block in blocks:
            inner = convolved(block["in"], enlarged(relu(followed(block["norm"], hidden))))
            inner = convolved(block["out"], relu(inner))
            hidden = enlarged(convolved(block["own"], hidden)) + inner
        return jnp.tanh(convolved(last, relu(followed(norm, hidden))))

    @property
    def _first(self) -> Shape:
        height, width, _ = self.shape
        return height >> self.layers, width >> self.layers, self.width

    def _block(self, key: PRNGKeyArray, dtype: DTypeLike) -> Block:
        one, two, three = jax.random.split(key, 3)
        width = self.width
        return {
            "norm": after((width,), dtype, normalised=True),
            "in": layer(one, (3, 3, width, width), dtype, normalised=True),
            "out": layer(two, (3, 3, width, width), dtype),
            "own": layer(three, (1, 1, width, width), dtype),
        }


class WganGpCritic(Discriminator):
    """`layers` residual blocks that halve the sides, `plain` ones that keep them, none of them
    normalised; the mean over all places; one logit, linear.
    """

    shape: Shape = declared(picture_shape, static=True)
    width: int = count(128)
    layers: int = count(2)
    plain: int = count(2, least=0)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "WganGpCritic.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        last, *keys = jax.random.split(key, 1 + self.layers + self.plain)
        blocks = (self._block(k, i, dtype) for i, k in enumerate(keys))
        return *blocks, layer(last, (self.width, 1), dtype)

    def __call__(self, parameters: Parameters, inputs: Pictures) -> Float[Array, "count 1"]:
        *blocks, last = parameters
        hidden = inputs
        for i, block in enumerate(blocks):
            inner = convolved(block["in"], relu(hidden) if i else hidden)
            inner = convolved(block["out"], relu(inner))
            if i < self.layers:
                hidden = convolved(block["own"], pooled(hidden)) + pooled(inner)
            else:
                hidden = hidden + inner
        return dense(last, jnp.mean(relu(hidden), (1, 2)))

    def _block(self, key: PRNGKeyArray, index: int, dtype: DTypeLike) -> Block:
        one, two, three = jax.random.split(key, 3)
        inputs, width = self.width if index else self.shape[-1], self.width
        both = {
            "in": layer(one, (3, 3, inputs, width), dtype),
            "out": layer(two, (3, 3, width, width), dtype),
        }
        own = {"own": layer(three, (1, 1, inputs, width), dtype)} if index < self.layers else {}
        return both | own
