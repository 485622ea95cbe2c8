"""What a command prints: aligned tables and named lines for people, one JSON object for machines.

Nothing else reaches standard output; progress and warnings go to standard error. Piped text has no
colours and no line breaks inside a row, so that it can be searched and cut.
"""

from __future__ import annotations

import io
import json
import math
import pathlib
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import equinox as eqx
import numpy as np

from ..checks import refuse
from ..files import writable
from ..profile import Profile

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ..running.record import Run

PICTURES = (".png", ".pdf")
RESIDUAL = "residual $|x - P(x - v(x))|$"
UNBROKEN = 10_000  # columns of a page nobody looks at


def checked(path: str | None, suffixes: Sequence[str]) -> pathlib.Path | None:
    """The output path, refused before anything is computed that could not be kept."""
    if path is None:
        return None
    if pathlib.Path(path).suffix.lower() not in suffixes:
        raise refuse("-o", path, f"a file ending in {' or '.join(suffixes)}")
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
    """Rows under their headings, numbers to the right."""
    rows = [list(row) for row in rows]
    shown = _grid(True)
    for i, name in enumerate(columns):
        numbers = all(_looks_numeric(row[i]) for row in rows)
        shown.add_column(
            name, justify="right" if numbers else "left", overflow="fold", no_wrap=numbers
        )
    for row in rows:
        shown.add_row(*map(_text, row))
    _print(shown)


def named(pairs: Mapping[str, str]) -> None:
    """One line a fact: its name, then its value."""
    shown = _grid(False)
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


def short(value: object, digits: int = 6) -> str:
    """A number, an array or a profile in few characters; a dash for what is not known."""
    if value is None:
        return "-"
    if isinstance(value, Profile | tuple | list):
        return "(" + ", ".join(short(part, digits) for part in value) + ")"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {short(part, digits)}" for name, part in value.items())
    array = np.asarray(value)
    if array.ndim:
        shown = ", ".join(short(part, digits) for part in array[:6])
        return f"[{shown}, ... {len(array)} in all]" if len(array) > 6 else f"[{shown}]"
    if np.isnan(array):
        return "-"
    return f"{array.item():.{digits}g}"


def short_complex(value: complex, digits: int = 6) -> str:
    """1+2i, and a real number without its i."""
    return f"{value.real:.{digits}g}" + (f"{value.imag:+.{digits}g}i" if value.imag else "")


class Notice:
    """Says on standard error what is being done, once the work has taken five seconds."""

    def __init__(self, patience: float = 5.0):
        self.begun, self.patience = time.perf_counter(), patience

    def __call__(self, text: str) -> None:
        if time.perf_counter() - self.begun > self.patience:
            print(f"minimax-lab: {text}", file=sys.stderr, flush=True)


def _grid(headed: bool) -> Table:
    from rich.table import Table

    return Table(
        box=None, pad_edge=False, show_header=headed, header_style="bold", padding=(0, 2, 0, 0)
    )


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


def _looks_numeric(cell: str) -> bool:
    return cell == "-" or (cell[:1] in "0123456789+-" and cell[-1:] in "0123456789")
