"""What a budget of random trials buys, with gap-aware steps and without."""

from typing import Any

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.budgets import best_of, weights_of
from figures.common import interval
from figures.panels import band, bare, hollow, note, stroke
from minimax_lab import adversarial as adv
from minimax_lab.draw.style import Look

ARMS = {
    "baseline": "baseline",
    "gap-aware": "gap-aware",
    "third": "0.3 of D's rate",
    "tenth": "0.1 of D's rate",
}
LOOKS = {"baseline": 0, "gap-aware": 1, "third": 4, "tenth": 2}  # as on the ring's own page
SAMPLES = 2048
GOALS = (10, 30, 100)  # trials of the baseline that the others are to match
CENTRE = 2**0.5  # the distance of a generator that only says (0, 0)
RATIOS = (-3.0, -1.5, -0.75, 0.0, 0.75, 1.5, 3.0)


def gap_budget(gap_budget):
    """Random search over both rates (log-uniform) on eight Gaussians, the same draws in every arm.
    Left and middle: the exact expectation of the best of n trials taken without replacement from
    all, with 90 % bootstrap bands over trials (paired); in words: how many trials the others need
    for as good an expected best, with the band. Left: sliced Wasserstein distance to the ring,
    lower is better: half the trials serve, not a tenth. Middle: modes reached, of 8, times share of
    samples within three deviations of one: a constant 0.3 of the rate saves, the schedule does not.
    Right: trials worse than a generator stuck at the centre, by the ratio of the rates drawn; bars
    are exact 95 % intervals. A constant factor moves the range of ratios that work; gap-aware steps
    move its fast end as far as a tenth does and its slow end less. Ours.
    """
    r = gap_budget
    scores = {arm: r[f"{arm}/distance"].astype(float) for arm in ARMS}
    shares = {arm: _share(r[f"{arm}/counts"]) for arm in ARMS}
    with mm.draw.style():
        figure, axes = pyplot.subplots(1, 3, figsize=(9.2, 3.4), layout="constrained")
        for axis, values, sign, word in (
            (axes[0], scores, -1, "expected least distance"),
            (axes[1], shares, 1, r"expected greatest modes/8 $\times$ share near"),
        ):
            _budget(axis, values, sign)
            axis.set(xscale="log", xlabel="random trials", ylabel=word)
        axes[0].set(
            yscale="log",
            yticks=(0.1, 0.2, 0.5, 1, 2, 5),
            yticklabels=("0.1", "0.2", "0.5", "1", "2", "5"),
        )
        axes[0].minorticks_off()
        axes[1].set_ylim(-0.1, 1)
        _failures(axes[2], scores, np.log10(r["rates"][1] / r["rates"][0]))
        bare(*axes)
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


def _budget(axis: Any, values: dict[str, Any], sign: int, draws: int = 1000) -> None:
    total = len(values["baseline"])
    weights, trials = weights_of(total), np.arange(1, total + 1)
    again = np.random.default_rng(0).integers(total, size=(draws, total))
    curves = {arm: best_of(rows, sign, weights) for arm, rows in values.items()}
    drawn = {arm: best_of(rows[again], sign, weights) for arm, rows in values.items()}
    for arm, name in ARMS.items():
        look = Look.of(LOOKS[arm])
        ends = np.quantile(drawn[arm], (0.05, 0.95), axis=0)
        band(axis, trials, curves[arm], *ends, look, name)
    goals = [goal for goal in GOALS if goal <= total] or [total]
    axis.plot(
        goals,
        curves["baseline"][np.array(goals, int) - 1],
        color="black",
        marker="x",
        markersize=5,
        linestyle="none",
    )
    said = ["as good as the baseline's " + ", ".join(map(str, goals)) + " (crosses)"]
    for arm, short in (("gap-aware", "gap-aware"), ("third", "0.3"), ("tenth", "0.1")):
        said.append(
            f"{short}: " + ", ".join(_matched(curves, drawn, arm, goal, sign) for goal in goals)
        )
    upper = sign < 0
    where = {
        "x": 0.98,
        "y": 1.0 if upper else 0.02,
        "ha": "right",
        "va": "top" if upper else "bottom",
    }
    axis.text(s="\n".join(said), transform=axis.transAxes, fontsize=7, **where)


def _matched(curves: dict[str, Any], drawn: dict[str, Any], arm: str, goal: int, sign: int) -> str:
    """How many trials an arm needs for the baseline's expected best of `goal`, with its bootstrap
    band.
    """
    total = curves[arm].size
    count = _needed(curves[arm], curves["baseline"][goal - 1], sign)
    band = np.quantile(
        _needed(drawn[arm], drawn["baseline"][:, goal - 1 : goal], sign),
        (0.05, 0.95),
        method="nearest",
    )
    said, low, high = (f"{n:.0f}" if np.isfinite(n) else f">{total}" for n in (count, *band))
    return f"{said} [{low}, {high}]"


def _failures(axis: Any, scores: dict[str, Any], ratio: Any) -> None:
    group = np.digitize(ratio, RATIOS[1:-1])
    middle = (np.array(RATIOS[1:]) + RATIOS[:-1]) / 2
    runs = np.bincount(group, minlength=len(middle))
    for i, (arm, rows) in enumerate(scores.items()):
        failed = np.bincount(group, weights=~(rows < CENTRE), minlength=len(middle))
        (low, high), share = interval(failed, runs), failed / np.maximum(runs, 1)
        look, bars = Look.of(LOOKS[arm]), {"linewidth": 1, "elinewidth": 0.7}
        axis.errorbar(
            middle + 0.1 * (i - 1.5),
            share,
            (share - low, high - share),
            **stroke(look),
            **hollow(look),
            **bars,
        )
    axis.set(
        xlabel=r"$\log_{10}$ of discriminator's rate / generator's",
        ylabel="share of trials that fail",
        ylim=(-0.02, 1.02),
    )
