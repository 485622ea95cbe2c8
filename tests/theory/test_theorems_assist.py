"""The theorems of AdvAs hold, and readings say what their words say."""

import numpy as np

from tests.theory.trials import verified
from theory.assist import dynamics, minibatches


def test_the_threshold_holds():
    result = verified(dynamics.ADV_5)
    assert result.passed, str(result)


def test_wrong_readings_of_right_measurements_do_not_pass():
    told = {
        f"{b}": {"mean": np.array([4 + 8 / b, 4.0]), "error": np.full(2, 0.01)}
        for b in minibatches.BATCHES
    }
    told |= {"r": 4.0, "spread": 8.0}
    assert minibatches.value_as_predicted(told)[0]
    assert not minibatches.value_as_predicted(told, variance=0.0)[0]
    assert not minibatches.value_as_predicted(told | {"r": 4.05})[0]
