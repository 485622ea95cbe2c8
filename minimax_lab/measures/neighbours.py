"""What is covered, by balls around samples that reach to their k-th nearest neighbour.

    precision  share of fake samples within the ball of some real one    Kynkaanniemi et al. 2019
    recall     share of real samples within the ball of some fake one
    density    how many balls of real samples a fake one lies in, over k          Naeem et al. 2020
    coverage   share of real balls that hold a fake sample

Precision and density ask whether what is made is good, and a generator of one good picture has the
best of both; recall and coverage see that it has. Of independent samples of one law, density is one
in the mean and coverage 1 - prod_{i = 1..k} (real - i) / (real + fake - i), whatever the law.

A sample is no neighbour of its own, and what lies on the rim lies within: a picture that real data
holds twice has a ball of radius zero for k = 1, and a fake one equal to it is in it. Packages that
ask for less than the radius give such samples nothing. Since features come in single precision,
|a - b|^2 is taken for no greater than what it exceeds by 1e-12 (|a|^2 + |b|^2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ..checks import refuse, whole
from .features import Rows
from .frechet import rows_of

CHUNK = 1 << 20  # distances held at a time
SAME = 1e-12


class Covered(NamedTuple):
    """Shares between 0 and 1, and a density that is about one for samples of the same law."""

    precision: float
    recall: float
    density: float
    coverage: float


def covered(*, real: ArrayLike, fake: ArrayLike, neighbours: int = 5) -> Covered:
    """Improved precision and recall, density and coverage.

    Distances are held a part at a time: 10,000 samples against as many need no more memory than
    2,000.

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
    ours, theirs = (rows_of(given, name) for given, name in ((real, "real"), (fake, "fake")))
    for name, side in (("real", ours), ("fake", theirs)):
        if len(side) <= k:
            raise refuse(name, f"{len(side)} samples", f"more than neighbours ({k})")
    if ours.shape[1] != theirs.shape[1]:
        allowed = f"{ours.shape[1]} a sample, as real ones have"
        raise refuse("fake", f"{theirs.shape[1]} features a sample", allowed)
    # Both sides moved alike: distances of far features would lose their digits.
    middle = ours.mean(axis=0)
    ours, theirs = ours - middle, theirs - middle
    of_real, of_fake = radii(ours, k), radii(theirs, k)
    inside = np.zeros(len(theirs), bool)
    balls = recalled = held = 0
    for rows, between in _distances(ours, theirs, SAME):
        within = between <= of_real[rows, None]
        inside |= within.any(axis=0)
        balls += int(within.sum())
        held += int(within.any(axis=1).sum())
        recalled += int((between <= of_fake).any(axis=1).sum())
    count = len(theirs)
    return Covered(
        float(inside.mean()), recalled / len(ours), balls / (k * count), held / len(ours)
    )


def radii(rows: Rows, neighbours: int) -> Float[np.ndarray, " count"]:
    """The squared distance of every sample to its k-th nearest among the others."""
    found = []
    for part, between in _distances(rows, rows):
        np.fill_diagonal(between[:, part.start :], np.inf)
        found.append(np.partition(between, neighbours - 1, axis=1)[:, neighbours - 1].copy())
    return np.concatenate(found)


def _distances(
    one: Rows, other: Rows, less: float = 0.0
) -> Iterator[tuple[slice, Float[np.ndarray, "rows count"]]]:
    """|a - b|^2 - less (|a|^2 + |b|^2), of some rows at a time and all others."""
    squares = np.sum(other**2, axis=1)
    step = max(1, CHUNK // len(other))
    for first in range(0, len(one), step):
        rows = slice(first, first + step)
        between = np.sum(one[rows] ** 2, axis=1)[:, None] + squares
        between *= 1 - less
        between -= 2 * one[rows] @ other.T
        yield rows, between
