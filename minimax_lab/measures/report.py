"""All measures of generated pictures at once: each with its sample sizes and its spread, beside
what real pictures have against real ones.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import nearest, refuse, whole
from .classes import Classes, classes
from .classifier import Classifier
from .features import Bytes, Features, Rows, bytes_of
from .frechet import frechet
from .measured import Measured, short
from .neighbours import covered


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What generated pictures are worth by some features: report["frechet"], report["recall"] and
    the others; print(report) for a table. `classes` is what a classifier sees, or None.
    """

    features: str
    quality: str
    measures: tuple[Measured, ...]
    classes: Classes | None

    def __getitem__(self, name: str) -> Measured:
        found = {one.name: one for one in self.measures}
        if name not in found:
            raise nearest("name", name, found)
        return found[name]

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know when reading the numbers."""
        return tuple(dict.fromkeys(note for one in self.measures for note in one.notes))

    def plain(self) -> dict[str, Any]:
        """As facts by name, for a file."""
        facts: dict[str, Any] = {}
        for one in self.measures:
            facts[one.label] = one.value
            facts[f"{one.label}, real against real"] = one.best
            facts[f"{one.label}, spread"] = one.spread
        if self.classes is not None:
            facts["classes"] = len(self.classes.sure)
            facts["classes missing"] = self.classes.missing
        sizes = {"real pictures": self.measures[0].real, "fake pictures": self.measures[0].fake}
        facts |= {f"features {self.features}": self.quality, **sizes}
        return facts | ({f"notes on {self.features}": list(self.notes)} if self.notes else {})

    def __str__(self) -> str:
        first = self.measures[0]
        rows = [("", "value", "+-", "real against real")]
        for one in self.measures:
            extras = (one.spread, one.best)
            spread, best = ("-" if extra is None else f"{extra:.2g}" for extra in extras)
            rows.append((one.label, short(one.value), spread, best))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [f"{first.real:,} real pictures, {first.fake:,} fake", f"by {self.quality}"]
        for name, *numbers in rows:
            cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
            lines.append("  ".join((name.ljust(widths[0]), *cells)).rstrip())
        if self.classes is not None and self.classes.missing:
            lines.append(f"classes missing: {', '.join(map(str, self.classes.missing))}")
        return "\n".join((*lines, *self.notes))

    __repr__ = __str__


class _Seen(NamedTuple):
    """Pictures as they are compared: features, and the probabilities of classes where there are."""

    features: Rows
    probabilities: Rows | None

    def part(self, chosen: np.ndarray | slice) -> _Seen:
        shares = None if self.probabilities is None else self.probabilities[chosen]
        return _Seen(self.features[chosen], shares)


def measure(
    *,
    real: ArrayLike,
    fake: ArrayLike,
    features: Features,
    neighbours: int = 5,
    halvings: int = 4,
    seed: int = 0,
) -> Report:
    """Distance, precision, recall, density and coverage; with a classifier also its score, how
    evenly classes are hit and how many are covered.

    Half of the real pictures are compared with the fakes, and the other half with the first in the
    same way: give twice as many real ones as fake ones, and both comparisons rest on equally many.

    The spread is the standard deviation of a measure over random halves of both sides, which
    estimates the standard error on all of them; it does not know of other seeds of a training.

    Arguments:
        real: real pictures, bytes of shape (count, height, width, colours), or numbers between -1
            and 1, which are rounded to bytes.
        fake: generated ones; numbers outside of -1 to 1 are cut off.
        features: by which they are compared, such as a `classifier`.
        neighbours: of the balls of precision and recall.
        halvings: how often a spread is estimated from; none for 0.
        seed: of the halves.

    Examples:
        >>> from minimax_lab import images, measures
        >>> digits = images.load("digits")
        >>> judge = measures.classifier(digits, steps=100)
        >>> found = measures.measure(
        ...     real=digits.pixels[:800], fake=digits.pixels[800:1200], features=judge
        ... )
        >>> found["recall"].real, found["recall"].fake, found["classes covered"].value
        (400, 400, 10)
    """
    if not isinstance(features, Features):
        raise refuse("features", features, "features, such as a classifier or Pixels()")
    k, halvings = whole(neighbours, "neighbours"), whole(halvings, "halvings", 0)
    given, theirs = bytes_of(real, "real"), bytes_of(fake, "fake", cut=True)
    if given.shape[1:] != theirs.shape[1:]:
        allowed = f"of {given.shape[1:]}, as the real ones"
        raise refuse("fake", f"pictures of {theirs.shape[1:]}", allowed)
    for name, side, least in (("real", given, 2 * k + 2), ("fake", theirs, k + 1)):
        if len(side) < least:
            cause = f"Balls reach to the {k}th neighbour, and real pictures are halved."
            raise refuse(name, f"{len(side)} pictures", f"at least {least}", cause)
    random = np.random.default_rng(whole(seed, "seed", 0))
    both = _seen(features, given).part(random.permutation(len(given)))
    half = len(given) // 2
    ours, others = both.part(slice(half)), both.part(slice(half, 2 * half))
    made = _seen(features, theirs)
    best = {one.name: one.value for one in _measured(features.name, ours, others, k)}
    spreads = _spreads(features.name, ours, made, k, halvings, random)
    found = tuple(
        dataclasses.replace(one, best=best[one.name], spread=spreads.get(one.name))
        for one in _measured(features.name, ours, made, k)
    )
    judged = None if made.probabilities is None else classes(made.probabilities)
    return Report(features.name, features.quality, found, judged)


def _seen(features: Features, pixels: Bytes) -> _Seen:
    rows = features(pixels)
    judge = features if isinstance(features, Classifier) else None
    return _Seen(rows, judge.probabilities_of(rows) if judge else None)


def _measured(name: str, ours: _Seen, theirs: _Seen, neighbours: int) -> list[Measured]:
    """Every measure, of the second side against the first."""
    real, fake = ours.features, theirs.features
    sizes = len(real), len(fake)
    found = [frechet(real=real, fake=fake, features=name)]
    balls = covered(real=real, fake=fake, neighbours=neighbours)
    found += [Measured(one, name, value, *sizes) for one, value in balls._asdict().items()]
    if theirs.probabilities is not None:
        judged = classes(theirs.probabilities)
        found += [
            Measured("classifier score", name, judged.score, *sizes),
            Measured("class entropy", name, judged.entropy, *sizes),
            Measured("classes covered", name, len(judged.covered), *sizes),
        ]
    return found


def _spreads(
    name: str, ours: _Seen, theirs: _Seen, neighbours: int, times: int, random: np.random.Generator
) -> dict[str, float]:
    """The standard deviation of every measure over random halves: of a mean over n samples, halves
    without replacement vary as much as the mean itself.
    """
    sides = ours, theirs
    if times < 2 or min(len(side.features) // 2 for side in sides) <= neighbours:
        return {}
    values: dict[str, list[float]] = {}
    for _ in range(times):
        one, other = (
            side.part(random.permutation(len(side.features))[: len(side.features) // 2])
            for side in sides
        )
        for found in _measured(name, one, other, neighbours):
            values.setdefault(found.name, []).append(found.value)
    return {measure: float(np.std(several, ddof=1)) for measure, several in values.items()}
