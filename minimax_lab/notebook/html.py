"""Values as small tables."""

from __future__ import annotations

import functools
import html as markup
from typing import Any

import jax
import numpy as np

from .. import tables
from ..analysis.comparisons import Comparison
from ..analysis.eigenvalues import Spectrum
from ..analysis.equilibria import Equilibria, Equilibrium
from ..running.judge import OUTCOMES, Outcome, Verdict
from ..running.record import Run
from ..running.verbs import Solution
from ..tables import short, short_complex
from . import sparks

FEW = 8  # numbers of a profile that are shown, and columns of an observable


@functools.singledispatch
def html(value: Any) -> str:
    """The value as a table; in plain letters where it has none."""
    return f"<pre>{markup.escape(repr(value))}</pre>"


@html.register
def _(value: Verdict) -> str:
    return tables.html(("verdict", ""), list(_verdict(value).items()))


@html.register
def _(value: Run) -> str:
    facts = _verdict(value.verdict)
    for name in ("rule", "game", "seconds", "device"):
        if name in value.about:
            facts[name] = str(value.about[name])
    if _size(value.final) <= FEW and np.ndim(value.verdict.code) == 0:
        facts["final"] = short(value.final)
    rows = [[name, told, ""] for name, told in facts.items()]
    for name, column in _observed(value):
        last = column[..., -1]
        told = short(last) if last.ndim == 0 else f"median {short(np.median(last))}"
        middle = column if column.ndim == 1 else np.median(column, axis=0)
        rows.append([name, told, sparks.curve(middle)])
    return tables.html(("run", "", ""), rows)


@html.register
def _(value: Solution) -> str:
    facts = _verdict(value.verdict)
    if _size(value.value) <= FEW:
        facts["value"] = short(value.value)
    return tables.html(("solution", ""), list(facts.items()))


@html.register
def _(value: Spectrum) -> str:
    told = {True: "yes", False: "no", None: "undecided by these"}
    facts = {"stable": told[value.stable], "radius": short(value.radius, 8)}
    if value.of == "field":
        facts |= {"abscissa": short(value.abscissa), "step limit": short(value.step_limit)}
    else:
        facts["log error per update"] = f"{value.rate:+.6g}"
    facts["values"] = ", ".join(short_complex(v) for v in value.values[:6])
    if len(value.values) > 6:
        facts["values"] += f", ... {len(value.values)} in all"
    if not value.at_equilibrium:
        facts["not at an equilibrium"] = f"moves by {value.movement:.3g}"
    picture = ["picture", sparks.plane(value.values, value.of)]
    article = "an" if value.of == "update" else "a"
    return tables.html(("spectrum", f"of {article} {value.of}"), [*facts.items(), picture])


@html.register
def _(value: Equilibrium) -> str:
    return tables.html(*_equilibria([value]))


@html.register
def _(value: Equilibria) -> str:
    found = f"{len(value)} found, {value.failed} of {value.starts} starts led to none"
    return tables.html(*_equilibria(value), title=found)


@html.register
def _(value: Comparison) -> str:
    columns, rows = value.table()
    drawn = [sparks.curve(one.run.observed["residual"]) for one in value]
    first = tables.html(
        [*columns, "residual"],
        [[*row, picture] for row, picture in zip(rows, drawn, strict=True)],
        title=f"from {short(value.start)}",
    )
    columns, rows = value.league()
    notes = "".join(f"<p>{markup.escape(note)}</p>" for note in value.notes)
    return first + (tables.html(columns, rows) if rows else "") + notes


def _equilibria(found: list[Equilibrium]) -> tuple[list[str], list[list[str]]]:
    columns = ["equilibrium", "kind", "eigenvalues", "residual", ""]
    rows = [
        [
            e.place,
            f"{e.kind}, spurious" if e.spurious else f"{e.kind}",
            e.values,
            f"{e.residual:.2g}",
            sparks.plane(e.eigenvalues, "field"),
        ]
        for e in found
    ]
    return columns, rows


def _verdict(verdict: Verdict) -> dict[str, str]:
    if np.ndim(verdict.code) > 0:
        codes = np.asarray(verdict.code)
        counts = {f"{kind}": int(np.sum(codes == i)) for i, kind in enumerate(OUTCOMES)}
        return {kind: f"{count} of {len(codes)}" for kind, count in counts.items() if count}
    facts = {"outcome": f"{verdict.kind}", "updates": str(int(verdict.steps))}
    facts["residual"] = f"{float(verdict.residual):.3g}"
    if verdict.kind == Outcome.CYCLING:
        facts["period"] = f"{float(verdict.period):.4g}"
    return facts


def _observed(run: Run) -> list[tuple[str, np.ndarray]]:
    """The numbers that were observed, rows last; of wide observables none."""
    many, found = np.ndim(run.verdict.code) > 0, []
    for name, tree in run.observed.items():
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
            head = 2 if many else 1
            array = np.asarray(leaf)
            if array.dtype.kind not in "iufb" or array.shape[head - 1] == 0:
                continue
            columns = array.reshape(*array.shape[:head], -1).astype(float)
            if columns.shape[-1] <= FEW:
                named = name + jax.tree_util.keystr(path).replace(".players", "")
                wide = columns.shape[-1] > 1
                found += [
                    (f"{named}[{i}]" if wide else named, columns[..., i])
                    for i in range(columns.shape[-1])
                ]
    return found


def _size(tree: object) -> int:
    return sum(np.size(leaf) for leaf in jax.tree.leaves(tree))
