"""Verifying a theorem: its checks, each on random instances, against the search, and against its
controls.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from minimax_lab.checks import InputError, refuse, whole

from ..theorem import Bound, Check, Identity, Proof, Scenario, Theorem
from . import certificates
from .controls import controls
from .falsify import THOROUGH, Effort, Found, falsify
from .plan import Plan
from .proofs import derived
from .replay import record
from .results import Certified, Checked, Control, Result, Status
from .sampling import drawn, errors, keys_over, margins
from .seeds import merged
from .slack import slacks

INSTANCES = 1000
PATIENCE = 5.0  # seconds above which a scenario must call itself slow


def verify(
    theorem: Theorem,
    instances: int = INSTANCES,
    seeds: Sequence[int] = (0,),
    *,
    full: bool = False,
    slack: bool = False,
    effort: Effort | None = None,
) -> Result:
    """Every check of a theorem, at every seed. `full` adds the slow scenarios and searches long,
    through every size; `slack` moves every constant, at the first seed.

    A fault inside a check is told as its result; nothing is raised but bad input and an
    interruption.
    """
    if not isinstance(theorem, Theorem):
        raise refuse(
            "theorem", theorem, "a Theorem", "Its id is looked up in theory.catalogue.theorems()."
        )
    instances = whole(instances, "instances")
    seeds = tuple(dict.fromkeys(whole(seed, "seed", 0) for seed in seeds))
    if not seeds:
        raise refuse("seeds", seeds, "one seed or several")
    if not jax.config.read("jax_enable_x64"):
        raise InputError(
            'theorems are verified in 64 bits: call jax.config.update("jax_enable_x64", True) '
            "first."
        )
    effort = effort or (THOROUGH if full else Effort())
    checks = []
    for index, check in enumerate(theorem.checks):
        # A derivation depends on no seed.
        these = seeds[:1] if isinstance(check, Proof) else seeds
        tried = [
            _timed(Plan(theorem, index, instances, seed, full, effort, seed == seeds[0], slack))
            for seed in these
        ]
        checks.append(merged(check, these, tried))
    return Result(theorem, tuple(checks))


def _timed(plan: Plan) -> Checked:
    check, begun = plan.check, time.perf_counter()
    try:
        checked = _KINDS[type(check)](check, plan)
    except Exception as error:
        note = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        checked = Checked(check.kind, check.part, Status.FAULT, note=note)
    return dataclasses.replace(checked, seconds=time.perf_counter() - begun)


def _status(holds: bool, tested: tuple[Control, ...]) -> Status:
    if not holds:
        return Status.VIOLATED
    return Status.HELD if all(control.passed for control in tested) else Status.WEAK


# Proofs.


def _proof(check: Proof, plan: Plan) -> Checked:
    claims = derived(check.derive)
    failed = [text for text, ok in claims if not ok]
    held = bool(claims) and not failed
    tried = controls(check, plan)
    status = _status(held, tried)
    return Checked(
        check.kind,
        check.part,
        Status.PROVED if status is Status.HELD else status,
        claims=claims,
        controls=tried,
        slack=slacks(check, plan) if plan.slack else (),
        record=None if held else record(plan, origin="derived", failed=failed),
    )


# Identities.


def _identity(check: Identity, plan: Plan) -> Checked:
    count = plan.count(check.most)
    most, where, tried = -1.0, (check.sizes[0], plan.key), 0
    for size, keys in keys_over(check.sizes, plan.key, count):
        here = errors(check, size, keys)
        tried += len(here)
        if here.max() > most:
            most, where = float(here.max()), (size, keys[int(here.argmax())])
    tested = controls(check, plan)
    return Checked(
        check.kind,
        check.part,
        _status(most <= check.tolerance, tested),
        instances=tried,
        worst=most,
        tolerance=check.tolerance,
        controls=tested,
        slack=slacks(check, plan) if plan.slack else (),
        record=record(plan, origin="drawn", size=where[0], key=where[1], measured=most),
    )


# Bounds.


def _bound(check: Bound, plan: Plan) -> Checked:
    drawing, searching = jax.random.split(plan.key)
    met = _met(check, plan, drawing)
    found = _against(check, plan, searching, met)
    worst = met if found is None or found.margin > met.margin else found
    tested = controls(check, plan)
    asked = check.certificate if plan.first else None  # it depends on no seed
    certified = None if asked is None else certificates.compare(asked, worst.margin)
    rough = found is not None and not found.smooth
    return Checked(
        check.kind,
        check.part,
        _bound_status(check, worst.margin, tested, certified),
        instances=met.evaluations,
        worst=met.margin,
        found=None if found is None else found.margin,
        evaluations=0 if found is None else found.evaluations,
        sharp=check.sharp,
        sharpness=abs(worst.margin),
        tolerance=check.rounding,
        controls=tested,
        slack=slacks(check, plan, worst) if plan.slack else (),
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
    check: Bound, least: float, tested: tuple[Control, ...], certified: Certified | None
) -> Status:
    status = _status(least >= -check.rounding, tested)
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
    tested = controls(check, plan, measured)
    late = f"took {spent:.0f} s; mark it slow" if spent > PATIENCE and not check.slow else ""
    return Checked(
        check.kind,
        check.part,
        _status(bool(passed), tested),
        instances=1,
        numbers={name: float(value) for name, value in numbers.items()},
        controls=tested,
        slack=slacks(check, plan, measured) if plan.slack else (),
        trial=check.trial,
        note=late,
        record=record(plan, origin="simulated", key=plan.key),
    )


_KINDS: dict[type[Check], Callable[[Any, Plan], Checked]] = {
    Proof: _proof,
    Identity: _identity,
    Bound: _bound,
    Scenario: _scenario,
}
