"""The six planar games: where four rules go, and how far all of them stay from the point aimed
at.
"""

import dataclasses

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.packing import unpacked
from figures.panels import legend_of, note, titled

SHOWN = ("simultaneous", "alternating", "extragradient", "follow the ridge")
PLAIN = (*SHOWN, "optimistic", "past extragradient")
AIM = (
    "Aim: the point that the study of these games (He et al. 2022) means to reach. Flat near "
    "$10^{-15}$: rounding."
)
STEPS = (
    "The four steps: simultaneous; alternating, follow the ridge; extragradient; optimistic, past "
    "extragradient."
)


def planar_portraits(planar):
    """Six planar games, 200 updates of four rules from (3, 3), with the steps of the GDA-AM study
    (He et al. 2022).

    Grey: the continuous flow; dashed and dotted: where a player's gradient vanishes; black:
    separatrices of saddles of the flow.
    """
    with mm.draw.style():
        figure, axes = pyplot.subplots(2, 3, figsize=(8.6, 7.6), layout="constrained")
        for axis, name, sizes in zip(axes.flat, planar["names"], planar["sizes"], strict=True):
            whole = unpacked(planar, name)
            shown = tuple(t for t in whole.trajectories if t.label in SHOWN)
            mm.draw.portrait(
                dataclasses.replace(whole, trajectories=shown), axis, names=("$x$", "$y$")
            )
            axis.set_title(f"{titled(name)}\nsteps {_listed(sizes[:3])}")
        note(
            figure,
            f"{planar.settings['steps']} updates. The three steps: simultaneous; alternating, "
            f"follow the ridge; extragradient",
        )
        legend_of(figure, axes, columns=5)
    return figure


def planar_distances(planar):
    """Six planar games, all rules: distance to the point the GDA-AM study aims at, against the
    number of updates from (3, 3).

    Above, the plain rules; below, those that change another one: alternating with negative
    momentum, simultaneous with consensus, with symplectic adjustment, inside lookahead and
    averaging. Curves that end in a cross have diverged. The aim of false_minimax is no minimax
    point and the one of flat_centre is degenerate.
    """
    with mm.draw.style():
        figure = pyplot.figure(figsize=(8.6, 10.8), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1.18, 1))
        note(above, f"{AIM}\n{STEPS}")
        _distances(planar, above, lambda label: label in PLAIN, with_aims=True)
        note(
            below,
            "Changed rules, aims and steps as above: alternating with momentum −1/2, simultaneous "
            "with each of the others.",
        )
        _distances(planar, below, lambda label: label not in PLAIN, with_aims=False)
    return figure


def _distances(planar, figure, chosen, with_aims):
    """The six games with the walks whose label is chosen."""
    axes = figure.subplots(2, 3)
    for axis, name, aim, sizes in zip(
        axes.flat, planar["names"], planar["aims"], planar["sizes"], strict=True
    ):
        walks = [w for w in unpacked(planar, name).trajectories if chosen(w.label)]
        longest = planar.settings["steps"] + 1
        mm.draw.curves(
            {w.label: _distance(w.points, aim, longest) for w in walks},
            axis=axis,
            ylabel="distance to the aim",
        )
        axis.set(
            xlim=(-0.02 * longest, 1.02 * longest),
            ylim=(1e-17, 1e4),
            yticks=10.0 ** np.arange(-16, 5, 4),
        )
        said = f", aim $({aim[0]:.3g}, {aim[1]:.3g})$\nsteps {_listed(sizes)}" if with_aims else ""
        axis.set_title(titled(name) + said)
        axis.label_outer()
    legend_of(figure, axes, columns=6)


def _listed(sizes):
    return ", ".join(f"{size:g}" for size in sizes)


def _distance(points, aim, longest, most=1e3):
    """The distance as far as it is drawn; beyond `most` a walk counts as gone."""
    distance = np.hypot(*(points - aim).T)
    gone = np.flatnonzero(distance > most)
    return np.pad(distance[: gone[0] if len(gone) else None], (0, longest), constant_values=np.nan)[
        :longest
    ]
