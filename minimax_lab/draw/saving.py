"""Figures as files: whole or not at all, and the same bytes for the same picture."""

from __future__ import annotations

import contextlib
import os
import pathlib
from typing import TYPE_CHECKING

from ..checks import refuse
from ..files import writable, writing
from .style import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# No dates and no versions inside, so that a figure that has not changed is a file that has not
# changed.
METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
}


def save(figure: Axes | Figure, path: str | os.PathLike[str]) -> tuple[pathlib.Path, ...]:
    """Write a figure (or the figure of an axis) as `path`.pdf and `path`.png; as one of them where
    `path` ends so.

    Arguments:
        figure: a matplotlib Figure, or an Axes of it.
        path: where to, in a folder that exists.

    Returns:
        The paths of what was written.

    Examples:
        >>> import tempfile
        >>> import minimax_lab as mm
        >>> axis = mm.draw.curves([1.0, 0.5, 0.25])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(*[path.name for path in mm.draw.save(axis, f"{folder}/error")])
        error.pdf error.png
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    page = figure.figure if isinstance(figure, Axes) else figure
    if not isinstance(page, Figure):
        cause = "draw.portrait, draw.spectrum and draw.curves return an axis."
        raise refuse("figure", page, "a matplotlib Figure or Axes", cause)
    if not isinstance(path, str | os.PathLike) or not os.path.basename(os.fspath(path)):
        raise refuse("path", path, 'the name of a file such as "figures/portrait"')
    name = os.fspath(path)
    ending = name.rsplit(".", 1)[-1].lower()
    if ending in ("svg", "eps", "ps", "jpg", "jpeg", "tif", "tiff", "gif", "webp"):
        raise refuse("path", name, "a path ending in .pdf or .png, or in neither for both")
    targets = (
        {ending: pathlib.Path(name)}
        if ending in METADATA
        else {kind: pathlib.Path(f"{name}.{kind}") for kind in METADATA}
    )
    for target in targets.values():
        writable(target, "path")
    with contextlib.ExitStack() as files, style():
        for kind, target in targets.items():
            temporary = files.enter_context(writing(target))
            page.savefig(
                temporary,
                format=kind,
                metadata=METADATA[kind],
                bbox_inches="tight",
                pad_inches=0.04,
            )
    return tuple(targets.values())
