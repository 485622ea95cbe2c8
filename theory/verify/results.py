"""What verifying gives: for every theorem its checks, for every check its controls, and whether
each did what it must.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from typing import Any

from ..theorem import Theorem, Trial


class Status(enum.StrEnum):
    """What became of a check. All but the first two and the last are failures, the worse the
    earlier.
    """

    PROVED = "proved"
    HELD = "held"
    FAULT = "fault"
    VIOLATED = "violated"
    WEAK = "tested too weakly"
    BLUNT = "not sharp"
    LOOSE = "looser than it says"
    SKIPPED = "skipped"


PASSED = (Status.PROVED, Status.HELD, Status.SKIPPED)


class Count(enum.StrEnum):
    """What became of a theorem; these are never added up. The last is a fault of the check, told
    only where there is one: it came to no end, or is too weak, or looser than it says.
    """

    HELD = "held"
    VIOLATED = "violated"
    SKIPPED = "skipped"
    NOT_RUN = "not run"
    UNSOUND = "unsoundly checked"


SHARP = 1.1  # a constant that can be moved by no more is sharp


@dataclasses.dataclass(frozen=True)
class Control:
    """A broken hypothesis: of `tried` random instances `violated` broke the claim; `searched` if
    the search had to find one.

    `worst` is the most violating margin, or the largest error. `held` says where the same code
    holds; where that is nowhere, the control is violated by logic and says nothing.
    """

    name: str
    tried: int
    violated: int
    worst: float | None = None
    searched: bool = False
    passed: bool = True
    held: str = ""

    @property
    def said(self) -> str:
        """In words."""
        return (
            f"{self._violations}; holds for {self.held}"
            if self.held
            else f"{self._violations}; by logic, since it holds nowhere"
        )

    @property
    def _violations(self) -> str:
        if self.searched:
            return (
                "violated where the search went"
                if self.passed
                else f"no violation in {self.tried} instances nor by search"
            )
        by_logic = self.violated > 0 and not self.held
        return f"{self.violated} of {self.tried} violated" + (
            "" if self.passed or by_logic else ", which is too few"
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
class Slack:
    """A constant of a claim and the factors, below one and above, at which its check fails: nothing
    and infinity where no factor up to ten does. `told` is what the theorem says of it.
    """

    name: str
    value: float
    low: float
    high: float
    told: str = ""

    @property
    def room(self) -> float:
        """The factor by which the claim could be sharper, infinite where nothing depends on it."""
        return min(1 / self.low if self.low else math.inf, self.high)

    @property
    def passed(self) -> bool:
        """It is sharp to a tenth, or said to be loose, and matters."""
        return self.room <= SHARP or (bool(self.told) and self.room < math.inf)

    @property
    def said(self) -> str:
        """In words."""
        if self.room == math.inf:
            return "no check depends on it"
        ends = [f"×{end:.4g}" for end in (self.low, self.high) if 0 < end < math.inf]
        return f"fails at {' and '.join(ends)}"

    @property
    def verdict(self) -> str:
        """Sharp, or how loose, and what is known of that."""
        if self.room <= SHARP:
            return "sharp"
        return f"{self.said}; {self.told or 'nothing is said of it'}"


@dataclasses.dataclass(frozen=True)
class Checked:
    """One check: `worst` is the smallest margin (bound) or largest error (identity) drawn, `found`
    the smallest margin searched.

    `sharpness` is how far from equality the worst of both stayed. `failed_at` has the seeds at
    which the claim was violated, `record` reproduces the worst instance, `note` says whatever else
    a reader must know.
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
    slack: tuple[Slack, ...] = ()
    certificate: Certified | None = None
    trial: Trial | None = None
    failed_at: tuple[int, ...] = ()
    note: str = ""
    record: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.status in PASSED

    @property
    def skipped(self) -> bool:
        """Whether some of it was not tried: a slow scenario, a certificate without its solver."""
        return self.status is Status.SKIPPED or (
            self.certificate is not None and self.certificate.value is None
        )

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
        if self.failed_at:
            told.append(f"violated at seed {', '.join(map(str, self.failed_at))}")
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
    def count(self) -> Count:
        """As what it counts: held only if all of it was tried."""
        found = {check.status for check in self.checks}
        if Status.VIOLATED in found:
            return Count.VIOLATED
        if not self.passed:
            return Count.UNSOUND
        return Count.SKIPPED if any(check.skipped for check in self.checks) else Count.HELD

    @property
    def seconds(self) -> float:
        return sum(check.seconds for check in self.checks)

    def __str__(self) -> str:
        return f"{self.theorem.id:8s} {self.status:18s} {self.seconds:6.1f} s  " + "; ".join(
            check.said for check in self.checks
        )
