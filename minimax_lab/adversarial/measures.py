"""How well samples match a known distribution: modes reached, quality, distance. Pure functions,
and observables of a run.

A mode is covered when at least one in a hundred samples lies within a radius of its centre, and a
sample is of high quality when it lies within that radius of some centre (three standard deviations,
unless said otherwise).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree
from numpy.typing import ArrayLike

from .. import settings
from ..calls import checked
from ..checks import refuse, whole
from ..running.observables import View
from ..settings import Declared, Number, real
from .gan import generate
from .mixtures import Mixture

Samples = Float[Array, "count dimension"]
SHARE = 0.01  # of the samples, which a covered mode has at least
BANDWIDTHS = (0.05, 0.2, 0.8)


def mode_counts(
    samples: Samples, centres: Float[Array | np.ndarray, "modes dimension"], radius: Number
) -> Int[Array, " modes"]:
    """How many samples lie within `radius` of each centre, each sample counted at the nearest one
    only.
    """
    squares = jnp.sum((samples[:, None] - jnp.asarray(centres, samples.dtype)) ** 2, axis=-1)
    near = jnp.min(squares, axis=1) <= jnp.asarray(radius, samples.dtype) ** 2
    hits = jax.nn.one_hot(jnp.argmin(squares, axis=1), squares.shape[1], dtype=jnp.int32)
    return jnp.sum(hits * near[:, None].astype(jnp.int32), axis=0)


def covered(
    counts: Int[Array | np.ndarray, "*runs modes"], total: int, share: float = SHARE
) -> Int[Array | np.ndarray, "*runs"]:
    """How many modes have at least `share` of all samples."""
    return (counts >= math.ceil(share * total)).sum(axis=-1)


@checked
def maximum_mean_discrepancy(
    a: Samples, b: Samples, bandwidths: Sequence[float] = BANDWIDTHS
) -> Float[Array, ""]:
    """E k(a, a') + E k(b, b') - 2 E k(a, b) over all pairs, k a mean of Gaussian kernels.
    Gretton et al. 2012.

    Never negative; independent samples of equal laws give about one over their number. (Without a
    sample's pairs with itself the estimate would be unbiased for independent samples, but not for
    batches that hold each mode equally often.) The bandwidths suit modes on the unit circle: a
    mode's width, its neighbours, the whole.
    """

    def kernel(a: Samples, b: Samples) -> Float[Array, ""]:
        squares = jnp.sum(a**2, axis=1)[:, None] + jnp.sum(b**2, axis=1) - 2 * a @ b.T
        return jnp.mean(
            jnp.stack([jnp.mean(jnp.exp(-squares / (2 * width**2))) for width in bandwidths])
        )

    return kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)


@checked
def sliced_wasserstein(a: Samples, b: Samples, directions: int = 32) -> Float[Array, ""]:
    """The root of the mean, over directions, of the squared distance between the sorted
    projections.      Rabin et al. 2011.

    In the plane the directions are spread evenly; else they are drawn once and for all.
    """
    if a.shape != b.shape:
        raise refuse("a and b", (a.shape, b.shape), "equally many samples of one dimension")
    if a.shape[1] == 2:
        angles = np.pi * np.arange(whole(directions, "directions")) / directions
        rays = np.stack([np.cos(angles), np.sin(angles)])
    else:
        rays = np.random.default_rng(0).standard_normal(
            (a.shape[1], whole(directions, "directions"))
        )
        rays = rays / np.linalg.norm(rays, axis=0)
    lines = jnp.asarray(rays, a.dtype)
    return jnp.sqrt(jnp.mean((jnp.sort(a @ lines, axis=0) - jnp.sort(b @ lines, axis=0)) ** 2))


def spread(samples: Samples) -> Float[Array, " dimension"]:
    """The singular values of the samples' covariance, greatest first: all one for a standard
    normal, zero where collapsed.
    """
    moved = samples - jnp.mean(samples, axis=0)
    return jnp.linalg.svdvals(moved.T @ moved / (len(samples) - 1))


class Sampled(Declared):
    """measure(fake): a function of `count` of the generator's samples, as an observable.

    The latents are those of the update's own key, and the same for every observable of it.
    """

    measure: Callable[[Samples], PyTree]
    count: int = settings.count(2560)

    def __call__(self, view: View) -> PyTree:
        return self.measure(
            generate(view.game, view.after, jax.random.fold_in(view.key, 1), self.count)
        )


class ModeCounts(Declared):
    """The samples near each mode of a mixture, within `deviations` standard deviations or within
    `radius`.
    """

    mixture: Mixture
    deviations: Number = real(3.0, above=0)
    radius: Number | None = real(None, above=0)

    def __call__(self, samples: Samples) -> Int[Array, " modes"]:
        radius = self.deviations * self.mixture.deviation if self.radius is None else self.radius
        return mode_counts(samples, self.mixture.centres, radius)


class SignTest(NamedTuple):
    """In how many pairs the first is greater, in how many the second; and the chance of as many
    wins if neither were better.
    """

    wins: int
    losses: int
    chance: float


def sign_test(first: ArrayLike, second: ArrayLike) -> SignTest:
    """The paired, one-sided sign test of "first tends to be greater": ties are dropped, chance =
    P(Binomial(n, 1/2) >= wins).
    """
    from scipy.stats import binomtest

    a, b = np.asarray(first), np.asarray(second)
    if a.ndim != 1 or a.shape != b.shape:
        raise refuse("first and second", (a.shape, b.shape), "two rows of numbers, pair by pair")
    wins, losses = int(np.sum(a > b)), int(np.sum(a < b))
    pairs = wins + losses
    return SignTest(
        wins, losses, binomtest(wins, pairs, alternative="greater").pvalue if pairs else 1.0
    )


def everything(samples: Samples) -> Samples:
    """The samples themselves: `Sampled(everything)` keeps a few of them along a run."""
    return samples


def density(
    samples: ArrayLike, half: float = 1.6, cells: int = 160, *, bandwidth: float | None = None
) -> Float[np.ndarray, "y x"]:
    """A Gaussian kernel estimate on a square grid about zero, rows from below; `bandwidth` in units
    of the data's own scale.

    By default scipy's (Scott's rule). Samples that lie on a line have no density: they are given a
    width of a thousandth.
    """
    from scipy.stats import gaussian_kde

    points = np.asarray(samples, float)
    if points.ndim != 2 or points.shape[1] != 2 or not np.all(np.isfinite(points)):
        raise refuse(
            "samples", f"an array of shape {points.shape}", "finite points of the plane, one a row"
        )
    if np.linalg.matrix_rank(np.cov(points.T), tol=1e-12) < 2:
        points = points + 1e-3 * np.random.default_rng(0).standard_normal(points.shape)
    line = np.linspace(-half, half, whole(cells, "cells"))
    x, y = np.meshgrid(line, line)
    return gaussian_kde(points.T, bandwidth)(np.stack([x.ravel(), y.ravel()])).reshape(cells, cells)
