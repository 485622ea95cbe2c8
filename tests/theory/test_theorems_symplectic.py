"""Errors planted in statements about the symplectic adjustment are caught: constants, powers,
signs.
"""

import dataclasses

import jax
import numpy as np

from tests.theory.trials import tried
from theory.draws.market_flows import TIMES
from theory.symplectic import flow, split
from theory.verify.falsify import Effort, falsify
from theory.verify.results import Status


def test_a_wrong_constant_in_the_strength_is_refuted_or_not_sharp():
    """The search gets to equality with kappa/4: so kappa/5 is violated, and kappa/2, twice as much
    room as is needed, is not reached.
    """
    check = split.SGA_2.checks[0]
    found = falsify(check.family, check.margin, (2,), jax.random.key(0), effort=Effort(8, 100, 20))
    assert -check.rounding < found.margin < check.sharpness
    assert 1 - (1 - found.margin) * 5 / 4 < -check.rounding
    assert (1 + found.margin) / 2 > check.sharpness


def strengthened(instance):
    """D3 with strength^2."""
    left, right = split.promises(instance)
    return left[-1], right[-1] * instance[-1]


def test_a_wrong_power_of_the_strength_is_refuted():
    checked = tried(split.SGA_1, 1, sides=strengthened, sizes=((1, 2),))
    assert checked.status is Status.VIOLATED


def test_the_flipped_sign_rule_is_refuted():
    family = dataclasses.replace(flow.SGA_3.checks[0].family, sizes=((2,),))
    checked = tried(flow.SGA_3, 0, margin=flow.aligned_backwards, family=family)
    assert checked.status is Status.VIOLATED


def test_wrong_readings_of_flows_do_not_pass(key):
    spin = flow.spinning(key)
    assert flow.kept(spin)[0]
    assert not flow.kept(spin * np.exp(1e-6 * TIMES))[0]
