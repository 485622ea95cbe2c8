"""One name and one look for every method, in all figures.

Records name methods as their experiments do; here is what a reader is told, and the look that goes
with it. Methods that never meet in one figure may share a look. Variants of a method have its
colour, and dashes and marks of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minimax_lab.draw.style import COLOURS, Look

VARIANT = len(COLOURS)  # added to a look: the same colour, other dashes and another mark
TOLD = {
    "descent": "simultaneous",
    "at once": "simultaneous",
    "in turn": "alternating",
    "in turn, mixed": "mixed alternating",
    "in turn, momentum 0": "alternating, momentum 0",
    "in turn, momentum -0.5": "alternating, momentum −0.5",
    "extragradient, mixed": "mixed extragradient",
    "with momentum": "simultaneous, momentum",
    "alternating with momentum": "alternating, momentum",
    "mixed": "mixed Adam",
    "mixed, every 10": "mixed Adam, every 10",
    "mixed, ridge 1": "mixed Adam, ridge 1",
    "ridge 1, leaking": "mixed Adam, ridge 1, leaking",
    "no remedy": "mixed simultaneous, no remedy",
    "no remedy, cleared": "mixed simultaneous, no remedy, cleared",
    "remedy: cleared": "mixed simultaneous, remedy: cleared",
    "clip": "clipped gradients",
    "smooth": "penalty on D alone",
    "baseline": "constant",
    "tenth": "constant, a tenth",
    "third": "constant, 0.3",
    "own mean": "constant, mean $s$",
    "constant, a tenth": "constant, a tenth",
}
LOOKS = {
    # Plain rules; SGDA is simultaneous descent, and so is what a constant rate is compared with.
    "simultaneous": 0,
    "SGDA": 0,
    "constant": 0,
    "neither": 0,
    "alternating": 1,
    "extragradient": 2,
    "optimistic": 3,
    "past extragradient": 4,
    "consensus": 5,
    "Adam": 6,
    "symplectic": 7,
    "symplectic adjustment": 7,
    "follow the ridge": 8,
    "lookahead": 9,
    "averaging": 10,
    "negative momentum": 11,
    "alternating, momentum 0": 1 + VARIANT,
    "alternating, momentum −0.5": 11,
    "Extra-Adam, one memory a step": 2,
    "Extra-Adam, both looks": 2 + VARIANT,
    "lookahead 5": 9,
    "simultaneous, momentum": VARIANT,
    "alternating, momentum": 1 + VARIANT,
    "alternating, batch norm": 8,
    "consensus 0.1": 11,
    "alternating, consensus 1": 5,
    "consensus 1": 5,
    "consensus 10": 10,
    "penalty on D alone": 4,
    "clipped gradients": 9,
    "undisturbed": 6,
    # Mixed ones.
    "mixed simultaneous": 7,
    "mixed alternating": 8,
    "mixed two steps": 9,
    "mixed extragradient": 10,
    "mixed simultaneous, no remedy": 11,
    "mixed simultaneous, no remedy, cleared": 11 + VARIANT,
    "mixed simultaneous, remedy: cleared": 7 + VARIANT,
    "mixed simultaneous, released ridge": 7 + VARIANT,
    "mixed alternating, released ridge": 8 + VARIANT,
    "mixed Adam": 7,
    "mixed Adam, every 10": 4,
    "mixed Adam, ridge 1": 5,
    "mixed Adam, ridge 1, leaking": 11,
    # Normalised and grafted ones.
    "nSGDA": 3,
    "l-nSGDA": 3,
    "l-nSGDA, decaying": 11,
    "g-nSGDA": 4,
    "AdaLR": 2,
    "AdaDir": 5,
    # Schedules of the discriminator's rate.
    "gap-aware": 1,
    "constant, a tenth": 2,
    "constant, 0.3": 4,
    "constant, mean $s$": 3,
    "gap-aware, ideal log 4": 5,
    "gap-aware, ideal 0": 4,
}


def told(name: str) -> str:
    """What a reader is told a method is called."""
    return TOLD.get(name, name)


def look(name: str) -> Look:
    """The look of a method, by what its record or a reader calls it."""
    return Look.of(LOOKS[told(name)])


def dress(axis: Any, names: Sequence[str]) -> None:
    """Give what the library has drawn, one series after another, each method's own look; its legend
    too.
    """
    own = {Look.of(i).colour: look(name) for i, name in enumerate(names)}
    legend = axis.get_legend()
    for line in [*axis.lines, *(legend.legend_handles if legend else ())]:
        colour = line.get_color() if hasattr(line, "get_color") else None
        if colour not in own or line.get_zorder() == 6:  # black equilibria are no series
            continue
        line.set_color(own[colour].colour)
        if line.get_linestyle() not in ("None", ""):
            line.set_linestyle(own[colour].dashes)
            line.set_marker(own[colour].mark)
