"""Consensus far from an equilibrium and on minibatches."""

import numpy as np
from matplotlib import pyplot
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

import minimax_lab as mm
from figures.packing import unpacked
from figures.page import DOUBLE, house
from figures.panels import legend_of, narrow, stroke
from minimax_lab import Kind
from minimax_lab.analysis.portraits import flat
from minimax_lab.draw.style import Look

BASIN = "#cfe3f2"


def consensus_basins(consensus_basins):
    """Dirac-GAN, simultaneous consensus of strength gamma: where it converges, and what bounds that
    region. Ours throughout.

    Shaded are the starts (41 x 41, one program) from which 1500 updates of step 0.03 lead to the
    equilibrium; from all others they run off to infinite psi, where the gradient fades. The border
    is, up to the step, the stable manifold of two saddles that the game does not have: consensus
    makes them where 1 + gamma J loses rank. They are found by Newton's method on its field, not
    typed in. A larger gamma brings them closer: the start (1, 1) of the other pages (ring) is
    inside for gamma = 1 only, though the basin's share of the window hardly changes.
    """
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 3.4), layout="constrained")
        side = consensus_basins["axis"]
        for axis, strength, distance in zip(
            axes, consensus_basins["strengths"], consensus_basins["distance"], strict=True
        ):
            whole = unpacked(consensus_basins, f"{strength:g}")
            mm.draw.portrait(whole, axis, names=(r"generator $\theta$", r"discriminator $\psi$"))
            axis.pcolormesh(
                side,
                side,
                distance < 0.1,
                cmap=ListedColormap(["white", BASIN]),
                zorder=0.2,
                rasterized=True,
            )
            axis.plot(
                1,
                1,
                "o",
                color=Look.of(1).colour,
                markerfacecolor="none",
                markeredgewidth=1.4,
                markersize=7,
                zorder=8,
            )
            theta, psi = max(
                (flat(e.profile) for e in whole.equilibria if e.kind == Kind.SADDLE),
                key=lambda point: point[1],
            )
            found = f"$\\gamma = {strength:g}$, saddles $\\pm({theta:.3f}, {psi:.3f})$"
            axis.set_title(f"{found}\n{np.mean(distance < 0.1):.0%} of the starts converge")
        narrow(axes)
        # The panels' own legends are alike, so one of them can make room.
        axes[1].legend(handles=[Patch(facecolor=BASIN, label="basin of the equilibrium")])
        legend_of(figure, axes, columns=4)
    return figure


def consensus_bias(consensus_bias):
    """What a minibatch does to the consensus penalty: J^T v from one draw is biased, from two
    independent draws it is not. Ours.

    Left, the mean error of the direction along x, times the batch size B, on a linear game of four
    players whose every entry has noise of standard deviation 1/2 per example: from one draw the
    penalty's gradient gains (s^2 d / B) x exactly (line), here measured over 20000 draws (bars: two
    standard errors). Right, the root mean square error of the direction against the examples used,
    2 B of them by the pair: for the same examples the pair is no noisier, so nothing is paid for
    the missing bias but a second evaluation. The bias alone (dotted) falls faster than the noise;
    it matters for small batches, and wherever many updates average the noise away but not the bias.
    """
    sizes, predicted = consensus_bias["sizes"], consensus_bias["predicted"]
    with house():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.4), layout="constrained")
        left.plot(
            sizes,
            predicted * sizes,
            color="#444444",
            linewidth=1,
            label=r"predicted, $\gamma s^2 d$",
        )
        left.axhline(0, color="#999999", linewidth=0.6)
        for i, (name, told) in enumerate(
            (("single", "one draw"), ("paired", "two draws (paired)"))
        ):
            look = Look.of(i)
            bars = {
                "yerr": 2 * sizes * consensus_bias[f"{name}/error"],
                "capsize": 2.5,
                "linestyle": "none",
            }
            shift = 0.96 if i else 1.04
            left.errorbar(
                shift * sizes,
                sizes * consensus_bias[f"{name}/bias"],
                marker=look.mark,
                color=look.colour,
                label=told,
                **bars,
            )
            right.plot(
                (1 + i) * sizes,
                consensus_bias[f"{name}/rms"],
                marker=look.mark,
                **stroke(look),
                label=f"{told}: error",
            )
        bias = predicted * np.linalg.norm(consensus_bias["x"])
        right.plot(
            sizes,
            bias,
            color=Look.of(0).colour,
            linestyle=(0, (1.2, 1.2)),
            label="one draw: bias alone",
        )
        left.set(xscale="log", xlabel="batch size $B$", ylabel="bias along $x$, times $B$")
        right.set(
            xscale="log",
            yscale="log",
            xlabel="examples used by one update",
            ylabel="error of the direction",
            ylim=(0.02, 12),
        )
        for axis in (left, right):
            axis.set_xscale("log", base=2)
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        left.legend(loc="center left")
        right.legend(loc="lower left")
    return figure
