"""The six planar games: where four rules go, and how far all of them stay from the point aimed at."""

import dataclasses

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.packing import unpacked
from figures.panels import legend_of, titled

SHOWN = ("simultaneous", "alternating", "extragradient", "follow the ridge")


def planar_portraits(planar):
    """Six planar games, 200 updates of four rules from (3, 3), with the steps of the GDA-AM study (He et al. 2022).

    Grey: the continuous flow; dashed and dotted: where a player's gradient vanishes; black: separatrices of saddles of the flow.
    """
    with mm.draw.style():
        figure, axes = pyplot.subplots(2, 3, figsize=(8.6, 6.9), layout="constrained")
        for axis, name in zip(axes.flat, planar["names"], strict=True):
            whole = unpacked(planar, name)
            shown = tuple(t for t in whole.trajectories if t.label in SHOWN)
            mm.draw.portrait(dataclasses.replace(whole, trajectories=shown), axis, names=("$x$", "$y$"))
            axis.set_title(titled(name))
        legend_of(figure, axes, columns=5)
    return figure


def planar_distances(planar):
    """Six planar games, all rules: distance to the point the GDA-AM study aims at, against the number of updates from (3, 3).

    Curves that end have diverged. The aim of false_minimax is no minimax point and the one of flat_centre is degenerate.
    """
    with mm.draw.style():
        figure, axes = pyplot.subplots(2, 3, figsize=(8.6, 5.6), layout="constrained")
        for axis, name, aim in zip(axes.flat, planar["names"], planar["aims"], strict=True):
            walks = unpacked(planar, name).trajectories
            longest = max(len(w.points) for w in walks)
            mm.draw.curves({w.label: _distance(w.points, aim, longest) for w in walks}, axis=axis, ylabel="distance to the aim")
            axis.set_ylim(1e-17, 1e4)
            axis.set_title(titled(name))
            axis.label_outer()
        legend_of(figure, axes, columns=4)
    return figure


def _distance(points, aim, longest, most=1e3):
    """The distance as far as it is drawn; beyond `most` a walk counts as gone."""
    distance = np.hypot(*(points - aim).T)
    gone = np.flatnonzero(distance > most)
    return np.pad(distance[: gone[0] if len(gone) else None], (0, longest), constant_values=np.nan)[:longest]
