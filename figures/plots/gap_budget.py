"""What a budget of random trials buys, with gap-aware steps and without."""

from typing import Any

import numpy as np
from matplotlib import pyplot

from figures.budgets import best_of, weights_of
from figures.common import interval
from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note, stroke
from minimax_lab import adversarial as adv

ARMS = {arm: told(arm) for arm in ("baseline", "gap-aware", "third", "tenth")}
SAMPLES = 2048
GOALS = (10, 30, 100)  # trials of the baseline that the others are to match
CENTRE = 2**0.5  # the distance of a generator that only says (0, 0)
RATIOS = (-3.0, -1.5, -0.75, 0.0, 0.75, 1.5, 3.0)


def gap_budget(gap_budget):
    """Random search over both rates (log-uniform) on eight Gaussians, the same draws in every arm.
    Left and middle: the exact expectation of the best of n trials taken without replacement from
    all, with 90 % bootstrap bands over trials (paired); beneath, how many trials the others need
    for as good an expected best as the constant rate's 10, 30 and 100 (crosses), with the same
    bands; triangles: more than there are (dotted). Left: sliced Wasserstein distance to the ring,
    lower is better: half the trials serve, not a tenth. Middle: modes reached, of 8, times share of
    samples within three deviations of one: a constant 0.3 of the rate saves, the schedule does not.
    Right: trials worse than a generator stuck at the centre, by the ratio of the rates drawn; bars
    are exact 95 % intervals. A constant factor moves the range of ratios that work; gap-aware steps
    move its fast end as far as a tenth does and its slow end less. Ours.
    """
    r = gap_budget
    scores = {arm: r[f"{arm}/distance"].astype(float) for arm in ARMS}
    shares = {arm: _share(r[f"{arm}/counts"]) for arm in ARMS}
    with house():
        figure = pyplot.figure(figsize=(DOUBLE, 4.4), layout="constrained")
        cells = figure.add_gridspec(2, 3, height_ratios=(1.2, 1))
        axes = [figure.add_subplot(cells[0, k]) for k in (0, 1)]
        lower = [figure.add_subplot(cells[1, k]) for k in (0, 1)]
        axes.append(figure.add_subplot(cells[:, 2]))
        for axis, below, values, sign, word in (
            (axes[0], lower[0], scores, -1, "expected least distance"),
            (axes[1], lower[1], shares, 1, "expected best of modes/8 times share"),
        ):
            _budget(axis, below, values, sign)
            axis.set(xscale="log", xlabel="random trials", ylabel=word)
        axes[0].set(
            yscale="log",
            yticks=(0.1, 0.2, 0.5, 1, 2, 5),
            yticklabels=("0.1", "0.2", "0.5", "1", "2", "5"),
        )
        axes[0].minorticks_off()
        axes[1].set_ylim(-0.1, 1)
        _failures(axes[2], scores, np.log10(r["rates"][1] / r["rates"][0]))
        bare(*axes, *lower)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        s = r.settings
        note(
            figure,
            f"{s['trials']} trials, rates from {s['slowest']:g} to {s['fastest']:g}, "
            f"{s['updates']} updates, batches of {s['batch']}, two hidden layers of {s['width']}",
        )
    return figure


def _share(counts: Any) -> Any:
    """Modes reached, of 8, times the share of all samples near a mode."""
    return adv.covered(counts, SAMPLES) / 8 * counts.sum(-1) / SAMPLES


def _needed(curve: Any, goal: Any, sign: int) -> Any:
    """The fewest trials whose expected best is as good as the goal; infinite where none are."""
    reached = sign * curve >= sign * goal - 1e-12
    return np.where(reached.any(-1), reached.argmax(-1) + 1, np.inf)


def _budget(axis: Any, below: Any, values: dict[str, Any], sign: int, draws: int = 1000) -> None:
    total = len(values["baseline"])
    weights, trials = weights_of(total), np.arange(1, total + 1)
    again = np.random.default_rng(0).integers(total, size=(draws, total))
    curves = {arm: best_of(rows, sign, weights) for arm, rows in values.items()}
    drawn = {arm: best_of(rows[again], sign, weights) for arm, rows in values.items()}
    for arm, name in ARMS.items():
        own = look(arm)
        ends = np.quantile(drawn[arm], (0.05, 0.95), axis=0)
        band(axis, trials, curves[arm], *ends, own, name)
    goals = [goal for goal in GOALS if goal <= total] or [total]
    axis.plot(
        goals,
        curves["baseline"][np.array(goals, int) - 1],
        color="black",
        marker="x",
        markersize=5,
        linestyle="none",
    )
    others = ("gap-aware", "third", "tenth")
    matched = [[_matched(curves, drawn, arm, goal, sign) for goal in goals] for arm in others]
    for place, (arm, row) in enumerate(zip(others, matched, strict=True)):
        for goal, (count, low, high) in zip(goals, row, strict=True):
            apart = goal * 1.13 ** (place - 1)
            bar = np.clip([[count - low], [high - count]], 0, None)
            how = hollow(look(arm), 3.5) | {"color": look(arm).colour, "elinewidth": 0.8}
            if count <= total:
                below.errorbar(apart, count, bar, linestyle="none", **how)
            else:
                below.plot(apart, 1.15 * total, "^", color=look(arm).colour, mfc="none")
    below.plot((8, 130), (8, 130), color="0.6", linewidth=0.7)
    below.axhline(total, color="0.6", linewidth=0.7, linestyle=":")
    below.set(xscale="log", yscale="log", ylim=(2, 1.6 * total), xlim=(7, 140))
    below.set(xlabel="trials of the constant rate", ylabel="trials for as good a best")
    below.set_xticks(goals, map(str, goals))
    below.set_yticks((3, 10, 30, 100, 300), ("3", "10", "30", "100", "300"))
    below.minorticks_off()


def _matched(
    curves: dict[str, Any], drawn: dict[str, Any], arm: str, goal: int, sign: int
) -> tuple[float, float, float]:
    """How many trials an arm needs for the baseline's expected best of `goal`, with its bootstrap
    band.
    """
    total, count = curves[arm].size, _needed(curves[arm], curves["baseline"][goal - 1], sign)
    again = _needed(drawn[arm], drawn["baseline"][:, goal - 1 : goal], sign)
    low, high = np.quantile(again, (0.05, 0.95), method="nearest")
    return float(count), float(low), float(min(high, 1.5 * total))


def _failures(axis: Any, scores: dict[str, Any], ratio: Any) -> None:
    group = np.digitize(ratio, RATIOS[1:-1])
    middle = (np.array(RATIOS[1:]) + RATIOS[:-1]) / 2
    runs = np.bincount(group, minlength=len(middle))
    for i, (arm, rows) in enumerate(scores.items()):
        failed = np.bincount(group, weights=~(rows < CENTRE), minlength=len(middle))
        (low, high), share = interval(failed, runs), failed / np.maximum(runs, 1)
        own, bars = look(arm), {"linewidth": 1, "elinewidth": 0.7}
        axis.errorbar(
            middle + 0.1 * (i - 1.5),
            share,
            (share - low, high - share),
            **stroke(own),
            **hollow(own),
            **bars,
        )
    axis.set(
        xlabel=r"$\log_{10}$ of D's rate / G's",
        ylabel="share of trials that fail",
        ylim=(-0.02, 1.02),
    )
