"""The window of Anderson mixing and its least squares: a ring of differences, and ways to combine
them.

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
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, PyTree

from ..checks import refuse
from ..settings import Number, Setting, real


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
    def init(self, memory: int, dtype: DTypeLike, kind: int) -> PyTree:
        """What is kept between updates."""

    @abc.abstractmethod
    def push(self, window: Window, kind: int) -> PyTree:
        """What is kept, after the row before `slot` has been written."""

    @abc.abstractmethod
    def weights(self, window: Window, kind: int) -> Weights:
        """The weights of the window's rows."""


class Orthogonal(LeastSquares):
    """From a QR factorisation of all columns, newest first, renewed every update: the careful way.

    Where the triangle's condition comes near the cutoff, or the window is longer than the profile,
    from its singular values; of columns that depend on each other the weights are then the smallest
    that reach the smallest residual.

    Examples:
        >>> import minimax_lab as mm
        >>> rule = mm.Anderson(mm.Alternating(0.5), 2, solver=mm.Orthogonal())
        >>> print(mm.run(mm.games.bilinear(1.0), rule, (3.0, 4.0), 20).verdict.kind)
        converged
    """

    cutoff: Number | None = real(None, least=0, below=1)

    def init(self, memory: int, dtype: DTypeLike, kind: int) -> PyTree:
        return None

    def push(self, window: Window, kind: int) -> PyTree:
        return None

    def weights(self, window: Window, kind: int) -> Weights:
        age = window.age
        used = jnp.arange(age.size, dtype=jnp.int32) < window.filled  # the ages undo themselves
        rows = jnp.where(used[:, None], window.residuals[age], 0)
        norms = jnp.linalg.norm(rows, axis=1)
        scales = _inverse(norms)
        live, rank = norms > 0, jnp.sum(norms > 0, dtype=jnp.int32)
        basis, triangle = jnp.linalg.qr((scales[:, None] * rows).T)
        target = basis.T @ window.residual
        cutoff = (
            max(rows.shape) * jnp.finfo(triangle.dtype).eps if self.cutoff is None else self.cutoff
        )

        def truncated() -> Weights:
            found = _by_singular_values(triangle, target, cutoff, live)
            values = scales * found.values
            # Else columns are dependent by rounding alone, and long ones must not be favoured.
            if rows.shape[0] > rows.shape[1]:
                values = jnp.where(found.rank < rank, _smallest(found, norms), values)
            return Weights(values, found.condition, found.rank)

        if rows.shape[0] > rows.shape[1]:
            weights = truncated()
        else:
            inverse, condition = _inverted(triangle, live, lower=False)
            regular = condition * cutoff < 1
            weights = jax.lax.cond(
                regular, lambda: Weights(scales * (inverse @ target), condition, rank), truncated
            )
        return weights._replace(values=weights.values[age])


class Gram(LeastSquares):
    """From the matrix of inner products, one row of it renewed an update, by its Cholesky factor:
    the quick way.

    A Gram matrix squares the condition number. Where that of the columns exceeds eps^-0.25, 8e3 in
    double precision, the weights are refined twice by the residual of the columns themselves;
    beyond eps^-0.45, 1e7, `fallback` solves the same least squares from the columns, or with None,
    eigenvalues below the cutoff are left out. `ridge` adds ridge * (|DW|^2 + |DF|^2) to the
    diagonal, as some released codes do: it biases the weights and stalls.

    Examples:
        >>> import minimax_lab as mm
        >>> for solver in (mm.Gram(), mm.Gram(ridge=0.1)):
        ...     rule = mm.Anderson(mm.Alternating(0.5), 2, solver=solver)
        ...     print(mm.run(mm.games.bilinear(1.0), rule, (3.0, 4.0), 20).verdict.kind)
        converged
        running
    """

    cutoff: Number | None = real(None, least=0, below=1)
    ridge: Number | None = real(None, least=0)
    fallback: LeastSquares | None = Orthogonal()

    def __check_init__(self) -> None:
        if self.fallback is not None and not isinstance(self.fallback, LeastSquares):
            raise refuse("Gram.fallback", self.fallback, "mm.Orthogonal(), or None")

    def init(self, memory: int, dtype: DTypeLike, kind: int) -> PyTree:
        # |dw|^2 and |df|^2
        lengths = None if kind == 2 and self.ridge is None else jnp.zeros((2, memory), dtype)
        return jnp.zeros((memory, memory), dtype), lengths

    def push(self, window: Window, kind: int) -> PyTree:
        matrix, lengths = window.products
        last = (window.slot - 1) % matrix.shape[0]
        df = window.residuals[last]
        column = row = _left(window, kind) @ df
        if lengths is not None:
            dw = window.images[last] - df
            row = column if kind == 2 else window.residuals @ dw
            lengths = _written(lengths, jnp.stack([dw @ dw, df @ df]), last, 1)
        return _written(_written(matrix, column, last, 1), row, last, 0), lengths

    def weights(self, window: Window, kind: int) -> Weights:
        matrix, lengths = window.products
        used = window.used
        lengths = jnp.where(used, jnp.diagonal(matrix)[None] if lengths is None else lengths, 0)
        ridge = 0 if self.ridge is None else jnp.where(used, self.ridge * jnp.sum(lengths), 0)
        matrix = jnp.where(used[:, None] & used[None, :], matrix, 0)
        matrix = matrix if self.ridge is None else matrix + jnp.diag(ridge)
        target = jnp.where(used, _left(window, kind) @ window.residual, 0)
        right = _inverse(jnp.sqrt(lengths[-1] + ridge))
        left = right if kind == 2 else _inverse(jnp.sqrt(lengths[0] + ridge))
        matrix = left[:, None] * matrix * right[None, :]
        live, rank = right > 0, jnp.sum(right > 0, dtype=jnp.int32)
        # An eigenvalue of the scaled matrix is the square of a singular value of the scaled
        # columns.
        cutoff = (
            matrix.shape[0] * jnp.finfo(matrix.dtype).eps if self.cutoff is None else self.cutoff**2
        )
        if kind == 1:
            # Differences are as exact as what they are differences of: singular projections, every
            # other one on a bilinear game, show values well above the rounding of products.
            cutoff = jnp.finfo(matrix.dtype).eps ** 0.5 if self.cutoff is None else cutoff
            found = _by_singular_values(matrix, left * target, cutoff, live)
            return Weights(right * found.values, jnp.sqrt(found.condition), found.rank)
        # What is not live becomes unit vectors.
        matrix = matrix + jnp.diag(jnp.where(live, 0, 1).astype(matrix.dtype))
        inverse, condition = _inverted(jnp.linalg.cholesky(matrix), live, lower=True)

        def solved(target: Array) -> Array:
            return right * jnp.where(live, (inverse @ (right * target)) @ inverse, 0)

        def quick() -> Weights:
            return Weights(solved(target), condition, rank)

        def refined() -> Weights:
            values = solved(target)
            for _ in range(2):
                values = values + solved(
                    window.residuals @ (window.residual - values @ window.residuals)
                )
            return Weights(values, condition, rank)

        def careful() -> Weights:
            if self.fallback is not None and self.ridge is None:
                return self.fallback.weights(window, kind)
            values, ratio, left_out = _by_eigenvalues(matrix, right * target, cutoff)
            return Weights(right * jnp.where(live, values, 0), jnp.sqrt(ratio), rank - left_out)

        unit = jnp.finfo(matrix.dtype).eps
        # Comparisons are false where the factorisation has failed and left NaN.
        road = jnp.where(condition < unit**-0.25, 0, jnp.where(condition < unit**-0.45, 1, 2))
        return jax.lax.switch(road, (quick, quick if self.ridge is not None else refined, careful))


def opened(size: int, memory: int, solver: LeastSquares, dtype: DTypeLike, kind: int = 2) -> Window:
    """An empty window."""
    none, rows = jnp.zeros(size, dtype), jnp.zeros((memory, size), dtype)
    zero = jnp.zeros((), jnp.int32)
    return Window(
        none, none, jnp.asarray(False), rows, rows, solver.init(memory, dtype, kind), zero, zero
    )


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
    # Else the ring stays as it is: the row written is not in use, and its place is taken again.
    window = window._replace(
        residuals=_written(window.residuals, residual - window.residual, window.slot, 0),
        images=_written(window.images, image - window.image, window.slot, 0),
        slot=jnp.where(known, (window.slot + 1) % memory, window.slot),
        filled=jnp.where(known, jnp.minimum(window.filled + 1, memory), window.filled),
        residual=residual,
        image=image,
        known=jnp.asarray(True),
    )
    return window._replace(products=solver.push(window, kind))


def _written(rows: Array, row: Array, place: Array, axis: int) -> Array:
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


def _left(window: Window, kind: int) -> Array:
    """The rows on which the combined residual is made to vanish: DF' gives the smallest one, DW' a
    projection.
    """
    return window.residuals if kind == 2 else window.images - window.residuals


def _inverse(size: Array) -> Array:
    """1 / size, zero where the size is zero or too small to be inverted."""
    safe = size > 1e3 * jnp.finfo(size.dtype).tiny
    return jnp.where(safe, 1 / jnp.where(safe, size, 1), 0)


def _inverted(triangle: Array, live: Array, lower: bool) -> tuple[Array, Array]:
    """The inverse of a factor of unit columns, ones on the diagonal where they are not live, and a
    bound on their condition.
    """
    dead = jnp.where(live, 0, jnp.where(jnp.diagonal(triangle) == 0, 1, 0)).astype(triangle.dtype)
    one = jnp.eye(live.size, dtype=triangle.dtype)
    inverse = jax.scipy.linalg.solve_triangular(triangle + jnp.diag(dead), one, lower=lower)
    squares = jnp.where(live[:, None], inverse * inverse, 0)
    return inverse, jnp.maximum(jnp.sqrt(jnp.sum(live, dtype=squares.dtype) * jnp.sum(squares)), 1)


def _by_eigenvalues(
    matrix: Array, target: Array, cutoff: Number | np.floating
) -> tuple[Array, Array, Array]:
    """The solution of a definite system with small eigenvalues left out, its condition, and how
    many they are.
    """
    values, vectors = jnp.linalg.eigh(matrix)
    kept = values > cutoff * values[-1]
    weights = vectors @ _divided(vectors.T @ target, values, kept)
    return weights, values[-1] / jnp.maximum(values[0], 0), jnp.sum(~kept, dtype=jnp.int32)


class _Truncated(NamedTuple):
    values: Array
    condition: Array
    rank: Array
    directions: Array  # right singular vectors, a row each, zero where left out
    parts: Array  # the solution along them


def _by_singular_values(
    matrix: Array, target: Array, cutoff: Number | np.floating, live: Array
) -> _Truncated:
    """A least-squares solution with small singular values left out; the rows that are not live have
    zero ones.
    """
    u, sizes, v = jnp.linalg.svd(matrix, full_matrices=False)
    # One is what scaled columns have; a projection of them may be nothing but rounding.
    largest = jnp.maximum(sizes[0], 1)
    kept = sizes > cutoff * largest
    parts, v = _divided(u.T @ target, sizes, kept), jnp.where(kept[:, None], v, 0)
    smallest = jnp.where(
        jnp.any(live), sizes[jnp.maximum(jnp.sum(live, dtype=jnp.int32) - 1, 0)], 1
    )
    return _Truncated(
        jnp.where(live, parts @ v, 0), largest / smallest, jnp.sum(kept, dtype=jnp.int32), v, parts
    )


def _smallest(found: _Truncated, norms: Array) -> Array:
    """The smallest y with V' D y = c, D the columns' norms: a QR of D V, its long rows first."""
    order = jnp.argsort(-norms)
    longest = jnp.maximum(norms[order[0]], jnp.finfo(norms.dtype).tiny)
    basis, triangle = jnp.linalg.qr((norms[order] / longest)[:, None] * found.directions.T[order])
    dead = jnp.arange(triangle.shape[0], dtype=jnp.int32) >= found.rank
    triangle = jnp.where(
        dead[:, None] | dead[None, :], jnp.eye(triangle.shape[0], dtype=norms.dtype), triangle
    )
    parts = jax.scipy.linalg.solve_triangular(triangle, found.parts / longest, trans=1)
    return jnp.zeros_like(norms).at[order].set(basis @ jnp.where(dead, 0, parts))


def _divided(above: Array, below: Array, where: Array) -> Array:
    return jnp.where(where, above / jnp.where(where, below, 1), 0)
