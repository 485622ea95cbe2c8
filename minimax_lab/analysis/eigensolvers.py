"""A few eigenvalues of a large matrix J from its products J t alone.

Three roads. On the host: SciPy's ARPACK, which restarts until it has converged, or a fixed number
of Arnoldi steps, for values of any kind that stand apart from the rest at a known price. Inside a
compiled program, where a spectrum is wanted along training: Arnoldi steps by matfree. Either way
each value comes with its residual |J u - value u| for a unit vector u, so that what has not
converged shows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ..checks import outside, refuse, whole
from ..profile import Profile, as_profile

Product = Callable[[np.ndarray], np.ndarray]
RESTARTS = 300
PARTS = {"largest": "LM", "rightmost": "LR", "leftmost": "SR"}  # ARPACK's names


def arnoldi_values(
    push: Callable[[Profile], Profile], start: Profile, depth: int
) -> tuple[Complex[Array, " depth"], Float[Array, " depth"]]:
    """Ritz values of J on span(t, J t, ..., J^(depth-1) t), largest modulus first, and their
    residuals. May be compiled.

    `push` is t -> J t, for instance `lambda t: game.push(x, t)`. Where the span is invariant before
    `depth`, the values to spare are NaN. Without restarts inner values converge slowly: read the
    residuals.

    Arguments:
        push: the product t -> J t with a tangent, a profile like `start`.
        start: the first tangent, any that has a part of every eigenvector.
        depth: how many products to make and values to take, at most the size of the profile.

    Returns:
        The values and their residuals.

    Examples:
        >>> import minimax_lab as mm
        >>> game, origin = mm.games.quadratic(0.5, 1.0, 0.5), mm.Profile((0.0, 0.0))
        >>> values, residuals = mm.arnoldi_values(lambda t: game.push(origin, t), (1.0, 0.0), 2)
        >>> print(abs(values).round(3))
        [1.118 1.118]
    """
    from matfree import decomp

    start = as_profile(start, "start")
    flat, unravel = start.ravel()
    if whole(depth, "depth") > flat.size:
        raise refuse("depth", depth, f"at most {flat.size}, the size of the profile")
    basis = decomp.hessenberg(depth, reortho="full", custom_vjp=False)(
        lambda t: push(unravel(t)).ravel()[0], flat
    )
    return _ritz(basis.J_small, jnp.linalg.norm(basis.residual))


def leading_values(
    product: Product, size: int, count: int, part: str, precision: float
) -> tuple[np.ndarray, np.ndarray]:
    """`count` eigenvalues by ARPACK, of largest modulus, rightmost or leftmost, and their
    recomputed residuals.
    """
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs

    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    # Fixed, so that a spectrum asked twice is the same.
    start = np.random.default_rng(0).standard_normal(size)
    for asked in range(count, min(count + 3, size - 1)):
        room = min(size, max(2 * asked + 10, 30))
        try:
            told = {"which": PARTS[part], "v0": start, "ncv": room, "maxiter": RESTARTS}
            values, vectors = eigs(operator, asked, tol=precision ** (2 / 3), **told)
        except ArpackNoConvergence as error:
            values, vectors = error.eigenvalues, error.eigenvectors
            _unconverged(
                len(values),
                f"{count} {part} eigenvalues converged in {RESTARTS} restarts of {room} products",
                error,
            )
            break
        # Of a pair cut in two SciPy returns half an eigenvector; with one value more the pair is
        # whole.
        if np.all(np.isin(values.conj(), values)):
            break
    first = np.argsort(
        {"largest": -np.abs(values), "rightmost": -values.real, "leftmost": values.real}[part],
        kind="stable",
    )
    values, vectors = values[first[:count]], vectors[:, first[:count]]
    return values, _residuals(product, values, vectors)


def outer_values(product: Product, size: int, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """The Ritz values of `depth` Arnoldi steps from a fixed random start, farthest from zero first,
    and their residuals, those of a span that is exhausted before being zero.

    Without restarts the values at the rim of the spectrum are found on all its sides at once, and
    the same ones for J as for 1 - J; inner ones have large residuals.
    """
    depth = min(depth, size)
    basis, small = np.empty((depth + 1, size)), np.zeros((depth + 1, depth))
    start = np.random.default_rng(0).standard_normal(size)
    basis[0] = start / np.linalg.norm(start)
    last = depth
    for i in range(depth):
        pushed, before = product(basis[i]), basis[: i + 1]
        length = np.linalg.norm(pushed)
        for _ in range(2):  # once more for what rounding has left
            parts = before @ pushed
            small[: i + 1, i] += parts
            pushed = pushed - parts @ before
        small[i + 1, i] = np.linalg.norm(pushed)
        if not small[i + 1, i] > 1e-12 * length:
            last, small[i + 1, i] = i + 1, 0.0
            break
        basis[i + 1] = pushed / small[i + 1, i]
    if not np.all(np.isfinite(small)):
        allowed = "a profile at which everything is differentiable"
        raise refuse("x", "a profile at which a derivative is NaN or infinite", allowed)
    values, vectors = np.linalg.eig(small[:last, :last])
    residuals = small[last, last - 1] * np.abs(vectors[-1]) / np.linalg.norm(vectors, axis=0)
    order = np.argsort(-np.abs(values), kind="stable")
    return values[order].astype(complex), residuals[order]


def _unconverged(found: int, what: str, error: Exception) -> None:
    if found == 0:
        raise RuntimeError(
            f"none of the {what}. The largest converge first; or ask for more of them."
        ) from error
    warnings.warn(
        f"only {found} of the {what}; the others are left out. A larger `leading` gives ARPACK "
        f"more room.",
        stacklevel=outside(),
    )


def demand_leading(leading: int, size: int) -> int:
    """ARPACK takes fewer than n - 1 values; for all of them the dense road is the right one."""
    if (
        isinstance(leading, bool)
        or not isinstance(leading, int | np.integer)
        or not 1 <= leading <= size - 2
    ):
        allowed = (
            f"a whole number from 1 to {size - 2}"
            if size > 2
            else f"None for a spectrum of {size} values"
        )
        raise refuse(
            "leading", leading, allowed, "Leave it out to have all values from the dense matrix."
        )
    return int(leading)


def _residuals(product: Product, values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """|J u - value u|, |u| = 1; a conjugate has the same, so it is computed once."""
    residuals = np.empty(len(values))
    for i, (value, u) in enumerate(zip(values, vectors.T, strict=True)):
        twin = np.flatnonzero(values[:i] == value.conj())
        if len(twin):
            residuals[i] = residuals[twin[0]]
            continue
        pushed = product(u.real.copy()) + (1j * product(u.imag.copy()) if np.any(u.imag) else 0)
        residuals[i] = np.linalg.norm(pushed - value * u) / np.linalg.norm(u)
    return residuals


def _ritz(hessenberg: Array, beyond: Array) -> tuple[Array, Array]:
    """Eigenvalues of the Hessenberg matrix up to its first break (a zero below the diagonal), the
    rest NaN.
    """
    depth = hessenberg.shape[0]
    below = jnp.concatenate([jnp.abs(jnp.diagonal(hessenberg, -1)), jnp.abs(beyond)[None]])
    largest = jnp.max(jnp.where(jnp.isfinite(hessenberg), jnp.abs(hessenberg), 0))
    broken = ~(below > 8 * depth * jnp.finfo(hessenberg.dtype).eps * largest)
    last = jnp.where(jnp.any(broken), jnp.argmax(broken), depth - 1)
    kept = jnp.arange(depth) <= last
    values, vectors = jnp.linalg.eig(jnp.where(kept[:, None] & kept[None, :], hessenberg, 0))
    weights = jnp.abs(vectors) ** 2
    spare = jnp.sum(jnp.where(kept[:, None], 0, weights), 0) > jnp.sum(
        jnp.where(kept[:, None], weights, 0), 0
    )
    residuals = below[last] * jnp.abs(vectors[last]) / jnp.sqrt(jnp.sum(weights, 0))
    order = jnp.argsort(jnp.where(spare, jnp.inf, -jnp.abs(values)))
    return jnp.where(spare, jnp.nan, values)[order], jnp.where(spare, jnp.nan, residuals)[order]
