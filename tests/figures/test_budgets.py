"""What experiments count and expect: budgets of gradient blocks, and the best of some trials."""

import itertools

import numpy as np
import pytest

import minimax_lab as mm
from figures.budgets import best_of, weights_of
from figures.pictures import updates

PLAIN = mm.Simultaneous(0.1)
RULES = {
    "plain": (PLAIN, 2),
    "ahead": (mm.Extragradient(0.1), 4),
    "two turns": (mm.Alternating(0.1, order=(1, 1, 0)), 3),
    "consensus": (mm.Simultaneous(0.1, mm.Consensus(1.0)), 2 + 2),
}


@pytest.mark.parametrize("name", RULES)
def test_a_budget_is_spent_and_a_product_costs_two_blocks(name):
    rule, blocks = RULES[name]
    cost = rule.cost(2)
    assert cost.gradients + 2 * cost.products == blocks
    assert updates(rule, 2400, (0.0, 0.25, 1.0), 10) == [0, 600 // blocks, 2400 // blocks]


def test_stages_are_equal_and_whole_rows_also_where_the_budget_is_not():
    assert updates(PLAIN, 100, (0.25, 0.5, 1.0), 10) == [10, 20, 40]
    assert updates(PLAIN, 1, (0.5, 1.0), 10) == [10, 20]


def test_the_expected_best_is_the_mean_over_all_ways_to_choose():
    values = np.array([3.0, -1.0, 4.0, 1.0, 5.0])
    for sign, best in ((-1, min), (1, max)):
        mean = [
            np.mean([best(some) for some in itertools.combinations(values, n)]) for n in range(1, 6)
        ]
        np.testing.assert_allclose(best_of(values, sign, weights_of(5)), mean, rtol=1e-12)
