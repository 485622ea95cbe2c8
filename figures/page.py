"""The printed page: figures have the width that they are printed at, and so has their text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

SINGLE, DOUBLE = 3.25, 6.75  # inches, of one column and of two
SMALLEST, LARGEST = 7.0, 9.0  # points, of text as printed
SMALL = 7.0
SIZES: dict[str, Any] = {
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "figure.titlesize": 8.0,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL + 0.5,
    "legend.title_fontsize": SMALL + 0.5,
    "lines.linewidth": 1.2,
    "axes.titlepad": 4.0,
    "axes.labelpad": 2.5,
}


@contextlib.contextmanager
def house() -> Iterator[None]:
    """The style of everything that is drawn here."""
    from minimax_lab.draw import style

    with style(**SIZES):
        yield
