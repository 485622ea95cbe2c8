"""Stagnation and its remedies, and the field of values."""

import numpy as np
from matplotlib import pyplot

from figures.methods import LOOKS
from figures.page import DOUBLE, house
from figures.panels import curve, legend_of
from minimax_lab.draw.style import Look


def anderson_stagnation(anderson_stagnation):
    """A bilinear game (n = 20, condition number 5, step 1) mixed over a full window of 40 and over
    one of 10. Ours throughout.

    In exact arithmetic simultaneous mixing stops at its second iterate for ever. Above, without a
    remedy: what is seen past it is rounding brought to unit length (Gram, orthogonal) or the bias
    of a ridge, and over a short window it does not converge. Below, what helps: the map's own step
    where mixing stagnates, with windows that land when full; two steps mixed as one; and maps whose
    field of values does not hold the origin. Two steps and extragradient cost twice the gradients.
    One matrix and no noise: there is no spread.
    """
    depths = [int(depth) for depth in anderson_stagnation["depths"]]
    names = [str(name) for name in anderson_stagnation["names"]]
    groups = (
        [n for n in names if n.startswith("no remedy")],
        [n for n in names if not n.startswith("no remedy")],
    )
    with house():
        figure, axes = pyplot.subplots(
            2,
            len(depths),
            figsize=(DOUBLE, 6.1),
            sharex=True,
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for line, group in zip(axes, groups, strict=True):
            for axis, depth in zip(line, depths, strict=True):
                for name in group:
                    row = anderson_stagnation[f"{depth}/{name}"]
                    curve(axis, np.arange(len(row)), row, names.index(name), *_told(name))
                axis.set(
                    yscale="log", ylim=(1e-16, 1e4), xlim=(0, anderson_stagnation.settings["steps"])
                )
                axis.set_title(
                    f"window {depth}"
                    + (", full" if depth == 2 * anderson_stagnation.settings["size"] else "")
                )
                axis.legend()
            line[0].set_ylabel("distance to the solution")
        for axis in axes[-1]:
            axis.set_xlabel("update")
        legend_of(figure, axes, columns=3)
    return figure


def _told(name):
    """What a reader is told, and the look: variants of mixing simultaneous steps, or other maps."""
    word, index = {
        "no remedy, Gram": (
            "simultaneous, no remedy: Gram",
            LOOKS["mixed simultaneous, no remedy"],
        ),
        "no remedy, orthogonal": ("simultaneous, no remedy: orthogonal", 3),
        "no remedy, ridge": ("simultaneous, no remedy: ridge", 5),
        "landing restarts (default)": (
            "simultaneous, landing restarts",
            LOOKS["mixed simultaneous"],
        ),
        "two steps as one": ("two steps as one", LOOKS["mixed two steps"]),
        "remedy: alternating": ("simultaneous, remedy: alternating", 4),
        "alternating": ("alternating", LOOKS["mixed alternating"]),
        "extragradient": ("extragradient", LOOKS["mixed extragradient"]),
    }[name]
    return word, Look.of(index)


def anderson_ranges(anderson_ranges):
    """Numerical ranges (shaded) and eigenvalues of G = 1 - M; mixing cannot stagnate where the
    origin (cross) lies outside.

    The released script draws 1 - G and marks the point 1; its two games are the first two panels,
    drawn anew. Random own parts leave the origin well inside, definite ones just outside: their
    symmetric part reaches down to the printed number. A bilinear game's range is a segment through
    the origin, so simultaneous mixing may stagnate, and does. With alternating steps the origin is
    on the edge, so Elman's bound gives nothing there either, though nothing stagnates.
    """
    names = [str(name) for name in anderson_ranges["names"]]
    with house():
        figure, axes = pyplot.subplots(1, 4, figsize=(DOUBLE, 2.4), layout="constrained")
        for axis, name in zip(axes, names, strict=True):
            edge, values = anderson_ranges[f"{name}/edge"], anderson_ranges[f"{name}/eigenvalues"]
            axis.fill(edge.real, edge.imag, facecolor="#e3ebf3", edgecolor="#444444", linewidth=0.9)
            axis.plot(
                values.real, values.imag, "o", color="#0072B2", markersize=1.8, label="eigenvalues"
            )
            axis.plot(
                0, 0, "+", color="#D55E00", markersize=10, markeredgewidth=1.6, label="origin"
            )
            low = anderson_ranges[f"{name}/symmetric"][0]
            axis.set_title(
                f"{name}\nleast real part {0.0 if abs(low) < 1e-9 else low:.2g}".replace(
                    "-", "\N{MINUS SIGN}"
                )
            )
            axis.set(xlabel="real part")
            axis.margins(0.1)
            if np.ptp(edge.real) < 1e-9:
                axis.set_xlim(-1, 1)
            axis.legend()
        axes[0].set_ylabel("imaginary part")
        legend_of(figure, axes)
    return figure
