"""Nullclines: where one component of a planar field vanishes."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..profile import Profile
from .fields import Field
from .walks import Points


def nullcline(
    field: Field, like: Profile, x: np.ndarray, y: np.ndarray, v: np.ndarray, part: int
) -> tuple[Points, ...]:
    """Every branch of v_part = 0: contour lines, moved onto the zero by Newton, without jumps of
    the field across zero.
    """
    import contourpy

    height = np.ma.masked_invalid(v[..., part])
    contours: Any = contourpy.contour_generator(x, y, height).lines(0.0)
    if not contours:
        return ()
    cell = np.hypot(x[1] - x[0], y[1] - y[0])
    ends = np.cumsum([len(c) for c in contours])
    points = np.concatenate(contours)
    padded = np.resize(points, (-(-len(points) // 1024) * 1024, 2))
    moved, value, slope = (
        np.asarray(a)[: len(points)]
        for a in _polished(field, like, jnp.asarray(padded, like.dtype), part == 1)
    )
    good = np.isfinite(moved).all(axis=1) & (np.linalg.norm(moved - points, axis=1) <= cell)
    polished = np.where(good[:, None], moved, points)
    typical = 1e-3 * np.sqrt(np.nanmean(v[..., part] ** 2))
    real = good | (np.abs(value) <= np.maximum(slope * cell, typical))
    return tuple(
        piece
        for line, kept in zip(np.split(polished, ends[:-1]), np.split(real, ends[:-1]), strict=True)
        for piece in _kept(line, kept)
    )


def _kept(line: Points, kept: np.ndarray) -> list[Points]:
    """The stretches of a line that are kept, where they have a length."""
    cuts = np.flatnonzero(np.diff(kept.astype(int))) + 1
    stretches = zip(np.split(line, cuts), np.split(kept, cuts), strict=True)
    return [stretch for stretch, k in stretches if k[0] and len(stretch) > 1]


@eqx.filter_jit
def _polished(
    field: Field, like: Profile, points: Array, second: bool
) -> tuple[Array, Array, Array]:
    """Two Newton steps along the gradient of one component of v; its value and the gradient's
    length at the given points.
    """
    unravel = like.ravel()[1]

    def value(z: Array) -> Array:
        v = field(unravel(z)).ravel()[0]
        return jnp.where(second, v[1], v[0])

    def one(z: Array) -> tuple[Array, Array, Array]:
        first, slope = jax.value_and_grad(value)(z)
        for _ in range(2):
            now, gradient = jax.value_and_grad(value)(z)
            z = z - now * gradient / (gradient @ gradient)
        return z, first, jnp.linalg.norm(slope)

    return jax.vmap(one)(points)
