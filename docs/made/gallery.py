"""The gallery: the figures that `make figures` has drawn, with their captions."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

from plain import plain

from figures import declare
from figures.jobs import Folders

ROOT = Path(__file__).resolve().parents[2]


def plots() -> list[declare.Plot]:
    """All plots there are, file by file."""
    known = declare.plots(ROOT, declare.experiments(ROOT))
    return sorted(known.values(), key=lambda plot: plot.path)


def drawn(plot: declare.Plot) -> Path:
    """Where its picture lies once it is drawn."""
    return Folders(ROOT).figure(plot)


def page() -> str:
    """Every figure under the file that draws it; those not drawn are named."""
    files = itertools.groupby(plots(), key=lambda plot: plot.path)
    return "\n\n".join(part for path, group in files for part in chapter(path, list(group)))


def chapter(path: Path, group: list[declare.Plot]) -> Iterator[str]:
    """The figures of one file."""
    yield f"## {path.stem.replace('_', ' ').capitalize()}"
    yield " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    for plot in group:
        yield figure(plot)


def figure(plot: declare.Plot) -> str:
    """A picture and its caption, or how to get it."""
    if drawn(plot).exists():
        shown = f"![{plot.name}](figures/{plot.name}.png){{ loading=lazy }}"
    else:
        shown = "*Not drawn here yet.*"
    caption = f"**{plain(plot.name)}.** {plain(plot.caption)} `make figure-{plot.name}`"
    return "\n".join(
        [
            f'<figure markdown="span" id="{plot.name}">',
            shown,
            f'<figcaption markdown="span">{caption}</figcaption>',
            "</figure>",
        ]
    )
