"""Pictures as a source: kept as bytes, turned into numbers in [-1, 1] when a batch is drawn."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, UInt8

from ..checks import refuse
from ..settings import Number, declared, real
from .mixtures import Source

LEVELS = 127.5  # half the range of a byte


def _bytes(given: object, argument: str) -> UInt8[Array | np.ndarray, "count height width colours"]:
    array = given if isinstance(given, jax.Array) else np.asarray(given)
    if array.dtype != np.uint8 or array.ndim != 4 or not array.size:
        allowed = "bytes (uint8) of shape (count, height, width, colours)"
        raise refuse(argument, f"an array of {array.dtype}, shape {array.shape}", allowed)
    return array


class Pictures(Source):
    """Uniform draws, with replacement, of pictures kept as bytes: pixel * unit - 1.

    `unit`, 2 / 255, is a leaf, and its precision is that of the batches.

    Examples:
        >>> import jax
        >>> import numpy as np
        >>> from minimax_lab import adversarial
        >>> source = adversarial.Pictures(np.full((5, 2, 2, 1), 255, np.uint8))
        >>> batch = source(jax.random.key(0), 3)
        >>> batch.shape, float(batch.max())
        ((3, 2, 2, 1), 1.0)
    """

    pixels: UInt8[Array | np.ndarray, "count height width colours"] = declared(_bytes)
    unit: Number = real(1 / LEVELS, above=0)

    def __call__(self, key: PRNGKeyArray, count: int) -> Float[Array, "count height width colours"]:
        chosen = jax.random.randint(key, (count,), 0, self.pixels.shape[0], dtype=jnp.int32)
        return as_numbers(jnp.asarray(self.pixels)[chosen], jnp.asarray(self.unit))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pixels.shape[1:]


def as_numbers(pixels: UInt8[Array, ...], unit: Float[Array, ""]) -> Float[Array, ...]:
    """Bytes as numbers between -1 and 1, in the precision of `unit`."""
    return pixels.astype(unit.dtype) * unit - 1


def as_bytes(pictures: Float[Array | np.ndarray, ...]) -> UInt8[np.ndarray, ...]:
    """Numbers between -1 and 1 as bytes, rounded; what lies outside is cut off."""
    levels = np.round((np.asarray(pictures, np.float32) + 1) * LEVELS)
    return np.clip(levels, 0, 255).astype(np.uint8)
