"""What pages of many panels share: labels at the rim only, and one legend for all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from figures.page import SMALL
from minimax_lab import Outcome
from minimax_lab.draw.style import Look

TRANSPOSED = r"^{\mathsf{T}}"  # in mathematical type; captions write J^T


def stroke(look: Look) -> dict[str, Any]:
    """Colour and dashes of a series, as matplotlib takes them."""
    return {"color": look.colour, "linestyle": look.dashes}


def marked(look: Look) -> dict[str, Any]:
    """The same with the mark of the series."""
    return stroke(look) | {"marker": look.mark}


def hollow(look: Look, size: float = 3.5) -> dict[str, Any]:
    """The mark of a series, open."""
    face = {"markerfacecolor": "white", "markeredgewidth": 0.8}
    return {"marker": look.mark, "markersize": size, **face}


def band(
    axis: Any, across: Any, middle: Any, low: Any, high: Any, look: Look, label: str, **how: Any
) -> None:
    """A line, and shaded what it is the middle of."""
    axis.plot(across, middle, **stroke(look) | {"linewidth": 1.1} | how, label=label)
    axis.fill_between(across, low, high, color=look.colour, alpha=0.13, linewidth=0)


def middle_half(axis: Any, across: Any, values: Any, look: Look, label: str) -> None:
    """The median of the seeds over time, and their middle half."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    band(axis, across, middle, low, high, look, label)


def strip(
    axis: Any, place: float, values: Any, look: Look, label: str | None, face: str = "white"
) -> None:
    """A dot a seed, and a bar at their mean."""
    jitter = place + 0.06 * np.linspace(-1, 1, len(values)) if len(values) > 1 else [place]
    how = hollow(look, 3) | {"markerfacecolor": face, "linestyle": "none", "label": label}
    axis.plot(jitter, values, color=look.colour, **how)
    axis.plot([place - 0.1, place + 0.1], [values.mean()] * 2, color=look.colour, linewidth=2)


def heat(
    axis: Any,
    cells: np.ndarray,
    colours: str,
    say: Callable[[float], str],
    *,
    top: float = 1.0,
    spread: bool = True,
) -> None:
    """Means over the last axis as shades and numbers; with `spread`, beneath each a bar from the
    least to the greatest, where the width of the cell goes from zero to `top`.
    """
    mean = cells.mean(-1)
    axis.imshow(mean, cmap=colours, vmin=0, vmax=1.25 * top, aspect="auto", origin="lower")
    for (i, j), value in np.ndenumerate(mean):
        ink = {"ha": "center", "va": "center", "color": "white" if value > 0.7 * top else "black"}
        low, high = (np.clip(f(cells[i, j]) / top, 0, 1) for f in (np.min, np.max))
        apart = spread and low != high
        axis.text(j, i + 0.1 * apart, say(value), fontsize=SMALL, **ink)
        if apart:
            bar = {"color": ink["color"], "linewidth": 1.0, "solid_capstyle": "butt"}
            axis.plot(j - 0.45 + 0.9 * np.array([low, high]), [i - 0.33] * 2, **bar)


def bare(*axes: Any) -> None:
    """Frames without their upper and right side."""
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)


def narrow(axes: np.ndarray) -> None:
    """Axis labels and ticks at the left and lower rim alone."""
    for axis in axes.flat:
        axis.label_outer()


def legend_of(figure: Any, axes: np.ndarray, columns: int = 5) -> None:
    """The panels' own legends gathered into one below them; what a panel says of its own walks is
    dropped.
    """
    handles: dict[str, Any] = {}
    for axis in axes.flat:
        inner = axis.get_legend()
        if inner is None:
            continue
        for handle, text in zip(inner.legend_handles, inner.get_texts(), strict=True):
            handles.setdefault(re.split(r"\n| \(diverges\)", text.get_text())[0], handle)
        inner.remove()
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=columns)


def note(figure: Any, text: str) -> None:
    """What holds for the whole page, such as its steps, in one line above the panels."""
    figure.suptitle(text, fontsize=8, color="#444444")


def fate(outcome: Outcome, points: np.ndarray) -> str:
    """What became of a walk and how far from the origin it ended, as a title says it."""
    last = f"$|x_{{{len(points) - 1}}}| = {power(float(np.linalg.norm(points[-1])))}$"
    return last if outcome == Outcome.RUNNING else f"{outcome.value}, {last}"


def power(value: float) -> str:
    """1.2e-05 in mathematical type."""
    digits, _, exponent = f"{value:.2g}".partition("e")
    return rf"{digits} \times 10^{{{int(exponent)}}}" if exponent else digits


def titled(name: str) -> str:
    """The name of a game as a title."""
    return name.replace("_", " ")


def curve(
    axis: Any,
    across: np.ndarray,
    row: np.ndarray,
    index: int,
    name: str,
    look: Look | None = None,
) -> None:
    """One of several rows of positive numbers on a logarithmic axis, as the `index`-th unless it
    has a look; where it ends early, it has diverged.
    """
    look, every = look or Look.of(index), max(1, len(row) // 8)
    axis.plot(
        across,
        np.maximum(row, 1e-300),
        **stroke(look),
        **hollow(look, 3.2),
        markevery=((index * every) // 7, every),
        linewidth=1.1,
        label=name,
    )
