"""Layers as functions of their parameters and a batch: pictures are (count, height, width,
channels), kernels (height, width, inputs, outputs).

A layer is a dictionary of its `weight` and of what comes after it: a `bias`, or in its place the
`scale` and `shift` of batch normalisation.

Batch normalisation knows the batch alone, while training and ever after: there are no running
averages, which would be a state that no player chooses. So D(real) and D(fake) are normalised
apart, as two batches, and what a generator makes of one latent depends on the others beside it.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from .base import Shape
from .convolutions import adjoint_convolution, convolution

Layer = dict[str, Array]
Pictures = Float[Array, "count height width channels"]
EPSILON = 1e-5  # added to the variance of a batch


def layer(key: PRNGKeyArray, shape: Shape, dtype: DTypeLike, *, normalised: bool = False) -> Layer:
    """Weights of this shape, (..., inputs, outputs), and a zero bias or the identity after
    normalisation.
    """
    return {"weight": glorot(key, shape, dtype), **after(shape[-1:], dtype, normalised=normalised)}


def seed(
    key: PRNGKeyArray, inputs: int, shape: Shape, dtype: DTypeLike, *, normalised: bool = False
) -> Layer:
    """A dense layer that gives pictures of this shape; its bias is one number a place."""
    weight = glorot(key, (inputs, math.prod(shape)), dtype)
    return {"weight": weight, **after(shape, dtype, normalised=normalised)}


def glorot(key: PRNGKeyArray, shape: Shape, dtype: DTypeLike) -> Array:
    """U(-a, a) with a = sqrt(6 / (inputs + outputs)), where a kernel counts its inputs and outputs
    at every one of its places.      Glorot, Bengio 2010.
    """
    *places, inputs, outputs = shape
    bound = math.sqrt(6 / (math.prod(places) * (inputs + outputs)))
    return jax.random.uniform(key, shape, dtype, -bound, bound)


def after(shape: Shape, dtype: DTypeLike, *, normalised: bool = False) -> Layer:
    """What comes after weights at first: a zero bias, or the identity after normalisation."""
    if normalised:
        return {"scale": jnp.ones(shape[-1:], dtype), "shift": jnp.zeros(shape[-1:], dtype)}
    return {"bias": jnp.zeros(shape, dtype)}


def followed(layer: Layer, outputs: Array) -> Array:
    """What comes after: batch normalisation, or a bias."""
    if "scale" in layer:
        return batch_normalised(outputs, layer["scale"], layer["shift"])
    return outputs + layer["bias"]


def dense(layer: Layer, inputs: Float[Array, "count inputs"]) -> Float[Array, "count outputs"]:
    """x W, and what comes after it."""
    return followed(layer, inputs @ layer["weight"])


def sown(layer: Layer, inputs: Float[Array, "count inputs"], shape: Shape) -> Pictures:
    """x W as pictures of this shape, and what comes after it."""
    return followed(layer, (inputs @ layer["weight"]).reshape(-1, *shape))


def convolved(layer: Layer, inputs: Pictures, stride: int = 1) -> Pictures:
    """K * x at every `stride`-th place, the border filled with zeros so that a side of n becomes
    one of n / stride, rounded up; and what comes after it.
    """
    return followed(layer, convolution(inputs, layer["weight"], stride))


def deconvolved(layer: Layer, inputs: Pictures, stride: int = 2) -> Pictures:
    """The transpose of a convolution with this stride, so that a side of n becomes one of n *
    stride; and what comes after it.
    """
    return followed(layer, adjoint_convolution(inputs, layer["weight"], stride))


def batch_normalised(
    inputs: Float[Array, "*places channels"],
    scale: Float[Array, " channels"],
    shift: Float[Array, " channels"],
) -> Float[Array, "*places channels"]:
    """scale * (x - mean) / sqrt(variance + 1e-5) + shift, mean and variance over the batch and all
    places.      Ioffe, Szegedy 2015.

    Statistics of half-precision numbers are taken in single precision.
    """
    wide = inputs.astype(at_least_single(inputs.dtype))
    places = tuple(range(inputs.ndim - 1))
    centred = wide - jnp.mean(wide, places)
    variance = jnp.mean(centred**2, places)
    factor = scale.astype(wide.dtype) / jnp.sqrt(variance + EPSILON)
    return (factor * centred + shift.astype(wide.dtype)).astype(inputs.dtype)


def pooled(inputs: Pictures, size: int = 2) -> Pictures:
    """The mean of every block of size * size places."""
    count, height, width, channels = inputs.shape
    blocks = (count, height // size, size, width // size, size, channels)
    return jnp.mean(inputs.reshape(blocks), (2, 4))


def enlarged(inputs: Pictures, size: int = 2) -> Pictures:
    """Every place repeated to a block of size * size."""
    count, height, width, channels = inputs.shape
    blocks = jnp.broadcast_to(
        inputs[:, :, None, :, None, :], (count, height, size, width, size, channels)
    )
    return blocks.reshape(count, height * size, width * size, channels)


def at_least_single(dtype: DTypeLike) -> DTypeLike:
    """In which to sum over many numbers of this precision."""
    return jnp.float32 if jnp.finfo(dtype).bits < 32 else dtype


def leaky(inputs: Array) -> Array:
    """The rectifier that lets a fifth of what is negative through."""
    return jax.nn.leaky_relu(inputs, 0.2)
