"""The theorems of gap-aware steps: their constants are the documented ones, and errors
planted in them are caught.
"""

import numpy as np
import pytest

from tests.theory.trials import tried, verified
from theory.gap import dirac, modes, orbits, steps
from theory.verify.results import Status


def test_constants_are_the_documented_ones():
    assert np.isclose(dirac.K, 21.6096, atol=1e-4)
    assert np.isclose(dirac.K / 32, 0.6753, atol=1e-4)
    assert np.allclose(
        orbits.predicted_orbits(),
        [0.01851, 0.0370, 0.0352, 0.171, 0.01851, 0.0176, 0.0853, 0.0523],
        rtol=6e-3,
    )
    assert np.isclose(steps.WIDTH, 0.1386, atol=1e-4)


def test_the_laws_hold():
    for theorem in (steps.GAP_5, modes.GAP_13):
        result = verified(theorem)
        assert result.passed, str(result)


# Planted errors.


def rounded_down(instance):
    """An update too few."""
    waited, wanted = steps.lags(instance)
    return waited, wanted - 1


def wrong_turn(instance):
    """A flipped sign: V falls without a schedule."""
    return dirac.descent(instance, direction=dirac.PLAIN) - 1e-6


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (steps.GAP_5, "", {"sides": rounded_down}),
        (dirac.GAP_7, "the direction", {"margin": wrong_turn}),
    ],
    ids=[
        "an update too few",
        "no schedule",
    ],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert tried(theorem, part, **fields).status is Status.VIOLATED


def test_wrong_readings_of_right_measurements_do_not_pass():
    assert orbits.as_predicted(orbits.predicted_orbits())[0]
    assert not orbits.as_predicted(orbits.predicted_orbits(lag=0.0))[0]
    rates = {
        "zero-sum": 0.67,
        "non-saturating": 0.8,
        "zero-sum, plain": 0.0,
        "non-saturating, plain": 0.125,
    }
    assert dirac.as_averaged(rates)[0]
    assert not dirac.as_averaged(rates | {"zero-sum, plain": 0.05})[0]
    grown = {"plain": 1.0, "scheduled": 0.1046, "swapped": 69.8, "misplaced": 56.8, "slow": 0.966}
    for reading in (orbits.driven, orbits.misplaced_grows, orbits.nothing_gained):
        assert reading(grown)[0]
        assert not reading(grown | {"swapped": 1.0, "misplaced": 1.0, "slow": 0.9})[0]
