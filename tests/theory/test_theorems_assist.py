"""The theorems of AdvAs hold, and errors planted in them are caught."""

import numpy as np
import pytest

from tests.theory.trials import tried, verified
from theory.assist import dynamics, minibatches, penalty
from theory.verify.results import Status


def test_the_threshold_holds():
    result = verified(dynamics.ADV_5)
    assert result.passed, str(result)


# Planted errors.


def without_two(instance):
    """A dropped factor: the gradient of half a squared norm."""
    left, right = penalty.differences(instance)
    return left, right / 2


def undamped(instance):
    """The penalty's part left out of the Jacobian."""
    found, wanted = dynamics.blocks(instance)
    return found, wanted.at[:3, :3].set(instance.A)


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (penalty.ADV_8, "differences", {"sides": without_two}),
        (dynamics.ADV_6, "Jacobian", {"sides": undamped}),
    ],
    ids=[
        "a dropped factor",
        "a dropped term",
    ],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert tried(theorem, part, **fields).status is Status.VIOLATED


def test_wrong_readings_of_right_measurements_do_not_pass():
    told = {
        f"{b}": {"mean": np.array([4 + 8 / b, 4.0]), "error": np.full(2, 0.01)}
        for b in minibatches.BATCHES
    }
    told |= {"r": 4.0, "spread": 8.0}
    assert minibatches.value_as_predicted(told)[0]
    assert not minibatches.value_unbiased(told)[0]
