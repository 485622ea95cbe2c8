"""Pages on what generators learn of a mixture in the plane, which two studies share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow
from minimax_lab import adversarial as adv

SAMPLES = 2560


def density_page(found: Any, total: int, side: float, titles: Mapping[str, str] = {}) -> Any:
    """A row a method, a column an update, the target last; in each panel the modes reached of
    `total`.
    """
    names, shown = [str(n) for n in found["names"]], found["shown"]
    rows, half = found["indices"].tolist(), found.settings["half"]
    with house():
        figure, axes = pyplot.subplots(
            len(names),
            len(shown) + 1,
            figsize=(DOUBLE, DOUBLE / (len(shown) + 1.4) * len(names) + 0.4),
            layout="constrained",
            squeeze=False,
        )
        for line, name in zip(axes, names, strict=True):
            for axis, index, density in zip(line, shown, found[f"{name}/densities"], strict=False):
                _density(axis, density, half, "Blues")
                modes = adv.covered(found[f"{name}/wide"], SAMPLES)[0, rows.index(index)]
                axis.text(0.04, 0.04, f"{modes}/{total}", transform=axis.transAxes, fontsize=7)
            _density(line[-1], found["target"], half, "Reds")
            line[0].set_ylabel(titles.get(name, told(name)))
        for axis, index in zip(axes[0], shown, strict=False):
            axis.set_title(f"{index:,} updates".replace(",", " ") if index else "start")
        axes[0, -1].set_title("target")
    return figure


def mode_page(found: Any, total: int, shares: tuple[float, float], first: str, columns: int) -> Any:
    """Modes reached within 0.1 and strictly, the share of samples near one, and the distance,
    along training; and a test of the method that comes `first` against simultaneous descent.
    """
    with house():
        figure, axes = pyplot.subplots(1, 4, figsize=(DOUBLE, 2.7), layout="constrained")
        for i, name in enumerate(str(n) for n in found["names"]):
            wide, narrow = found[f"{name}/wide"], found[f"{name}/narrow"]
            lines = (
                adv.covered(wide, SAMPLES),
                adv.covered(narrow, SAMPLES),
                wide.sum(axis=-1) / SAMPLES,
                np.maximum(found[f"{name}/distance"], 1e-4),
            )
            for axis, values in zip(axes, lines, strict=True):
                along(axis, found["indices"], values, i, name, shares)
        reach = {"ylim": (-total / 40, 1.025 * total), "yticks": range(0, total + 1, total // 4)}
        axes[0].set(ylabel="modes within 0.1", **reach)
        axes[1].set(ylabel="modes within 3 deviations", **reach)
        axes[2].set(ylabel="samples within 0.1, share", ylim=(0, 1))
        axes[3].set(ylabel="maximum mean discrepancy", yscale="log")
        over_updates(*axes)
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=columns,
            title=_claim(found, first),
        )
    return figure


def along(
    axis: Any, across: Any, values: Any, index: int, name: str, shares: tuple[float, float]
) -> None:
    """The median of a method's seeds, marked, and what lies between these shares of them."""
    values, own, every = np.asarray(values, float), look(name), max(1, len(across) // 8)
    middle = np.median(values, axis=0)
    ends = np.quantile(values, shares, axis=0, method="inverted_cdf")
    marks = hollow(own, 3.2) | {"markevery": (index * every // 5, every)}
    band(axis, across, middle, *ends, own, told(name), **marks)


def over_updates(*axes: Any) -> None:
    """Few ticks, for axes that are narrow."""
    bare(*axes)
    for axis in axes:
        axis.set_xlabel("update")
        axis.locator_params(axis="x", nbins=4)


def _claim(found: Any, first: str) -> str:
    """What the sign test says of the last row."""
    told = []
    for title, part in (("within 0.1", "wide"), ("within three deviations", "narrow")):
        test = adv.sign_test(
            *(
                adv.covered(found[f"{name}/{part}"], SAMPLES)[:, -1]
                for name in (first, "simultaneous")
            )
        )
        told.append(f"{title}: {test.wins} more, {test.losses} fewer, p = {test.chance:.2g}")
    return f"modes of {first} against simultaneous at the end, seed by seed;\n" + "; ".join(told)


def _density(axis: Any, density: Any, half: float, colours: str) -> None:
    levels = np.linspace(0.04, 1, 11) * float(density.max())
    line = np.linspace(-half, half, density.shape[0])
    axis.contourf(line, line, density.astype(float), levels=levels, cmap=colours, extend="max")
    axis.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", xticks=(), yticks=())
