"""Figures as files: whole or not at all, and the same bytes for the same picture."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from typing import TYPE_CHECKING

from ..checks import refuse
from ..files import writable, writing
from .fitting import page_of
from .formats import ENDINGS, FORMATS, MOVING, written
from .papers import Paper, demand_paper
from .style import paper_of, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOTH = ("pdf", "png")  # what a name without an ending becomes


def save(
    figure: Axes | Figure, path: str | os.PathLike[str], *, paper: Paper | None = None
) -> tuple[pathlib.Path, ...]:
    """Write a figure (or the figure of an axis) as .pdf, .png, .svg, .eps or .pgf, as `path` ends;
    as `path`.pdf and `path`.png where it ends in none.

    The file is trimmed to what is drawn. For a `Paper` it is exactly as wide as that says: the axes
    grow or shrink until all of it fits, letters keep their size. What .pgf cannot say, such as
    maps, lies beside it as .png.

    Arguments:
        figure: a matplotlib Figure, or an Axes of it.
        path: where to, in a folder that exists.
        paper: where the picture is to stand, such as `mm.draw.Paper.COLUMN`; by default that of the
            `mm.draw.style` it was drawn in, if any.

    Returns:
        The paths of what was written.

    Examples:
        >>> import tempfile
        >>> import minimax_lab as mm
        >>> axes = mm.draw.curves([1.0, 0.5, 0.25])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(*[path.name for path in mm.draw.save(axes, f"{folder}/error")])
        error.pdf error.png
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    page = figure.figure if isinstance(figure, Axes) else figure
    if not isinstance(page, Figure):
        cause = "draw.portrait, draw.spectrum and draw.curves return an axis."
        raise refuse("figure", page, "a matplotlib Figure or Axes", cause)
    if paper is not None:
        demand_paper(paper)
    targets = _targets(path)
    with contextlib.ExitStack() as files, style(paper or paper_of(page)):
        settings = files.enter_context(page_of(page, paper or paper_of(page)))
        folder = pathlib.Path(files.enter_context(tempfile.TemporaryDirectory()))
        made = [
            (part, target.with_name(part.name))
            for kind, target in targets.items()
            for part in written(page, kind, folder / target.name, settings)
        ]
        for part, target in made:
            files.enter_context(writing(target)).write_bytes(part.read_bytes())
    return tuple(target for _, target in made)


def _targets(path: str | os.PathLike[str]) -> dict[str, pathlib.Path]:
    """The files to write by their format, or the error that says what can be written."""
    if not isinstance(path, str | os.PathLike) or not os.path.basename(os.fspath(path)):
        raise refuse("path", path, 'the name of a file such as "figures/portrait"')
    name = os.fspath(path)
    ending = name.rsplit(".", 1)[-1].lower() if "." in os.path.basename(name) else ""
    if ending in ENDINGS:
        listed = ", ".join(f".{kind}" for kind in FORMATS[:-1])
        allowed = f"a path ending in {listed} or .{FORMATS[-1]}, or in none for .pdf and .png"
        cause = "Moving pictures are made by mm.draw.animate." if ending in MOVING else ""
        raise refuse("path", name, allowed, cause)
    if ending in FORMATS:
        return {ending: writable(name, "path")}
    return {kind: writable(f"{name}.{kind}", "path") for kind in BOTH}
