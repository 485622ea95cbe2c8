"""One page about one run or several side by side: what was asked for and where they differ, how
they went, what their generators make. A single file, without scripts and without a network.
"""

from __future__ import annotations

import base64
import html
import io
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..checks import refuse
from ..draw.curves import curves
from ..draw.spectra import spectrum
from ..draw.style import style
from .folder import RunFolder

PLAYERS = ("generator", "discriminator")
PARTS = {
    "losses": PLAYERS,
    "gradient_norms": PLAYERS,
    "update_norms": PLAYERS,
    "logits": ("on real", "on fake"),
}
LINEAR = ("losses", "logits", "smallest real part", "rotation")
UNDRAWN = ("step", "verdict", "eigenvalues", "residuals")
SHOWN = 4  # grids of pictures of a run

LOOK = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --line: #ccc; --soft: #666 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #191919; --line: #444; --soft: #aaa }
  .curve { background: #fff; border-radius: 4px }
}
body { font: 15px/1.5 Georgia, serif; color: var(--ink); background: var(--paper);
       max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line);
         vertical-align: top }
td { font-variant-numeric: tabular-nums }
.curves, .grids { display: flex; flex-wrap: wrap; gap: 1rem }
.curve { max-width: 100% } .grids img { image-rendering: pixelated; width: 15rem; max-width: 100% }
figure { margin: 0 } figcaption { color: var(--soft); font-size: .85rem }
"""


def report(folders: Sequence[RunFolder]) -> str:
    """The page, as HTML.

    Arguments:
        folders: the runs, each in its folder; of an ensemble all members.
    """
    if not folders:
        raise refuse("the runs", "none", "one folder or more")
    named = _named([run for folder in folders for run in folder.runs])
    title = f"Training of {', '.join(named)}" if len(named) < 4 else f"{len(named)} trainings"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        "<h2>Runs</h2>",
        _table({name: _summary(folder) for name, folder in named.items()}),
        "<h2>Settings</h2>",
        _settings(named),
        "<h2>Curves</h2>",
        _curves({name: folder.lines() for name, folder in named.items()}),
        _spectra({name: folder.lines("looks.jsonl") for name, folder in named.items()}),
        _pictures(named),
        _measures(named),
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{LOOK}</style>'
        + "\n".join(part for part in parts if part)
        + "</html>\n"
    )


def _named(folders: Sequence[RunFolder]) -> dict[str, RunFolder]:
    """Runs by the names of their folders, with as much of the path as tells them apart."""
    paths = [folder.path.resolve() for folder in folders]
    if len(set(paths)) < len(paths):
        raise refuse("the runs", [str(folder.path) for folder in folders], "each given once")
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        names = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            break
    return dict(zip(names, folders, strict=True))


def _summary(folder: RunFolder) -> dict[str, str]:
    lines, times, made = folder.lines(), folder.home.lines("times.jsonl"), folder.made
    last = lines[-1] if lines else {"verdict": "not begun", "step": 0}
    return {
        "verdict": str(last["verdict"]),
        "updates": f"{last['step']:,}",
        "an update takes": _pace(times),
        "device": str(made.get("device")),
        "made by": f"minimax_lab {made.get('minimax_lab')}, commit {made.get('commit')}, "
        f"jax {made.get('jax')}, Python {made.get('python')}",
    }


def _pace(times: list[dict[str, Any]]) -> str:
    """The median over rows, which neither compilation nor a pause moves."""
    pairs = itertools.pairwise(times)
    gaps = [
        (after["seconds"] - before["seconds"]) / (after["step"] - before["step"])
        for before, after in pairs
        if after["step"] > before["step"] and after["seconds"] > before["seconds"]
    ]
    return f"{1000 * float(np.median(gaps)):.3g} ms" if gaps else "-"


def _settings(named: Mapping[str, RunFolder]) -> str:
    every = {name: folder.settings for name, folder in named.items()}
    keys = list(dict.fromkeys(key for settings in every.values() for key in settings))
    apart = [key for key in keys if len({repr(s.get(key)) for s in every.values()}) > 1]
    shared = {key: str(next(iter(every.values())).get(key)) for key in keys if key not in apart}
    differing = _table({n: {k: str(s.get(k)) for k in apart} for n, s in every.items()})
    said = "<p>They differ in:</p>" + differing + "<p>They share:</p>" if apart else ""
    return said + _table({"": shared})


def _table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """A column a run, a row a fact."""
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    cells = [
        f"<tr><th>{html.escape(row)}</th>"
        + "".join(f"<td>{html.escape(column.get(row, '-'))}</td>" for column in columns.values())
        + "</tr>"
        for row in rows
    ]
    return f"<table><tr><th></th>{head}</tr>{''.join(cells)}</table>"


def _curves(lines: Mapping[str, list[dict[str, Any]]]) -> str:
    """A panel an observable and part, a line a run."""
    seen = dict.fromkeys(key for rows in lines.values() for row in rows for key in row)
    drawn = [
        _curve(lines, observable, part, said)
        for observable in seen
        if observable not in UNDRAWN
        for part, said in _parts(observable, lines)
    ]
    return f'<div class="curves">{"".join(drawn)}</div>'


def _parts(
    observable: str, lines: Mapping[str, list[dict[str, Any]]]
) -> list[tuple[int | None, str]]:
    """The numbers an observable has, and what they are called."""
    values = [row[observable] for rows in lines.values() for row in rows if observable in row]
    spoken = observable.replace("_", " ")
    if not isinstance(values[0], list):
        return [(None, spoken)]
    names = PARTS.get(observable, tuple(map(str, range(len(values[0])))))
    return [(i, f"{spoken}, {name}") for i, name in enumerate(names)]


def _curve(
    lines: Mapping[str, list[dict[str, Any]]], observable: str, part: int | None, said: str
) -> str:
    alone, given, across = len(lines) == 1, {}, {}
    for name, rows in lines.items():
        own = [row for row in rows if observable in row]
        values = [row[observable] if part is None else row[observable][part] for row in own]
        if own:
            label = "" if alone else name
            given[label] = np.array([math.nan if value is None else value for value in values])
            across[label] = np.array([row["step"] for row in own])
    with style():
        logarithmic = observable not in LINEAR
        axis = curves(given, logarithmic=logarithmic, ylabel=said, across=across)
        return f'<div class="curve">{_drawn(axis.figure)}</div>'


def _spectra(looks: Mapping[str, list[dict[str, Any]]]) -> str:
    """The outer eigenvalues of the field along the way: those of a few moments in the plane, and
    what they come to as curves.
    """
    shown = {name: [row for row in rows if row.get("eigenvalues")] for name, rows in looks.items()}
    if not any(shown.values()):
        return ""
    planes = [_plane(rows, name if len(looks) > 1 else "") for name, rows in shown.items() if rows]
    drawn = f'<div class="curves">{"".join(planes)}</div>'
    return f"<h2>Outer eigenvalues of the field</h2>{drawn}{_curves(looks)}"


def _plane(rows: list[dict[str, Any]], title: str) -> str:
    moments = {
        f"after {row['step']:,} updates": np.array(row["eigenvalues"]) @ [1, 1j]
        for row in _spread(rows)
    }
    with style():
        axis = spectrum(moments, of="field")
        axis.set_title(title)
        return f'<div class="curve">{_drawn(axis.figure)}</div>'


def _drawn(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    return re.sub(r"^.*?(?=<svg)", "", text.getvalue(), count=1, flags=re.DOTALL)


def _pictures(named: Mapping[str, RunFolder]) -> str:
    shown = {name: _spread(folder.pictures()) for name, folder in named.items()}
    if not any(shown.values()):
        return ""
    blocks = [
        (f"<h3>{html.escape(name)}</h3>" if len(named) > 1 else "")
        + '<div class="grids">'
        + "".join(_figure(path.read_bytes(), f"after {int(path.stem):,} updates") for path in paths)
        + "</div>"
        for name, paths in shown.items()
    ]
    return "<h2>What the generator makes of the same latents</h2>" + "".join(blocks)


def _spread(paths: list[Any]) -> list[Any]:
    """A few of them, from the first to the last."""
    if len(paths) <= SHOWN:
        return paths
    return [paths[round(i * (len(paths) - 1) / (SHOWN - 1))] for i in range(SHOWN)]


def _figure(png: bytes, caption: str) -> str:
    data = base64.b64encode(png).decode()
    return (
        f'<figure><img alt="{html.escape(caption)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _measures(named: Mapping[str, RunFolder]) -> str:
    """What `minimax-lab evaluate` found last, where it was called."""
    found = {name: folder.lines("measures.jsonl") for name, folder in named.items()}
    last = {name: lines[-1] for name, lines in found.items() if lines}
    columns = {name: _told(line) for name, line in last.items()}
    if len(last) > 1:
        columns["mean and deviation"] = {key: str(both) for key, both in spread(last).items()}
    return "<h2>Measures</h2>" + _table(columns) if columns else ""


def _told(line: Mapping[str, object]) -> dict[str, str]:
    return {
        key: f"{value:.4g}" if isinstance(value, float) else str(value)
        for key, value in line.items()
    }


class Spread(NamedTuple):
    """A number of several runs."""

    mean: float
    deviation: float

    def __str__(self) -> str:
        return f"{self.mean:.4g} +- {self.deviation:.2g}"


def spread(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Spread]:
    """Of every number that all of several runs have: its mean, and their standard deviation."""
    names = next(iter(found.values()))
    columns: dict[str, list[Any]] = {
        name: [one.get(name) for one in found.values()] for name in names
    }
    return {
        name: Spread(float(np.mean(values)), float(np.std(values, ddof=1)))
        for name, values in columns.items()
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    }
