"""The page of theorems: from the catalogue, with the verdicts of the last `make verify`."""

from __future__ import annotations

import collections
import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from plain import plain

from theory.catalogue import theorems
from theory.theorem import Check, Theorem
from theory.verify.results import Status

REPORT = Path("build") / "theory" / "report.json"
Verdict = tuple[str, str]  # the status in one word or two, and what was measured
NOT_YET: Verdict = ("not verified here yet", "")
NOT_RUN: Verdict = ("not run", "")


def page() -> str:
    """Every theorem, paper by paper."""
    told = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else None
    known = theorems()
    verdicts = {name: verdicts_of(theorem, told) for name, theorem in known.items()}
    return "\n\n".join(
        [
            said_of_all(itertools.chain(*verdicts.values()), told),
            *itertools.chain(*(paper(group, verdicts) for group in by_paper(known.values()))),
        ]
    )


def by_paper(known: Iterable[Theorem]) -> Iterator[list[Theorem]]:
    """They come sorted by prefix, which is one a paper."""
    for _, group in itertools.groupby(known, key=lambda theorem: theorem.prefix):
        yield list(group)


def verdicts_of(theorem: Theorem, told: Mapping[str, Any] | None) -> list[Verdict]:
    """One a check; a theorem whose checks have changed since counts as not run."""
    if told is None:
        return [NOT_YET] * len(theorem.checks)
    found = next((t["checks"] for t in told["theorems"] if t["id"] == theorem.id), [])
    same = [(c["kind"], c["part"]) for c in found] == [(c.kind, c.part) for c in theorem.checks]
    if not same:
        return [NOT_RUN] * len(theorem.checks)
    return [(c["status"], c["summary"].removeprefix(f"{c['part']}: ")) for c in found]


def said_of_all(verdicts: Iterable[Verdict], told: Mapping[str, Any] | None) -> str:
    """How many checks had which verdict, each by itself."""
    if told is None:
        return "**Not verified here yet**: run `make verify`, then `make docs` again."
    counts = collections.Counter(status for status, _ in verdicts)
    order = (*Status, NOT_RUN[0])
    rows = [f"| {status} | {counts[status]} |" for status in order if status in counts]
    seeds = ", ".join(map(str, told["seeds"]))
    when = f"written {told['written']} by version {told['version']}, seeds {seeds}, "
    long = "long" if told["full"] else "short"
    return "\n".join(
        [
            f"Verdicts of the report {when}{told['instances']} random instances a check, {long} "
            "search:",
            "",
            "| verdict | checks |",
            "|---|---:|",
            *rows,
        ]
    )


def paper(group: list[Theorem], verdicts: Mapping[str, list[Verdict]]) -> Iterator[str]:
    """A paper's theorems under its title, which is the first line of its package."""
    yield f"## {title(group[0])}"
    for theorem in group:
        yield f"### {theorem.id}: {theorem.name} {{ #{theorem.id.lower()} }}"
        yield displayed(theorem.statement)
        yield f"*{theorem.source.citation}.* Trust: {theorem.source.meaning}."
        yield table(theorem.checks, verdicts[theorem.id])


def title(theorem: Theorem) -> str:
    """The paper as its package names it: `theory.numerics` and its docstring, say."""
    homes = [
        name.rpartition(".")[0]
        for name, module in sys.modules.items()
        if name.startswith("theory.") and any(value is theorem for value in vars(module).values())
    ]
    said = (sys.modules[homes[0]].__doc__ or theorem.prefix).strip()
    return said.removesuffix(".").removesuffix(f": {theorem.prefix}")


def displayed(statement: str) -> str:
    """Displayed formulas as paragraphs of their own, as Markdown wants them."""
    return re.sub(r"\s*(\$\$.+?\$\$)\s*", r"\n\n\1\n\n", statement, flags=re.DOTALL)


def table(checks: Iterable[Check], verdicts: Iterable[Verdict]) -> str:
    """One row a check."""
    rows = [
        (kind_of(check), controls(check), f"**{status}**" + (f": {plain(said)}" if said else ""))
        for check, (status, said) in zip(checks, verdicts, strict=True)
    ]
    head = ("check", "must fail where", "verdict"), ("---", "---", "---")
    return "\n".join("| " + " | ".join(row) + " |" for row in (*head, *rows))


def kind_of(check: Check) -> str:
    return plain(f"{check.kind}, {check.part}" if check.part else check.kind)


def controls(check: Check) -> str:
    return plain("; ".join(control.name for control in check.outside))  # type: ignore[attr-defined]
