"""Digits with help for the critic."""

import numpy as np
from matplotlib import pyplot

from figures.page import DOUBLE, house
from figures.panels import bare, hollow, note, stroke
from minimax_lab.draw.style import Look


def picture_assist(picture_assist):
    """AdvAs on 28 x 28 digits at equal budgets of one player's gradients, a product counted as two.
    Above: Fréchet distance by a classifier's features at the end, by turns of the critic for each
    of the generator's, without help and with the bounded one; open marks: other estimators at one
    turn. Below: the norm of the critic's gradient along training at one turn, which the help lowers
    under hinge and not under WGAN-GP; under hinge it falls to zero, off the axis, where the critic
    is sure of every sample. Points are medians over seeds, bars their least and greatest, bands the
    same. A CPU twin of Munk, Harvey and Wood's study.
    """
    r = picture_assist
    with house():
        losses = r.settings["losses"]
        size = {"figsize": (DOUBLE, 4.9), "layout": "constrained", "squeeze": False}
        figure, axes = pyplot.subplots(2, len(losses), **size)
        for (above, below), loss in zip(axes.T, losses, strict=True):
            arms = [arm.split("/") for arm in map(str, r["arms"]) if arm.startswith(loss + "/")]
            names = list(dict.fromkeys(name for _, name, _ in arms))
            for i, name in enumerate(names):
                turns = [turn for _, other, turn in arms if other == name]
                _distances(above, r, loss, name, turns, i)
                _norms(below, r, f"{loss}/{name}/{turns[0]}", i, name)
            above.set(title=loss, yscale="log", xlabel="critic's turns")
            ticks = r.settings["turns"]
            above.set_xscale("log")
            above.set_xticks(ticks, [str(turn) for turn in ticks])
            above.minorticks_off()
            below.set(yscale="log", xlabel="one player's gradients spent")
        axes[0, 0].set_ylabel("Fréchet distance\n(classifier's features)")
        axes[1, 0].set_ylabel("norm of the critic's gradient")
        bare(*axes.flat)
        handles, labels = axes[0, -1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        s = r.settings
        note(
            figure,
            f"{s['budget']} gradients, rate {s['step']:g}, batches of {s['batch']}, "
            f"{s['seeds']} seeds",
        )
    return figure


def _distances(axis, r, loss, name, turns, index):
    found = np.stack([r[f"{loss}/{name}/{turn}/distance"][:, -1] for turn in turns])
    middle, low, high = np.median(found, 1), found.min(1), found.max(1)
    across = np.array(list(map(float, turns))) * 1.03 ** (index - 1)
    how = stroke(Look.of(index)) | hollow(Look.of(index), 4) | {"linewidth": 1.1, "elinewidth": 0.7}
    axis.errorbar(across, middle, np.stack([middle - low, high - middle]), label=name, **how)


def _norms(axis, r, at, index, name):
    gradients, products = r[f"{at}/cost"]
    spent = r[f"{at}/indices"] * (gradients + 2 * products)
    norms = _smooth(r[f"{at}/norms"][..., 1])
    axis.plot(spent, np.median(norms, 0), label=name, **stroke(Look.of(index)), linewidth=1.1)
    axis.fill_between(
        spent, norms.min(0), norms.max(0), color=Look.of(index).colour, alpha=0.13, linewidth=0
    )


def _smooth(values, rows=9):
    """Geometric means over neighbouring rows."""
    if values.shape[1] < 2 * rows:
        return values
    padded = np.pad(np.log(values), ((0, 0), (rows // 2, rows // 2)), mode="edge")
    kernel = np.ones(rows) / rows
    return np.exp(np.stack([np.convolve(row, kernel, mode="valid") for row in padded]))
