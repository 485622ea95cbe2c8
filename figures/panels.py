"""What pages of many panels share: labels at the rim only, and one legend for all."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from minimax_lab import Outcome
from minimax_lab.draw.style import Look


def stroke(look: Look) -> dict[str, Any]:
    """Colour and dashes of a series, as matplotlib takes them."""
    return {"color": look.colour, "linestyle": look.dashes}


def marked(look: Look) -> dict[str, Any]:
    """The same with the mark of the series."""
    return stroke(look) | {"marker": look.mark}


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
    figure.suptitle(text, fontsize=8.5, color="#444444")


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


def curve(axis: Any, across: np.ndarray, row: np.ndarray, index: int, name: str) -> None:
    """One of several rows of positive numbers on a logarithmic axis; where it ends early, it has
    diverged.
    """
    look, every = Look.of(index), max(1, len(row) // 8)
    axis.plot(
        across,
        np.maximum(row, 1e-300),
        color=look.colour,
        linestyle=look.dashes,
        marker=look.mark,
        markersize=3.2,
        markerfacecolor="white",
        markeredgewidth=0.8,
        markevery=((index * every) // 7, every),
        linewidth=1.1,
        label=name,
    )
