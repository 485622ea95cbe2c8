"""Spectral normalisation (Miyato, Kataoka, Koyama, Yoshida 2018): every weight, as a matrix with a
row for each output, is divided by an estimate of its largest singular value.

    v = W' u / |W' u|,   u+ = W v / |W v|,   sigma = u+' W v

u is one more leaf of the parameters. No gradient reaches it, so that no direction moves it: the
projection of the game puts u+ in its place after every update, and on the next weights the
iteration goes on from there.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ..settings import count, declared
from .base import Shape
from .layers import Layer, Pictures, at_least_single, convolved, dense, layer
from .pictures import Discriminator, demand_halved, picture_shape

TINY = 1e-30  # keeps a weight of zero from dividing by zero
LEAK = 0.1
Vector = Float[Array, " outputs"]


def iterated(weight: Float[Array, "*places outputs"], u: Vector) -> tuple[Vector, Array]:
    """u+ and sigma after a round of power iteration; derivatives take u+ and v for constants."""
    kind = at_least_single(weight.dtype)
    matrix = weight.reshape(-1, weight.shape[-1]).astype(kind)
    fixed = jax.lax.stop_gradient(matrix)
    v = _unit(fixed @ jax.lax.stop_gradient(u).astype(kind))
    u = _unit(v @ fixed)
    return u, v @ matrix @ u


def normalised(layer: Layer) -> Layer:
    """The layer with weight / sigma."""
    _, sigma = iterated(layer["weight"], layer["u"])
    return layer | {"weight": layer["weight"] / sigma.astype(layer["weight"].dtype)}


def refreshed(layer: Layer) -> Layer:
    """The layer with u+ for u."""
    u, _ = iterated(layer["weight"], layer["u"])
    return layer | {"u": u.astype(layer["u"].dtype)}


class SpectralCritic(Discriminator):
    """h <- leaky(K1 * h), h <- leaky(K2 * h) with half the sides, `layers` times, the channels
    doubling from `width` on; a last leaky(K * h); one logit, linear. All weights are spectrally
    normalised.

    The SNGAN critic of Miyato et al. for 32 x 32: kernels of 3, and of 4 where sides are halved; a
    tenth of what is negative passes.
    """

    shape: Shape = declared(picture_shape, static=True)
    width: int = count(64)
    layers: int = count(3)

    def __check_init__(self) -> None:
        demand_halved(self.shape, self.layers, "SpectralCritic.shape")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> tuple[Layer, ...]:
        shapes = self._shapes
        keys = jax.random.split(key, len(shapes))
        return tuple(_start(k, shape, dtype) for k, shape in zip(keys, shapes, strict=True))

    def __call__(self, parameters: tuple[Layer, ...], inputs: Pictures) -> Float[Array, "count 1"]:
        *kernels, last = map(normalised, parameters)
        for i, one in enumerate(kernels):
            inputs = jax.nn.leaky_relu(convolved(one, inputs, 1 + i % 2), LEAK)
        return dense(last, inputs.reshape(len(inputs), -1))

    def project(self, parameters: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """A round of power iteration for every weight."""
        return tuple(map(refreshed, parameters))

    @property
    def _shapes(self) -> list[Shape]:
        height, width, channels = self.shape
        shapes = []
        for i in range(self.layers):
            outputs = self.width << i
            shapes += [(3, 3, channels, outputs), (4, 4, outputs, outputs)]
            channels = outputs
        outputs = self.width << self.layers
        seen = (height >> self.layers) * (width >> self.layers) * outputs
        return [*shapes, (3, 3, channels, outputs), (seen, 1)]


def _start(key: PRNGKeyArray, shape: Shape, dtype: DTypeLike) -> Layer:
    one, two = jax.random.split(key)
    return {**layer(one, shape, dtype), "u": _unit(jax.random.normal(two, shape[-1:], dtype))}


def _unit(vector: Vector) -> Vector:
    return vector / (jnp.linalg.norm(vector) + TINY)
