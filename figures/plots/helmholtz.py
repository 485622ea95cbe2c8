"""The split J = S + A in planar games, and what directions make of a maximum."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.methods import look
from figures.packing import unpacked
from figures.page import DOUBLE, house
from figures.panels import bare, legend_of, narrow, stroke


def helmholtz(helmholtz):
    """Potential, Hamiltonian and mixed game under descent and under symplectic adjustment (after
    Balduzzi et al. 2018, SGA).

    Fields v = J x with J = S, J = A and J = S + A; grey curves the flow, brown the levels of what
    it descends or keeps: the potential on the left, the energy |v|^2/2 else. Descent follows the
    potential and circles in the Hamiltonian game, where it keeps the energy; the adjusted flow,
    along -(v + A^T v), changes nothing on the left and descends the energy elsewhere. The origin is
    marked by what it is in the game above, by what it is to the adjusted flow below. Games and
    numbers are ours.
    """
    reach = np.linspace(-2, 2, 81)
    x = np.stack(np.meshgrid(reach, reach))
    with house():
        figure, axes = pyplot.subplots(2, 3, figsize=(DOUBLE, 5.7), layout="constrained")
        for column, (name, J) in enumerate(
            zip(helmholtz["names"], helmholtz["jacobians"], strict=True)
        ):
            v = np.einsum("ij,jab->iab", J, x)
            height = (x * v).sum(axis=0) / 2 if name == "potential" else (v * v).sum(axis=0) / 2
            for row, way in enumerate(("plain", "adjusted")):
                axis = axes[row, column]
                mm.draw.portrait(unpacked(helmholtz, f"{name}/{way}"), axis)
                levels = height.max() * np.linspace(0.05, 1, 9) ** 2
                axis.contour(
                    reach,
                    reach,
                    height,
                    levels,
                    colors="#b8860b",
                    linewidths=0.5,
                    alpha=0.8,
                    zorder=1,
                )
                split = {"potential": "$J = S$", "Hamiltonian": "$J = A$", "mixed": "$J = S + A$"}[
                    str(name)
                ]
                axis.set_title(
                    f"{name} game, {split}:\n{('descent', 'symplectic adjustment')[row]}"
                )
        narrow(axes)
        legend_of(figure, axes)
    return figure


def near_a_maximum(near_a_maximum):
    """A maximum that nobody wants: consensus is drawn into it, symplectic adjustment is not (claim:
    Balduzzi et al. 2018).

    Both players minimise cos x + cos y + sin x sin y / 4, whose maximum at the origin has
    curvatures -k, k = 3/4 and 5/4. Descent and the adjustment with strength 2, here the same since
    A = 0, leave it for a minimum; consensus with strength 2 > 1/k stays, is drawn into the game's
    saddles as well, and meets stationary points the game does not have (small and grey). Brown: the
    loss, dashed where negative. Last panel: rates at which a distance to the maximum grows, lines k
    - strength k^2 and k, marks from the update's eigenvalues. Landscape and picture are ours.
    """
    side = np.linspace(-4, 4, 121)
    x, y = np.meshgrid(side, side)
    loss = np.cos(x) + np.cos(y) + float(near_a_maximum["coupling"]) * np.sin(x) * np.sin(y)
    with house():
        figure, axes = pyplot.subplots(2, 2, figsize=(DOUBLE, 7.4), layout="constrained")
        panels = np.array([axes[0, 0], axes[0, 1], axes[1, 0]])
        for axis, name in zip(panels, near_a_maximum["names"], strict=True):
            mm.draw.portrait(
                unpacked(near_a_maximum, str(name)),
                axis,
                names=("$x$ (player 0)", "$y$ (player 1)"),
            )
            axis.contour(side, side, loss, 9, colors="#b8860b", linewidths=0.5, alpha=0.8, zorder=1)
            _retouch(axis)
            axis.set_title(
                "descent"
                if name == "descent"
                else f"{name}, strength {float(near_a_maximum['strength']):g}"
            )
        _rates(axes[1, 1], near_a_maximum)
        legend_of(figure, panels, columns=4)
    return figure


def _retouch(axis):
    """Points that are not the game's made small and grey; one name for all walks, since the titles
    have theirs.
    """
    legend = axis.get_legend()
    told = zip(legend.legend_handles, legend.get_texts(), strict=True)
    for line, text in [*((line, None) for line in axis.lines), *told]:
        if "spurious" in (line.get_label() if text is None else text.get_text()):
            line.set(markersize=5.5, color="#666666", markeredgecolor="#666666")
    legend.get_texts()[0].set_text("updates")


def _rates(axis, found):
    """Growth against strength, a line and marks for each curvature and direction."""
    strengths = found["strengths"]
    across = np.linspace(0, strengths[-1], 61)
    coupling = float(found["coupling"])
    for name in ("symplectic", "consensus"):
        own = look(name)
        for j, k in enumerate((1 - coupling, 1 + coupling)):
            line = k - across * k * k * (name == "consensus")
            axis.plot(across, line, **stroke(own), linewidth=0.8 + 0.8 * j)
            measured = found[f"{name}/rates"]
            marked = k - strengths * k * k * (name == "consensus")
            near = measured[
                np.arange(len(strengths)), np.abs(measured - marked[:, None]).argmin(axis=1)
            ]
            label = f"{name}, $k = {k:g}$"
            style = {
                "color": own.colour,
                "marker": own.mark,
                "markerfacecolor": "white" if j else own.colour,
            }
            axis.plot(
                strengths,
                near,
                linestyle=own.dashes,
                linewidth=0,
                markersize=4.5,
                label=label,
                **style,
            )
    axis.axhline(0, color="#555555", linewidth=0.6)
    axis.axhspan(-2.2, 0, color="#ececec", zorder=0)
    axis.text(0.06, -2.1, "the maximum attracts", color="#555555", va="bottom")
    axis.set(
        xlabel="strength",
        ylabel="rate at which the distance grows",
        ylim=(-2.2, 2.9),
        xlim=(-0.05, strengths[-1] + 0.05),
    )
    axis.set_title("rates at the maximum")
    axis.legend(loc="upper right", ncols=1)
    bare(axis)
