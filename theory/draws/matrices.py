"""From unconstrained parameters to matrices that satisfy hypotheses by construction: orthogonal
factors times chosen spectra.

Everything is smooth in its parameters almost everywhere, so that a search can walk through the
instances.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

Matrix = Float[Array, "rows columns"]


def normals(key: PRNGKeyArray, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Standard normals of these shapes from a single draw: every further one would take longer to
    compile than what it feeds.
    """
    ends = list(itertools.accumulate(map(math.prod, shapes), initial=0))
    flat = jax.random.normal(key, (ends[-1],))
    return tuple(
        flat[a:b].reshape(shape) for a, b, shape in zip(ends, ends[1:], shapes, strict=False)
    )


def between(free: Array, low: Any, high: Any) -> Array:
    """Numbers in (low, high)."""
    return low + (high - low) * jax.nn.sigmoid(free)


def within(free: Array, low: float, high: float) -> Array:
    """Numbers in (low, high), both positive, spread evenly over their orders of magnitude."""
    return low * (high / low) ** jax.nn.sigmoid(1.5 * free)


def orthogonal(free: Matrix) -> Matrix:
    """The orthogonal factor of a square matrix; of a Gaussian one it is uniform."""
    factor, triangle = jnp.linalg.qr(free)
    return factor * jnp.where(jnp.diagonal(triangle) < 0, -1.0, 1.0)


def symmetric(free: Matrix, spectrum: Float[Array, " size"]) -> Matrix:
    """A symmetric matrix of the given eigenvalues."""
    factor = orthogonal(free)
    product = (factor * spectrum) @ factor.T
    return (product + product.T) / 2


def skew(free: Matrix) -> Matrix:
    """An antisymmetric matrix."""
    return (free - free.T) / 2


def rectangular(rows: Matrix, columns: Matrix, spectrum: Float[Array, " least"]) -> Matrix:
    """A matrix of the given singular values, from two square matrices and as many values as the
    smaller has rows.
    """
    count = spectrum.size
    return (orthogonal(rows)[:, :count] * spectrum) @ orthogonal(columns)[:, :count].T


def with_eigenvalues(
    free: Matrix,
    real: Float[Array, " pairs"],
    imaginary: Float[Array, " pairs"],
    upper: Matrix | None = None,
) -> Matrix:
    """A real matrix of eigenvalues real +- i imaginary in a hidden orthogonal basis (its real Schur
    form).

    Its size is twice the number of pairs. Entries of `upper` above the diagonal blocks make it
    non-normal and leave the eigenvalues as they are.
    """
    size = 2 * real.size
    turn = jnp.array([[0.0, 1.0], [-1.0, 0.0]])
    blocks = jnp.kron(jnp.diag(real), jnp.eye(2)) + jnp.kron(jnp.diag(imaginary), turn)
    if upper is not None:
        rank = jnp.arange(size) // 2
        blocks = blocks + jnp.where(rank[:, None] < rank[None, :], upper, 0.0)
    factor = orthogonal(free)
    return factor @ blocks @ factor.T


def truth(condition: Array | bool) -> Array:
    """A truth value as a number: two that differ are an error of one."""
    return jnp.where(condition, 1.0, 0.0)


def definite(jacobian: Matrix) -> tuple[Array, Array]:
    """The smallest and the largest eigenvalue of the symmetric part: x'Jx / x'x lies between
    them.
    """
    values = jnp.linalg.eigvalsh((jacobian + jacobian.T) / 2)
    return values[0], values[-1]


def norm(matrix: Matrix) -> Array:
    """The spectral norm."""
    return jnp.linalg.svd(matrix, compute_uv=False)[0]


def radius(matrix: Matrix) -> Array:
    """The spectral radius."""
    return jnp.max(jnp.abs(jnp.linalg.eigvals(matrix)))


def quadratic_roots(trace: Array, determinant: Array) -> Array:
    """Both roots of mu^2 - trace mu + determinant, in order."""
    half, square = trace / 2, trace**2 / 4 - determinant
    along, across = jnp.sqrt(jnp.maximum(square, 0.0)), jnp.sqrt(jnp.maximum(-square, 0.0))
    return ordered(
        jax.lax.complex(jnp.stack([half - along, half + along]), jnp.stack([-across, across]))
    )


def ordered(values: Array) -> Array:
    """Real and imaginary parts, sorted by real plus imaginary part, which keeps apart what is
    conjugate and what is real.
    """
    values = values[jnp.argsort(values.real + 0.7 * values.imag)]
    return jnp.stack([values.real, values.imag])
