"""What every rule costs to a given accuracy."""

import numpy as np
from matplotlib import pyplot

from figures.page import DOUBLE, house
from figures.panels import note
from minimax_lab.draw.style import COLOURS

MARKS = "osD"


def accuracy_costs(accuracy_costs):
    """Gradients of single players, and processor seconds, until the field is at 1e-6 of the first,
    every rule at the best of seventeen steps from 0.02 to 4: quadratic games of fifty numbers a
    player whose pairs of eigenvalues have one angle to the real axis (0 degrees: two minimisations;
    90: bilinear) and moduli from a tenth to one.

    A product with the Jacobian counts as two whole fields; the linear solve of following the ridge
    is in the seconds alone. A mark at the right border: 20 000 updates did not suffice at any step.
    Held: consensus 1, momentum 0.5 and −0.5, averages of decay 0.9, lookahead over 5 updates with
    weight 0.5, mixing over 10. The rules are sorted by what they cost at 45 degrees. Seconds: those
    of an update, the least of three goes of 300 in one thread, compilation apart, times the
    updates; differences below a third say nothing. One game an angle. Ours.
    """
    r, names = accuracy_costs, [str(name) for name in accuracy_costs["names"]]
    updates, _, gradients, products, seconds = np.moveaxis(r["table"], -1, 0)
    costs = updates * (gradients + 4 * products), updates * seconds
    middle = len(r["angles"]) // 2
    order = np.argsort(
        -np.where(np.isnan(costs[0][middle]), np.inf, costs[0][middle]), kind="stable"
    )
    with house():
        figure, axes = pyplot.subplots(
            1, 2, figsize=(DOUBLE, 3.9), sharey=True, layout="constrained"
        )
        heights = np.arange(len(names))
        for axis, values in zip(axes, costs, strict=True):
            edge = 4 * np.nanmax(values)
            for i, angle in enumerate(r["angles"]):
                row = values[i][order]
                lost = np.isnan(row)
                how = {
                    "color": COLOURS[i],
                    "marker": MARKS[i % 3],
                    "linestyle": "",
                    "markersize": 4,
                }
                axis.plot(row, heights, **how, label=f"{angle:g} degrees")
                place = heights[lost] + 0.22 * (i - 1)
                axis.plot(np.full(lost.sum(), edge), place, **how, fillstyle="none")
            axis.axvline(edge / 2, color="0.75", linewidth=0.6)
            axis.set(xscale="log")
            axis.grid(axis="y", color="0.9", linewidth=0.5)
        axes[0].set_yticks(heights, [names[i] for i in order])
        axes[0].set_xlabel("gradients to 1e-6 of the first field")
        axes[1].set_xlabel("processor seconds")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        s = r.settings
        note(
            figure,
            f"{s['size']} numbers a player, {s['tried']} steps from {s['low']} to {s['high']}",
        )
    return figure
