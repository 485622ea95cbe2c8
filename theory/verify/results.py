"""What verifying gives: for every theorem its checks, for every check its controls, and whether
each did what it must.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from ..theorem import Theorem


class Status(enum.StrEnum):
    """What became of a check. All but the first two and the last are failures."""

    PROVED = "proved"
    HELD = "held"
    VIOLATED = "violated"
    WEAK = "tested too weakly"
    BLUNT = "not sharp"
    FAULT = "fault"
    SKIPPED = "skipped"


PASSED = (Status.PROVED, Status.HELD, Status.SKIPPED)


@dataclasses.dataclass(frozen=True)
class Control:
    """A broken hypothesis: of `tried` random instances `violated` broke the claim; `searched` if
    the search had to find one.

    `worst` is the most violating margin, or the largest error.
    """

    name: str
    tried: int
    violated: int
    worst: float | None = None
    searched: bool = False
    passed: bool = True

    @property
    def said(self) -> str:
        """In words."""
        if self.searched:
            return (
                "violated where the search went"
                if self.passed
                else f"no violation in {self.tried} instances nor by search"
            )
        return f"{self.violated} of {self.tried} violated" + (
            "" if self.passed else ", which is too few"
        )


@dataclasses.dataclass(frozen=True)
class Certified:
    """The worst case from above, and what certifies it; `gap` is that minus the worst found,
    relative to the first.
    """

    value: float | None
    solver: str
    checked: str
    found: float | None = None
    gap: float | None = None
    passed: bool = True


@dataclasses.dataclass(frozen=True)
class Checked:
    """One check: `worst` is the smallest margin (bound) or largest error (identity) drawn, `found`
    the smallest margin searched.

    `sharpness` is how far from equality the worst of both stayed. `record` reproduces the worst
    instance, `note` says whatever else a reader must know.
    """

    kind: str
    part: str
    status: Status
    instances: int = 0
    worst: float | None = None
    found: float | None = None
    evaluations: int = 0
    sharp: bool = False
    sharpness: float | None = None
    tolerance: float | None = None
    claims: tuple[tuple[str, bool], ...] = ()
    numbers: dict[str, float] = dataclasses.field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    certificate: Certified | None = None
    note: str = ""
    record: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.status in PASSED

    @property
    def said(self) -> str:
        """In a few words."""
        told = []
        if self.claims:
            told.append(f"{sum(ok for _, ok in self.claims)} of {len(self.claims)} claims derived")
        if self.kind == "identity" and self.worst is not None:
            told.append(f"largest error {self.worst:.1e} in {self.instances}")
        if self.kind == "bound" and self.worst is not None:
            told.append(f"smallest margin {self.worst:.2g} in {self.instances}")
        if self.found is not None:
            told.append(f"{self.found:.2g} by search")
        told += [f"{name} {value:.3g}" for name, value in self.numbers.items()]
        if self.certificate and self.certificate.value is not None:
            told.append(f"certified {self.certificate.value:.6g}, gap {self.certificate.gap:.1e}")
        elif self.certificate:
            told.append(self.certificate.checked)
        if self.controls:
            told.append(
                f"{sum(c.passed for c in self.controls)} of {len(self.controls)} controls violated"
            )
        if self.note:
            told.append(self.note)
        return (f"{self.part}: " if self.part else "") + ", ".join(told)


@dataclasses.dataclass(frozen=True)
class Result:
    """A theorem and its checks."""

    theorem: Theorem
    checks: tuple[Checked, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def status(self) -> str:
        """The failures, or else what was reached, each once."""
        failures = [check.status for check in self.checks if not check.passed]
        reached = [check.status for check in self.checks if check.status is not Status.SKIPPED]
        return ", ".join(dict.fromkeys(failures or reached or [Status.SKIPPED]))

    @property
    def seconds(self) -> float:
        return sum(check.seconds for check in self.checks)

    def __str__(self) -> str:
        return f"{self.theorem.id:8s} {self.status:18s} {self.seconds:6.1f} s  " + "; ".join(
            check.said for check in self.checks
        )
