"""All measures of generated pictures at once, each with its sample size, beside what two halves of
the real ones have between them.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import UInt8

from ..checks import refuse
from .classes import Classes, classes
from .classifier import Classifier
from .frechet import frechet
from .neighbours import Covered, covered

Pixels = UInt8[np.ndarray, "count height width colours"]


@dataclasses.dataclass(frozen=True, eq=False)
class Judged:
    """What a generator's pictures are worth by one classifier's features. `best` is the distance
    between the two sides of the data, which no generator is expected to beat.
    """

    features: str
    accuracy: float
    real: int
    fake: int
    frechet: float
    best: float
    covered: Covered
    classes: Classes
    singular: bool

    def plain(self) -> dict[str, Any]:
        """As facts by name."""
        return {
            f"frechet[{self.features}]": self.frechet,
            f"frechet[{self.features}], real against real": self.best,
            **self.covered._asdict(),
            "classifier score": self.classes.score,
            "classes covered": f"{len(self.classes.covered)} of {len(self.classes.sure)}",
            "classes missing": self.classes.missing,
            "classifier's own accuracy": self.accuracy,
            "real pictures": self.real,
            "fake pictures": self.fake,
        }

    def __repr__(self) -> str:
        note = ", fewer than features: the covariance is singular" * self.singular
        return (
            f"frechet[{self.features}] {self.frechet:.3g} (real against real {self.best:.3g}; "
            f"{self.real} real, {self.fake} fake{note}), {self.plain()['classes covered']} classes"
        )


def judged(classifier: Classifier, *, real: Pixels, fake: Pixels, neighbours: int = 5) -> Judged:
    """Measure pictures: distance, precision, recall, density, coverage, score and classes.

    Arguments:
        classifier: whose features are taken.
        real: real pictures as bytes; half of them are compared with the fakes, the other half with
            the first, so that both distances rest on equally many.
        fake: generated ones.
        neighbours: of the balls of precision and recall.

    Examples:
        >>> from minimax_lab import images, measures
        >>> digits = images.load("digits")
        >>> found = measures.classifier(digits, epochs=2)
        >>> one = measures.judged(found, real=digits.pixels[:800], fake=digits.pixels[800:1200])
        >>> one.real, one.fake, one.frechet < 10 * one.best
        (400, 400, True)
    """
    half = len(real) // 2
    if half <= neighbours:
        raise refuse("real", f"{len(real)} pictures", f"more than {2 * neighbours + 1}")
    seen = classifier.features(real)
    ours, others, theirs = seen[:half], seen[half : 2 * half], classifier.features(fake)
    return Judged(
        classifier.name,
        classifier.accuracy,
        half,
        len(fake),
        frechet(real=ours, fake=theirs),
        frechet(real=ours, fake=others),
        covered(real=ours, fake=theirs, neighbours=neighbours),
        classes(classifier.probabilities(fake)),
        min(half, len(fake)) <= seen.shape[1],
    )
