"""A number, and all without which it should not be read."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Measured:
    """`value`, by which `features`, from how many `real` and `fake` samples.

    `spread` is its standard error where it was estimated, `best` the same measure of real samples
    against real ones, and `notes` say in words what else to know. float(measured) is the value.

    Examples:
        >>> from minimax_lab import measures
        >>> print(measures.Measured("frechet", "mnist", 12.34, 2048, 2048, best=0.41))
        frechet[mnist] = 12.3 (2,048 real, 2,048 fake; real against real 0.41)
    """

    name: str
    features: str
    value: float
    real: int
    fake: int
    spread: float | None = None
    best: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name and the features that it rests on."""
        return f"{self.name}[{self.features}]"

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        counts = {"real": self.real, "fake": self.fake}
        known = [", ".join(f"{count:,} {name}" for name, count in counts.items() if count)]
        known += [f"real against real {short(self.best)}"] if self.best is not None else []
        around = f" +- {self.spread:.2g}" if self.spread is not None else ""
        return f"{self.label} = {short(self.value)}{around} ({'; '.join([*known, *self.notes])})"


def short(value: float) -> str:
    """Three digits, or all of a whole number."""
    return str(value) if isinstance(value, int) else f"{value:.3g}"
