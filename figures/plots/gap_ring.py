"""Gap-aware steps on the ring of eight with a mistuned discriminator."""

from typing import Any

import numpy as np
from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import bare, middle_half, note, strip
from minimax_lab import adversarial as adv

ARMS = {arm: told(arm) for arm in ("baseline", "gap-aware", "tenth", "own mean")}
PAIRS = (
    ("gap-aware", "baseline"),
    ("gap-aware", "tenth"),
    ("gap-aware", "own mean"),
    ("tenth", "baseline"),
)
COLUMNS = (0.3, 0.51, 0.72, 0.95)  # of the table of tests
SAMPLES = 1024
LAST = 10  # rows that a final value is the mean of


def gap_ring(gap_ring):
    """Eight Gaussians, Adam at once, the discriminator's rate 1, 3, 10 or 30 times the generator's:
    modes reached (1 % of 1024 samples within three deviations) and share of samples there, means of
    the last 500 updates; a dot a seed, bars the means. Same starts and batches in all arms. A tenth
    of the rate at 10 and 30 times is the baseline at 1 and 3 times: the same runs. Right: exact
    two-sided signed-rank tests, not corrected for their number; up: the first is higher in the
    mean. What adaptivity adds to a smaller rate is read in the second and third column, what a
    smaller rate does in the last. Ours.
    """
    r = gap_ring
    measures = {"modes": _final(r, _modes), "share": _final(r, _near)}
    with house():
        figure, axes = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.7), layout="constrained", width_ratios=(1, 1, 1.3)
        )
        for axis, (values, word, top) in zip(
            axes[:2],
            (
                (measures["modes"], "modes reached, of 8", 8.3),
                (measures["share"], "share of samples near a mode", 1.02),
            ),
            strict=True,
        ):
            _strips(axis, values, r["mistuned"])
            axis.set(
                ylabel=word, ylim=(-0.03 * top, top), xlabel="discriminator's rate / generator's"
            )
        _tests(axes[2], measures, r["mistuned"])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        s = r.settings
        note(
            figure, f"{s['updates']} updates, generator's rate {s['rate']:g}, batches of "
                    f"{s['batch']}, "
            f"two hidden layers of {s['width']}, {s['seeds']} paired seeds",
        )  # fmt: skip
    return figure


def gap_ring_losses(gap_ring):
    """The same runs along training. Above: the discriminator's smoothed loss, median and middle
    half of the seeds, against the loss log 4 - 2 JSD of an ideal discriminator if k of the eight
    modes are held evenly (grey, k at the right; k = 8: the ideal loss). Middle: s. Below left: loss
    against modes, means of the last 500 updates of each run, with the same law (line). Below right:
    loss against what an ideal discriminator would have at the run's own shares of the modes. Upper
    left in both: hardly a mode is held, and a discriminator slowed too much has nearly the ideal
    loss: the schedule cannot tell. Ours.
    """
    r, across = gap_ring, gap_ring["indices"]
    count = len(r["mistuned"])
    with house():
        figure = pyplot.figure(figsize=(DOUBLE, 6.6), layout="constrained")
        upper, lower = figure.subfigures(2, 1, height_ratios=(1.45, 1))
        axes = upper.subplots(
            2, count, sharex=True, sharey="row", squeeze=False, height_ratios=(1.7, 1)
        )
        for j, times in enumerate(r["mistuned"]):
            _plateaus(axes[0, j], across[-1], j == count - 1)
            for arm, name in ARMS.items():
                for axis, rows in zip(
                    axes[:, j], (r[f"{arm}/loss"][j], _factor(r, arm, j)), strict=True
                ):
                    middle_half(axis, across, rows, look(arm), name)
            axes[0, j].set_title(f"D {times:g} times as fast as G")
            axes[1, j].set(
                yscale="log",
                ylim=(0.08, 1.2),
                xlabel="update",
                yticks=(0.1, 0.3, 1),
                yticklabels=("0.1", "0.3", "1"),
            )
            axes[1, j].minorticks_off()
        axes[0, 0].set(ylabel="discriminator's loss, smoothed", ylim=(0, 1.55))
        axes[1, 0].set_ylabel("factor $s$ of its rate")
        _laws(lower.subplots(1, 2), r)
        bare(*figure.axes)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _modes(counts: Any) -> Any:
    """How many modes are reached, from the samples near each."""
    return adv.covered(counts, SAMPLES).astype(float)


def _near(counts: Any) -> Any:
    """The share of all samples that are near a mode."""
    return counts.sum(-1) / SAMPLES


def _final(r: Any, measure: Any) -> dict[str, Any]:
    """By arm, the mean of a measure over the last rows of each run, one row a mistuning."""
    return {arm: measure(r[f"{arm}/counts"][:, :, -LAST:]).mean(-1) for arm in ARMS}


def _signed_rank(first: Any, second: Any) -> float:
    """The exact two-sided chance of Wilcoxon's signed ranks over all changes of sign; pairs without
    difference are dropped.
    """
    from scipy.stats import rankdata

    gaps = (first - second)[first != second]
    ranks = np.rint(2 * rankdata(np.abs(gaps))).astype(int)  # doubled, so that ties have whole ones
    ways = np.ones(1)
    for rank in ranks:
        ways = np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0))
    up = ranks[gaps > 0].sum()
    return float(min(1.0, 2 * min(ways[: up + 1].sum(), ways[up:].sum()) / ways.sum()))


def _even_law(k: Any) -> Any:
    """The ideal discriminator's loss where k of eight modes are held evenly: (k/8) log(1 + 8/k) +
    log(1 + k/8).
    """
    return k / 8 * np.log(1 + 8 / k) + np.log(1 + k / 8)


def _own_law(counts: Any) -> Any:
    """The same where the modes have the shares q of the samples and the rest lies elsewhere.

    sum_i [p log(1 + q_i / p) + q_i log(1 + p / q_i)], p = 1/8.
    """
    p, q = 1 / 8, counts / SAMPLES
    return (p * np.log1p(q / p) + q * np.log1p(p / np.maximum(q, 1e-12))).sum(-1)


def _strips(axis: Any, values: dict[str, Any], mistuned: Any) -> None:
    for i, (arm, name) in enumerate(ARMS.items()):
        own, rows = look(arm), values[arm]
        for j, row in enumerate(rows):
            strip(axis, j + 0.2 * (i - 1.5), row, own, name if j == 0 else None)
    axis.set_xticks(range(len(mistuned)), [f"{times:g}" for times in mistuned])
    bare(axis)


def _tests(axis: Any, measures: dict[str, dict[str, Any]], mistuned: Any) -> None:
    """p of one arm against another, by measure and mistuning, with the sign of the mean
    difference.
    """
    axis.axis("off")

    def write(x: float, y: float, text: str, **how: Any) -> None:
        axis.text(x, y, text, transform=axis.transAxes, va="top", fontsize=7, **how)

    write(0.51, 1.0, "gap-aware against", ha="center")
    write(0.93, 1.0, "a tenth against", ha="center")
    for column, (_, other) in zip(COLUMNS, PAIRS, strict=True):
        write(
            column,
            0.93,
            {"tenth": "a tenth", "own mean": "mean $s$"}.get(other, "constant"),
            ha="center",
        )
    y = 0.83
    for word, values in measures.items():
        write(-0.02, y, f"$p$, {word}", style="italic")
        for j, times in enumerate(mistuned):
            y -= 0.075
            write(0.0, y, f"{times:g}:")
            for column, (first, second) in zip(COLUMNS, PAIRS, strict=True):
                one, other = values[first][j], values[second][j]
                sign = {1.0: r"\uparrow", -1.0: r"\downarrow"}.get(
                    float(np.sign(one.mean() - other.mean())), "="
                )
                write(column, y, f"${sign}$ {_signed_rank(one, other):.2g}", ha="center")
        y -= 0.1


def _factor(r: Any, arm: str, j: int) -> Any:
    """By seed and row, what the discriminator's rate is multiplied by."""
    scale = r["gap-aware/scale"][j]
    if arm == "own mean":
        return np.broadcast_to(scale[:, 1:].mean(1, keepdims=True), scale.shape)
    return scale if arm == "gap-aware" else np.full(scale.shape, 0.1 if arm == "tenth" else 1.0)


def _plateaus(axis: Any, end: float, last: bool) -> None:
    for k in (1, 2, 3, 4, 8):
        axis.axhline(_even_law(k), color="0.6", linewidth=0.7, linestyle="-" if k == 8 else ":")
        if last:
            axis.annotate(
                f"$k$ = {k}",
                (end, _even_law(k)),
                xytext=(3, 0),
                textcoords="offset points",
                fontsize=7,
                color="0.35",
                va="center",
            )
    axis.set_xlim(0, end)


def _laws(axes: Any, r: Any) -> None:
    line = np.linspace(0.05, 8, 200)
    axes[0].plot(line, _even_law(line), color="0.5", linewidth=0.9)
    axes[1].plot([0, _even_law(8)], [0, _even_law(8)], color="0.5", linewidth=0.9)
    for arm in ARMS:
        own, counts = look(arm), r[f"{arm}/counts"][:, :, -LAST:]
        loss = r[f"{arm}/loss"][:, :, -LAST:].mean(-1).ravel()
        held, ideal = _modes(counts).mean(-1), _own_law(counts.astype(float)).mean(-1)
        for axis, across in zip(axes, (held, ideal), strict=True):
            axis.plot(
                across.ravel(),
                loss,
                color=own.colour,
                marker=own.mark,
                markersize=2.8,
                markerfacecolor="none",
                linestyle="none",
            )
    axes[0].set(
        xlabel="modes reached", ylabel="discriminator's loss", ylim=(0, 1.55), xlim=(-0.2, 8.2)
    )
    axes[1].set(
        xlabel="loss of an ideal discriminator",
        ylim=(0, 1.55),
        xlim=(0, 1.45),
    )
