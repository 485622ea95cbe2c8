"""One figure in one format, without dates, versions or chance inside, so that a figure that has not
changed is a file that has not changed.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

FORMATS = ("pdf", "png", "svg", "eps", "pgf")
# Endings of other pictures and pages, which are refused; any other is a part of the name.
STILL = {"ps", "jpg", "jpeg", "tif", "tiff", "webp", "avif", "bmp", "raw", "rgba", "svgz"}
MOVING = {"gif", "mp4", "html"}
ENDINGS = STILL | MOVING | {"htm", "tex", "txt", "npz", "json"}
METADATA: dict[str, dict[str, str | None]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "eps": {"Creator": "minimax_lab"},
}


def written(
    figure: Figure, kind: str, target: pathlib.Path, settings: Mapping[str, Any]
) -> list[pathlib.Path]:
    """The files that the figure becomes in this format: `target`, and of .pgf the pictures beside
    it.
    """
    from matplotlib import rc_context

    block = {"eps": _for_eps, "pgf": _for_pgf}.get(kind, contextlib.nullcontext)
    # Names inside an SVG are drawn by lot otherwise, and PostScript has the file's name in it.
    with contextlib.ExitStack() as opened:
        opened.enter_context(rc_context({"svg.hashsalt": "minimax_lab"}))
        opened.enter_context(block(figure))
        to = opened.enter_context(target.open("wb")) if kind == "eps" else target
        about: dict[str, Any] = {"metadata": METADATA[kind]} if kind in METADATA else {}
        figure.savefig(to, format=kind, **about, **settings)
    return [target, *sorted(target.parent.glob(f"{target.stem}-img*.png"))]


@contextlib.contextmanager
def _for_eps(figure: Figure) -> Iterator[None]:
    """PostScript knows no transparency: colours are mixed with the white below; and a day."""
    changed: list[tuple[Artist, dict[str, Any]]] = []
    for artist in figure.findobj(lambda one: (one.get_alpha() or 1) != 1):
        alpha = artist.get_alpha() or 1.0
        names = [n for n in ("color", "facecolor", "edgecolor") if hasattr(artist, f"get_{n}")]
        changed.append((artist, {n: getattr(artist, f"get_{n}")() for n in names}))
        artist.set_alpha(None)
        artist.set(**{n: _mixed(colour, alpha) for n, colour in changed[-1][1].items()})
        changed[-1][1]["alpha"] = alpha
    try:
        with mock.patch.dict(os.environ, {"SOURCE_DATE_EPOCH": "0"}):
            yield
    finally:
        for artist, looks in changed:
            artist.set(**looks)


def _mixed(colours: Any, alpha: float) -> Any:
    """A colour, or several, as seen through to white paper."""
    import numpy as np
    from matplotlib.colors import to_rgba_array

    found = to_rgba_array(colours)
    found[:, :3] = 1 - alpha * (1 - found[:, :3])
    found[:, 3] = np.where(found[:, 3] > 0, 1.0, 0.0)
    return found if len(found) != 1 else tuple(found[0])


@contextlib.contextmanager
def _for_pgf(figure: Figure) -> Iterator[None]:
    """Text is measured as it is for the other formats, instead of by a LaTeX that may not be there,
    and is set in the letters of the document it goes into.
    """
    from matplotlib import rc_context
    from matplotlib.backends import backend_pgf
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.backends.backend_pgf import RendererPgf

    def measured(self: RendererPgf, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        return RendererAgg(1, 1, self.dpi).get_text_width_height_descent(s, prop, ismath)

    with contextlib.ExitStack() as changed:
        changed.enter_context(rc_context({"pgf.rcfonts": False, "pgf.texsystem": "pdflatex"}))
        name = "get_text_width_height_descent"
        changed.enter_context(mock.patch.object(RendererPgf, name, measured))
        included = "_get_image_inclusion_command"
        changed.enter_context(mock.patch.object(backend_pgf, included, return_value=r"\pgfimage"))
        yield
