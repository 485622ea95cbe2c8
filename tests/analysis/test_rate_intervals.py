"""The interval of a measured rate is the one its docstring describes, written out once more."""

import itertools
import math
import operator

import numpy as np
import pytest
from scipy import stats

import minimax_lab as mm

WIDE = {"low": 1e-300, "high": 1e300}


def described(k, logs):
    """Slope, interval and which of the widths it is, by sums and SciPy's distribution."""
    n, middle = len(k), len(k) // 2
    slope = np.polyfit(k, logs, 1)[0]
    left = logs - np.polyval(np.polyfit(k, logs, 1), k)
    first, second = (np.polyfit(k[h], logs[h], 1)[0] for h in (slice(middle), slice(middle, n)))
    bend = abs(first - second)
    hidden = 4 * (max(abs(left)) + 2.0**-52 * max(abs(logs))) / (k[-1] - k[0])
    alike = (left[j:] @ left[: n - j] for j in range(1, n))
    tau = 1 + 2 * sum(itertools.takewhile(lambda r: r > 0, alike)) / (left @ left)
    counted = n / tau
    widest = ("bend", bend) if bend > hidden else ("hidden", hidden)
    if counted <= 2.5 or np.std(left) <= 1e-9:
        return slope, *widest
    error = math.sqrt(left @ left / (counted - 2) / np.sum((k - k.mean()) ** 2))
    student = ("student", error * stats.t.ppf(0.975, counted - 2))
    least = min(student, widest, key=operator.itemgetter(1))
    return slope, *max(least, ("half", bend / 2), key=operator.itemgetter(1))


def noise(n, likeness, seed):
    r = np.random.default_rng(seed)
    values = [0.0]
    for _ in range(n - 1):
        values.append(likeness * values[-1] + r.standard_normal())
    return 0.1 * np.array(values)


def swing(k, period, phase):
    return -0.5 * k + 0.3 * np.cos(2 * np.pi * k / period + phase)


K, NINE = np.arange(101.0), np.arange(9.0)
# What makes each interval as wide as it is, then indices and log errors.
SERIES = {
    "noise": ("student", 3 * K, -0.1 * K + noise(101, 0.0, 1)),
    "noise that resembles itself": ("student", K, -0.1 * K + noise(101, 0.95, 3)),
    "halves of other slopes": ("half", K, -0.1 * K + noise(101, 0.95, 2)),
    "a swing that bends": ("bend", NINE, swing(NINE, 7.0, 2.0)),
    "a swing that hides a tilt": ("hidden", NINE, swing(NINE, 6.0, 1.5)),
    "less than rounding": ("hidden", K, -0.1 * K + 1e-10 * np.cos(2.5 * K)),
}


@pytest.mark.parametrize("name", SERIES)
def test_an_interval_is_as_wide_as_described(name):
    kind, k, logs = SERIES[name]
    rate = mm.measured_rate(np.exp(logs), k, **WIDE)
    slope, why, width = described(k, np.log(np.exp(logs)))
    assert why == kind
    assert rate.value == pytest.approx(slope, rel=1e-9)
    assert rate.interval[1] - rate.value == pytest.approx(width, rel=1e-6)
    assert rate.value - rate.interval[0] == pytest.approx(width, rel=1e-6)
    assert rate.points == len(k)


def test_the_ends_of_the_range_count_and_eight_points_are_enough():
    errors = np.array([1e-4, 5e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12])
    assert mm.measured_rate([2e-4, *errors, 9e-13]).points == 8
    assert mm.measured_rate(errors).reason == ""
    assert mm.measured_rate(errors[1:]).points == 7
    assert "7 errors" in mm.measured_rate(errors[1:]).reason


def test_an_angle_has_no_sign_and_may_be_half_a_turn():
    k = np.arange(400)
    errors = 0.905**k * np.sqrt(1 + 0.9 * np.cos(0.02 * k + 1))
    there, back = (mm.measured_rate(errors, turning=angle) for angle in (0.01, -0.01))
    assert back.value == pytest.approx(there.value, rel=1e-9)
    assert mm.measured_rate(0.9**k, turning=math.pi).value == pytest.approx(math.log(0.9))
    with pytest.raises(mm.InputError, match="at most pi"):
        mm.measured_rate(errors, turning=3.2)
