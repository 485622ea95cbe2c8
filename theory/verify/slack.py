"""How far every constant of a claim can be moved before its check fails.

A factor below one and a factor above one are looked for, each the nearest to one at which some
instance violates the claim: drawn ones, the worst that was found, and, where those would allow more
than a tenth, what a search against the moved claim finds. A constant that can be moved freely one
way weakens the claim that way; one that can be moved freely both ways says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy

from ..theorem import Bound, Check, Identity, Proof, Scenario
from .claims import Constants, constants
from .falsify import falsify
from .plan import Plan
from .proofs import derived
from .results import SHARP, Slack
from .sampling import errors, keys_over, margins, margins_at

FARTHEST = 10.0  # beyond this factor a constant is free
CLOSE = 1.001  # a factor is found to this
KNOWN = 8  # worst instances that are kept
Holds = Callable[[Constants], bool]


def slacks(check: Check, plan: Plan, *found: Any) -> tuple[Slack, ...]:
    """Every constant of a check, moved down and up."""
    own = constants(check.claim)
    unknown = set(check.loose) - set(own)
    if unknown:
        raise ValueError(
            f"loose names {', '.join(sorted(unknown))}, but the constants of "
            f"{check.claim.__name__} are {', '.join(own) or 'none'}"
        )
    holds = _tried(check, plan, *found)
    return tuple(_moved(check, name, own, holds) for name in own) if own else ()


def _moved(check: Check, name: str, own: Constants, holds: Holds) -> Slack:
    if isinstance(check, Proof):
        low, high = (
            1.0 if not holds(own | {name: own[name] * factor}) else end
            for factor, end in ((_tenth(-1), 0.0), (_tenth(1), math.inf))
        )
    else:
        low, high = (_farthest(name, own, holds, up) for up in (False, True))
    return Slack(name, float(own[name]), low, high, check.loose.get(name, ""))


def _tenth(sign: int) -> sympy.Rational:
    return sympy.Rational(11, 10) ** sign


def _farthest(name: str, own: Constants, holds: Holds, up: bool) -> float:
    """The factor next to one at which the check fails; nothing or infinity where there is none."""

    def allowed(factor: float) -> bool:
        return holds(own | {name: own[name] * (factor if up else 1 / factor)})

    near, far = 1.0, SHARP
    while allowed(far):
        if far >= FARTHEST:
            return math.inf if up else 0.0
        near, far = far, min(far**2, FARTHEST)
    while far > near * CLOSE:
        middle = math.sqrt(near * far)
        near, far = (middle, far) if allowed(middle) else (near, middle)
    return far if up else 1 / far


def _tried(check: Check, plan: Plan, *found: Any) -> Holds:
    """Whether the claim holds with other constants, as this kind of check finds out."""
    if isinstance(check, Proof):
        return lambda numbers: all(ok for _, ok in derived(check.derive, numbers))
    if isinstance(check, Scenario):
        return lambda numbers: bool(check.reading(*found, **numbers)[0])
    if isinstance(check, Identity):
        return lambda numbers: all(
            errors(check, size, keys, numbers).max() <= check.tolerance
            for size, keys in keys_over(check.sizes, plan.key, plan.count(check.most))
        )
    assert isinstance(check, Bound)
    return _Bounded(check, plan, *found)


class _Bounded:
    """A bound with other constants: at the worst instances known, at drawn ones, and where a search
    goes that starts from the worst.
    """

    def __init__(self, check: Bound, plan: Plan, worst: Any):
        self.check, self.plan, self.size = check, plan, worst.size
        self.known = [worst.parameters] * KNOWN

    def __call__(self, numbers: Constants) -> bool:
        return not (self._at_known(numbers) or self._drawn(numbers) or self._searched(numbers))

    def _violated(self, margin: Any) -> bool:
        return bool(np.any(~(np.asarray(margin) >= -self.check.rounding)))

    def _at_known(self, numbers: Constants) -> bool:
        stacked = jax.tree.map(lambda *p: jnp.stack(p), *self.known)
        if not stacked:
            stacked = {"nothing": jnp.zeros(1)}
        return self._violated(margins_at(self.check.family, self.check.margin, stacked, numbers))

    def _drawn(self, numbers: Constants) -> bool:
        family, (drawing, _) = self.check.family, jax.random.split(self.plan.key)
        return any(
            self._violated(margins(family, self.check.margin, size, keys, numbers))
            for size, keys in keys_over(family.sizes, drawing, self.plan.count(self.check.most))
        )

    def _searched(self, numbers: Constants) -> bool:
        found = falsify(
            self.check.family,
            self.check.margin,
            self.size,
            jax.random.fold_in(self.plan.key, 3),
            near=self.known[-1],
            effort=self.plan.effort,
            numbers=numbers,
        )
        if found is None or not self._violated(found.margin):
            return False
        self.known = [*self.known[1:], found.parameters]
        return True
