"""Verifying a theorem: its checks, each on random instances, against the search, and against its
controls.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from minimax_lab.checks import InputError, refuse, whole

from ..theorem import Bound, Check, Family, Identity, Outside, Proof, Scenario, Theorem
from . import certificates
from .falsify import THOROUGH, Effort, Found, falsify
from .plan import Plan
from .proofs import derived
from .replay import record
from .results import Certified, Checked, Control, Result, Status
from .sampling import drawn, errors, keys_over, margins

INSTANCES = 1000
CONTROLS = 200  # instances of a control are fewer: one violation is enough
PATIENCE = 5.0  # seconds above which a scenario must call itself slow


def verify(
    theorem: Theorem,
    instances: int = INSTANCES,
    seed: int = 0,
    *,
    full: bool = False,
    effort: Effort | None = None,
) -> Result:
    """Every check of a theorem. `full` adds the slow scenarios and searches long, through every
    size.

    A fault inside a check is told as its result; nothing is raised but bad input and an
    interruption.
    """
    if not isinstance(theorem, Theorem):
        raise refuse(
            "theorem", theorem, "a Theorem", "Its id is looked up in theory.catalogue.theorems()."
        )
    instances, seed = whole(instances, "instances"), whole(seed, "seed", 0)
    if not jax.config.read("jax_enable_x64"):
        raise InputError(
            'theorems are verified in 64 bits: call jax.config.update("jax_enable_x64", True) '
            "first."
        )
    effort = effort or (THOROUGH if full else Effort())
    plans = (
        Plan(theorem, index, instances, seed, full, effort) for index in range(len(theorem.checks))
    )
    return Result(theorem, tuple(_timed(plan) for plan in plans))


def _timed(plan: Plan) -> Checked:
    check, begun = plan.check, time.perf_counter()
    try:
        checked = _KINDS[type(check)](check, plan)
    except Exception as error:
        note = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        checked = Checked(check.kind, check.part, Status.FAULT, note=note)
    return dataclasses.replace(checked, seconds=time.perf_counter() - begun)


def _status(holds: bool, controls: tuple[Control, ...]) -> Status:
    if not holds:
        return Status.VIOLATED
    return Status.HELD if all(control.passed for control in controls) else Status.WEAK


def _counted(outside: Outside, tried: int, violated: int, worst: float) -> Control:
    """A control by its random instances alone."""
    enough = violated > 0 and violated >= outside.least * tried
    return Control(outside.name, tried, violated, worst, passed=enough)


# Proofs.


def _proof(check: Proof, plan: Plan) -> Checked:
    claims = derived(check.derive)
    failed = [text for text, ok in claims if not ok]
    held = bool(claims) and not failed
    controls = tuple(_wrong(outside) for outside in check.outside)
    status = _status(held, controls)
    return Checked(
        check.kind,
        check.part,
        Status.PROVED if status is Status.HELD else status,
        claims=claims,
        controls=controls,
        record=None if held else record(plan, origin="derived", failed=failed),
    )


def _wrong(outside: Outside) -> Control:
    claims = derived(outside.claim) if outside.claim else ()
    refuted = sum(not ok for _, ok in claims)
    return Control(outside.name, len(claims), refuted, passed=refuted > 0)


# Identities.


def _identity(check: Identity, plan: Plan) -> Checked:
    count = plan.count(check.most)
    most, where, tried = -1.0, (check.sizes[0], plan.key), 0
    for size, keys in keys_over(check.sizes, plan.key, count):
        here = errors(check, size, keys)
        tried += len(here)
        if here.max() > most:
            most, where = float(here.max()), (size, keys[int(here.argmax())])
    controls = tuple(_unequal(check, outside, plan, i) for i, outside in enumerate(check.outside))
    return Checked(
        check.kind,
        check.part,
        _status(most <= check.tolerance, controls),
        instances=tried,
        worst=most,
        tolerance=check.tolerance,
        controls=controls,
        record=record(plan, origin="drawn", size=where[0], key=where[1], measured=most),
    )


def _unequal(check: Identity, outside: Outside, plan: Plan, index: int) -> Control:
    broken = dataclasses.replace(
        check, draw=outside.family or check.draw, sides=outside.claim or check.sides
    )
    keys = jax.random.split(
        jax.random.fold_in(plan.key, 1000 + index), min(CONTROLS, plan.count(check.most))
    )
    here = errors(broken, check.sizes[0], keys)
    # An error that is not finite says that the control makes no sense, not that the claim is wrong
    # there.
    violated = int(np.sum((here > check.tolerance) & np.isfinite(here)))
    worst = float(np.max(here, where=np.isfinite(here), initial=0.0))
    return _counted(outside, len(here), violated, worst)


# Bounds.


def _bound(check: Bound, plan: Plan) -> Checked:
    drawing, searching = jax.random.split(plan.key)
    met = _met(check, plan, drawing)
    found = _against(check, plan, searching, met)
    worst = met if found is None or found.margin > met.margin else found
    controls = tuple(_broken(check, outside, plan, i) for i, outside in enumerate(check.outside))
    asked = check.certificate
    certified = None if asked is None else certificates.compare(asked, worst.margin)
    rough = found is not None and not found.smooth
    return Checked(
        check.kind,
        check.part,
        _bound_status(check, worst.margin, controls, certified),
        instances=met.evaluations,
        worst=met.margin,
        found=None if found is None else found.margin,
        evaluations=0 if found is None else found.evaluations,
        sharp=check.sharp,
        sharpness=abs(worst.margin),
        tolerance=check.rounding,
        controls=controls,
        certificate=certified,
        note="no gradient could be had, so the search went by chance" if rough else "",
        record=record(
            plan,
            origin="drawn" if worst is met else "searched",
            size=worst.size,
            parameters=worst.parameters,
            measured=worst.margin,
        ),
    )


def _bound_status(
    check: Bound, least: float, controls: tuple[Control, ...], certified: Certified | None
) -> Status:
    status = _status(least >= -check.rounding, controls)
    if status is not Status.HELD:
        return status
    if check.sharp and least > check.sharpness:
        return Status.BLUNT
    return status if certified is None or certified.passed else Status.VIOLATED


def _met(check: Bound, plan: Plan, key: PRNGKeyArray) -> Found:
    """The worst of random instances of all sizes."""
    met, tried = [], 0
    for size, keys in keys_over(check.family.sizes, key, plan.count(check.most)):
        here = _as_violations(margins(check.family, check.margin, size, keys))
        tried += len(here)
        worst = int(here.argmin())
        met.append(Found(float(here[worst]), size, drawn(check.family, size, keys[worst])))
    return min(met, key=lambda each: each.margin)._replace(evaluations=tried)


def _as_violations(margin: Any) -> np.ndarray:
    """A margin that is not a number is the worst there is: the claim could not be said to hold."""
    values = np.asarray(margin, float)
    return np.where(np.isnan(values), -np.inf, values)


def _against(check: Bound, plan: Plan, key: PRNGKeyArray, met: Found) -> Found | None:
    """The search, through the first size or all of them, starting also from the worst instance
    drawn.
    """
    found = [
        falsify(
            check.family,
            check.margin,
            size,
            jax.random.fold_in(key, i),
            near=met.parameters if size == met.size else None,
            effort=plan.effort,
        )
        for i, size in enumerate(check.family.sizes if plan.full else check.family.sizes[:1])
    ]
    return min(filter(None, found), key=lambda each: each.margin, default=None)


def _broken(check: Bound, outside: Outside, plan: Plan, index: int) -> Control:
    family: Family = outside.family or check.family
    margin, size = outside.claim or check.margin, family.sizes[0]
    drawing, searching = jax.random.split(jax.random.fold_in(plan.key, 1000 + index))
    keys = jax.random.split(drawing, min(CONTROLS, plan.count(check.most)))
    here = np.asarray(margins(family, margin, size, keys), float)
    # What is not a number does not count as a violation here.
    violated = int(np.sum(here < -check.rounding))
    worst = float(np.nanmin(here)) if not np.all(np.isnan(here)) else float("nan")
    if violated or outside.least > 0:
        return _counted(outside, len(here), violated, worst)
    found = falsify(family, margin, size, searching, effort=plan.effort)
    if found is None or not -np.inf < found.margin < -check.rounding:
        return Control(outside.name, len(here), 0, worst, searched=found is not None, passed=False)
    return Control(outside.name, len(here), 1, found.margin, searched=True)


# Scenarios.


def _scenario(check: Scenario, plan: Plan) -> Checked:
    if check.slow and not plan.full:
        return Checked(
            check.kind, check.part, Status.SKIPPED, note="slow: `make verify-full` runs it"
        )
    begun = time.process_time()
    measured = check.simulate(plan.key)
    passed, numbers = check.reading(measured)
    # Of this process: another's load says nothing about the scenario.
    spent = time.process_time() - begun
    controls = tuple(_failing(check, outside, plan, measured) for outside in check.outside)
    late = f"took {spent:.0f} s; mark it slow" if spent > PATIENCE and not check.slow else ""
    return Checked(
        check.kind,
        check.part,
        _status(bool(passed), controls),
        instances=1,
        numbers={name: float(value) for name, value in numbers.items()},
        controls=controls,
        note=late,
        record=record(plan, origin="simulated", key=plan.key),
    )


def _failing(check: Scenario, outside: Outside, plan: Plan, measured: Any) -> Control:
    """A wrong reading reads what was measured already."""
    passed, _ = (outside.claim or check.reading)(
        outside.family(plan.key) if outside.family else measured
    )
    return Control(outside.name, 1, int(not passed), passed=not passed)


_KINDS: dict[type[Check], Callable[[Any, Plan], Checked]] = {
    Proof: _proof,
    Identity: _identity,
    Bound: _bound,
    Scenario: _scenario,
}
