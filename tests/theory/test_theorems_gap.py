"""The theorems of gap-aware steps: their constants are the documented ones, and errors
planted in them are caught.
"""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.theory.trials import tried, verified
from theory.gap import dirac, modes, orbits, schedule, steps
from theory.verify.results import Status


def test_constants_are_the_documented_ones():
    assert np.isclose(dirac.K, 21.6096, atol=1e-4)
    assert np.isclose(dirac.K / 32, 0.6753, atol=1e-4)
    assert np.allclose(
        orbits.predicted_orbits(), [0.01851, 0.0370, 0.0352, 0.171, 0.01851], rtol=6e-3
    )
    assert np.isclose(steps.WIDTH, 0.1386, atol=1e-4)


def test_the_laws_hold():
    for theorem in (steps.GAP_5, modes.GAP_13):
        result = verified(theorem)
        assert result.passed, str(result)


# Planted errors.


def log_by_ten(instance):
    """A wrong constant: base ten in the place of e."""
    left, right = schedule.logarithms(instance)
    return left, right / jnp.log(10.0)


def rounded_down(instance):
    """An update too few."""
    waited, wanted = steps.lags(instance)
    return waited, wanted - 1


def wrong_turn(instance):
    """A flipped sign: V falls without a schedule."""
    return dirac.descent(instance, dirac.PLAIN) - 1e-6


def one_mode_less(instance):
    """The law with n + k in the place of n."""
    found, (value, slope) = modes.losses_told(instance)
    return found, (value + jnp.log1p(1 / instance.modes), slope)


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (schedule.GAP_2, "", {"sides": log_by_ten}),
        (steps.GAP_5, "", {"sides": rounded_down}),
        (dirac.GAP_7, "the direction", {"margin": wrong_turn}),
        (modes.GAP_13, "", {"sides": one_mode_less}),
    ],
    ids=[
        "a wrong constant",
        "an update too few",
        "no schedule",
        "a wrong law",
    ],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert tried(theorem, part, **fields).status is Status.VIOLATED


def test_wrong_readings_of_right_measurements_do_not_pass():
    left = orbits.predicted_orbits()
    assert orbits.as_predicted(left)[0]
    assert not orbits.as_predicted(1.06 * left)[0]
    assert not orbits.without_lag(left)[0]
    rates = {
        "zero-sum": 0.67,
        "non-saturating": 0.79,
        "zero-sum, plain": 0.0,
        "non-saturating, plain": 0.125,
    }
    assert dirac.as_averaged(rates)[0]
    assert not dirac.as_averaged(rates | {"zero-sum, plain": 0.05})[0]
    assert not dirac.halved_rates(rates)[0]
    grown = {"scheduled": 0.04, "plain": 0.4, "swapped": 27.9, "misplaced": 22.7, "slow": 0.39}
    for reading in (
        orbits.faster_than_plain,
        orbits.misplaced_grows,
        orbits.nothing_gained,
    ):
        assert reading(grown)[0]
        assert not reading(grown | {"swapped": 0.04, "misplaced": 0.04, "slow": 0.04})[0]
