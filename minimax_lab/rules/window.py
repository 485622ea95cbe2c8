"""The window of Anderson mixing, a ring of differences, and what its least squares promise.

With the residuals f_k = g(w_k) - w_k and the window's differences DF = [f_k - f_(k-1), ...], DG
likewise of g, the weights are those of the smallest combined residual |f_k - DF y|. Columns may be
nearly parallel, tiny or missing: they are scaled to unit length, and what lies below a relative
cutoff is left out. No ridge is added unless asked for.
"""

from __future__ import annotations

import abc
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, PyTree

from ..settings import Setting


class Window(NamedTuple):
    """The last residual and image, and a ring of `memory` differences, one a row."""

    residual: Array  # f
    image: Array  # g
    known: Array  # whether f and g stand for a past evaluation
    residuals: Array  # DF', one row a difference
    images: Array  # DG'
    products: PyTree  # what the least squares keeps of the rows
    slot: Array  # where the next row goes
    filled: Array  # how many rows are in use

    @property
    def age(self) -> Int[Array, " memory"]:
        """How many rows are newer, row by row; also the row of each age."""
        memory = self.residuals.shape[0]
        return (self.slot - 1 - jnp.arange(memory, dtype=jnp.int32)) % memory

    @property
    def used(self) -> Bool[Array, " memory"]:
        """Which rows are in use."""
        return self.age < self.filled

    @property
    def newest(self) -> Int[Array, ""]:
        """Where the last row went."""
        return (self.slot - 1) % self.residuals.shape[0]

    def combined(self, weights: Array) -> Array:
        """The combined residual f - DF y."""
        return self.residual - weights @ self.residuals


class Weights(NamedTuple):
    """y, one weight a row, zero where unused; the condition number of the scaled columns, and their
    rank at the cutoff.

    From a triangular factor the condition is an upper bound, less than `memory` times too large.
    """

    values: Array
    condition: Array
    rank: Array


class LeastSquares(Setting):
    """y minimising |f - DF y| (`kind` 2), or solving the projection DW'(f - DF y) = 0 (`kind` 1, by
    `Gram` alone).
    """

    @abc.abstractmethod
    def init(self, rows: Array, kind: int) -> PyTree:
        """What is kept between updates, for a ring of such rows."""

    @abc.abstractmethod
    def push(self, window: Window, kind: int, told: Array) -> PyTree:
        """What is kept after one more evaluation; where it has `told` something, the row before
        `slot` is new.
        """

    @abc.abstractmethod
    def weights(self, window: Window, kind: int) -> Weights:
        """The weights of the window's rows."""


def opened(size: int, memory: int, solver: LeastSquares, dtype: DTypeLike, kind: int = 2) -> Window:
    """An empty window."""
    none, rows = jnp.zeros(size, dtype), jnp.zeros((memory, size), dtype)
    zero = jnp.zeros((), jnp.int32)
    return Window(none, none, jnp.asarray(False), rows, rows, solver.init(rows, kind), zero, zero)


def pushed(
    window: Window,
    residual: Array,
    image: Array,
    solver: LeastSquares,
    kind: int,
    told: bool | Array = True,
) -> Window:
    """The window after one more evaluation; its first only becomes the past of the next, as does
    one that has `told` nothing.
    """
    memory = window.residuals.shape[0]
    known = window.known & told
    window = window._replace(
        residuals=_pushed(window.residuals, residual - window.residual, window.slot, known),
        images=_pushed(window.images, image - window.image, window.slot, known),
        slot=jnp.where(known, (window.slot + 1) % memory, window.slot),
        filled=jnp.where(known, jnp.minimum(window.filled + 1, memory), window.filled),
        residual=residual,
        image=image,
        known=jnp.asarray(True),
    )
    return window._replace(products=solver.push(window, kind, known))


def _pushed(rows: Array, row: Array, place: Array, when: Array) -> Array:
    """With one row replaced `when` asked; else it is written again."""
    before = jax.lax.dynamic_index_in_dim(rows, place, keepdims=False)
    return written(rows, jnp.where(when, row, before), place, 0)


def written(rows: Array, row: Array, place: Array, axis: int) -> Array:
    """With one row, or column, replaced: in place, where `.at[].set` first asks whether the place
    exists, of every number.
    """
    return jax.lax.dynamic_update_index_in_dim(rows, row, place, axis)


def cleared(window: Window, when: Array, keep: bool | Array) -> Window:
    """Without its rows where `when`; there the last evaluation stays only if kept."""
    return window._replace(
        filled=jnp.where(when, 0, window.filled), known=window.known & (~when | keep)
    )


def spread(window: Window, values: Array) -> Float[Array, ""]:
    """Sum |a_i| of the weights that combine the images themselves, sum a_i = 1, from those of their
    differences.
    """
    newest_first = values[window.age]
    none = jnp.zeros(1, values.dtype)
    return jnp.sum(
        jnp.abs(jnp.concatenate([none + 1, newest_first]) - jnp.concatenate([newest_first, none]))
    )


def unit_of(numbers: Array) -> float:
    """The rounding of their type."""
    return float(jnp.finfo(numbers.dtype).eps)


def inverse(size: Array) -> Array:
    """1 / size, zero where the size is zero or too small to be inverted."""
    safe = size > 1e3 * jnp.finfo(size.dtype).tiny
    return jnp.where(safe, 1 / jnp.where(safe, size, 1), 0)


def inverted(triangle: Array, live: Array, lower: bool) -> tuple[Array, Array]:
    """The inverse of a factor of unit columns, ones on the diagonal where they are not live, and a
    bound on their condition.
    """
    dead = jnp.where(live, 0, jnp.where(jnp.diagonal(triangle) == 0, 1, 0)).astype(triangle.dtype)
    one = jnp.eye(live.size, dtype=triangle.dtype)
    inverse = jax.scipy.linalg.solve_triangular(triangle + jnp.diag(dead), one, lower=lower)
    squares = jnp.where(live[:, None], inverse * inverse, 0)
    return inverse, jnp.maximum(jnp.sqrt(jnp.sum(live, dtype=squares.dtype) * jnp.sum(squares)), 1)
