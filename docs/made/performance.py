"""The page of performance: from the records that `make bench` wrote, as ratios, since seconds
belong to one machine.
"""

from __future__ import annotations

import ast
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "benchmarks" / "records"


def page() -> str:
    """Every race that has a record."""
    paths = sorted(RECORDS.glob("*.json"))
    records = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    return "\n\n".join(part for name, record in records.items() for part in told(name, record))


def told(name: str, record: Mapping[str, Any]) -> Iterator[str]:
    """What was measured, the tables, the command, and what it ran on."""
    yield f"## {name.capitalize()}"
    yield purpose(name)
    yield table(record["seconds"]) if "seconds" in record else evaluations(record["maps"])
    versions = ", ".join(f"{what} {version}" for what, version in record["versions"].items())
    yield (
        f"`make bench ARGS={name}`, recorded {record['when'][:10]} on {record['device']} "
        f"(load {record['load']:.1f}); {versions}."
    )


def purpose(name: str) -> str:
    """The docstring of the benchmark's file."""
    tree = ast.parse((ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8"))
    return ast.get_docstring(tree) or ""


def table(seconds: Mapping[str, Mapping[str, Any]]) -> str:
    """Contenders of a group ("group: name") against its first one, which is ours."""
    rows = ["| contender | times ours | from ... to |", "|---|---:|---:|"]
    for _, group in itertools.groupby(
        seconds.items(), key=lambda item: item[0].rpartition(": ")[0]
    ):
        contenders = {who: measured(timings) for who, timings in group}
        ours = next(iter(contenders.values()))
        rows += [row(who, timing, ours) for who, timing in contenders.items()]
    return "\n".join(rows)


def evaluations(maps: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """Of mixing, the same maps put to all: evaluations to the accuracy, and digits at the end."""
    rows = ["| map | contender | evaluations to 1e-8 | digits |", "|---|---|---:|---:|"]
    for what, contenders in maps.items():
        for who, seen in contenders.items():
            count = "not reached" if seen["to 1e-8"] is None else seen["to 1e-8"]
            rows.append(f"| {what} | {who} | {count} | {seen['digits']} |")
    return "\n".join(rows)


def measured(timings: Mapping[str, Any]) -> Mapping[str, float]:
    """What was measured after the first call, per unit."""
    return next(timing for what, timing in timings.items() if what.startswith("per "))


def row(who: str, timing: Mapping[str, float], ours: Mapping[str, float]) -> str:
    """The ratio of medians, and the ratios of the extremes, which bound it."""
    if timing is ours:
        return f"| **{who}** | 1 | |"
    least, most = timing["fastest"] / ours["slowest"], timing["slowest"] / ours["fastest"]
    return f"| {who} | {timing['median'] / ours['median']:.2g} | {least:.2g} ... {most:.2g} |"
