"""The distance of Frechet between two sets of features, each taken for a Gaussian:

    |m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2).      Frechet 1957; Heusel et al. 2017.

It is as good as its features and no better, and names them wherever it is printed; the FID of the
literature is this of one network's features, which are not here. Few samples make it too large: the
covariance of n of them has rank n - 1 at most, and the same number on both sides is the least that
a comparison asks for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ..checks import refuse

Features = Float[np.ndarray, "count dimension"]


class Moments(NamedTuple):
    """Mean and covariance of features."""

    mean: Float[np.ndarray, " dimension"]
    covariance: Float[np.ndarray, "dimension dimension"]


def features_of(given: ArrayLike, name: str, least: int = 2) -> Features:
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


def moments(features: ArrayLike) -> Moments:
    """Mean and covariance, to be kept where one side is compared with many.

    Arguments:
        features: one sample a row.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> print(measures.moments(np.array([[0.0], [2.0]])).covariance)
        [[2.]]
    """
    array = features_of(features, "features")
    mean = array.mean(axis=0)
    moved = array - mean
    return Moments(mean, moved.T @ moved / (len(array) - 1))


def frechet(*, real: ArrayLike | Moments, fake: ArrayLike | Moments) -> float:
    """|m - n|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2); finite also where a covariance is singular, as
    that of a collapsed generator is.

    Arguments:
        real: features of real samples, one a row, or their `moments`.
        fake: the same of generated ones.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> line = np.array([[0.0], [1.0], [2.0]])
        >>> f"{measures.frechet(real=line, fake=line + 3):.3f}"
        '9.000'
    """
    one, other = (
        given if isinstance(given, Moments) else moments(features_of(given, name))
        for given, name in ((real, "real"), (fake, "fake"))
    )
    if one.mean.shape != other.mean.shape:
        allowed = f"{one.mean.size} a sample, as real ones have"
        raise refuse("fake", f"{other.mean.size} features a sample", allowed)
    # The trace of the root is the sum of the singular values of S^1/2 T^1/2: no root of a product.
    overlap = np.linalg.svd(root(one.covariance) @ root(other.covariance), compute_uv=False).sum()
    spread = np.trace(one.covariance) + np.trace(other.covariance) - 2 * overlap
    return float(np.sum((one.mean - other.mean) ** 2) + max(spread, 0.0))


def root(covariance: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """The root of a symmetric matrix without negative eigenvalues; rounding may make some."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
