"""The distance of Frechet between two sets of features, each taken for a Gaussian:

    |m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2).      Frechet 1957; Heusel et al. 2017.

It is as good as its features and no better, and is never said without their name; the FID of the
literature is this of one network's features, which are not here. Few samples make it too large: the
covariance of n of them has rank n - 1 at most. So only numbers of equal counts compare.

The trace of the root is the sum of the singular values of F^T G, where S = F F^T and T = G G^T: no
root of a product is taken, whose eigenvalues rounding makes negative or complex where a covariance
is singular, and few samples make narrow factors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dpstrf

from ..checks import refuse
from .features import Rows
from .measured import Measured


@dataclasses.dataclass(frozen=True, eq=False)
class Moments:
    """How many samples there were, their mean and their covariance."""

    count: int
    mean: Float[np.ndarray, " dimension"]
    covariance: Float[np.ndarray, "dimension dimension"]

    def joined(self, other: Moments) -> Moments:
        """Those of both sets of samples together.      Chan, Golub, LeVeque 1979."""
        count = self.count + other.count
        moved = other.mean - self.mean
        scatter = (self.count - 1) * self.covariance + (other.count - 1) * other.covariance
        scatter = scatter + np.outer(moved, moved) * (self.count * other.count / count)
        return Moments(count, self.mean + moved * (other.count / count), scatter / (count - 1))


def rows_of(given: ArrayLike, name: str, least: int = 2) -> Rows:
    """Finite numbers, a sample a row, in double precision."""
    array = np.asarray(given, float)
    if array.ndim != 2 or len(array) < least:
        allowed = f"an array with one sample a row, at least {least} of them"
        raise refuse(name, f"an array of shape {array.shape}", allowed)
    bad = np.flatnonzero(~np.all(np.isfinite(array), axis=1))
    if bad.size:
        shown = f"not finite in {bad.size} of {len(array)} samples, first in number {bad[0]}"
        raise refuse(name, shown, "finite", "A generator that diverged makes such.")
    return array


def moments(features: ArrayLike | Iterator[ArrayLike], name: str = "features") -> Moments:
    """Mean and covariance, to be kept where one side is compared with many.

    Arguments:
        features: one sample a row; or an iterator over parts of them, of which one at a time is
            held.
        name: of the argument, for what is refused.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> whole = np.array([[0.0], [1.0], [2.0]])
        >>> print(measures.moments(whole).covariance, measures.moments(iter([whole, whole])).count)
        [[1.]] 6
    """
    if not isinstance(features, Iterator):
        return _part(rows_of(features, name))
    found: Moments | None = None
    for given in features:
        part = _part(rows_of(given, name, 1))
        found = part if found is None else found.joined(part)
    if found is None or found.count < 2:
        raise refuse(name, f"{found.count if found else 0} samples", "two samples or more")
    return found


def _part(array: Rows) -> Moments:
    mean = array.mean(axis=0)
    moved = array - mean
    return Moments(len(array), mean, moved.T @ moved / max(len(array) - 1, 1))


def frechet(*, real: ArrayLike | Moments, fake: ArrayLike | Moments, features: str) -> Measured:
    """|m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2); finite also where a covariance is singular, as
    that of a collapsed generator is.

    Arguments:
        real: features of real samples, one a row, or their `moments`.
        fake: the same of generated ones.
        features: their name, which stands beside the number.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> line = np.array([[0.0], [1.0], [2.0]])
        >>> print(measures.frechet(real=line, fake=line + 3, features="places"))
        frechet[places] = 9 (3 real, 3 fake)
    """
    one, other = (
        given if isinstance(given, Moments) else moments(given, name)
        for given, name in ((real, "real"), (fake, "fake"))
    )
    if one.mean.shape != other.mean.shape:
        allowed = f"{one.mean.size} a sample, as real ones have"
        raise refuse("fake", f"{other.mean.size} features a sample", allowed)
    notes = tuple(
        f"fewer {name} samples than the {side.mean.size} features ask for: their covariance is "
        "singular and the distance too large"
        for side, name in ((one, "real"), (other, "fake"))
        if side.count <= side.mean.size
    )
    value = distance(one, other)
    return Measured("frechet", features, value, one.count, other.count, notes=notes)


def distance(one: Moments, other: Moments) -> float:
    """Between Gaussians of these moments, squared."""
    overlap = np.linalg.svd(
        factor(one.covariance).T @ factor(other.covariance), compute_uv=False
    ).sum()
    spread = np.trace(one.covariance) + np.trace(other.covariance) - 2 * overlap
    return float(np.sum((one.mean - other.mean) ** 2) + max(spread, 0.0))


def factor(covariance: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n rank"]:
    """F with F F^T = S, by the elimination that takes the greatest pivot that is left and stops
    where there is none.
    """
    eliminated, order, rank, _ = dpstrf(covariance, lower=1)
    found = np.empty((len(covariance), rank))
    found[order - 1] = np.tril(eliminated)[:, :rank]
    return found
