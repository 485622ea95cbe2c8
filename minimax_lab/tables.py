"""Tables: as text no wider than it may be, and as HTML; and numbers in few characters."""

from __future__ import annotations

import html as markup
import textwrap
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

GAP = 2  # blanks between two columns
NARROW = 16  # characters to which a column of words may be folded


def text(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    width: int | None = None,
    *,
    bold: bool = False,
) -> str:
    """Rows under their headings, numbers to the right.

    Of what is wider than `width`, words are folded; where that is not enough, columns go into
    further tables below, each of which begins with the first column again.
    """
    rows = [list(row) for row in rows]
    numeric = [all(looks_numeric(row[i]) for row in rows) for i in range(len(columns))]
    natural = [max(map(len, (name, *(r[i] for r in rows)))) for i, name in enumerate(columns)]
    least = [
        size if number else min(size, max(NARROW, len(name)))
        for name, size, number in zip(columns, natural, numeric, strict=True)
    ]
    pages = []
    for page in _pages(least, width):
        widths = _fitted([natural[i] for i in page], [least[i] for i in page], width)
        lines: list[str] = []
        for row in (list(columns), *rows):
            cells = [
                _folded(row[i], size, numeric[i]) for i, size in zip(page, widths, strict=True)
            ]
            deep = max(map(len, cells))
            whole = [[*cell, *[" " * len(cell[0])] * (deep - len(cell))] for cell in cells]
            told = [
                "".join(c + " " * GAP for c in line).rstrip() for line in zip(*whole, strict=True)
            ]
            lines += [f"\033[1m{line}\033[0m" for line in told] if bold and not lines else told
        pages.append("\n".join(lines))
    return "\n\n".join(pages)


def html(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> str:
    """The same for a notebook; a cell that begins with <svg is a picture."""
    caption = f"<caption>{markup.escape(title)}</caption>" if title else ""
    heads = "".join(f"<th>{markup.escape(name)}</th>" for name in columns)
    head = f"<thead><tr>{heads}</tr></thead>" if any(columns) else ""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table>{caption}{head}<tbody>{body}</tbody></table>"


def short(value: object, digits: int = 6) -> str:
    """A number, an array or a profile in few characters; a dash for what is not known."""
    if value is None:
        return "-"
    value = getattr(value, "players", value)
    if isinstance(value, tuple | list):
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


def looks_numeric(cell: str) -> bool:
    """Whether a cell is a number, or a dash where one would stand."""
    return cell == "-" or (cell[:1] in "0123456789+-" and cell[-1:] in "0123456789")


def _cell(cell: str) -> str:
    if cell.startswith("<svg"):
        return f"<td>{cell}</td>"
    side = "right" if looks_numeric(cell) else "left"
    return f'<td style="text-align: {side}">{markup.escape(cell)}</td>'


def _pages(least: Sequence[int], width: int | None) -> list[list[int]]:
    """Which columns stand beside each other."""
    pages, page = [], [0]
    for i in range(1, len(least)):
        full = width is not None and sum(least[j] + GAP for j in (*page, i)) - GAP > width
        if full and len(page) > 1:
            pages.append(page)
            page = [0]
        page.append(i)
    return [*pages, page]


def _fitted(natural: list[int], least: list[int], width: int | None) -> list[int]:
    """The widths of columns, the widest that may be folded made narrower one by one."""
    widths = list(natural)
    while width is not None and sum(widths) + GAP * (len(widths) - 1) > width:
        loose = [i for i, size in enumerate(widths) if size > least[i]]
        if not loose:
            break
        widths[max(loose, key=lambda i: widths[i])] -= 1
    return widths


def _folded(cell: str, width: int, right: bool) -> list[str]:
    lines = textwrap.wrap(cell, width, break_on_hyphens=False) if len(cell) > width else [cell]
    return [line.rjust(width) if right else line.ljust(width) for line in lines or [""]]
