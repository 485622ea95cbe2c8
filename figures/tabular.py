"""What a table is, and how it is written: LaTeX with booktabs, Markdown, and CSV with all digits.

A cell is text, a number or nothing. Numbers are told with three digits where people read them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .declare import Plot

Cell = str | int | float | np.generic | None
LATEX = {
    **dict(zip("&%$#_{}", (r"\&", r"\%", r"\$", r"\#", r"\_", r"\{", r"\}"), strict=True)),
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "<": r"$<$",
    ">": r"$>$",
    "−": r"$-$",
    "×": r"$\times$",
}


class Table(NamedTuple):
    """A row a tuple, a cell a column."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def said(cell: Cell, digits: int = 3) -> str:
    """A cell as it is read: 0.0123, 1.2e-05, a dash where there is nothing to tell."""
    if cell is None:
        return "–"
    if isinstance(cell, str | np.str_):
        return str(cell)
    if isinstance(cell, int | np.integer | np.bool_):
        return str(cell)
    value = float(cell)
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.{digits}g}"


def save(table: Table, path: Path, plot: Plot, mark: str) -> None:
    """The three files; `mark` says so where the results are stale or reduced."""
    from minimax_lab.files import put

    wrong = [row for row in table.rows if len(row) != len(table.columns)]
    if wrong or not table.rows:
        raise SystemExit(
            f"{plot.name} has {len(table.columns)} columns, but "
            f"{f'a row of {len(wrong[0])} cells: {wrong[0]}' if wrong else 'no row'}"
        )
    caption = f"{plot.caption}{f' ({mark} results)' if mark else ''}"
    put(path.with_suffix(".csv"), written(table))
    put(path.with_suffix(".md"), markdown(table, caption))
    put(path, latex(table, caption, plot.name))


def written(table: Table) -> str:
    """CSV, in which every number has all its digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()


def markdown(table: Table, caption: str) -> str:
    """A table of Markdown and its caption; columns of numbers are set to the right."""
    rule = ["---:" if numeric(table, j) else "---" for j in range(len(table.columns))]
    rows = [[said(cell).replace("|", r"\|") for cell in row] for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in (table.columns, rule, *rows)]
    return "\n".join([*lines, "", caption, ""])


def latex(table: Table, caption: str, name: str) -> str:
    """A table environment that asks for the package booktabs."""
    places = "".join("r" if numeric(table, j) else "l" for j in range(len(table.columns)))
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "\\centering",
        f"\\caption{{{_text(caption)}}}",
        f"\\label{{tab:{name}}}",
        f"\\begin{{tabular}}{{{places}}}",
        "\\toprule",
        f"{' & '.join(map(_text, table.columns))} \\\\",
        "\\midrule",
        *(f"{' & '.join(row)} \\\\" for row in rows),
        "\\bottomrule",
        "\\end{tabular}",
        "\\end{table}",
        "",
    ]
    return "\n".join(lines)


def numeric(table: Table, column: int) -> bool:
    """Whether a column holds nothing but numbers."""
    cells = [row[column] for row in table.rows if row[column] is not None]
    return not any(isinstance(cell, str | np.str_) for cell in cells)


def _cell(cell: Cell) -> str:
    if cell is None or isinstance(cell, str | np.str_):
        return _text(said(cell))
    digits, _, exponent = said(cell).partition("e")
    digits = digits.replace("∞", r"$\infty$").replace("–", "--").replace("−", "$-$")
    if exponent:
        return rf"${digits} \times 10^{{{int(exponent)}}}$"
    return f"${digits}$" if digits.startswith("-") and digits != "--" else digits


def _text(text: str) -> str:
    return "".join(LATEX.get(sign, sign) for sign in text).replace("–", "--")
