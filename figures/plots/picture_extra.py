"""Digits under methods that look ahead or back, or average."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note, strip


def picture_extra(picture_extra):
    """Fréchet distance on 28 x 28 digits, by a classifier's features, at equal budgets of one
    player's gradients: along training (medians over seeds, least and greatest), and at its end, a
    dot a seed and a bar at their mean. All are around Adam; Extra-Adam is published with one memory
    a step and with one that advances at both looks. "Momentum" is the first moment in turn: a half
    but where it is said.
    """
    r = picture_extra
    losses, names = ([str(n) for n in r[part]] for part in ("losses", "names"))
    with house():
        figure, axes = pyplot.subplots(
            len(losses),
            2,
            figsize=(DOUBLE, 1.2 + 2.3 * len(losses)),
            layout="constrained",
            squeeze=False,
            sharey="row",
        )
        for (above, below), loss in zip(axes, losses, strict=True):
            for i, name in enumerate(names):
                own, at = look(name), f"{loss}/{name}"
                gradients, products = r[f"{at}/cost"]
                spent = r[f"{at}/stages"] * (gradients + 2 * products)
                found = np.minimum(np.nan_to_num(r[f"{at}/distance"], posinf=1e5), 1e5)
                ends = np.median(found, 0), found.min(0), found.max(0)
                band(above, spent, *ends, own, told(name), **hollow(own, 3))
                strip(below, i, found[:, -1], own, None)
            above.set(title=loss, yscale="log", xlabel="one player's gradients spent")
            below.set(yscale="log", xlabel="method, in the legend's order")
            below.set_xticks(range(len(names)), [str(i + 1) for i in range(len(names))])
        for axis in axes[:, 0]:
            axis.set_ylabel("Fréchet distance\n(classifier's features)")
        bare(*axes.flat)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        numbered = [f"{i + 1} {label}" for i, label in enumerate(labels)]
        figure.legend(handles, numbered, loc="outside lower center", ncols=3)
        s = r.settings
        note(figure, f"rate {s['step']:g}, batches of {s['batch']}, {s['seeds']} seeds")
    return figure
