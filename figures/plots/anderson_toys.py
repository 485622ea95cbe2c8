"""Anderson mixing on planar games: paths over the value's contours, and the squared distance to the
point aimed at.
"""

import dataclasses

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.methods import dress, look
from figures.packing import unpacked
from figures.page import DOUBLE, SMALL, house
from figures.panels import marked, titled
from minimax_lab import Outcome
from minimax_lab.analysis.portraits import Trajectory
from minimax_lab.games import planar as values

FRAME = ((-20.0, 10.0), (-30.0, 10.0))  # the released picture's, of the game seen from afar
TOLD = {
    "simultaneous": "simultaneous",
    "alternating": "alternating",
    "extragradient": "extragradient",
    "optimistic": "optimistic",
    "mixed simultaneous": "mixed simultaneous",
    "mixed alternating": "mixed alternating",
    "mixed simultaneous, ridge": "mixed simultaneous, released ridge",
    "mixed alternating, ridge": "mixed alternating, released ridge",
    "Adam": "Adam",
}


def anderson_toys(planar, anderson_toys):
    """The two pictures on the front page of the GDA-AM code (He et al. 2022), and the first game
    from that study's usual start.

    Left, paths over contours of the value; right, the squared distance to the origin, a strict
    local minimax point of both games that no rule without mixing finds. Each walk is named with the
    kind of the point it came to. Mixing ends exactly on fleeing_minimax, a linear map of the plane.
    On cycle_trap depth 20 exceeds the dimension, so the least squares has many solutions: ours is
    the smallest, which the released ridge approaches, and their curves coincide. (The smallest
    after scaling the columns alike, as in deep windows, runs off to where the field fades.)
    """
    return _page(
        planar, anderson_toys, ("fleeing_minimax, far", "cycle_trap", "fleeing_minimax"), 9.0
    )


def anderson_toys_more(planar, anderson_toys):
    """The other four planar games of the GDA-AM study from (3, 3), its steps and depths; squared
    distance to its aim.

    Mixing finds zeros of the field whatever their kind: in false_minimax that is a source which is
    no minimax point (not even a maximum in y), and the aim of flat_centre is degenerate. On bump
    distances stop where the study's rounded aim ends, at 1e-19.
    """
    return _page(
        planar, anderson_toys, ("bump", "two_basins", "false_minimax", "flat_centre"), 11.6
    )


def _page(planar, toys, pages, height):
    with house():
        figure, axes = pyplot.subplots(
            len(pages), 2, figsize=(DOUBLE, height), layout="constrained"
        )
        for (left, right), page in zip(axes, pages, strict=True):
            _paths(left, planar, toys, page)
            _losses(right, planar, toys, page)
        axes[-1, 1].set_xlabel("update")
    return figure


def _of(toys, page):
    """The walks of a page with their names."""
    return [
        (name, toys[f"{page}/{name}/points"], str(toys[f"{page}/{name}/end"]))
        for name in TOLD
        if f"{page}/{name}/end" in toys
    ]


def _paths(axis, planar, toys, page):
    name = page.split(",")[0]
    whole = unpacked(planar, name)
    walks = [
        Trajectory(TOLD[n], p, Outcome.DIVERGED if end == "diverges" else Outcome.RUNNING)
        for n, p, end in _of(toys, page)
    ]
    box = FRAME if page.endswith("far") else whole.box
    bare = {
        "flow": (),
        "separatrices": (),
        "nullclines": ((), ()),
        "field": np.zeros_like(whole.field),
    }
    mm.draw.portrait(
        dataclasses.replace(whole, box=box, trajectories=tuple(walks), **bare),
        axis,
        names=("$x$", "$y$"),
    )
    x, y = np.meshgrid(*(np.linspace(*side, 201) for side in box))
    value = getattr(values, f"{name}_value")(x, y, np)
    levels = np.unique(np.quantile(value, np.linspace(0.02, 0.98, 22)))
    axis.contour(x, y, value, levels, colors="#b5b5b5", linewidths=0.5, linestyles="-", zorder=0.6)
    dress(axis, [walk.label for walk in walks])
    axis.get_legend().remove()
    axis.set_title(titled(page))


def _losses(axis, planar, toys, page):
    name = page.split(",")[0]
    aim = planar["aims"][list(planar["names"]).index(name)]
    walks = _of(toys, page)
    longest = min(max(len(points) for _, points, _ in walks), 101)
    for i, (rule, points, end) in enumerate(walks):
        with np.errstate(over="ignore"):
            loss = np.maximum(np.sum((points - aim) ** 2, axis=1), 1e-40)
        own, every = look(TOLD[rule]), max(1, len(loss) // 8)
        axis.plot(
            loss,
            **marked(own),
            markersize=3.2,
            markevery=((i * every) // 8, every),
            label=f"{TOLD[rule]}:\n   {end}",
        )
    axis.set(
        yscale="log", ylim=(1e-25, 1e4), xlim=(0, longest - 1), yticks=10.0 ** np.arange(-24, 5, 4)
    )
    axis.set_ylabel(f"squared distance to $({aim[0]:.3g}, {aim[1]:.3g})$")
    axis.legend(loc="upper left", bbox_to_anchor=(1.02, 1.03), fontsize=SMALL, labelspacing=0.25)
