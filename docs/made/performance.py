"""The page of performance: from the records that `make bench-record` wrote, as ratios, since
seconds belong to one machine.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.results import Outcome, outcomes, ratios

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "benchmarks" / "records"


def page() -> str:
    """Every race that has a record; before them, what they say together."""
    paths = sorted(RECORDS.glob("*.json"))
    records = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    found = {name: outcomes(r) for name, r in records.items() if "seconds" in r}
    together = [
        f"## {title}\n\n{rows}"
        for title, rows in (
            ("Targets", report.targets(found)),
            ("How cost grows", report.growth(found)),
        )
        if rows
    ]
    return "\n\n".join(
        [*together, *(part for name, record in records.items() for part in told(name, record))]
    )


def told(name: str, record: Mapping[str, Any]) -> Iterator[str]:
    """What was measured, the tables, the command, and what it ran on."""
    yield f"## {name.capitalize()}"
    yield purpose(name)
    yield table(outcomes(record)) if "seconds" in record else evaluations(record["maps"])
    versions = ", ".join(f"{what} {version}" for what, version in record["versions"].items())
    yield (
        f"`make bench-{name}`, recorded {record['when'][:10]} on {record['device']} "
        f"(load {record['load']:.1f}); {versions}."
    )


def purpose(name: str) -> str:
    """The docstring of the workload's file."""
    path = ROOT / "benchmarks" / "workloads" / f"{name}.py"
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def table(found: list[Outcome]) -> str:
    """Contenders of a group against its first one, which is ours; peers that were not installed
    leave their column empty.
    """
    rows = ["| contender | times ours | from ... to |", "|---|---:|---:|"]
    for outcome in found:
        group = f"{outcome.name}: " if outcome.name else ""
        rows.append(f"| **{group}{next(iter(outcome.timings))}** | 1 | |")
        for who, (ratio, least, most) in ratios(outcome).items():
            rows.append(f"| {group}{who} | {ratio:.2g} | {least:.2g} ... {most:.2g} |")
        rows += [f"| {group}{who} | | |" for who in outcome.missing]
    return "\n".join(rows)


def evaluations(maps: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """Of mixing, the same maps put to all: evaluations to the accuracy, and digits at the end."""
    rows = ["| map | contender | evaluations to 1e-8 | digits |", "|---|---|---:|---:|"]
    for what, contenders in maps.items():
        for who, seen in contenders.items():
            count = "not reached" if seen["to 1e-8"] is None else seen["to 1e-8"]
            rows.append(f"| {what} | {who} | {count} | {seen['digits']} |")
    return "\n".join(rows)
