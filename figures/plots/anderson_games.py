"""Anderson mixing on the bilinear and quadratic games of its study: distances against updates."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, SMALL, house
from figures.panels import TRANSPOSED, bare, curve, legend_of
from minimax_lab.games.mixing_study import CASES

TITLES = {
    "1a": rf"1a: $x{TRANSPOSED} A y$, $A$ definite, $\kappa = 5$",
    "1b": rf"1b: $x{TRANSPOSED} A y$, $A$ Gaussian",
    "1c": rf"1c: $x{TRANSPOSED} A y + b{TRANSPOSED} x + c{TRANSPOSED} y$, $A$ Gaussian",
    "2b": r"2b: quadratic, definite, $\kappa = 20$",
    "2c": "2c: quadratic, own parts of rank one",
}
METHODS = (
    "simultaneous",
    "alternating",
    "extragradient",
    "optimistic",
    "mixed simultaneous",
    "mixed simultaneous, no remedy",
    "mixed alternating",
)


def anderson_games(anderson_games):
    """Five games of two hundred numbers with the GDA-AM study's draws (seed 0), steps, depths and
    lengths; squared distances.

    The released pictures have the same axes. Mixed simultaneous steps stagnate on the bilinear
    games at once (counted in the panels), where exact arithmetic would leave no second column; with
    the remedy the map's own step is taken instead and full windows land, without it what follows is
    rounding brought to unit length. Depths of one to two times the dimension make these nearly
    direct solutions. Dotted: a relative squared distance of 1e-10. One draw a game and no noise:
    there is no spread.
    """
    names = [str(name) for name in anderson_games["names"]]
    with house():
        figure, axes = pyplot.subplots(2, 3, figsize=(DOUBLE, 5.2), layout="constrained")
        for axis, name in zip(axes.flat, names, strict=False):
            rows = {method: anderson_games[f"{name}/{method}"] for method in METHODS}
            for i, (method, row) in enumerate(rows.items()):
                curve(axis, np.arange(len(row)), row, i, method, look(method))
            first = rows["optimistic"][0]
            axis.axhline(1e-10 * first, color="#777777", linestyle=":", linewidth=0.8)
            stuck = [int(anderson_games[f"{name}/{method}/stagnations"]) for method in METHODS[4:6]]
            axis.text(
                0.98,
                0.97,
                f"stagnations {stuck[0]}; no remedy {stuck[1]}",
                transform=axis.transAxes,
                ha="right",
                va="top",
                fontsize=SMALL,
            )
            axis.set(
                yscale="log",
                ylim=(1e-25, 1e8),
                xlabel="update",
                title=TITLES[name],
                xlim=(0, max(map(len, rows.values())) - 1),
            )
            bare(axis)
            axis.legend()
        for axis in axes.flat[len(names) :]:
            axis.axis("off")
            axis.text(
                0.0,
                1.0,
                _settings(names),
                transform=axis.transAxes,
                va="top",
                fontsize=SMALL,
                linespacing=1.5,
            )
        for axis in axes[:, 0]:
            axis.set_ylabel("squared distance to the solution")
        legend_of(figure, axes, columns=4)
    return figure


def _settings(names):
    """The steps and depths of every panel in words."""
    lines = [
        "Steps (simultaneous, alternating,",
        "extragradient, optimistic); depth and step",
        "of mixed simultaneous; of mixed alternating",
    ]
    for name in names:
        case = CASES[name]
        plain = ", ".join(f"{size:g}" for size in case.sizes)
        mixed = "; ".join(
            f"{depth}, {step:g}" for depth, step in (case.simultaneous, case.alternating)
        )
        lines.append(f"{name}:  {plain};  {mixed}")
    return "\n".join(lines)
