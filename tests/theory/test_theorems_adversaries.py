"""The theorems of gap-aware steps and AdvAs: their constants are the documented ones, and errors
planted in them are caught.
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from theory.assist import dynamics as assist_dynamics
from theory.assist import minibatches as assist
from theory.assist import penalty as assist_penalty
from theory.catalogue import theorems
from theory.gap import dirac as gap_dirac
from theory.gap import modes as gap_modes
from theory.gap import orbits as gap_orbits
from theory.gap import schedule as gap_schedule
from theory.gap import steps as gap_steps
from theory.theorem import Outside
from theory.verify.check import verify
from theory.verify.falsify import Effort
from theory.verify.results import Status

BRIEF = Effort(starts=2, descent=5, wander=5)  # random instances do the work


def never_equal(instance):
    return jnp.zeros(()), jnp.ones(())


def never(instance):
    return -jnp.ones(())


EQUAL, HOLDS = (Outside("never equal", claim=never_equal),), (Outside("never", claim=never),)


def planted(theorem, part, **fields):
    """The theorem with nothing but one check, and in it an error."""
    [check] = [check for check in theorem.checks if check.part == part and check.kind != "proof"]
    [found] = verify(
        dataclasses.replace(theorem, checks=(dataclasses.replace(check, **fields),)),
        100,
        effort=BRIEF,
    ).checks
    assert found.status is not Status.FAULT, found.note
    return found


def test_all_are_in_the_catalogue():
    names = [name for name in theorems() if name.startswith(("GAP-", "ADV-"))]
    assert names == [f"GAP-{k}" for k in range(1, 14)] + [f"ADV-{k}" for k in range(1, 10)]


def test_constants_are_the_documented_ones():
    assert np.isclose(gap_dirac.K, 21.6096, atol=1e-4)
    assert np.isclose(gap_dirac.K / 32, 0.6753, atol=1e-4)
    assert np.allclose(
        gap_orbits.predicted_orbits(), [0.01851, 0.0370, 0.0352, 0.171, 0.01851], rtol=6e-3
    )
    assert np.isclose(gap_steps.WIDTH, 0.1386, atol=1e-4)


def test_the_laws_hold():
    for theorem in (gap_steps.GAP_5, gap_modes.GAP_13, assist_dynamics.ADV_5):
        result = verify(theorem, 100, effort=BRIEF)
        assert result.passed, str(result)


# Planted errors.


def log_by_ten(instance):
    """A wrong constant: base ten in the place of e."""
    left, right = gap_schedule.logarithms(instance)
    return left, right / jnp.log(10.0)


def rounded_down(instance):
    """An update too few."""
    waited, wanted = gap_steps.lags(instance)
    return waited, wanted - 1


def wrong_turn(instance):
    """A flipped sign: V falls without a schedule."""
    return gap_dirac.descent(instance, gap_dirac.PLAIN) - 1e-6


def one_mode_less(instance):
    """The law with n + k in the place of n."""
    found, (value, slope) = gap_modes.losses_told(instance)
    return found, (value + jnp.log1p(1 / instance.modes), slope)


def without_two(instance):
    """A dropped factor: the gradient of half a squared norm."""
    left, right = assist_penalty.differences(instance)
    return left, right / 2


def undamped(instance):
    """The penalty's part left out of the Jacobian."""
    found, wanted = assist_dynamics.blocks(instance)
    return found, wanted.at[:3, :3].set(instance.A)


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (gap_schedule.GAP_2, "", {"sides": log_by_ten, "outside": EQUAL}),
        (gap_steps.GAP_5, "", {"sides": rounded_down, "outside": EQUAL}),
        (gap_dirac.GAP_7, "the direction", {"margin": wrong_turn, "outside": HOLDS}),
        (gap_modes.GAP_13, "", {"sides": one_mode_less, "outside": EQUAL}),
        (assist_penalty.ADV_8, "differences", {"sides": without_two, "outside": EQUAL}),
        (assist_dynamics.ADV_6, "Jacobian", {"sides": undamped, "outside": EQUAL}),
    ],
    ids=[
        "a wrong constant",
        "an update too few",
        "no schedule",
        "a wrong law",
        "a dropped factor",
        "a dropped term",
    ],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert planted(theorem, part, **fields).status is Status.VIOLATED


def test_wrong_readings_of_right_measurements_do_not_pass():
    orbits = gap_orbits.predicted_orbits()
    assert gap_orbits.as_predicted(orbits)[0]
    assert not gap_orbits.as_predicted(1.06 * orbits)[0]
    assert not gap_orbits.without_lag(orbits)[0]
    rates = {
        "zero-sum": 0.67,
        "non-saturating": 0.79,
        "zero-sum, plain": 0.0,
        "non-saturating, plain": 0.125,
    }
    assert gap_dirac.as_averaged(rates)[0]
    assert not gap_dirac.as_averaged(rates | {"zero-sum, plain": 0.05})[0]
    assert not gap_dirac.halved_rates(rates)[0]
    told = {
        f"{b}": {"mean": np.array([4 + 8 / b, 4.0]), "error": np.full(2, 0.01)}
        for b in assist.BATCHES
    }
    told |= {"r": 4.0, "spread": 8.0}
    assert assist.value_as_predicted(told)[0]
    assert not assist.value_unbiased(told)[0]
    grown = {"scheduled": 0.04, "plain": 0.4, "swapped": 27.9, "misplaced": 22.7, "slow": 0.39}
    for reading in (
        gap_orbits.faster_than_plain,
        gap_orbits.misplaced_grows,
        gap_orbits.nothing_gained,
    ):
        assert reading(grown)[0]
        assert not reading(grown | {"swapped": 0.04, "misplaced": 0.04, "slow": 0.04})[0]
