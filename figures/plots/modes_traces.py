"""Two runs of the game of modes, watched: what neurons and columns turn to, and how far apart the
players' norms are.
"""

import numpy as np
from matplotlib import pyplot
from matplotlib.lines import Line2D

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, note, stroke
from minimax_lab.draw.style import Look
from minimax_lab.games import first_growth

TARGETS = ("$u_1$", "$u_2$", "$u_1 + u_2$")
LOOKS = (Look.of(0), Look.of(1), Look.of(2))
REST = "#999999"
CLOSE = 0.88  # at a correlation of 0.2 a mode and the average have a cosine of 0.77


def modes_correlations(modes_traces):
    """Cosines of every neuron of the discriminator and every column of the generator with both
    modes and with their average, over updates, both methods from one start. Coloured where they
    come within 0.88 of one of the three: columns at the end, neurons at their closest. In both runs
    a neuron takes the average first and columns follow it. SGDA: one column does, the discriminator
    then throws its neurons about, and the other columns stay noise. nSGDA: all columns but one do;
    then neurons part, and the columns after them, to both modes. The paper's game as recalled; size
    and rates are ours, correlation 0.2. One run a method: no spread.
    """
    names = [str(name) for name in modes_traces["names"]]
    with house():
        figure, axes = pyplot.subplots(
            2 * len(names),
            3,
            figsize=(DOUBLE, 7.2),
            layout="constrained",
            sharex=True,
            sharey="row",
        )
        for i, name in enumerate(names):
            for row, part in ((2 * i, "neurons"), (2 * i + 1, "columns")):
                cosines = modes_traces[f"{name}/{part}"]
                nearest = (
                    cosines.max(0) if part == "neurons" else cosines[-len(cosines) // 20 :].mean(0)
                )
                _lines(axes[row], modes_traces[f"{name}/indices"], cosines, nearest)
                axes[row, 0].set_ylim((-1.05, 1.05) if part == "neurons" else (-0.5, 1.05))
                axes[row, 0].set_ylabel(f"{name}, {part}\ncosine")
        for axis, target in zip(axes[0], TARGETS, strict=True):
            axis.set_title(f"with {target}")
        for axis in axes[-1]:
            axis.set_xlabel("update")
        handles = [
            Line2D([], [], **stroke(k), label=t) for k, t in zip(LOOKS, TARGETS, strict=True)
        ]
        handles.append(Line2D([], [], color=REST, linewidth=0.6, label="none of them"))
        figure.legend(handles=handles, title="comes to", loc="outside lower center", ncols=4)
    return figure


def _lines(axes, indices, cosines, nearest):
    kinds = np.where(nearest.max(1) >= CLOSE, nearest.argmax(1), -1)
    for kind, lines in sorted(
        zip(kinds.tolist(), cosines.swapaxes(0, 1), strict=True), key=lambda pair: pair[0]
    ):
        look = LOOKS[kind]
        how = {"color": REST, "linewidth": 0.4} if kind < 0 else {**stroke(look), "linewidth": 0.9}
        for axis, line in zip(axes, lines.T, strict=True):
            axis.plot(indices, line, **how)
    for axis in axes:
        axis.axhline(0, color="#cccccc", linewidth=0.5, zorder=0)
        bare(axis)
        axis.set_yticks((-1, -0.5, 0, 0.5, 1))
        axis.locator_params(axis="x", nbins=4)


def modes_norms(modes_traces):
    """How far apart the two players are: the discriminator's norm over the generator's, of
    gradients (left) and of updates (right), in the runs of the page of correlations. Points: single
    samples; lines: running medians. Marks: when D has learnt (a neuron with |<w, u>| >= 0.7;
    filled) and when the first column has turned to a mode or the average (open). nSGDA's updates
    keep the ratio of its steps whatever the gradients do. SGDA's players meet once, when its one
    column grows, and part again. One run a method: no spread but over updates.
    """
    names = [str(name) for name in modes_traces["names"]]
    with house():
        figure, axes = pyplot.subplots(
            1, 2, figsize=(DOUBLE, 2.9), layout="constrained", sharey=True
        )
        for name in names:
            indices, cosines = modes_traces[f"{name}/indices"], modes_traces[f"{name}/columns"]
            times = [
                first_growth(indices, modes_traces[f"{name}/strength"] >= 0.7),
                first_growth(
                    indices,
                    (np.abs(cosines[:, :, :2]) >= CLOSE).any((1, 2))
                    | (cosines[:, :, 2] >= CLOSE).any(1),
                ),
            ]
            for axis, part in zip(axes, ("gradients", "updates"), strict=True):
                _ratio(axis, indices, modes_traces[f"{name}/{part}"], look(name), name, times)
        for axis, part in zip(axes, ("gradients", "updates"), strict=True):
            axis.set(xlabel="update", title=part, yscale="log")
            axis.axhline(1, color="#cccccc", linewidth=0.6, zorder=0)
            bare(axis)
        axes[0].set_ylabel("norm of D over norm of G")
        axes[0].legend(loc="upper right")
        note(figure, "SGDA: steps 0.1 and 0.01 (D and G); nSGDA: 0.005 and 0.0015; correlation 0.2")
    return figure


def _ratio(axis, indices, norms, own, name, times, width=11):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = norms[:, 1] / norms[:, 0]
    fine = np.isfinite(ratio) & (ratio > 0)
    indices, ratio = indices[fine], ratio[fine]
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(np.log(ratio), width // 2, mode="reflect"), width
    )
    middle = np.exp(np.median(windows, axis=1))
    axis.plot(indices, ratio, ".", color=own.colour, markersize=2, alpha=0.35, markeredgewidth=0)
    axis.plot(indices, middle, **stroke(own), label=name)
    for time, face in zip(times, (own.colour, "white"), strict=True):
        if np.isfinite(time):
            at = np.interp(time, indices, middle)
            axis.plot(
                time, at, own.mark, color=own.colour, markerfacecolor=face, markersize=5, zorder=4
            )
