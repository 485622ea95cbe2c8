"""Weights from a matrix of inner products that is solved anew every update: one with a ridge, or
that of a projection.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..settings import Number
from .orthogonal import by_singular_values, divided
from .window import Weights, Window, inverse, inverted, unit_of, written


def products(window: Window, kind: int) -> tuple[Array, Array]:
    """DF'DF or DW'DF, and below one another |dw|^2 and |df|^2."""
    matrix, lengths = window.products
    last = window.newest
    df = window.residuals[last]
    dw = window.images[last] - df
    column = _left_rows(window, kind) @ df
    row = column if kind == 2 else window.residuals @ dw
    lengths = written(lengths, jnp.stack([dw @ dw, df @ df]), last, 1)
    return written(written(matrix, column, last, 1), row, last, 0), lengths


def weights(window: Window, kind: int, cutoff: Number | None, ridge: Number | None) -> Weights:
    """Of a ridge, or of a projection, with small singular values of its matrix left out."""
    matrix, lengths = window.products
    used = window.used
    lengths = jnp.where(used, lengths, 0)
    total = jnp.sum(lengths)
    added = jnp.where(used, jnp.zeros_like(total) if ridge is None else ridge * total, 0)
    matrix = jnp.where(used[:, None] & used, matrix, 0) + jnp.diag(added)
    target = jnp.where(used, _left_rows(window, kind) @ window.residual, 0)
    right = inverse(jnp.sqrt(lengths[1] + added))
    left = right if kind == 2 else inverse(jnp.sqrt(lengths[0] + added))
    matrix = left[:, None] * matrix * right
    live, rank = right > 0, jnp.sum(right > 0, dtype=jnp.int32)
    unit = unit_of(matrix)
    if kind == 1:
        # Differences are as exact as what they are differences of: singular projections, every
        # other one on a bilinear game, show values well above the rounding of products.
        least = unit**0.5 if cutoff is None else cutoff**2
        found = by_singular_values(matrix, left * target, least, live)
        return Weights(right * found.values, jnp.sqrt(found.condition), found.rank)
    # An eigenvalue of the scaled matrix is the square of a singular value of the scaled columns.
    least = used.size * unit if cutoff is None else cutoff**2
    # What is not live becomes unit vectors.
    matrix = matrix + jnp.diag(jnp.where(live, 0, 1).astype(matrix.dtype))
    back, condition = inverted(jnp.linalg.cholesky(matrix), live, lower=True)

    def quick() -> Weights:
        values = right * jnp.where(live, (back @ (right * target)) @ back, 0)
        return Weights(values, condition, rank)

    def careful() -> Weights:
        values, ratio, left_out = _by_eigenvalues(matrix, right * target, least)
        return Weights(right * jnp.where(live, values, 0), jnp.sqrt(ratio), rank - left_out)

    # False where the factorisation has failed and left NaN.
    return jax.lax.cond(condition < unit**-0.45, quick, careful)


def _left_rows(window: Window, kind: int) -> Array:
    """The rows on which the combined residual is made to vanish: DF' gives the smallest one, DW' a
    projection.
    """
    return window.residuals if kind == 2 else window.images - window.residuals


def _by_eigenvalues(
    matrix: Array, target: Array, cutoff: Number | np.floating
) -> tuple[Array, Array, Array]:
    """The solution of a definite system with small eigenvalues left out, its condition, and how
    many they are.
    """
    values, vectors = jnp.linalg.eigh(matrix)
    kept = values > cutoff * values[-1]
    found = vectors @ divided(vectors.T @ target, values, kept)
    return found, values[-1] / jnp.maximum(values[0], 0), jnp.sum(~kept, dtype=jnp.int32)
