"""Momentum for extragradient, a first player who shrinks, and a thousand numbers a player."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, note, stroke
from minimax_lab.draw.style import COLOURS

DASHES = ("-", "--", ":", "-.")


def anderson_momentum(anderson_momentum):
    """Does momentum help extragradient on a bilinear game of condition number 215? Distance to the
    solution, by step and momentum; in the legend the rate, minus the log of the radius of the
    update at the solution (negative: it leaves).

    Positive momentum is the released script's, with half the step in the update; none and negative
    come with the whole step. At step 1 extragradient without momentum has an eigenvalue on the
    circle, that of the largest singular value, so its rate is zero while the rest still falls. One
    game and no noise: there is no spread. The published curves run to a million updates.
    """
    r = anderson_momentum
    s, across = r.settings, r["indices"]
    with house():
        figure, axes = pyplot.subplots(
            1,
            len(s["rates"]),
            figsize=(DOUBLE, 3.0),
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for axis, rate in zip(axes.flat, s["rates"], strict=True):
            for i, momentum in enumerate((0.0, *s["momenta"])):
                name = f"{rate:g}, {momentum:g}"
                row, radius = r[name], float(r[f"{name}/radius"])
                label = f"{momentum:g}: {_rate(radius)}".replace("-", "−")
                how = {"color": COLOURS[i], "linestyle": DASHES[i % len(DASHES)]}
                axis.plot(across[: len(row)], row, **how, label=label)
            axis.set(yscale="log", xlabel="update", title=f"step {rate:g}")
            axis.legend(title="momentum: rate", loc="upper right", handlelength=2.6)
            axis.set_ylim(None, 12 * r[f"{s['rates'][0]:g}, 0"][0])
        axes[0, 0].set_ylabel("distance to the solution")
        bare(*axes.flat)
        note(figure, f"{s['size']} numbers a player, seed {s['seed']}")
    return figure


def _rate(radius):
    return "0" if abs(radius - 1) < 1e-12 else f"{-np.log(radius):.1e}"


def anderson_shrinking(anderson_shrinking):
    """What does it do to mixing if the first player shrinks by a share of x before every update, as
    the released code does by default (by 1e-26)? Left: distance to the solution of the game; right:
    to the point where the shrunken game rests. Mixed simultaneous (solid) and alternating (dashed)
    steps, depth 50.

    A share is a penalty on the first player: it moves the solution, and the distance ends there,
    but for simultaneous steps with the largest share, which do not stay; below the rounding of the
    numbers it does nothing at all. Step 0.6 for both. One game and no noise: there is no spread.
    """
    r = anderson_shrinking
    s = r.settings
    with house():
        figure, axes = pyplot.subplots(
            1, 2, figsize=(DOUBLE, 2.9), sharey=True, layout="constrained"
        )
        for i, share in enumerate(s["shares"]):
            for rule, dashes in (("mixed simultaneous", "-"), ("mixed alternating", "--")):
                for axis, part in zip(axes, ("", "/own"), strict=True):
                    label = f"{share:g}" if dashes == "-" else None
                    row = r[f"{share:g}/{rule}{part}"]
                    axis.plot(row, color=COLOURS[i], linestyle=dashes, label=label)
        for axis, word in zip(axes, ("the game's solution", "where it rests"), strict=True):
            axis.set(yscale="log", xlabel="update", ylabel=f"distance to {word}")
        bare(*axes)
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=len(s["shares"]),
            title="share",
        )
        note(figure, f"{s['size']} numbers a player, condition number {s['condition']:g}")
    return figure


def anderson_large(anderson_large):
    """Bilinear games of a thousand numbers a player, by condition number: distance to the solution
    along mixed rules of two depths and along extragradient.

    Steps of one over the norm of A (extragradient 0.7). The study's step of 0.5 belongs to another
    scale of A. One game a condition number and no noise: there is no spread.
    """
    r = anderson_large
    s, across = r.settings, r["indices"]
    with house():
        figure, axes = pyplot.subplots(
            1,
            len(s["conditions"]),
            figsize=(DOUBLE, 2.9),
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for axis, condition in zip(axes.flat, s["conditions"], strict=True):
            row = r[f"{condition:g}/extragradient"]
            axis.plot(
                across[: len(row)], row, **stroke(look("extragradient")), label="extragradient"
            )
            for rule in ("mixed simultaneous", "mixed alternating"):
                for dashes, depth in zip(DASHES, s["depths"], strict=False):
                    row = r[f"{condition:g}/{rule}, {depth}"]
                    how = {"color": look(rule).colour, "linestyle": dashes}
                    how |= {"marker": look(rule).mark, "markevery": 0.2, "markersize": 3.5}
                    axis.plot(across[: len(row)], row, **how, label=f"{rule}, depth {depth}")
            axis.set(yscale="log", xlabel="update", title=f"condition number {condition:g}")
        axes[0, 0].set_ylabel("distance to the solution")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        note(figure, f"{s['size']} numbers a player")
    return figure
