"""What a command prints: aligned tables and named lines for people, one JSON object for machines.

Nothing else reaches standard output; progress and warnings go to standard error. Piped text has no
colours and no line breaks inside a row, so that it can be searched and cut.
"""

from __future__ import annotations

import io
import json
import math
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import equinox as eqx
import numpy as np

from .. import tables
from ..checks import refuse
from ..files import writable
from ..profile import Profile
from ..running.progress import Notice as Notice
from ..tables import short as short
from ..tables import short_complex as short_complex

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ..running.record import Run

PICTURES = (".png", ".pdf", ".svg", ".eps", ".pgf")
FILMS = (".gif", ".html", ".mp4")
RESIDUAL = "residual $|x - P(x - v(x))|$"
UNBROKEN = 10_000  # columns of a page nobody looks at


def checked(path: str | None, suffixes: Sequence[str]) -> pathlib.Path | None:
    """The output path, refused before anything is computed that could not be kept."""
    if path is None:
        return None
    if pathlib.Path(path).suffix.lower() not in suffixes:
        listed = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}" if suffixes[1:] else suffixes[0]
        raise refuse("-o", path, f"a file ending in {listed}")
    target = writable(path, "-o")
    try:
        # Permissions do not tell all: file systems may be read-only or full.
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise refuse("-o", path, "a path that can be written", f"{error.strerror}.") from None
    return target


def elsewhere(done: Run) -> pathlib.Path | None:
    """Where a run is kept that could not be saved where it was to be; None where nothing can."""
    target = pathlib.Path(tempfile.mkdtemp(prefix="minimax-lab-")) / "run.npz"
    try:
        done.save(target)
    except OSError as error:
        print(f"minimax-lab: error: nor could it be saved in {target}: {error}", file=sys.stderr)
        return None
    return target


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their headings, numbers to the right, no wider than the terminal."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    print(tables.text(columns, rows, width, bold=terminal))


def named(pairs: Mapping[str, str]) -> None:
    """One line a fact: its name, then its value."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    shown.add_column(style="bold")
    shown.add_column(overflow="fold")
    for name, value in pairs.items():
        shown.add_row(name, _text(value))
    _print(shown)


def line(text: str = "") -> None:
    """One line of plain text."""
    _print(_text(text))


def written(target: pathlib.Path | None, before: str = "") -> None:
    """Where the file is, if there is one."""
    if target:
        line(f"{before}written to {target}")


def machine(value: object) -> None:
    """One JSON object, and nothing that JSON does not know."""
    print(json.dumps(plain(value), indent=2, allow_nan=False))


def plain(value: object) -> Any:
    """Any result in JSON's own types: NaN and infinities become null, complex numbers {"re", "im"},
    profiles lists.
    """
    if isinstance(value, str | pathlib.Path):
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, Profile | tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, complex | np.complexfloating):
        return {"re": plain(value.real), "im": plain(value.imag)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if eqx.is_array_like(value):
        array = np.asarray(value)
        return plain(array.item() if array.ndim == 0 else array.tolist())
    return " ".join(repr(value).split())


def first(text: str | None) -> str:
    """The first line of a docstring."""
    return " ".join((text or "").strip().split("\n")[0].split())


def _text(text: str) -> Text:
    """A text in which brackets are no markup."""
    from rich.text import Text

    return Text(text)


def _print(shown: Table | Text) -> None:
    from rich.console import Console

    # Rich would break lines at 80 columns where there is no terminal, pads every line, and answers
    # a closed pipe its own way.
    terminal, text = sys.stdout.isatty(), io.StringIO()
    Console(
        file=text, highlight=False, force_terminal=terminal, width=None if terminal else UNBROKEN
    ).print(shown)
    print("\n".join(line.rstrip() for line in text.getvalue().splitlines()))
