"""Least squares from the inner products of the window's columns, of which an update makes one row
and one column.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from ..checks import refuse
from ..settings import Number, real
from . import anew
from .orthogonal import Orthogonal
from .window import LeastSquares, Weights, Window, inverse, inverted, unit_of, written


class Factor(NamedTuple):
    """N, a square with N N' = (DF'DF)^-1: the columns of DF N are orthonormal."""

    inverse: Array
    condition: Array  # of the scaled columns
    error: Array  # how far from orthonormal they may be

    def solved(self, target: Array) -> Array:
        """(DF'DF)^-1 target."""
        return self.inverse @ (target @ self.inverse)

    @property
    def squared(self) -> Array:
        """The error of one made of the inner products."""
        return unit_of(self.inverse) * self.condition**2

    @property
    def trusted(self) -> Array:
        """False also where a factorisation has failed and left NaN."""
        return self.squared < unit_of(self.inverse) ** 0.1


class Products(NamedTuple):
    """DF'DF and what is made of it."""

    matrix: Array
    lengths: Array  # its diagonal
    factor: Factor
    target: Array  # DF'f
    largest: Array  # |f| at its largest since the target was a product, and not updated
    fallback: PyTree
    ready: Array  # whether the fallback has all columns


class Gram(LeastSquares):
    """From the matrix of inner products, one row of it renewed an update: the quick way.

    Its inverse factor is updated by a column in and a column out, and made anew by Cholesky's
    factorisation where errors may have added up. Inner products square the condition number: where
    this makes the combined residual longer by more than its rounding, the weights are refined once
    or twice by the residual of the columns themselves. Where the condition exceeds eps^-0.45, 1e7
    in double precision, `fallback` solves the same least squares from the columns; with None, the
    diagonal is damped there. `cutoff` without a fallback damps it always: what the scaled columns
    have in directions shorter than that counts little. The least squares are then not solved to
    rounding, which is fastest, and where sliding windows are ill-conditioned takes fewer updates
    too: 1e-5 is a good choice. `ridge` adds ridge * (|DW|^2 + |DF|^2) to the diagonal, as some
    released codes do: it biases the weights and stalls.

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
    fallback: Orthogonal | None = Orthogonal()

    def __check_init__(self) -> None:
        if self.fallback is not None and not isinstance(self.fallback, Orthogonal):
            raise refuse("Gram.fallback", self.fallback, "mm.Orthogonal(), or None")

    def init(self, rows: Array, kind: int) -> PyTree:
        square, row, zero = (jnp.zeros(rows.shape[:1] * n, rows.dtype) for n in (2, 1, 0))
        if self._anew(kind):
            return square, jnp.stack([row, row])
        fallback = None if self.fallback is None else self.fallback.init(rows, kind)
        factor = Factor(square, zero + 1, zero)
        return Products(square, row, factor, row, zero, fallback, jnp.asarray(True))

    def push(self, window: Window, kind: int, told: Array) -> PyTree:
        if self._anew(kind):
            return anew.products(window, kind)
        past, slot = window.products, window.newest
        row = jnp.where(window.used, window.residuals @ window.residuals[slot], 0)
        matrix = written(written(past.matrix, row, slot, 1), row, slot, 0)
        lengths = jnp.where(window.used, written(past.lengths, row[slot], slot, 0), 0)
        factor = _exchanged(past.factor, lengths, row, window, self._damping)
        # False where the update has left NaN.
        exact = factor.error < self._tolerance(row)
        exact = exact & (self._damped | (factor.condition < unit_of(row) ** -0.35))
        factor = jax.lax.cond(
            exact, lambda: factor, lambda: _factorised(matrix, lengths, self._damping)
        )
        # A fallback needs no target.
        idle = jnp.asarray(self.fallback is not None) & ~factor.trusted
        target, largest = _target(window, factor, row, told, idle, self._tolerance(row))
        fallback, ready = self._prepared(window, factor, kind, told)
        return Products(matrix, lengths, factor, target, largest, fallback, ready)

    def weights(self, window: Window, kind: int) -> Weights:
        if self._anew(kind):
            return anew.weights(window, kind, self.cutoff, self.ridge)
        products, f = window.products, window.residual
        factor, target, unit = products.factor, products.target, unit_of(f)
        rank = jnp.sum(products.lengths > 0, dtype=jnp.int32)
        parts = target @ factor.inverse

        def refined(times: int) -> Weights:
            values = factor.inverse @ parts
            for _ in range(times):
                rest = f - values @ window.residuals
                values = values + factor.solved(window.residuals @ rest)
            return Weights(values, factor.condition, rank)

        def careful() -> Weights:
            if self.fallback is None:
                damping = 16 * target.size * unit + self._damping
                damped = _factorised(products.matrix, products.lengths, damping)
                return Weights(damped.solved(target), damped.condition, rank)
            return self.fallback.weights(window._replace(products=products.fallback), kind)

        # The combined residual is the smallest one and, at right angles to it, an error.
        size = f @ f
        smallest = jnp.sqrt(jnp.maximum(1 - parts @ parts / size, 0))
        error = factor.error + factor.squared + _drift(factor, products.largest, size)
        times = (error > unit**0.4 * smallest) + (error**2 > unit**0.4 * smallest)
        times = jnp.where((rank == 0) | (size == 0) | self._damped, 0, times.astype(jnp.int32))
        roads = [functools.partial(refined, count) for count in range(3)]
        return jax.lax.switch(jnp.where(factor.trusted, times, 3), (*roads, careful))

    def _anew(self, kind: int) -> bool:
        return kind == 1 or self.ridge is not None

    @property
    def _damped(self) -> bool:
        return self.cutoff is not None and self.fallback is None

    @property
    def _damping(self) -> Number:
        return 0.0 if self.cutoff is None or self.fallback is not None else self.cutoff**2

    def _tolerance(self, numbers: Array) -> float:
        """How large an error may be that only lengthens the combined residual by its square; damped
        weights are not those of the smallest one anyway.
        """
        return unit_of(numbers) ** (0.25 if self._damped else 0.5)

    def _prepared(
        self, window: Window, factor: Factor, kind: int, told: Array
    ) -> tuple[PyTree, Array]:
        """What the fallback keeps: while the window fills, and where it may soon be needed."""
        products, solver = window.products, self.fallback
        if solver is None or products.fallback is None:
            return products.fallback, products.ready
        window = window._replace(products=products.fallback)
        filling = window.filled < window.residuals.shape[0]
        near = ~(factor.condition < unit_of(window.residual) ** -0.3)
        ready = (products.ready | (window.filled <= 1)) & (filling | near)
        choice = jnp.where(ready, 1, jnp.where(factor.trusted, 0, 2))
        ways = (
            lambda: window.products,
            lambda: solver.push(window, kind, told),
            lambda: solver.renewed(window),
        )
        return jax.lax.switch(choice, ways), choice > 0


def _exchanged(
    factor: Factor, lengths: Array, row: Array, window: Window, damping: Number
) -> Factor:
    """The factor without the difference whose place the newest has taken, and with that."""
    slot, index = window.newest, jnp.arange(row.size, dtype=jnp.int32)
    place = index == slot
    kept = window.used & ~place
    old = jnp.where((kept | place) & (kept | place)[:, None], factor.inverse, 0)
    # A reflection that leaves the row to be dropped, and so its difference, to one column.
    unneeded = old[slot] * inverse(jnp.sqrt(old[slot] @ old[slot]))
    mirror = unneeded + jnp.copysign(place.astype(unneeded.dtype), unneeded[slot])
    scaled = mirror / (1 + jnp.abs(unneeded[slot]))
    old = jnp.where(kept & kept[:, None], old - (old @ mirror)[:, None] * scaled, 0)
    # The newest one's parts along the others' directions, and what is left of it.
    parts = row @ old
    left = row[slot] * (1 + damping) - parts @ parts
    one = inverse(jnp.sqrt(jnp.maximum(left, 0)))
    column = one * jnp.where(place, 1, -(old @ parts))
    new = written(old, column, slot, 1)
    # |DF N|, column by column of DF.
    condition = jnp.sqrt(jnp.sum(lengths > 0, dtype=row.dtype) * jnp.sum(lengths @ new**2))
    lost = unit_of(row) * factor.condition * row[slot] / jnp.abs(left)
    error = factor.error + jnp.where(row[slot] > 0, lost, 0)
    return Factor(new, jnp.maximum(condition, 1), error)


def _factorised(matrix: Array, lengths: Array, damping: Number) -> Factor:
    """The factor from the matrix, its columns scaled to unit length and its diagonal damped."""
    live = lengths > 0
    scales = inverse(jnp.sqrt(lengths))
    scaled = jnp.where(live & live[:, None], scales[:, None] * matrix * scales, 0)
    scaled = scaled + jnp.diag(jnp.where(live, jnp.asarray(damping, matrix.dtype), 1))
    triangle = jax.lax.linalg.cholesky(scaled, symmetrize_input=False)
    back, condition = inverted(triangle, live, lower=True)
    factor = jnp.where(live & live[:, None], scales[:, None] * back.T, 0)
    return Factor(factor, condition, jnp.zeros_like(condition))


def _target(
    window: Window, factor: Factor, row: Array, told: Array, idle: Array, tolerance: float
) -> tuple[Array, Array]:
    """DF'f, and how large |f| has been since it was last a product. Each update adds rounding as
    large as f was then.
    """
    past, f, slot = window.products, window.residual, window.newest
    size = f @ f
    largest = jnp.maximum(past.largest, jnp.sqrt(size))
    updated = written(past.target + row, window.residuals[slot] @ f, slot, 0)
    exact = told & (idle | (_drift(factor, largest, size) < tolerance))
    target = jax.lax.cond(exact, lambda: updated, lambda: window.residuals @ f)
    return jnp.where(window.used, target, 0), jnp.where(exact, largest, jnp.sqrt(size))


def _drift(factor: Factor, largest: Array, size: Array) -> Array:
    return unit_of(size) * factor.condition * largest / jnp.sqrt(size)
