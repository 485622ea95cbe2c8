"""A figure made to fit its paper: all that is drawn together exactly as wide, in letters that keep
their size.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..checks import InputError
from .papers import Paper

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import BboxBase

PAD = 0.04  # inches of white around what is drawn
CLOSE = 1e-3  # inches by which the fit may be off; the file is not
TRIES = 12
LEAST = 0.15  # of a figure's size to which it may be made smaller


@contextlib.contextmanager
def page_of(figure: Figure, paper: Paper | None) -> Iterator[dict[str, Any]]:
    """How `savefig` is to cut the figure, within a block in which it has the size that fits; as
    large as it was after.
    """
    from matplotlib.transforms import Bbox

    if paper is None:
        yield {"bbox_inches": "tight", "pad_inches": PAD}
        return
    size = figure.get_size_inches().copy()
    try:
        seen = _fitted(figure, paper, size)
        middle = (seen.x0 + seen.x1) / 2
        sides = middle - paper.width / 2, seen.y0 - PAD, middle + paper.width / 2, seen.y1 + PAD
        yield {"bbox_inches": Bbox.from_extents(*sides), "pad_inches": 0}
    finally:
        figure.set_size_inches(*size)


def _fitted(figure: Figure, paper: Paper, size: Any) -> BboxBase:
    """What is drawn, once it is as wide as the paper: by the secant method, since letters do not
    grow with the axes.
    """
    wanted, scale = paper.width - 2 * PAD, paper.width / size[0]
    tried: list[tuple[float, float]] = []
    for _ in range(TRIES):
        figure.set_size_inches(*(size * scale))
        seen = _seen(figure)
        if abs(seen.width - wanted) < CLOSE:
            return seen
        tried.append((scale, seen.width))
        scale *= wanted / seen.width
        if len(tried) > 1:
            (a, wide), (b, wider) = tried[-2:]
            if wide != wider:
                scale = b + (wanted - wider) * (b - a) / (wider - wide)
        scale = min(max(scale, LEAST), 20.0)
    raise InputError(
        f"the figure cannot be made {paper.width:g} inches wide: its letters alone need "
        f"{seen.width + 2 * PAD:.2f}. Draw it for that paper, with mm.draw.style(paper), or take "
        f"shorter labels or smaller letters: Paper({paper.width:g}, {0.75 * paper.letters:g})."
    )


def _seen(figure: Figure) -> BboxBase:
    """Around all that is drawn, in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = figure.canvas if hasattr(figure.canvas, "get_renderer") else FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return figure.get_tightbbox(canvas.get_renderer())
