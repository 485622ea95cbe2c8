"""The game of two modes: how many columns each mode gets, and the competition inside a neuron."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, note, stroke
from minimax_lab.draw.style import Look


def modes_histogram(modes_recovery):
    """The share of the generator's columns on the mode that has fewer, run by run. Above:
    normalised steps (nSGDA) recover both modes, plain ones (SGDA) leave a mode with one column or
    none; diverged runs count as zero. Below: two controls. Dotted: our threshold of recovery. Two
    sets of seeds together; the game is the paper's as recalled, its size and rates are ours.
    """
    r = modes_recovery
    correlations = sorted({str(name).split("/")[0] for name in r["names"]})
    with house():
        figure, axes = pyplot.subplots(
            2,
            len(correlations),
            figsize=(DOUBLE, 4.2),
            layout="constrained",
            sharex=True,
            sharey=True,
            squeeze=False,
        )
        for column, correlation in enumerate(correlations):
            for row, methods in enumerate((("nSGDA", "SGDA"), ("population", "slow G"))):
                _bars(axes[row, column], r, correlation, methods)
            axes[0, column].set_title(f"correlation of the modes {correlation}")
            axes[1, column].set_xlabel("share of columns on the mode with fewer")
        for row in range(2):
            axes[row, 0].set_ylabel("share of runs")
        s = r.settings
        note(
            figure,
            f"d = 64, 40 neurons, 16 columns, single samples; nSGDA {s['steps']} updates, SGDA "
            f"{s['long']}",
        )
    return figure


LABELS = {"population": "nSGDA, population gradients", "slow G": "nSGDA, G's step 0.03 of D's"}


def _bars(axis, r, correlation, methods):
    edges = np.arange(0, 10) / 16 - 1 / 32
    for i, method in enumerate(methods):
        groups = [
            k
            for k, name in enumerate(r["names"])
            if name.startswith(correlation + "/") and name.endswith("/" + method)
        ]
        least = r["least"][np.isin(r["group"], groups)]
        heights = np.histogram(least, edges)[0] / max(1, len(least))
        hits, runs = r["recovered"][groups].sum(), r["runs"][groups].sum()
        colour = look(method.replace("population", "nSGDA").replace("slow G", "g-nSGDA")).colour
        name = f"{LABELS.get(method, method)}: {hits} of {runs} recover"
        how = {
            "color": (colour, "white")[i],
            "edgecolor": colour,
            "hatch": ("", "////")[i],
            "linewidth": 0.8,
        }
        axis.bar(edges[:-1] + 1 / 32 + (i - 0.5) * 0.022, heights, 0.022, label=name, **how)
    axis.axvline(r.settings["recovered"], color="#444444", linestyle=":", linewidth=0.9)
    bare(axis)
    axis.set(ylim=(0, 1.3), yticks=(0, 0.5, 1), xticks=np.arange(0, 9, 2) / 16)
    axis.legend(loc="upper right")


def neuron_modes(neuron_competition):
    """The competition of two modes inside one cubic neuron, r the ratio of its two alignments.
    Left: r' over r; the average r = 1 repels below a correlation of 1/3 and attracts above. Right:
    r over time from 0.05; below 1/3 it stops short of the average.
    """
    r = neuron_competition
    with house():
        figure, (speed, path) = pyplot.subplots(1, 2, figsize=(DOUBLE, 2.9), layout="constrained")
        shown = [
            k
            for k, c in enumerate(r["correlations"])
            if round(float(c), 4) in (0.1, 0.2, 0.3, 0.3333, 0.4, 0.5)
        ]
        for i, k in enumerate(shown):
            look = Look.of(i)
            c = float(r["correlations"][k])
            name = "1/3" if abs(c - 1 / 3) < 1e-3 else f"{c:g}"
            speed.plot(r["line"], r["speed"][k], **stroke(look), label=name)
            path.plot(r["time"], r["ratio"][k, 0], **stroke(look))
        speed.axhline(0, color="#888888", linewidth=0.6)
        speed.axvline(1, color="#888888", linewidth=0.6, linestyle=":")
        path.axhline(1, color="#888888", linewidth=0.6, linestyle=":")
        speed.set(
            xlabel=r"$r = \langle w, u_2\rangle / \langle w, u_1\rangle$",
            ylabel="$r'$",
            ylim=(-0.2, 0.3),
        )
        path.set(xlabel="time, in units of the larger alignment", ylabel="$r$", ylim=(0, 1.05))
        bare(speed, path)
        figure.legend(
            *speed.get_legend_handles_labels(), title="correlation", loc="outside right center"
        )
    return figure
