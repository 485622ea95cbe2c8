"""What became of a walk: the definitions of `running.judge`, on whole records.

The library keeps running sums; here every look sees the whole past, so a sum that starts, stops or
is cleared at the wrong update has nothing to hide behind.
"""

import dataclasses
import itertools
import math

import numpy as np

import minimax_lab as mm

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


REFERENCES = {mm.Judge: verdicts}
