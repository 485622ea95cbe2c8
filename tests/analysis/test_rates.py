"""Measured rates: the slope, an interval that covers it, and what is said where there is too little
to fit.
"""

import math

import numpy as np
import pytest

import minimax_lab as mm


def test_a_measured_rate_is_the_slope_and_its_interval_covers():
    k = np.arange(400)
    exact = mm.measured_rate(3 * 0.93**k)
    assert exact.value == pytest.approx(math.log(0.93), rel=1e-9)
    assert exact.points == int(np.sum((3 * 0.93**k >= 1e-12) & (3 * 0.93**k <= 1e-4)))
    assert exact.factor == pytest.approx(0.93)
    every = mm.measured_rate(0.93 ** k[::4], k[::4])
    assert every.value == pytest.approx(math.log(0.93), rel=1e-9)
    r, hit, naive = np.random.default_rng(8), 0, 0
    for trial in range(200):
        period, phase, low = r.uniform(4, 150), r.uniform(0, 2 * np.pi), r.uniform(0.05, 0.9)
        turn = 2 * np.pi * k[:180] / period + phase
        swing = np.log(np.cos(turn) ** 2 + low * np.sin(turn) ** 2) / 2
        noise = np.zeros(180)
        for i in range(1, 180):
            noise[i] = 0.7 * noise[i - 1] + 0.1 * r.standard_normal()
        logs = -0.1 * k[:180] + (swing if trial % 2 else noise)
        rate = mm.measured_rate(np.exp(logs), low=1e-200, high=1e200)
        hit += rate.interval[0] <= -0.1 <= rate.interval[1]
        _, covariance = np.polyfit(k[:180], logs, 1, cov=True)
        naive += abs(rate.value + 0.1) <= 1.96 * covariance[0, 0] ** 0.5
    assert hit >= 0.92 * 200
    assert naive < 0.9 * 200  # points taken for independent would claim too much


@pytest.mark.parametrize("factor", [0.1, 0.5, 0.9, 0.99])
def test_rounding_alone_leaves_a_narrow_interval_about_the_rate(factor):
    """The rounding of logarithms resembles itself from one point to the next, which must not count
    as a swing.
    """
    rate = mm.measured_rate(factor ** np.arange(3000))
    low, high = rate.interval
    assert low <= math.log(factor) <= high
    assert high - low < 1e-12
    assert rate.reason == ""


def test_one_turn_in_a_few_points_is_not_taken_for_slope():
    r, hit = np.random.default_rng(3), 0
    for _ in range(200):
        k = np.arange(8 + 4 * r.integers(4))
        logs = -0.5 * k + 0.3 * np.cos(2 * np.pi * k / len(k) + r.uniform(0, 2 * np.pi))
        low, high = mm.measured_rate(np.exp(logs), low=1e-20, high=10.0).interval
        hit += low <= -0.5 <= high
        assert high - low < 1
    assert hit >= 0.95 * 200


def test_a_swing_slower_than_the_window_is_not_taken_for_slope():
    """A spiral of angle 0.01 per update, seen for 185 updates: less than the half turn after which
    its norm repeats.
    """
    k = np.arange(400)
    errors = 0.905**k * np.sqrt(1 + 0.9 * np.cos(0.02 * k + 1))
    plain, known = mm.measured_rate(errors), mm.measured_rate(errors, turning=0.01)
    assert abs(plain.value / math.log(0.905) - 1) > 0.02
    assert known.value == pytest.approx(math.log(0.905), rel=1e-6)
    assert mm.measured_rate(0.905**k, turning=0.01).value == pytest.approx(
        math.log(0.905), rel=1e-6
    )


def test_too_little_to_fit_is_said_not_guessed():
    few = mm.measured_rate([1.0, 1e-3, 1e-6, 1e-9, 1e-15])
    assert math.isnan(few.value)
    assert "only 2 errors" in few.reason
    assert "no rate" in str(few)
    assert "all are NaN" in mm.measured_rate([math.nan] * 20).reason
    assert mm.measured_rate(np.ones(100)).points == 0
    for bad, name in [
        (lambda: mm.measured_rate([[1.0, 2.0]]), "errors"),
        (lambda: mm.measured_rate([1.0, -2.0]), r"errors is negative somewhere \(-2\)"),
        (lambda: mm.measured_rate("fast"), "errors"),
        (lambda: mm.measured_rate([1.0, 0.5], [0]), "indices"),
        (lambda: mm.measured_rate([1.0, 0.5], [1, 1]), "indices"),
        (lambda: mm.measured_rate([1.0, 0.5], low=1.0, high=0.1), "low"),
        (lambda: mm.measured_rate([1.0, 0.5], turning=90.0), "turning"),
    ]:
        with pytest.raises(mm.InputError, match=name):
            bad()
