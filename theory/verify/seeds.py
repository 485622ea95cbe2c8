"""One check at several seeds, as one result."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from scipy.stats import binom

from ..theorem import Bound, Check, Outside, Scenario
from .results import Checked, Control, Status

ALARM = 0.01  # a check fails at so many seeds, if its claim is true, less often than this


def merged(check: Check, seeds: Sequence[int], tried: Sequence[Checked]) -> Checked:
    """Violated where any seed violates it, or a statistical claim more often than its risk allows.
    Controls are counted together, and a bound is as sharp as at the seed that comes nearest.
    """
    failed = tuple(s for s, one in zip(seeds, tried, strict=True) if one.status is Status.VIOLATED)
    first, worst = tried[0], _worst(check, tried)
    tested = tuple(
        _together(outside, [one.controls[i] for one in tried])
        for i, outside in enumerate(check.outside)
        if all(one.controls for one in tried)
    )
    return dataclasses.replace(
        worst,
        status=_status(check, tried, tested, len(failed)),
        instances=sum(one.instances for one in tried),
        found=min((one.found for one in tried if one.found is not None), default=None),
        evaluations=sum(one.evaluations for one in tried),
        sharpness=min((one.sharpness for one in tried if one.sharpness is not None), default=None),
        controls=tested,
        slack=first.slack,
        certificate=first.certificate,
        failed_at=failed if len(seeds) > 1 else (),
        seconds=sum(one.seconds for one in tried),
    )


def allowed(risk: float, seeds: int) -> int:
    """At how many of so many seeds a true claim of this risk may fail, but never at all of them."""
    return min(int(binom.isf(ALARM, seeds, risk)), seeds - 1) if risk else 0


def _worst(check: Check, tried: Sequence[Checked]) -> Checked:
    """The seed whose numbers are shown: one that failed, or the worst measured."""
    for status in (Status.FAULT, Status.VIOLATED):
        for one in tried:
            if one.status is status:
                return one
    values = [one.worst or 0.0 for one in tried]
    return tried[values.index((min if isinstance(check, Bound) else max)(values))]


def _status(
    check: Check, tried: Sequence[Checked], tested: Sequence[Control], failed: int
) -> Status:
    found = [one.status for one in tried]
    trial = check.trial if isinstance(check, Scenario) else None
    if Status.FAULT in found:
        return Status.FAULT
    if failed > allowed(trial.risk if trial else 0.0, len(tried)):
        return Status.VIOLATED
    if not all(control.passed for control in tested):
        return Status.WEAK
    if any(not one.passed for first in tried[:1] for one in first.slack):
        return Status.LOOSE
    reached = [status for status in found if status not in (Status.VIOLATED, Status.WEAK)]
    return min(reached, default=Status.HELD, key=list(Status).index)


def _together(outside: Outside, controls: Sequence[Control]) -> Control:
    """A control at all seeds: violated often enough, and somewhere not."""
    tried = sum(control.tried for control in controls)
    violated = sum(control.violated for control in controls)
    measured = [control for control in controls if control.worst is not None]
    worst = max(measured, key=lambda control: abs(control.worst or 0.0), default=controls[0]).worst
    searched = not any(control.violated and not control.searched for control in controls) and any(
        control.searched for control in controls
    )
    held = next((control.held for control in controls if control.held), "")
    enough = violated > 0 and violated >= outside.least * tried
    return Control(outside.name, tried, violated, worst, searched, enough and bool(held), held)
