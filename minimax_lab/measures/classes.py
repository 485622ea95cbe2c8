"""What a classifier makes of generated pictures: its score, and the classes that are there."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy.typing import ArrayLike

from ..checks import number, refuse
from .frechet import rows_of

SURE = 0.9  # the least probability of a picture that counts for its class
SHARE = 0.1  # of an even share: the least of such pictures that a class must have


class Classes(NamedTuple):
    """`score` exp E KL(p(y|x) | p(y)), between 1 and the number of classes (Salimans et al. 2016,
    with their classifier exchanged for this one); how many pictures are taken for each class,
    `counts`, and how many of them for `sure`; `covered`, the classes of which at least a tenth of
    an even share of all pictures are surely one.

    Noise may be surely anything: the score says nothing of pictures that are not like the data.
    """

    score: float
    counts: Int[np.ndarray, " classes"]
    sure: Int[np.ndarray, " classes"]
    covered: Int[np.ndarray, " covered"]

    @property
    def missing(self) -> list[int]:
        """The classes that are not covered."""
        return [k for k in range(len(self.sure)) if k not in self.covered]

    @property
    def entropy(self) -> float:
        """Of the shares of the classes, over that of even shares: 0 for one class alone, 1 where
        each is as frequent.
        """
        shares = self.counts[self.counts > 0] / self.counts.sum()
        return float(-np.sum(shares * np.log(shares)) / math.log(len(self.counts))) + 0.0


def classes(probabilities: ArrayLike, *, sure: float = SURE, share: float = SHARE) -> Classes:
    """The score and the classes covered, from the probabilities that a classifier gives.

    Arguments:
        probabilities: one picture a row, one class a column.
        sure: the least probability of a picture that counts for its class.
        share: of an even share of all pictures, the least that a class must have of such ones.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import measures
        >>> found = measures.classes(np.eye(4)[[0, 1, 2, 0]])
        >>> print(f"{found.score:.3f} {found.entropy:.2f}", found.sure, found.missing)
        2.828 0.75 [2 1 1 0] [3]
    """
    given = rows_of(probabilities, "probabilities", least=1)
    if np.any(given < -1e-6) or not np.allclose(given.sum(axis=1), 1, atol=1e-4):
        raise refuse("probabilities", "rows that do not add up to one", "probabilities of classes")
    if given.shape[1] < 2:
        raise refuse("probabilities", "those of one class", "of two classes or more")
    sure, share = number(sure, "sure", least=0, most=1), number(share, "share", least=0, most=1)
    mean = given.mean(axis=0)
    ratio = np.where(given > 0, given, 1) / np.where(mean > 0, mean, 1)
    score = math.exp(float(np.mean(np.sum(given * np.log(ratio), axis=1))))
    chosen, size = given.argmax(axis=1), given.shape[1]
    surely = np.bincount(chosen[given.max(axis=1) >= sure], minlength=size)
    least = max(1.0, share * len(given) / size)
    counts = np.bincount(chosen, minlength=size)
    return Classes(score, counts, surely, np.flatnonzero(surely >= least))
