"""Errors planted in statements about the symplectic adjustment are caught."""

import numpy as np

from tests.theory.trials import tried
from theory.draws.market_flows import TIMES
from theory.symplectic import flow, split
from theory.verify.results import Status


def strengthened(instance):
    """D3 with strength^2."""
    left, right = split.promises(instance)
    return left[-1], right[-1] * instance[-1]


def test_a_wrong_power_of_the_strength_is_refuted():
    checked = tried(split.SGA_1, 1, sides=strengthened, sizes=((1, 2),))
    assert checked.status is Status.VIOLATED


def test_wrong_readings_of_flows_do_not_pass(key):
    spin = flow.spinning(key)
    assert flow.kept(spin)[0]
    assert not flow.kept(spin * np.exp(1e-6 * TIMES))[0]
