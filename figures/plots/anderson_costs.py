"""What Anderson mixing costs, in updates, gradients and seconds."""

import numpy as np
from matplotlib import pyplot

from figures.methods import LOOKS, VARIANT, look
from figures.page import DOUBLE, house
from figures.panels import curve, legend_of, marked
from minimax_lab.draw.style import Look

METHODS = (
    "extragradient",
    "mixed simultaneous",
    "mixed two steps",
    "mixed alternating",
    "mixed extragradient",
)


def anderson_conditions(anderson_conditions):
    """Updates until the field is at 1e-6 of the first, by the condition number of a bilinear game
    with n = 50, for three depths.

    Steps of one over the norm of A (extragradient 0.7), spectra of A as the GDA-AM study's; its own
    fixed step of 0.6 lies beyond the alternating limit from a condition number of 12 on. Triangles:
    5000 updates did not suffice. Grey: proportional to kappa and to its square. A window of fixed
    depth divides the number but lets it grow between the two; only one as long as the profile (100)
    does not mind, and is a direct solution. One matrix a condition number and no noise: there is no
    spread.
    """
    across, most = anderson_conditions["conditions"], anderson_conditions.settings["most"]
    depths = anderson_conditions.settings["depths"]
    with house():
        figure, axes = pyplot.subplots(
            1,
            len(depths),
            figsize=(DOUBLE, 3.0),
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for axis, depth in zip(axes.flat, depths, strict=True):
            for i, name in enumerate(METHODS):
                steps = anderson_conditions[
                    f"{depths[0] if name == 'extragradient' else depth}/{name}"
                ]
                _marked(axis, across, steps, most, i, name)
            for power in (1, 2):
                axis.plot(
                    across,
                    60 * (across / across[0]) ** power,
                    color="#aaaaaa",
                    linewidth=0.7,
                    zorder=0,
                )
            axis.set(
                xscale="log",
                yscale="log",
                xlabel=r"condition number $\kappa$ of $A$",
                title=f"depth {depth}",
                ylim=(5, 2 * most),
            )
            axis.legend()
        axes[0, 0].set_ylabel("updates")
        legend_of(figure, axes, columns=3)
    return figure


def anderson_dimensions(anderson_dimensions):
    """Updates to 1e-6 of the first field, and processor seconds of an update, by dimension:
    bilinear, condition number 10.

    Depth 20, two players of n numbers each, one thread, dense A. The study's games of this series
    have condition number n / 10; here it is held, so that only the dimension changes: updates
    hardly do, and an update's time grows slowly up to a thousand, where what is done beside the
    products counts, and faster than n squared (grey) beyond, where A leaves the caches; beside the
    products with A mixing is the cheaper the larger the game. Extragradient, whose slowest factor
    is 0.9976, is only timed. One matrix a size and no noise, seconds measured once: there is no
    spread.
    """
    across = anderson_dimensions["sizes"]
    with house():
        figure, axes = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.4), layout="constrained")
        for name in ("extragradient", "mixed simultaneous", "mixed alternating"):
            steps = np.array([anderson_dimensions[f"{size}/{name}"][0] for size in across])
            each = np.array([anderson_dimensions[f"{size}/{name}/seconds"] for size in across])
            own = look(name)
            for axis, values in zip(axes, (np.where(steps < 0, np.nan, steps), each), strict=True):
                axis.plot(across, values, **marked(own), markersize=4, label=name)
        axes[1].plot(
            across, each[-1] * (across / across[-1]) ** 2, color="#aaaaaa", linewidth=0.7, zorder=0
        )
        axes[0].set(ylabel="updates", ylim=(0, None))
        axes[1].set(yscale="log", ylabel="processor seconds an update")
        for axis in axes:
            axis.set(xscale="log", xlabel="dimension $n$ of either player")
            axis.legend()
        legend_of(figure, axes, columns=3)
    return figure


def anderson_spent(anderson_spent):
    """The same runs against updates, one player's gradients and processor seconds: bilinear game, n
    = 100, condition number 20. Ours.

    Simultaneous and alternating steps take two an update, extragradient and two steps mixed as one
    take four. Iterations alone hide this, and the seconds hide nothing: on a game as small as this
    one the least squares cost more than the gradients, on those of the dimension study they do not.
    One matrix and no noise: there is no spread.
    """
    names = [str(name) for name in anderson_spent["names"]]
    with house():
        figure, axes = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 3.3), sharey=True, layout="constrained"
        )
        for i, name in enumerate(names):
            blocks, each = (
                float(anderson_spent[f"{name}/{what}"]) for what in ("blocks", "seconds")
            )
            for axis, unit in zip(axes, (1, blocks, each), strict=True):
                curve(
                    axis,
                    unit * anderson_spent["indices"],
                    anderson_spent[f"{name}/residual"],
                    i,
                    _windowed(name),
                    _look(name),
                )
        for axis, word in zip(
            axes,
            ("updates", "one player's gradients", "processor seconds (one thread)"),
            strict=True,
        ):
            axis.set(yscale="log", ylim=(1e-12, 10), xlabel=word)
            axis.legend()
        axes[2].set_xscale("log")
        axes[0].set_ylabel("norm of the field, relative")
        legend_of(figure, axes, columns=3)
    return figure


def _windowed(name):
    """A method, and how many updates it looks back over."""
    method, _, window = name.partition(", ")
    return f"{method}, window {window}" if window else method


def _look(name):
    """That of the method; with the longer window a variant of it."""
    method, _, window = name.partition(", ")
    return Look.of(LOOKS[method] + VARIANT * (window == "50"))


def _marked(axis, across, steps, most, index, name):
    """Updates needed; an arrow where the budget was not enough."""
    own, enough = look(name), steps >= 0
    shown = np.where(enough, steps, np.nan)
    axis.plot(across, shown, **marked(own), markersize=4, label=name)
    style = {
        "linestyle": "none",
        "marker": "^",
        "markersize": 5,
        "markerfacecolor": "none",
        "color": own.colour,
    }
    shift = 1.06 ** (index - 2)
    axis.plot(
        shift * across[~enough], np.full(np.sum(~enough), 1.4 * most), label="_not within", **style
    )
