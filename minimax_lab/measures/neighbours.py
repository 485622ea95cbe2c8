"""What is covered, by balls around samples that reach to their k-th nearest neighbour.

    precision  share of fake samples within the ball of some real one    Kynkaanniemi et al. 2019
    recall     share of real samples within the ball of some fake one
    density    how many balls of real samples a fake one lies in, over k          Naeem et al. 2020
    coverage   share of real balls that hold a fake sample

A sample is no neighbour of its own, and what lies on the rim lies within: a picture that real data
holds twice has a ball of radius zero for k = 1, and a fake one equal to it is in it. Packages that
ask for less than the radius give such samples nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ..checks import refuse, whole
from .frechet import Features, features_of

CHUNK = 1 << 24  # distances held at a time


class Covered(NamedTuple):
    """Shares between 0 and 1, and a density whose best value is about one."""

    precision: float
    recall: float
    density: float
    coverage: float


def covered(*, real: ArrayLike, fake: ArrayLike, neighbours: int = 5) -> Covered:
    """Improved precision and recall, density and coverage.

    Arguments:
        real: features of real samples, one a row.
        fake: the same of generated ones.
        neighbours: which neighbour's distance is the radius of a ball.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> line = np.arange(20.0)[:, None]
        >>> print(*measures.covered(real=line, fake=line, neighbours=2))
        1.0 1.0 1.5 1.0
        >>> print(*measures.covered(real=line, fake=line + 100, neighbours=2))
        0.0 0.0 0.0 0.0
    """
    k = whole(neighbours, "neighbours")
    ours, theirs = (features_of(given, name) for given, name in ((real, "real"), (fake, "fake")))
    for name, side in (("real", ours), ("fake", theirs)):
        if len(side) <= k:
            raise refuse(name, f"{len(side)} samples", f"more than neighbours ({k})")
    if ours.shape[1] != theirs.shape[1]:
        allowed = f"{ours.shape[1]} a sample, as real ones have"
        raise refuse("fake", f"{theirs.shape[1]} features a sample", allowed)
    # Both sides moved and scaled alike: distances of far features would lose their digits.
    middle = ours.mean(axis=0)
    ours, theirs = ours - middle, theirs - middle
    of_real, of_fake = radii(ours, k), radii(theirs, k)
    inside = recalled = held = 0
    balls = 0.0
    for rows, between in _distances(ours, theirs):
        within = between <= of_real[rows, None]
        held += int(np.sum(within.any(axis=1)))
        balls += float(within.sum())
        recalled += int(np.sum((between <= of_fake[None, :]).any(axis=1)))
    for _, between in _distances(theirs, ours):
        inside += int(np.sum((between <= of_real[None, :]).any(axis=1)))
    count = len(theirs)
    return Covered(inside / count, recalled / len(ours), balls / (k * count), held / len(ours))


def radii(features: Features, neighbours: int) -> Float[np.ndarray, " count"]:
    """The squared distance of every sample to its k-th nearest among the others."""
    found = [
        np.partition(between, neighbours, axis=1)[:, neighbours]
        for _, between in _distances(features, features)
    ]
    return np.concatenate(found)


def _distances(
    one: Features, other: Features
) -> Iterator[tuple[slice, Float[np.ndarray, "rows count"]]]:
    """Squared distances of some rows at a time to all others, to the last digit the same from
    either side.
    """
    step = max(1, CHUNK // (len(other) * one.shape[1]))
    for first in range(0, len(one), step):
        rows = slice(first, first + step)
        yield rows, np.sum((one[rows, None, :] - other[None, :, :]) ** 2, axis=2)
