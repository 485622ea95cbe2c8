"""Negative controls: broken hypotheses, under which a check must be violated, by fact and not by
logic.

A control says something only if its code could have held: it must, for some instance. Where a
control only changes where instances come from, or terms of the check's own claim, the check itself
has shown that. Another claim is asked at the instances of the check and of the control, by a search
that goes with it, and at last at instances that the control names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from ..theorem import Bound, Check, Family, Identity, Outside, Proof, Scenario
from .claims import Constants, changed, opposite
from .falsify import falsify
from .plan import Plan
from .proofs import derived
from .results import Control
from .sampling import errors, margins

CONTROLS = 200  # instances of a control are fewer: one violation is enough
SAME = "the check itself"


def controls(check: Check, plan: Plan, *measured: Any) -> tuple[Control, ...]:
    """Every control of a check, tried; of a scenario, with what it `measured`."""
    tries: dict[type[Check], Callable[..., Control]] = {
        Proof: underivable,
        Identity: unequal,
        Bound: exceeded,
        Scenario: failing,
    }
    one = tries[type(check)]
    return tuple(one(check, outside, plan, i, *measured) for i, outside in enumerate(check.outside))


def underivable(check: Proof, outside: Outside, plan: Plan, index: int) -> Control:
    """The same derivation with one term changed, not all of whose claims may close. Of another
    derivation nothing shows that it could.
    """
    derive, _ = changed(outside.claim or check.derive, outside.change)
    claims = derived(derive, outside.change)
    refuted = sum(not ok for _, ok in claims)
    same = outside.claim is None and [text for text, _ in claims] == [
        text for text, _ in derived(check.derive)
    ]
    return Control(
        outside.name, len(claims), refuted, passed=refuted > 0, held=SAME if same else ""
    )


def unequal(check: Identity, outside: Outside, plan: Plan, index: int) -> Control:
    """An identity with another draw, or other sides."""
    broken, numbers = _broken(check, outside)
    key, count = _drawing(check, plan, index)
    here = errors(broken, check.sizes[0], jax.random.split(key, count), numbers)
    # An error that is not finite says that the control makes no sense, not that the claim is wrong
    # there.
    violated = int(np.sum((here > check.tolerance) & np.isfinite(here)))
    worst = float(np.max(here, where=np.isfinite(here), initial=0.0))
    held = SAME
    if outside.claim is not None:
        inside = dataclasses.replace(broken, draw=outside.inside or check.draw)
        there = errors(inside, check.sizes[0], jax.random.split(key, count), numbers)
        held = _where(here <= check.tolerance, there <= check.tolerance)
    return _counted(outside, len(here), violated, worst, held)


def _broken(check: Identity, outside: Outside) -> tuple[Identity, Constants]:
    sides, numbers = changed(outside.claim or check.sides, outside.change)
    return dataclasses.replace(check, draw=outside.family or check.draw, sides=sides), numbers


def exceeded(check: Bound, outside: Outside, plan: Plan, index: int) -> Control:
    """A bound of another family, or another margin; searched where chance finds no violation."""
    family: Family = outside.family or check.family
    margin, numbers = changed(outside.claim or check.margin, outside.change)
    size = family.sizes[0]
    key, count = _drawing(check, plan, index)
    drawing, searching = jax.random.split(key)
    here = np.asarray(margins(family, margin, size, jax.random.split(drawing, count), numbers))
    # What is not a number does not count as a violation here.
    violated = int(np.sum(here < -check.rounding))
    worst = float(np.nanmin(here)) if not np.all(np.isnan(here)) else float("nan")
    holding = here >= -check.rounding
    held = SAME if outside.claim is None else _held(check, outside, plan, key, holding)
    if violated or outside.least > 0:
        return _counted(outside, len(here), violated, worst, held)
    found = falsify(family, margin, size, searching, effort=plan.effort, numbers=numbers)
    if found is None or not -np.inf < found.margin < -check.rounding:
        return Control(
            outside.name, len(here), 0, worst, searched=found is not None, passed=False, held=held
        )
    return Control(outside.name, len(here), 1, found.margin, searched=True, held=held)


def _held(
    check: Bound, outside: Outside, plan: Plan, key: PRNGKeyArray, holding: np.ndarray
) -> str:
    """Where another margin holds: at the control's own instances, at the check's, or where a search
    for it goes.
    """
    if np.any(holding):
        return _where(holding, holding)
    margin, numbers = changed(outside.claim or check.margin, outside.change)
    family: Family = outside.inside or check.family
    size = family.sizes[0]
    there = np.asarray(margins(family, margin, size, jax.random.split(key, CONTROLS), numbers))
    if np.any(there >= -check.rounding):
        return _where(holding, there >= -check.rounding)
    effort = plan.effort
    found = falsify(family, opposite(margin), size, key, effort=effort, numbers=numbers)
    # What is not a number, which the search takes for the worst there is, does not hold.
    holds = found is not None and -np.inf < found.margin <= check.rounding
    return "where a search went" if holds else ""


def failing(check: Scenario, outside: Outside, plan: Plan, index: int, measured: Any) -> Control:
    """Another simulation, or another reading of what was measured already."""
    reading, numbers = changed(outside.claim or check.reading, outside.change)
    passed, told = reading(outside.family(plan.key) if outside.family else measured, **numbers)
    # Where no number is one the control makes no sense.
    senseless = bool(told) and all(np.isnan(float(value)) for value in told.values())
    held = SAME
    if outside.claim is not None:
        inside = outside.inside(plan.key) if outside.inside else measured
        held = "a simulation inside" if reading(inside, **numbers)[0] else ""
    violated = not passed and not senseless
    return Control(outside.name, 1, int(violated), passed=violated, held=held)


def _drawing(check: Identity | Bound, plan: Plan, index: int) -> tuple[PRNGKeyArray, int]:
    """The key of a control, and how many instances it has."""
    return jax.random.fold_in(plan.key, 1000 + index), min(CONTROLS, plan.count(check.most))


def _where(own: np.ndarray, inside: np.ndarray) -> str:
    """How many instances hold, of the control or else inside."""
    for found, name in ((inside, "inside"), (own, "of the control")):
        if np.any(found):
            return f"{int(np.sum(found))} of {len(found)} instances {name}"
    return ""


def _counted(outside: Outside, tried: int, violated: int, worst: float, held: str) -> Control:
    """A control by its random instances alone."""
    enough = violated > 0 and violated >= outside.least * tried
    return Control(outside.name, tried, violated, worst, passed=enough, held=held)
