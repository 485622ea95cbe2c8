"""Whose step is longer along trainings on eight Gaussians."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, hollow, middle_half, note
from minimax_lab import adversarial as adv

SAMPLES = 1024
MOST = 100.0  # of a spread that is told apart


def mixture_paces(mixture_paces):
    """The discriminator's step beside the generator's along trainings on eight Gaussians, at once,
    the generator's rate 0.3 times the discriminator's: the ratio of the norms of gradients (left)
    and of updates (middle) at each method's rate of most modes, chosen on these seeds; medians and
    middle half. Right, all five rates of every method: modes reached at the end (1 % of 1024
    samples within 0.1 of it), mean of the seeds, against how far the ratio of updates wanders, its
    95th percentile along the run over its 5th, median of the seeds; filled: the rate of the other
    panels; behind the line: a hundred and more.

    Grey: the ratio of the rates, which normalised steps hold by construction. Rates of SGDA, AdaDir
    and normalised steps from 0.003 to 0.3, of Adam and AdaLR from 0.0001 to 0.01. Ours.
    """
    r, across = mixture_paces, mixture_paces["indices"]
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.9), layout="constrained")
        axes[1].axhline(1 / r.settings["ratio"], color="0.7", linewidth=2.5, zorder=0)
        for name in map(str, r["names"]):
            own, modes = look(name), adv.covered(r[f"{name}/counts"], SAMPLES).mean(-1)
            best = int(np.argmax(modes))
            for axis, part in zip(axes, ("norms", "moves"), strict=False):
                ratio = _ratio(r[f"{name}/{part}"][best])
                middle_half(axis, across[1:], ratio, own, name)
            low, high = np.quantile(_ratio(r[f"{name}/moves"]), (0.05, 0.95), axis=-1)
            with np.errstate(divide="ignore", invalid="ignore"):
                wander = np.median(high / low, axis=-1)
            wander = np.where(wander < MOST, wander, 1.6 * MOST)
            axes[2].plot(wander, modes, linestyle="", color=own.colour, **hollow(own), label=name)
            axes[2].plot(wander[best], modes[best], own.mark, color=own.colour, markersize=4)
        for axis, word in zip(axes, ("gradient", "update"), strict=False):
            axis.set(yscale="log", xlabel="update", ylabel=f"norm of D's {word} / of G's")
        axes[1].set_yticks((0.5, 1, 2, 5), ("0.5", "1", "2", "5"))
        axes[1].minorticks_off()
        axes[2].axvline(MOST, color="0.75", linewidth=0.6)
        axes[2].set(
            xscale="log",
            xlabel="spread of the ratio of updates",
            xlim=(0.8, 2.2 * MOST),
            ylabel="modes reached, of 8",
            ylim=(-0.4, 8.4),
        )
        bare(*axes)
        lines, names = axes[0].get_legend_handles_labels()
        marks, _ = axes[2].get_legend_handles_labels()
        handles = list(zip(lines, marks, strict=True))
        figure.legend(handles, names, loc="outside lower center", ncols=6, handlelength=3)
        s = r.settings
        note(
            figure,
            f"{s['seeds']} seeds, {s['steps']} updates, batches of {s['batch']}, two hidden layers "
            f"of {s['width']}",
        )
    return figure


def _ratio(norms):
    """D's over G's, without the row before the first update; where G stood still, very large."""
    rows = norms[..., 1:, :].astype(float)
    return rows[..., 1] / np.maximum(rows[..., 0], 1e-30)
