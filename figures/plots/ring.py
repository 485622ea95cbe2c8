"""The three-player ring: where it goes, player by player and in space."""

import numpy as np
from matplotlib import pyplot
from matplotlib.ticker import MaxNLocator

import minimax_lab as mm
from figures.panels import bare, marked, stroke
from minimax_lab.draw.style import Look


def ring_of_three(ring):
    """Three players in a ring, each pair zero-sum, friction 0.1, step 0.2: the walks in space, each
    player's strategy, and the distance to the equilibrium beside the slope that the update's
    spectrum predicts (thin lines, shifted up to be seen).
    """
    with mm.draw.style():
        figure = pyplot.figure(figsize=(9.6, 3.4), layout="constrained")
        cells = figure.add_gridspec(
            1, 4, width_ratios=(1.3, 0.16, 1, 1)
        )  # the second is room for the labels in space
        space = figure.add_subplot(cells[0], projection="3d")
        series, distance = (figure.add_subplot(cells[k]) for k in (2, 3))
        names = [str(name) for name in ring["names"]]
        reach = 1.6 * np.abs(ring["extragradient/points"]).max()
        for i, name in enumerate(names):
            look, points = Look.of(i), ring[f"{name}/points"]
            inside = np.abs(points).max(axis=1) < reach
            shown = points[: np.argmin(inside) if not inside.all() else len(points)]
            space.plot(*shown.T, **stroke(look), linewidth=1.0)
            log = np.log(ring[f"{name}/radius"]) * np.arange(len(points))
            length = np.linalg.norm(points, axis=1)
            every = len(points) // 9
            style = {**marked(look), "markevery": every, "markersize": 3.6}
            distance.semilogy(length, markerfacecolor="white", label=name, **style)
            distance.semilogy(2 * length[0] * np.exp(log), color=look.colour, linewidth=0.6)
        space.plot(
            *ring["extragradient/points"][:1].T,
            "o",
            color="black",
            markerfacecolor="white",
            markersize=5,
        )
        _dress(space)
        for player, line in enumerate(ring["extragradient/points"].T):
            look = Look.of(player)
            series.plot(
                line,
                color=("black", "#666666", "#aaaaaa")[player],
                linestyle=look.dashes,
                label=f"$x_{player}$",
            )
        series.set(
            xlabel="update", ylabel="strategy", title="extragradient", xlim=(-2, len(line) / 2)
        )
        series.legend(loc="upper right")
        distance.set(xlabel="update", ylabel="distance to the equilibrium")
        bare(series, distance)
        distance.plot([], [], color="#666666", linewidth=0.6, label="predicted slope (shifted)")
        distance.set_title(
            f"step {ring.settings['step']:g}, friction {ring.settings['friction']:g}"
        )
        figure.legend(*distance.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def _dress(space):
    """A light frame, and labels clear of the next panel."""
    space.set(xlabel="$x_0$", ylabel="$x_1$", zlabel="$x_2$")
    space.view_init(elev=24, azim=-52)
    space.set_box_aspect(None, zoom=1.05)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_tick_params(pad=-2, labelsize=7)
        axis.labelpad = -6
        axis.pane.set_facecolor("white")
        axis._axinfo["grid"].update(color="#e3e3e3", linewidth=0.5)
