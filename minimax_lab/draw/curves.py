"""What was observed of runs, against the number of updates: a line for one run, median and band for
a sweep.

A diverged run is cut where it was stopped and marked with a cross; among the runs of a sweep it
counts as infinite from there on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import jax
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ..checks import refuse
from ..running.judge import OUTCOMES, Outcome
from ..running.record import Run
from .style import Look, canvas, drawing, legend, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


Given: TypeAlias = Run | ArrayLike


class Series(NamedTuple):
    """Rows of one observable, infinite where a run had diverged; `many` runs or one."""

    name: str
    across: Float[np.ndarray, " rows"]
    values: Float[np.ndarray, "runs rows"]
    diverged: int

    @property
    def label(self) -> str:
        runs = len(self.values)
        if not self.diverged:
            return self.name
        return (
            f"{self.name} (diverges)"
            if runs == 1
            else f"{self.name} ({self.diverged} of {runs} diverge)"
        )


@drawing
def curves(
    given: Given | Mapping[str, Given],
    observable: str | None = None,
    axes: Axes | None = None,
    *,
    quantiles: tuple[float, float] = (0.1, 0.9),
    logarithmic: bool = True,
    xlabel: str = "update",
    ylabel: str | None = None,
    across: ArrayLike | Mapping[str, ArrayLike] | None = None,
) -> Axes:
    """Draw one observable of a run, or of each in a dictionary that names them: runs, loaded runs,
    arrays (rows) or (runs, rows).

    `observable` may be left out where a run observed only one. `across` replaces the update's index
    (a cost, say): one array for all, or a dictionary by name. Returns the axis.

    Arguments:
        given: a run, an array, or a dictionary that names some.
        observable: the name under which it was observed.
        axes: a matplotlib Axes to draw into; a figure of its own without.
        quantiles: the ends of a sweep's band.
        logarithmic: whether values have a logarithmic axis.
        xlabel: what stands below.
        ylabel: what stands beside, by default the observable's name.
        across: what replaces the index.

    Examples:
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> axis = mm.draw.curves({"a guess": 0.9 ** np.arange(50)}, ylabel="distance")
        >>> axis.get_xlabel(), axis.get_ylabel(), axis.get_yscale()
        ('update', 'distance', 'log')
    """
    if len(quantiles) != 2 or not 0 <= quantiles[0] < quantiles[1] <= 1:
        raise refuse("quantiles", quantiles, "two numbers with 0 <= low < high <= 1")
    named = given if isinstance(given, Mapping) else {"": given}
    if not named:
        raise refuse("the runs", given, "a run, an array, or a dictionary that names some")
    series = [
        _series(name, item, observable, across[name] if isinstance(across, Mapping) else across)
        for name, item in named.items()
    ]
    with style():
        axis = canvas(axes, 3.6, 2.6)
        summaries = [_summary(s.values, quantiles, _cap(series)) for s in series]
        handles = [
            _line(axis, s, Look.of(i), i, summaries[i], logarithmic) for i, s in enumerate(series)
        ]
        if logarithmic:
            axis.set_yscale("log")
        label = ylabel or _observable(named, observable) or "value"
        axis.set(xlabel=xlabel, ylabel=label)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.02)
        legend(axis, [h for h, s in zip(handles, series, strict=True) if s.name], crowded=4)
    return axis


def _line(
    axis: Axes, series: Series, look: Look, index: int, summary: np.ndarray, logarithmic: bool
) -> Line2D:
    """A median with its band, cut before the first place where the median is infinite."""
    lost = np.flatnonzero(np.isinf(summary[1]))
    low, middle, high = np.where(
        np.isfinite(summary) & ((summary > 0) | (not logarithmic)), summary, np.nan
    )
    every = max(1, len(middle) // 9)
    (line,) = axis.plot(
        series.across,
        middle,
        color=look.colour,
        linestyle=look.dashes,
        marker=look.mark,
        markevery=(index * every // 3 % every, every),
        markersize=3.6,
        markerfacecolor="white",
        markeredgewidth=0.9,
        label=series.label,
        zorder=3,
    )
    if len(series.values) > 1:
        axis.fill_between(
            series.across, low, high, color=look.colour, alpha=0.18, linewidth=0, zorder=1
        )
    if len(lost) and lost[0] > 0:
        last = lost[0] - 1
        axis.plot(
            series.across[last],
            middle[last],
            color=look.colour,
            label="_diverged",
            marker="x",
            markersize=7,
            markeredgewidth=1.6,
            linestyle="none",
            zorder=5,
            clip_on=False,
        )
    return line


def _cap(series: Sequence[Series]) -> float:
    """The height beyond which a diverging run is no longer followed: it would flatten all
    others.
    """
    settled = [s.values[np.isfinite(s.values)] for s in series if not s.diverged]
    seen = np.concatenate(
        [*settled, *(s.values[:, 0][np.isfinite(s.values[:, 0])] for s in series)]
    )
    return 1e3 * float(np.max(seen, initial=0.0)) or np.inf


def _summary(values: np.ndarray, quantiles: tuple[float, float], cap: float) -> np.ndarray:
    """Low quantile, median and high quantile; diverged runs count as infinite once they are beyond
    the cap.
    """
    lost = np.isposinf(values)
    gone = np.maximum.accumulate(lost | (lost.any(axis=1, keepdims=True) & (values > cap)), axis=1)
    # A member each rather than a mean of two: a mean with an infinite member would be infinite.
    return np.quantile(
        np.where(gone, np.inf, values),
        (quantiles[0], 0.5, quantiles[1]),
        axis=0,
        method="inverted_cdf",
    )


def _series(name: str, given: Given, observable: str | None, across: ArrayLike | None) -> Series:
    if isinstance(given, Run):
        chosen = _chosen(given, observable)
        values = np.asarray(jax.device_get(given.observed[chosen]), float)
        codes, stops = np.atleast_1d(given.verdict.code), np.atleast_1d(given.verdict.steps)
        many = np.ndim(given.verdict.code) > 0
        if values.ndim != (2 if many else 1):
            allowed = "one number an update"
            cause = "Observe one column or a norm of it."
            raise refuse(f"observable {chosen!r}", f"of shape {values.shape}", allowed, cause)
        values, indices = np.atleast_2d(values), np.asarray(given.indices)
        over = (codes == OUTCOMES.index(Outcome.DIVERGED))[:, None] & (indices >= stops[:, None])
        values = np.where(over | (over.any(axis=1)[:, None] & ~np.isfinite(values)), np.inf, values)
        diverged = int(np.sum(codes == OUTCOMES.index(Outcome.DIVERGED)))
    else:
        try:
            values = np.atleast_2d(np.asarray(given, float))
        except (TypeError, ValueError):
            raise refuse(f"curves[{name!r}]", given, "a run or an array of numbers") from None
        # In a bare array the first value that is not finite is where the run diverged.
        lost = np.maximum.accumulate(~np.isfinite(values), axis=1)
        values, diverged = np.where(lost, np.inf, values), int(np.sum(lost[:, -1]))
        indices = np.arange(values.shape[-1])
    if values.ndim != 2 or values.size == 0:
        allowed = "of shape (rows,) or (runs, rows)"
        raise refuse(f"curves[{name!r}]", f"an array of shape {values.shape}", allowed)
    where = indices if across is None else np.asarray(across, float)
    if where.shape != (values.shape[1],):
        allowed = f"of shape {(values.shape[1],)}, one number a row of {name!r}"
        raise refuse("across", f"an array of shape {where.shape}", allowed)
    return Series(name, where, values, diverged)


def _chosen(run: Run, observable: str | None) -> str:
    names: Sequence[str] = list(run.observed)
    if observable is None and len(names) == 1:
        return names[0]
    if observable not in names:
        allowed = f"one that the run observed: {', '.join(names) or 'it observed nothing'}"
        raise refuse("observable", observable, allowed)
    return observable  # type: ignore[return-value]


def _observable(named: Mapping[str, Given], observable: str | None) -> str | None:
    if observable is not None:
        return observable.replace("_", " ")
    chosen = {
        _chosen(item, None).replace("_", " ") for item in named.values() if isinstance(item, Run)
    }
    return chosen.pop() if len(chosen) == 1 else None
