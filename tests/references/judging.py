"""What became of a walk, how fast it converged and how long a round takes: the definitions of
`running.judge`, `analysis.rates` and `analysis.cycles`, on whole records.

The library keeps running sums; here every look sees the whole past, so a sum that starts, stops or
is cleared at the wrong update has nothing to hide behind.
"""

import dataclasses
import itertools
import math

import numpy as np
from scipy import optimize, stats

# Regular intervals vary by no more than a quarter of their mean, or one update where that is more.
QUARTER = 0.25


@dataclasses.dataclass
class Field:
    """v(x) = slope (x - centre) with strategies between -side and side."""

    slope: float
    centre: np.ndarray
    side: float = np.inf

    def residual(self, x):
        """|x - P(x - v(x))|."""
        moved = np.clip(x - self.slope * (x - self.centre), -self.side, self.side)
        return np.linalg.norm(x - moved)


def verdicts(path, field, *, every=1, tolerance=1e-10, bound=1e8, window=32):
    """(verdict, period or NaN) at every look, one each `every` updates, the start left out."""
    return [
        verdict(path[: index + 1], field, every, tolerance, bound, window)
        for index in range(every, len(path), every)
    ]


def verdict(path, field, every, tolerance, bound, window):
    """What has become of a walk that has come to the end of this path."""
    x, scale = path[-1], 1 + np.linalg.norm(path[0])
    if not np.linalg.norm(x) <= bound * scale:
        return "diverged", math.nan
    still = max(tolerance, 8 * np.finfo(float).eps * (1 + np.linalg.norm(x)))
    residual = field.residual(x)
    aside = x + 1e-3 * scale / math.sqrt(len(x))
    if residual <= still and field.residual(aside) > 2 * residual:
        return "converged", math.nan
    edges = [*window_starts(len(path) - 1, every, window)[-3:], len(path) - 1]
    spans = [Span(path, start, end, every) for start, end in itertools.pairwise(edges)]
    earlier, before, now = [None, None, *spans][-3:]
    judged = now if now.length >= window else before
    if residual <= still or (judged is not None and judged.extent <= still):
        return "stalled", math.nan
    if len(now.returns) < 3:
        now, before = before, earlier
    known = now is not None and before is not None and not math.isnan(now.period)
    if known and abs(now.speed - before.speed) < 0.02 * before.speed:
        return "cycling", now.period
    return "running", math.nan


def window_starts(last, every, window):
    """The first window is `window` updates long, each later one as long as all before it; a new
    one begins at the look that finds the old one full.
    """
    starts = [0]
    for index in range(every, last + 1, every):
        if index - starts[-1] >= max(window, starts[-1]):
            starts.append(index)
    return starts


class Span:
    """One window of a walk, from the look at `start` to the look at `end`."""

    def __init__(self, path, start, end, every):
        self.length = end - start
        looks = np.arange(start + every, end + 1, every)
        far = np.linalg.norm(path[looks] - path[start], axis=1)
        reach = np.maximum.accumulate(far)
        moved = np.linalg.norm(path[looks] - path[looks - 1], axis=1)
        jumped = np.linalg.norm(path[looks] - path[looks - every], axis=1)
        walked, jumped = every * np.sum(moved), np.sum(jumped)
        self.extent = max(np.max(far, initial=0.0), walked / max(self.length, 1))
        self.returns = looks[self.came_back(far, reach)]
        self.speed = self.period = math.nan
        if len(self.returns) >= 2:
            whole_turns = (looks > self.returns[0]) & (looks <= self.returns[-1])
            self.speed = math.sqrt(np.mean(moved[whole_turns] ** 2))
        if len(self.returns) >= 3:
            intervals = np.diff(self.returns)
            regular = np.std(intervals) <= max(QUARTER * np.mean(intervals), 1)
            if regular and jumped >= 0.8 * walked:
                self.period = np.mean(intervals)

    @staticmethod
    def came_back(far, reach):
        """Back is nearer than half the reach so far, after having been farther than three quarters
        of it.
        """
        found, away = [], False
        for look in range(len(far)):
            if away and far[look] < reach[look] / 2:
                found.append(look)
                away = False
            else:
                away = away or far[look] > 0.75 * reach[look]
        return found


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
