"""How fast a run converged and how long a round takes: the definitions of `analysis.rates` and
`analysis.cycles`.
"""

import itertools
import math

import numpy as np
from scipy import optimize, stats

import minimax_lab as mm


def rate(errors, indices, *, low=1e-12, high=1e-4, turning=None):
    """(slope of log error per update, half of its 95 % interval), or None with fewer than eight
    errors between `low` and `high`.
    """
    kept = (errors >= low) & (errors <= high)
    k, logs = indices[kept], np.log(errors[kept])
    if len(k) < 8:
        return None
    if turning is not None:
        logs = logs - swing(k, logs, turning)
    slope, shift = np.polyfit(k - k.mean(), logs, 1)
    left, middle = logs - shift - slope * (k - k.mean()), len(k) // 2
    halves = [
        np.polyfit(k[half], logs[half], 1)[0] for half in (slice(middle), slice(middle, None))
    ]
    bend = abs(halves[0] - halves[1])
    size = np.max(np.abs(left)) + np.finfo(float).eps * np.max(np.abs(logs))
    most = max(bend, 4 * size / (k[-1] - k[0]))
    counted = len(k) / correlation_time(left)
    if counted <= 2.5 or np.std(left) <= 1e-9:
        return slope, most
    spread = np.sum((k - k.mean()) ** 2)
    student = stats.t.ppf(0.975, counted - 2) * math.sqrt(np.sum(left**2) / spread / (counted - 2))
    return slope, max(min(student, most), bend / 2)


def correlation_time(left):
    """1 + 2 sum_k r_k, up to the first autocorrelation that is not positive."""
    total, square = 1.0, np.sum(left**2)
    for lag in range(1, len(left)):
        likeness = np.sum(left[lag:] * left[:-lag]) / square
        if likeness <= 0:
            break
        total += 2 * likeness
    return total


def swing(k, logs, turning):
    """log(1 + p cos 2 turning k + q sin 2 turning k) / 2 up to a constant, of the spiral whose
    squared norm e^{2 c k} (A + B cos + C sin) is the squared error in relative least squares: all
    four numbers at once.
    """
    k = k - k.mean()
    waves = np.stack([np.ones(len(k)), np.cos(2 * turning * k), np.sin(2 * turning * k)], axis=1)

    def relative(numbers):
        return waves @ numbers[1:] * np.exp(2 * (numbers[0] * k - logs + logs.mean())) - 1

    found = optimize.least_squares(
        relative, [np.polyfit(k, logs, 1)[0], 1, 0, 0], xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    return np.log(waves @ found.x[1:]) / 2


def round_trip(points):
    """(period, rounds) of a recorded walk, (NaN, rounds) where the returns are irregular.

    A plane stands across the first update, through its middle. A return is a crossing in the sense
    of that update, near the middle by two fifths of how far the walk reaches from its mean.
    """
    across, middle = points[1] - points[0], (points[0] + points[1]) / 2
    near, times = 0.4 * extent(points), []
    for index, (one, two) in enumerate(itertools.pairwise(points)):
        below, above = (one - middle) @ across, (two - middle) @ across
        if below <= 0 < above:
            share = below / (below - above)
            if np.linalg.norm(one + share * (two - one) - middle) <= near:
                times.append(index + share)
    gaps = np.diff(times)
    if len(gaps) < 3 or np.std(gaps) > np.mean(gaps) / 10 + 0.5:
        return math.nan, len(gaps)
    return np.mean(gaps), len(gaps)


def extent(points):
    """How far a walk reaches from its mean."""
    return max(math.dist(point, points.mean(axis=0)) for point in points)


def cycle(walk, start, settle, steps):
    """(period, extent, rounds, whether it attracts) of `walk(start, steps)`, or None where it is no
    cycle: its two halves reach equally far to 1 %; attracting, a start 5 % farther out does too.
    """
    settled = walk(start, settle)[-1]
    points = walk(settled, steps)
    period, rounds = round_trip(points)
    early, late = extent(points[: steps // 2]), extent(points[steps // 2 :])
    if math.isnan(period) or abs(early / late - 1) > 0.01:
        return None
    centre = points.mean(axis=0)
    outside = walk(centre + 1.05 * (settled - centre), settle)[-1]
    farther = extent(walk(outside, steps)) / extent(points)
    return period, extent(points), rounds, abs(farther - 1) < 0.01


REFERENCES = {mm.Rate: rate, mm.Cycle: cycle}
