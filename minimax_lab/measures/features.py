"""What pictures are compared by: features, which have a name and tell what they are worth."""

from __future__ import annotations

import abc
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8
from numpy.typing import ArrayLike

from ..adversarial.pictures import as_bytes
from ..checks import refuse

Bytes = UInt8[np.ndarray, "count height width colours"]
Rows = Float[np.ndarray, "count dimension"]


class Features(abc.ABC):
    """features(pixels): numbers that stand for pictures given as bytes, one picture a row.

    `name` is said beside whatever is measured by them, and so is `quality`, in words.
    """

    name: str

    @property
    @abc.abstractmethod
    def quality(self) -> str:
        """What they are and how good they are."""

    @abc.abstractmethod
    def __call__(self, pixels: Bytes) -> Rows:
        """The features of pictures."""

    def __repr__(self) -> str:
        return f"<features {self.name}: {self.quality}>"


class Pixels(Features):
    """The pixels themselves, between 0 and 1: for small pictures, and where there is nothing
    better. They know nothing of shapes: a picture moved by one place is a different one.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> measures.Pixels()(np.full((1, 1, 2, 1), 255, np.uint8)).tolist()
        [[1.0, 1.0]]
    """

    name = "pixels"
    quality = "the pixels themselves"

    def __call__(self, pixels: Bytes) -> Rows:
        given = demand_bytes(pixels)
        return given.reshape(len(given), -1) / 255.0


def demand_bytes(given: object, name: str = "pixels") -> Bytes:
    """Pictures as bytes, and nothing else."""
    array = np.asarray(given)
    if array.dtype != np.uint8 or array.ndim != 4 or not array.size:
        allowed = "bytes (uint8) of shape (count, height, width, colours)"
        raise refuse(name, f"an array of {array.dtype}, shape {array.shape}", allowed)
    return array


def bytes_of(given: ArrayLike, name: str, *, cut: bool = False) -> Bytes:
    """Bytes as they are, or numbers between -1 and 1 rounded to bytes: real and generated pictures
    have come the same way before they are compared. What lies outside is `cut` off or refused.
    """
    array = np.asarray(given)
    if array.dtype == np.uint8 or array.ndim != 4 or not array.size:
        return demand_bytes(array, name)
    numbers = array.astype(np.float32)
    broken = np.flatnonzero(~np.isfinite(numbers).all(axis=(1, 2, 3)))
    if broken.size:
        shown = f"not finite in {broken.size} of {len(array)} pictures, first in number {broken[0]}"
        raise refuse(name, shown, "finite", "A generator that diverged makes such.")
    if not cut and np.abs(numbers).max() > 1:
        shown = f"numbers from {numbers.min():g} to {numbers.max():g}"
        raise refuse(name, shown, "bytes (uint8), or numbers between -1 and 1")
    return as_bytes(numbers)


def in_parts(function: Callable[[Array], Array], pixels: Bytes, at_once: int) -> np.ndarray:
    """function(pixels), `at_once` pictures at a time. The last part is filled up to a power of two,
    so that few programs serve all counts.
    """
    found = []
    for first in range(0, len(pixels), at_once):
        part = pixels[first : first + at_once]
        size = min(at_once, 1 << (len(part) - 1).bit_length())
        filled = np.resize(part, (size, *part.shape[1:]))
        found.append(np.asarray(function(jnp.asarray(filled)))[: len(part)])
    return np.concatenate(jax.tree.leaves(found)).astype(float)
