"""Eigenvalues in the sign of their papers: players ascend, x + h v(x), and the left half plane is
stable.
"""

import numpy as np
from matplotlib import pyplot
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from figures.page import DOUBLE, house
from figures.panels import TRANSPOSED
from minimax_lab.draw.style import Look

PLAIN, DAMPED = Look.of(1), Look.of(0)
DARK, REGION = "#444444", "#e9eef4"


def eigenvalue_disc(eigenvalues):
    """Why simultaneous ascent fails and what consensus does about it (after figure 1 of Mescheder,
    Nowozin, Geiger 2017).

    Above, the eigenvalues of A = v'; shaded is where the step h of the title is stable, |1 + h
    value| < 1. Below, the same values under I + hA, to fall into the unit disc; the thin rays run
    from 1 (h = 0) to the step h. Close to the imaginary axis, or with imaginary parts large against
    the real ones, only tiny steps are stable (the bound is Lemma 4's). Consensus moves A to A -
    gamma A^T A, here along the thin lines, and allows far larger steps; where nothing was wrong
    (left) it costs step size. Sign of the paper: stable is left. Ours: the games (quadratic, three
    pairs of eigenvalues each), the numbers (spectra of update rules, not drawn by hand), and the
    left column.
    """
    names = eigenvalues["names"]
    with house():
        figure, axes = pyplot.subplots(2, len(names), figsize=(DOUBLE, 5.6), layout="constrained")
        for column, name, strength in zip(axes.T, names, eigenvalues["strengths"], strict=True):
            part = {
                key.split("/")[1]: array
                for key, array in eigenvalues.items()
                if key.startswith(f"{name}/")
            }
            _field(column[0], name, part, strength)
            _update(column[1], part)
        axes[0, 0].set_ylabel("imaginary part, $A$")
        axes[1, 0].set_ylabel("imaginary part, $I + hA$")
        figure.legend(handles=_key(), loc="outside lower center", ncols=4)
    return figure


def dirac_eigenvalue_path(dirac_path):
    """Dirac-GAN with gradient penalty gamma: the eigenvalues of the flow's Jacobian at the
    equilibrium, for gamma from 0 to 2.

    They start at +-i/2, meet at -1/2 for gamma = 1 (critical damping: the fastest decay there is),
    then part along the real axis, and the slower one returns towards 0. In the authors' notebook
    the ends are those of gamma = 3/2 but labelled twice the critical value; here each mark stands
    at its own gamma. Right, the decay rate that decides, and ours. All values are computed from the
    game's own Jacobian; sign of the paper (stable is left).
    """
    strengths, values = dirac_path["strengths"], -dirac_path["values"]
    with house():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.5), layout="constrained")
        _path(left, strengths, values)
        for part, dashes, label in ((0, "-", "slower"), (1, "--", "faster")):
            rates = np.sort(-values.real, axis=1)[:, part]
            right.plot(
                strengths, rates, color=(PLAIN, DAMPED)[part].colour, linestyle=dashes, label=label
            )
        right.set(
            xlabel=r"gradient penalty $\gamma$",
            ylabel="decay rate, minus the real part",
            xlim=(0, strengths[-1]),
        )
        right.axvline(1.0, color=DARK, linewidth=0.7, linestyle=":")
        right.text(0.98, 0.75, r"critical, $\gamma = 1$", color=DARK, ha="right")
        right.set_ylim(0, None)
        right.legend(title="of the two modes", loc="upper left")
    return figure


def _path(axis, strengths, values):
    _cross(axis)
    paired = (np.abs(values.imag) > 0).any(axis=1)
    turn = np.array([-1, 1])
    # Sorted by imaginary part while there is one, by real part afterwards, so that each column is
    # one branch.
    branches = np.where(
        paired[:, None],
        np.sort(values.real, axis=1) + 1j * turn * np.abs(values.imag),
        np.sort(values.real, axis=1),
    )
    for branch in branches.T:
        axis.plot(branch.real, branch.imag, color=DAMPED.colour, linewidth=1.4, zorder=3)
    for gamma, above in ((0.0, True), (0.5, True), (1.0, True), (1.5, True), (2.0, False)):
        for value in branches[np.argmin(np.abs(strengths - gamma))][:: 2 if gamma == 1 else 1]:
            axis.plot(
                value.real, value.imag, "o", color=DAMPED.colour, markerfacecolor="white", zorder=4
            )
            offset, across = ((7, 5), "left") if above else ((0, -13), "center")
            if gamma == 0:
                offset, across = (-7, 8 if value.imag > 0 else -13), "right"
            elif gamma == 0.5:
                offset, across = (-7, 5 if value.imag > 0 else -11), "right"
            elif gamma == 1:
                offset, across = (-5, 6), "right"
            elif gamma == 1.5:
                offset, across = (0, 7), "center"
            told = rf"$\gamma = {gamma:g}$"
            axis.annotate(
                told,
                (value.real, value.imag),
                offset,
                textcoords="offset points",
                ha=across,
                fontsize=7,
            )
    axis.set(xlabel="real part", ylabel="imaginary part", xlim=(-2.15, 0.25), ylim=(-0.65, 0.65))


def _field(axis, name, part, strength):
    step, values, path = float(part["step"]), -part["field"], -part["path"]
    axis.add_patch(
        Circle((-1 / step, 0), 1 / step, facecolor=REGION, edgecolor=DARK, linewidth=0.8, zorder=0)
    )
    _cross(axis)
    for line in _followed(path).T:
        axis.plot(line.real, line.imag, color=DAMPED.colour, linewidth=0.7, zorder=2)
    _dots(axis, values, path[-1])
    both = np.concatenate([values, path[-1]])
    reach = 1.15 * max(np.abs(both.imag).max(), -both.real.min() / 1.8)
    axis.set(
        xlim=(-1.8 * reach, 0.4 * reach),
        ylim=(-1.1 * reach, 1.1 * reach),
        aspect="equal",
        xlabel="real part",
    )
    axis.set_title(f"{name}\n$h = {step:g}$, $\\gamma = {strength:g}$")


def _update(axis, part):
    path = -part["path"]
    axis.add_patch(Circle((0, 0), 1, facecolor=REGION, edgecolor=DARK, linewidth=0.8, zorder=0))
    _cross(axis)
    for values, look in ((part["plain"], PLAIN), (part["consensus"], DAMPED)):
        for value in values:
            axis.plot([1, value.real], [0, value.imag], color=look.colour, linewidth=0.6, zorder=2)
    _dots(axis, part["plain"], part["consensus"])
    damped = np.min(-2 * path[-1].real / np.abs(path[-1]) ** 2)
    axis.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal", xlabel="real part")
    axis.set_title(
        f"stable for $h < {float(part['limit']):.3g}$;\nwith consensus for $h < {damped:.3g}$"
    )


def _followed(path):
    """Every eigenvalue continued along the path: each step takes the nearest next values."""
    lines = [path[0]]
    for values in path[1:]:
        left = list(values)
        lines.append(
            np.array(
                [left.pop(int(np.argmin(np.abs(np.array(left) - last)))) for last in lines[-1]]
            )
        )
    return np.array(lines)


def _dots(axis, plain, damped):
    axis.plot(
        plain.real, plain.imag, "x", color=PLAIN.colour, markersize=6, markeredgewidth=1.4, zorder=5
    )
    axis.plot(
        damped.real,
        damped.imag,
        "o",
        color=DAMPED.colour,
        markersize=5,
        markerfacecolor="white",
        zorder=4,
    )


def _cross(axis):
    for line in (axis.axhline, axis.axvline):
        line(0, color="#999999", linewidth=0.5, zorder=1)


def _key():
    shared = {"linestyle": "none", "markersize": 6}
    return [
        Line2D(
            [],
            [],
            marker="x",
            color=PLAIN.colour,
            markeredgewidth=1.4,
            label="plain, $A$",
            **shared,
        ),
        Line2D(
            [],
            [],
            marker="o",
            color=DAMPED.colour,
            markerfacecolor="white",
            label=rf"consensus, $A - \gamma A{TRANSPOSED} A$",
            **shared,
        ),
        Line2D([], [], color=DARK, linewidth=0.8, label="edge of what is stable with step $h$"),
    ]
