"""Eight Gaussians under normalised and grafted steps."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note
from minimax_lab import adversarial as adv

SAMPLES = 1024


def mixture_graft_rates(mixture_grafts):
    """Two networks learning eight Gaussians, by method and rate, ten seeds each, both players at
    one rate, at once. Left: modes reached at the end (1 % of 1024 samples within 0.1). Middle:
    share of samples within 0.1 of a mode. Right: modes along training at each method's rate of most
    modes, chosen on these seeds. Lines: means; bands: the middle half. AdaLR, which has Adam's
    length tensor by tensor along the plain gradient, reaches as many modes as Adam; Adam's
    direction at the gradient's length (AdaDir) ends with no more modes than the gradient (SGDA);
    normalised steps lie between. Adam is without momentum. Ours.
    """
    r = mixture_grafts
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.7), layout="constrained")
        for name in map(str, r["names"]):
            wide, rates, own = r[f"{name}/wide"], r[f"{name}/rates"], look(name)
            modes, near = adv.covered(wide, SAMPLES).astype(float), wide.sum(-1) / SAMPLES
            best = int(np.argmax(modes[:, :, -1].mean(1)))
            panels = (
                (rates, modes[:, :, -1]),
                (rates, near[:, :, -1]),
                (r["indices"], modes[best].T),
            )
            for axis, (across, values) in zip(axes, panels, strict=True):
                ends = np.quantile(values, (0.25, 0.75), axis=1)
                band(axis, across, values.mean(1), *ends, own, name, **hollow(own))
        for axis in axes[:2]:
            axis.set(xscale="log", xlabel="learning rate of both players")
        axes[0].set(ylabel="modes reached, of 8", ylim=(-0.2, 8.3))
        axes[1].set(ylabel="share of samples near a mode", ylim=(-0.02, 1.02))
        axes[2].set(ylabel="modes reached, at the best rate", xlabel="update", ylim=(-0.2, 8.3))
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
        s = r.settings
        note(
            figure,
            f"{s['steps']} updates, batches of {s['batch']}, two hidden layers of {s['width']}, "
            f"{s['seeds']} seeds",
        )
    return figure
