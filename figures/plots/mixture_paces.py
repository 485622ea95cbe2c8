"""Whose step is longer along trainings on eight Gaussians."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, middle_half, note
from minimax_lab import adversarial as adv

SAMPLES = 1024


def mixture_paces(mixture_paces):
    """The discriminator's step beside the generator's along trainings on eight Gaussians, at once,
    the generator's rate 0.3 times the discriminator's: the ratio of the norms of gradients (left)
    and of updates (middle), medians and middle half of the seeds; right: modes reached at the end
    (1 % of 1024 samples within 0.1 of it), a dot a seed, against how far the ratio of updates
    wanders, its 95th percentile along the run over its 5th.

    Dotted: the ratio of the rates, which normalised steps hold by construction, tensor by tensor or
    as a whole, and Adam only about. Discriminators' rates: SGDA and AdaDir 0.1, Adam and AdaLR
    0.001, normalised 0.01 tensor by tensor and 0.03 as a whole. Ours.
    """
    r, across = mixture_paces, mixture_paces["indices"]
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.8), layout="constrained")
        for name in map(str, r["names"]):
            own = look(name)
            for axis, part in zip(axes, ("norms", "moves"), strict=False):
                rows = r[f"{name}/{part}"].astype(float)
                ratio = rows[..., 1] / np.maximum(rows[..., 0], 1e-30)
                middle_half(axis, across[1:], ratio[:, 1:], own, name)
            low, high = np.quantile(ratio[:, 1:], (0.05, 0.95), axis=1)
            modes = adv.covered(r[f"{name}/counts"], SAMPLES).astype(float)
            jitter = np.linspace(-0.15, 0.15, len(modes))
            axes[2].plot(high / low, modes + jitter, own.mark, color=own.colour, ms=3.5, alpha=0.8)
        for axis, word in zip(axes, ("gradient", "update"), strict=False):
            axis.set(yscale="log", xlabel="update", ylabel=f"norm of D's {word} / of G's")
        axes[1].axhline(
            1 / r.settings["ratio"], color="0.4", linewidth=0.8, linestyle=":", zorder=3
        )
        axes[2].set(
            xscale="log",
            xlabel="spread of the ratio of updates",
            ylabel="modes reached, of 8",
            ylim=(-0.4, 8.4),
        )
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
        s = r.settings
        note(
            figure,
            f"{s['seeds']} seeds, batches of {s['batch']}, two hidden layers of {s['width']}",
        )
    return figure
