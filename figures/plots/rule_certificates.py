"""Certificate against search, for every rule."""

import numpy as np
from matplotlib import pyplot

from figures.page import DOUBLE, house
from figures.panels import note
from minimax_lab.draw.style import Look

LEAST = 1e-7  # of a gap; what is closer has met


def rule_certificates_drawn(rule_certificates):
    """How far is a certificate from the worst field found? Every rule on strongly monotone fields.

    Left, the rate per update: certified from above by a Lyapunov function of the state alone, and
    of the state and the answers of one past update; from below, the worst linear field found.
    Right, what is left between them, on the scale of the log of the rate. A mark that is missing
    stands for no rate below one. Every certificate is checked in fractions. Steps differ by rule,
    as written: rates of two rules are not to be compared. Ours.
    """
    names, rates = rule_certificates["names"], rule_certificates["rates"]
    found, places = rule_certificates["found"], np.arange(len(names))
    labels = ["state alone", "one update back"]
    with house():
        figure, (left, right) = pyplot.subplots(
            1, 2, figsize=(DOUBLE, 3.0), layout="constrained", sharey=True
        )
        left.plot(found, places, "|", color="black", markersize=12, label="worst field found")
        for j, label in enumerate(labels[: rates.shape[1]]):
            look = {"color": Look.of(j).colour, "markerfacecolor": "none", "linestyle": "none"}
            gap = np.log(found) / np.log(rates[:, j]) - 1
            left.plot(rates[:, j], places, marker="os"[j], label=label, **look)
            right.plot(gap.clip(LEAST), places, marker="os"[j], **look)
        right.axvline(0.01, color="#777777", linewidth=0.8, linestyle=":")
        left.set(
            yticks=places,
            yticklabels=[str(name).replace("-", "−") for name in names],
            xlabel="rate per update",
        )
        right.set(xscale="log", xlabel="relative gap in log rate (dotted: 1 %)")
        settings = rule_certificates.settings
        mu, limit = settings["monotonicity"], settings["lipschitz"]
        note(figure, f"strong monotonicity $\\mu = {mu:g}$, Lipschitz constant $L = {limit:g}$")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
