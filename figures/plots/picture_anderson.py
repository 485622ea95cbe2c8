"""Digits under Anderson mixing."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import band, bare, note

MAPS = ("Adam", "extragradient")


VARIANTS = {  # the looks of what mixes Adam in the plane
    "alone": "Adam",
    "mixed": "mixed Adam",
    "mixed every 10": "mixed Adam, every 10",
    "mixed, ridge 1": "mixed Adam, ridge 1",
}


def picture_anderson(picture_anderson):
    """Anderson mixing of two maps on 28 x 28 digits: Adam in turn, and extragradient around Adam,
    both without first moments. Above: Fréchet distance by a classifier's features, by one player's
    gradients spent; below: the norm of the field, by updates, as the study counted. Lines: medians
    over seeds; bands: least and greatest. A CPU twin of "GDA-AM" on digits instead of CIFAR-10.
    """
    r = picture_anderson
    with house():
        figure, axes = pyplot.subplots(
            2, 2, figsize=(DOUBLE, 4.7), sharey="row", layout="constrained"
        )
        names = [str(n) for n in r["names"]]
        for (above, below), kind in zip(axes.T, MAPS, strict=True):
            for name in (name for name in names if name.startswith(kind)):
                label = name.removeprefix(kind).lstrip(", ") or "alone"
                own = look(VARIANTS[label])
                gradients, products = r[f"{name}/cost"]
                spent = r[f"{name}/stages"] * (gradients + 2 * products)
                _spread(above, spent, r[f"{name}/distance"], own, label)
                norms = np.linalg.norm(r[f"{name}/norms"], axis=-1)
                _spread(below, r[f"{name}/indices"], norms, own, label)
            above.set(title=kind, yscale="log", xlabel="one player's gradients spent")
            below.set(yscale="log", xlabel="updates")
        axes[0, 0].set_ylabel("Fréchet distance\n(classifier's features)")
        axes[1, 0].set_ylabel("norm of the field, $|v|$")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        s = r.settings
        note(
            figure,
            f"window {s['depth']}, rate {s['step']:g}, batches of {s['batch']}, {s['seeds']} seeds",
        )
    return figure


def _spread(axis, across, values, own, label):
    shown = np.where(np.isfinite(values), values, np.nan)
    band(axis, across, *(f(shown, axis=0) for f in (np.median, np.min, np.max)), own, label)
