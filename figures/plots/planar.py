"""The six planar games: where four rules go, and how far all of them stay from the point aimed
at.
"""

import dataclasses

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.methods import dress, look, told
from figures.packing import unpacked
from figures.page import DOUBLE, SMALL, house
from figures.panels import bare, hollow, legend_of, note, power, stroke, titled

SHOWN = ("simultaneous", "alternating", "extragradient", "follow the ridge")
PLAIN = (*SHOWN, "optimistic", "past extragradient")
NEAR = 1e-6  # of the aim, and it is reached
STEPS = (
    "the four steps: simultaneous; alternating, follow the ridge; extragradient; optimistic, past "
    "extragradient"
)


def planar_portraits(planar):
    """Six planar games, 200 updates of four rules from (3, 3), with the steps of the GDA-AM study
    (He et al. 2022).

    Grey: the continuous flow; dashed and dotted: where a player's gradient vanishes; black:
    separatrices of saddles of the flow.
    """
    with house():
        figure, axes = pyplot.subplots(2, 3, figsize=(DOUBLE, 6.6), layout="constrained")
        for axis, name, sizes in zip(axes.flat, planar["names"], planar["sizes"], strict=True):
            whole = unpacked(planar, name)
            shown = tuple(t for t in whole.trajectories if t.label in SHOWN)
            mm.draw.portrait(
                dataclasses.replace(whole, trajectories=shown), axis, names=("$x$", "$y$")
            )
            dress(axis, [walk.label for walk in shown])
            axis.set_title(f"{titled(name)}\nsteps {_listed(sizes[:3])}", pad=8)
        note(
            figure,
            f"{planar.settings['steps']} updates. The three steps: simultaneous; alternating, "
            f"follow the ridge; extragradient",
        )
        legend_of(figure, axes, columns=5)
    return figure


def planar_distances(planar):
    """Which rule reaches the aim of which planar game? Above: distance to the point that the study
    of these games (He et al. 2022) means to reach, for the rules that stand alone; flat near 1e-15
    is rounding. Below, all rules after 200 updates from (3, 3): the update at which a walk comes
    within 1e-6 of the aim and stays there; the distance to it at the end where it does not; or that
    it has diverged, or gone beyond a thousand. Changed rules: alternating with momentum -1/2;
    simultaneous with consensus or symplectic adjustment, inside lookahead, and its running average.
    The aim of false_minimax is no minimax point, and that of flat_centre is degenerate. Runs
    without noise: there is no spread.
    """
    names, longest = [str(name) for name in planar["names"]], planar.settings["steps"] + 1
    far = {
        (name, walk.label): (_distance(walk.points, aim, longest), walk.diverged)
        for name, aim in zip(names, planar["aims"], strict=True)
        for walk in unpacked(planar, name).trajectories
    }
    rules = list(dict.fromkeys(rule for _, rule in far))
    with house():
        figure = pyplot.figure(figsize=(DOUBLE, 6.7), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1.3, 1))
        axes = above.subplots(2, 3, sharex=True, sharey=True)
        for axis, name, aim, sizes in zip(
            axes.flat, names, planar["aims"], planar["sizes"], strict=True
        ):
            for i, rule in enumerate(PLAIN):
                distance, own = np.maximum(far[name, rule][0], 1e-17), look(rule)
                marks = hollow(own, 3) | {"markevery": (5 * i, longest // 6)}
                axis.plot(distance, **stroke(own), **marks, linewidth=1.0, label=rule)
            axis.set(yscale="log", ylim=(1e-17, 1e4), yticks=10.0 ** np.arange(-16, 5, 4))
            axis.set_title(
                f"{titled(name)}, aim $({aim[0]:.3g}, {aim[1]:.3g})$\nsteps {_listed(sizes)}"
            )
        for axis in axes[-1]:
            axis.set_xlabel("update")
        for axis in axes[:, 0]:
            axis.set_ylabel("distance to the aim")
        bare(*axes.flat)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        above.legend(handles, labels, loc="outside lower center", ncols=6, handlelength=2)
        note(above, STEPS)
        _table(below.subplots(), far, names, rules)
    return figure


def _table(axis, far, names, rules):
    """A row a rule, a column a game: shaded where the aim is reached, and when."""
    for i, rule in enumerate(rules):
        for j, name in enumerate(names):
            distance, diverged = far[name, rule]
            away = np.flatnonzero(~(distance < NEAR))
            reached, lost = (
                len(away) == 0 or away[-1] + 1 < len(distance),
                diverged or np.isnan(distance[-1]),
            )
            said = (
                f"update {away[-1] + 1}"
                if reached
                else "diverges"
                if lost
                else f"${power(float(distance[-1]))}$"
            )
            shade = "#b9d7ea" if reached else "#f1cdb9" if lost else "white"
            axis.fill_between((j - 0.5, j + 0.5), i - 0.5, i + 0.5, color=shade, linewidth=0)
            axis.text(j, i, said, ha="center", va="center", fontsize=SMALL)
    for place in range(len(rules) + 1):
        axis.axhline(place - 0.5, color="white", linewidth=1)
    axis.axhline(len(PLAIN) - 0.5, color="0.4", linewidth=0.7)
    axis.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(rules) - 0.5, -0.5))
    axis.set_yticks(range(len(rules)), [told(rule) for rule in rules])
    axis.set_xticks(range(len(names)), [titled(name) for name in names])
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _listed(sizes):
    return ", ".join(f"{size:g}" for size in sizes)


def _distance(points, aim, longest, most=1e3):
    """The distance as far as it is drawn; beyond `most` a walk counts as gone."""
    distance = np.hypot(*(points - aim).T)
    gone = np.flatnonzero(distance > most)
    return np.pad(distance[: gone[0] if len(gone) else None], (0, longest), constant_values=np.nan)[
        :longest
    ]
