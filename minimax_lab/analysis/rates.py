"""The rate at which a run converged, measured: the slope of log error per update, with an interval
one may believe.

The error of a linear iteration is not a straight line plus noise. Complex eigenvalues make it swing
and slower modes bend it, so neighbouring residuals of the fit resemble one another and count for
less than one point each.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import ArrayLike

from ..calls import checked
from ..checks import refuse

FEWEST = 8
ROUNDING = 1e-9  # residuals of log error below this are rounding, whose own likeness says nothing


@dataclasses.dataclass(frozen=True)
class Rate:
    """`value`: slope of log error per update (negative: converging), with its 95 % `interval`, from
    `points` points.

    Where there was too little to fit, value and interval are NaN and `reason` says why.
    """

    value: float
    interval: tuple[float, float]
    points: int
    reason: str = ""

    @property
    def factor(self) -> float:
        """By what the error is multiplied in one update."""
        return math.exp(self.value)

    def __str__(self) -> str:
        if self.reason:
            return f"no rate: {self.reason}"
        low, high = self.interval
        return (
            f"log error changes by {self.value:.6g} per update (95 %: {low:.6g} to {high:.6g}, "
            f"{self.points} points)"
        )


@checked
def measured_rate(
    errors: Sequence[float] | ArrayLike,
    indices: Sequence[int] | ArrayLike | None = None,
    *,
    low: float = 1e-12,
    high: float = 1e-4,
    turning: float | None = None,
) -> Rate:
    """Least-squares slope of log(error) against the update's index, over the errors between `low`
    and `high`.

    Where the leading eigenvalues are a complex pair, their angle `turning` (radians per update)
    lets the swing log(1 + p cos(2 turning k) + q sin(2 turning k))/2 be fitted along, without which
    a slow swing passes for slope. The 95 % interval is Student's, with n / tau instead of n points,
    where tau = 1 + 2 sum_k r_k sums the residuals' own autocorrelations up to the first that is not
    positive; and it is never narrower than half the difference of the slopes of the window's two
    halves, so that a bend widens it. A bend longer than the window it cannot see. Where n / tau
    leaves nothing to count, or the residuals are mere rounding, its half is that whole difference,
    or the tilt that residuals of this size could hide if that is more; so it is always finite.
    Indices are those of a `Run` (default: 0, 1, 2, ...).

    Arguments:
        errors: one distance per observed update, none negative.
        indices: the updates they belong to, increasing.
        low: below this an error is rounding.
        high: above this the run has not come near yet.
        turning: the angle of the leading eigenvalues, `numpy.angle(spectrum.values[0])`.

    Examples:
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> print(f"{mm.measured_rate(0.9 ** np.arange(300)).factor:.4f}")
        0.9000
    """
    errors, indices = _series(errors, indices)
    if not (0 < low < high < math.inf):
        raise refuse("(low, high)", (low, high), "two numbers with 0 < low < high")
    if turning is not None and not 0 <= abs(turning) <= math.pi:
        allowed = "an angle in radians, at most pi"
        raise refuse("turning", turning, allowed, "Write turning=numpy.angle(spectrum.values[0]).")
    with np.errstate(invalid="ignore"):
        kept = (errors >= low) & (errors <= high)
    points = int(np.sum(kept))
    if points < FEWEST:
        known = errors[~np.isnan(errors)]
        reached = (
            f"the errors run from {known.max():.3g} to {known.min():.3g}"
            if known.size
            else "all are NaN"
        )
        why = (
            f"only {points} errors between {low:.3g} and {high:.3g}, and a fit needs {FEWEST}; "
            f"{reached}"
        )
        return Rate(math.nan, (math.nan, math.nan), points, why)
    k, logs = indices[kept], np.log(errors[kept])
    return _fitted(k, logs - _swing(k, logs, turning) if turning else logs)


def _fitted(k: np.ndarray, logs: np.ndarray) -> Rate:
    slope, left, spread = _line(k, logs)
    middle = len(k) // 2
    bend = abs(_line(k[:middle], logs[:middle])[0] - _line(k[middle:], logs[middle:])[0])
    # No more than this can hide in the residuals, or in the rounding of the logarithms, as slope.
    unseen = (
        4
        * float(np.max(np.abs(left)) + np.finfo(float).eps * np.max(np.abs(logs)))
        / float(k[-1] - k[0])
    )
    half, effective = max(bend, unseen), len(k) / _correlation_time(left)
    if effective > 2.5 and float(np.std(left)) > ROUNDING:
        # With n / tau independent points spread alike, the variance of the slope is that of n
        # points times tau.
        from scipy.special import stdtrit

        deviation = math.sqrt(left @ left / spread / (effective - 2))
        half = max(min(deviation * float(stdtrit(effective - 2, 0.975)), half), bend / 2)
    return Rate(slope, (slope - half, slope + half), len(k))


def _line(k: np.ndarray, logs: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Slope, residuals and the spread of the indices."""
    k, logs = k - k.mean(), logs - logs.mean()
    spread = float(k @ k)
    slope = float(k @ logs) / spread
    return slope, logs - slope * k, spread


def _swing(k: np.ndarray, logs: np.ndarray, turning: float) -> np.ndarray:
    """The best swing: the squared norm of a spiral c^k (A + B cos + C sin), in relative least
    squares, c between bounds.

    For each c the rest is linear; the sum of squares is then minimised over log c alone.
    """
    k = k - k.mean()
    waves = np.stack([np.ones(len(k)), np.cos(2 * turning * k), np.sin(2 * turning * k)], 1)

    def fit(slope: float) -> tuple[np.ndarray, float]:
        scaled = waves * np.exp(2 * (slope * k - logs + logs.mean()))[:, None]
        weights, *_ = np.linalg.lstsq(scaled, np.ones(len(k)))
        return weights, float(np.sum((scaled @ weights - 1) ** 2))

    from scipy.optimize import minimize_scalar

    middle = _line(k, logs)[0]
    bounds, fine = sorted((0.5 * middle, 1.5 * middle)), {"xatol": 1e-8 * abs(middle)}
    found = minimize_scalar(
        lambda slope: fit(slope)[1], bounds=bounds, method="bounded", options=fine
    )
    return np.log(np.maximum(waves @ fit(found.x)[0], np.finfo(float).tiny)) / 2


def _correlation_time(left: np.ndarray) -> float:
    """1 + 2 times the sum of the leading positive autocorrelations; one for noise, about a third of
    the period for a swing.
    """
    size = 2 ** math.ceil(math.log2(2 * len(left)))
    power = np.abs(np.fft.rfft(left, size)) ** 2
    sums = np.fft.irfft(power, size)[: len(left)]
    if sums[0] <= 0:
        return 1.0
    positive = sums[1:] / sums[0]
    ends = np.flatnonzero(positive <= 0)
    return 1.0 + 2.0 * float(np.sum(positive[: ends[0]] if len(ends) else positive))


def _series(
    errors: Sequence[float] | ArrayLike, indices: Sequence[int] | ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Both as float vectors of equal length."""
    try:
        errors = np.asarray(errors, float)
    except (TypeError, ValueError) as error:
        raise refuse("errors", errors, "one number per observed update") from error
    if errors.ndim != 1 or np.any(errors < 0):
        shown = (
            f"an array of shape {errors.shape}"
            if errors.ndim != 1
            else f"negative somewhere ({errors.min():.3g})"
        )
        cause = "Take a norm first, and one run of a sweep at a time."
        raise refuse("errors", shown, "a vector of distances, none negative", cause)
    if indices is None:
        return errors, np.arange(len(errors), dtype=float)
    try:
        indices = np.asarray(indices, float)
    except (TypeError, ValueError) as error:
        raise refuse("indices", indices, "one number per error") from error
    if indices.shape != errors.shape or not np.all(np.diff(indices) > 0):
        allowed = f"{len(errors)} increasing update indices, one per error"
        raise refuse("indices", indices, allowed, "Use Run.indices.")
    return errors, indices
