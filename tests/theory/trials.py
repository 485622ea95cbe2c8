"""What the tests of theorems share: a theorem verified once a process, and errors planted in one of
its checks.
"""

import dataclasses
import functools

import jax.numpy as jnp

from theory.theorem import Family, Outside
from theory.verify.check import verify
from theory.verify.falsify import Effort
from theory.verify.results import Status

LITTLE = Effort(8, 60, 60)
UNSEARCHED = Effort(0, 0, 0)  # random instances do the work, and no search is compiled


@functools.cache
def verified(theorem, instances=100, effort=LITTLE, **options):
    """The result of verifying a theorem with these settings, once a process."""
    return verify(theorem, instances, effort=effort, **options)


# Controls that are always violated, of instances of one number; one small program serves all.


def one(key, *size):
    """An instance of an identity outside."""
    return jnp.ones(())


def zero(key, *size):
    """And inside."""
    return jnp.zeros(())


def is_zero(instance):
    """Its sides."""
    return instance, jnp.zeros(())


def no_parameters(*size):
    """The shape of an instance of a bound."""
    return {}


def minus_one(parameters):
    """It, outside."""
    return -jnp.ones(())


def plus_one(parameters):
    """And inside."""
    return jnp.ones(())


def itself(instance):
    """Its margin."""
    return instance


CERTAIN = {
    "proof": (Outside("the same once more"),),
    "identity": (Outside("one is not zero", one, is_zero, inside=zero),),
    "bound": (
        Outside(
            "below zero",
            Family(no_parameters, minus_one),
            itself,
            inside=Family(no_parameters, plus_one),
        ),
    ),
}


def tried(theorem, which, instances=100, effort=UNSEARCHED, **changes):
    """What becomes of one check of a theorem, with these changes: the check of a part that is no
    proof, or in a place.

    Its control costs nothing where none is given: here the check itself is on trial. A fault is
    none of the errors that were planted.
    """
    check = theorem.checks[_place(theorem, which)]
    changes = ({"outside": CERTAIN[check.kind]} if check.kind in CERTAIN else {}) | changes
    changed = dataclasses.replace(check, **changes)
    one = dataclasses.replace(theorem, checks=(changed,))
    (found,) = verified(one, instances, effort).checks
    assert found.status is not Status.FAULT, found.note
    return found


def _place(theorem, which):
    if isinstance(which, int):
        return which
    parts = [None if check.kind == "proof" else check.part for check in theorem.checks]
    return parts.index(which)
