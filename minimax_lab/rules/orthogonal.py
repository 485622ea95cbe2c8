"""Least squares from an orthonormal basis of the window's columns, which a column enters and a
column leaves.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from ..settings import Number, real
from .window import LeastSquares, Weights, Window, inverse, inverted, written


class Basis(NamedTuple):
    """Q and R of the columns, DF = Q R, R square and not a triangle: a row or column a slot."""

    directions: Array  # Q', one row a direction
    parts: Array  # R, one column a difference
    held: Array  # which slots have a direction and a difference


class Orthogonal(LeastSquares):
    """From a QR factorisation of the columns, updated by a column in and a column out: the careful
    way.

    Where the condition of the columns comes near the cutoff, or the window is longer than the
    profile, from singular values; of columns that depend on each other the weights are then the
    smallest that reach the smallest residual.

    Examples:
        >>> import minimax_lab as mm
        >>> rule = mm.Anderson(mm.Alternating(0.5), 2, solver=mm.Orthogonal())
        >>> print(mm.run(mm.games.bilinear(1.0), rule, (3.0, 4.0), 20).verdict.kind)
        converged
    """

    cutoff: Number | None = real(None, least=0, below=1)

    def init(self, rows: Array, kind: int) -> PyTree:
        memory, size = rows.shape
        if memory > size:
            return None
        return Basis(rows, jnp.zeros((memory, memory), rows.dtype), jnp.zeros(memory, bool))

    def push(self, window: Window, kind: int, told: Array) -> PyTree:
        if window.products is None:
            return None

        def updated() -> Basis:
            kept = window.used & (_slots(window) != window.newest)
            rest = _left(window.products, kept, window.newest)
            return _entered(rest, window.residuals, window.newest)

        return jax.lax.cond(told, updated, lambda: window.products)

    def renewed(self, window: Window) -> Basis:
        """The basis of a window of which there is none yet, from its oldest column on."""
        none = jax.tree.map(jnp.zeros_like, window.products)

        def entered(done: Array, basis: Basis) -> Basis:
            return _entered(basis, window.residuals, window.age[window.filled - 1 - done])

        return jax.lax.fori_loop(0, window.filled, entered, none)

    def weights(self, window: Window, kind: int) -> Weights:
        age = window.age
        used = jnp.arange(age.size, dtype=jnp.int32) < window.filled  # the ages undo themselves
        basis = window.products
        if basis is None:
            rows, right = window.residuals, window.residual
        else:
            # As long as the columns, and as far from each other.
            rows = jnp.where(basis.held[:, None] & basis.held, basis.parts, 0).T
            right = jnp.where(basis.held, basis.directions @ window.residual, 0)
        rows = jnp.where(used[:, None], rows[age], 0)
        norms = jnp.linalg.norm(rows, axis=1)
        scales = inverse(norms)
        live, rank = norms > 0, jnp.sum(norms > 0, dtype=jnp.int32)
        turned, triangle = jnp.linalg.qr((scales[:, None] * rows).T)
        target = turned.T @ right
        cutoff = (
            max(window.residuals.shape) * jnp.finfo(triangle.dtype).eps
            if self.cutoff is None
            else self.cutoff
        )

        def truncated() -> Weights:
            found = by_singular_values(triangle, target, cutoff, live)
            values = scales * found.values
            # Else columns are dependent by rounding alone, and long ones must not be favoured.
            if basis is None:
                values = jnp.where(found.rank < rank, _smallest(found, norms), values)
            return Weights(values, found.condition, found.rank)

        if basis is None:
            weights = truncated()
        else:
            back, condition = inverted(triangle, live, lower=False)
            regular = condition * cutoff < 1
            weights = jax.lax.cond(
                regular, lambda: Weights(scales * (back @ target), condition, rank), truncated
            )
        return weights._replace(values=weights.values[age])


def _slots(window: Window) -> Array:
    return jnp.arange(window.residuals.shape[0], dtype=jnp.int32)


def _left(basis: Basis, kept: Array, slot: Array) -> Basis:
    """Without the difference of one slot: a reflection turns the direction that no other needs into
    the slot's, which is free then.
    """
    place = jnp.arange(kept.size, dtype=jnp.int32) == slot
    held = basis.held & kept

    def reflected() -> tuple[Array, Array]:
        parts = jnp.where(held & (held | place)[:, None], basis.parts, 0)
        parts = parts + jnp.diag(jnp.where(held | place, 0, 1).astype(parts.dtype))
        # The last column of Q is orthogonal to all columns but the last.
        unneeded = jnp.linalg.qr(jnp.roll(parts, -slot - 1, axis=1))[0][:, -1]
        mirror = unneeded + jnp.copysign(place.astype(unneeded.dtype), unneeded[slot])
        scaled = mirror / (1 + jnp.abs(unneeded[slot]))
        return (
            basis.directions - scaled[:, None] * (mirror @ basis.directions),
            parts - scaled[:, None] * (mirror @ parts),
        )

    directions, parts = jax.lax.cond(
        basis.held[slot], reflected, lambda: (basis.directions, basis.parts)
    )
    return Basis(directions, jnp.where(held[:, None] & held, parts, 0), held)


def _entered(basis: Basis, rows: Array, slot: Array) -> Basis:
    """With the difference of one slot: its part along the others' directions, and what is left as a
    direction of its own. Taking the part away is repeated while it leaves little.
    """
    difference = rows[slot]

    def away(loop: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        column, rest, size, _ = loop
        part = jnp.where(basis.held, basis.directions @ rest, 0)
        rest = rest - part @ basis.directions
        return column + part, rest, jnp.sqrt(rest @ rest), size

    size = jnp.sqrt(difference @ difference)
    column, rest, size, _ = jax.lax.while_loop(
        lambda loop: loop[2] < 0.7 * loop[3],
        away,
        away((jnp.zeros_like(basis.parts[0]), difference, size, size)),
    )
    place = jnp.arange(column.size, dtype=jnp.int32) == slot
    return Basis(
        written(basis.directions, inverse(size) * rest, slot, 0),
        written(basis.parts, jnp.where(place, size, column), slot, 1),
        jnp.where(place, size > 0, basis.held),
    )


class _Truncated(NamedTuple):
    values: Array
    condition: Array
    rank: Array
    directions: Array  # right singular vectors, a row each, zero where left out
    parts: Array  # the solution along them


def by_singular_values(
    matrix: Array, target: Array, cutoff: Number | np.floating, live: Array
) -> _Truncated:
    """A least-squares solution with small singular values left out; the rows that are not live have
    zero ones.
    """
    u, sizes, v = jnp.linalg.svd(matrix, full_matrices=False)
    # One is what scaled columns have; a projection of them may be nothing but rounding.
    largest = jnp.maximum(sizes[0], 1)
    kept = sizes > cutoff * largest
    parts, v = divided(u.T @ target, sizes, kept), jnp.where(kept[:, None], v, 0)
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


def divided(above: Array, below: Array, where: Array) -> Array:
    return jnp.where(where, above / jnp.where(where, below, 1), 0)
