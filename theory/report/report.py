"""What was verified, as report.json for machines, report.md to read in a terminal and report.html
to read in a browser.

Every file is written beside its old version and renamed over it: that for machines after every
theorem, the other two at the end or when interrupted, and then they say that they are partial.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import pathlib
from typing import Any

from minimax_lab.cli.output import plain
from minimax_lab.files import put

from ..verify.plan import How
from ..verify.replay import FORMAT, version
from ..verify.results import Checked, Count, Result
from .page import page
from .words import SLACK, counted, headline, slacks, tested


@dataclasses.dataclass(frozen=True)
class Report:
    """The results so far, how they were got, and which theorems are still to come."""

    results: tuple[Result, ...]
    pending: tuple[str, ...]
    how: How

    @property
    def counts(self) -> dict[str, int]:
        """How many theorems held, were violated, skipped in whole or in part, or not run: never
        added up.
        """
        found = collections.Counter(result.count for result in self.results)
        found[Count.NOT_RUN] = len(self.pending)
        return {
            kind.value: found[kind] for kind in Count if found[kind] or kind is not Count.UNSOUND
        }

    @property
    def passed(self) -> bool:
        return all(result.passed for result in self.results)

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(result.theorem.id for result in self.results if not result.passed)

    def __str__(self) -> str:
        failed = f"; failed: {', '.join(self.failed)}" if self.failed else ""
        return f"{counted(self.counts)}{failed} ({self.seconds:.0f} s of work)"


def facts(report: Report) -> dict[str, Any]:
    """The report in JSON's own types."""
    return plain(
        {
            "format": FORMAT,
            "version": version(),
            "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "partial": bool(report.pending),
            "pending": report.pending,
            "passed": report.passed and not report.pending,
            "failed": report.failed,
            "counts": report.counts,
            "skipped": [r.theorem.id for r in report.results if r.count is Count.SKIPPED],
            "instances": report.how.instances,
            "seeds": report.how.seeds,
            "full": report.how.full,
            "slack": report.how.slack,
            "seconds": report.seconds,
            "theorems": [_theorem(result) for result in report.results],
        }
    )


def write(report: Report, folder: pathlib.Path, *, pictures: bool = True) -> dict[str, Any]:
    """Write the report and give its facts; without `pictures` the machine's version only."""
    told = facts(report)
    put(folder / "report.json", json.dumps(told, indent=1, allow_nan=False))
    if pictures:
        put(folder / "report.md", markdown(told))
        put(folder / "report.html", page(told))
    return told


def markdown(told: dict[str, Any]) -> str:
    """The report as a table, then every statement."""
    lines = ["# Verification", "", headline(told), ""]
    lines += ["| id | statement | kind | result | checked | s |", "|---|---|---|---|---|---:|"]
    for theorem in told["theorems"]:
        said = "<br>".join(check["summary"].replace("|", r"\|") for check in theorem["checks"])
        row = (
            theorem["id"],
            theorem["name"],
            theorem["kind"],
            theorem["status"],
            said,
            f"{theorem['seconds']:.1f}",
        )
        lines.append("| " + " | ".join(row) + " |")
    if told["slack"]:
        lines += ["", "## Slack", "", SLACK, ""]
        lines += [
            "| id | part | constant | value | below | above | |",
            "|---|---|---|---:|---:|---:|---|",
        ]
        lines += ["| " + " | ".join(row) + " |" for row in slacks(told)]
    for theorem in told["theorems"]:
        lines += ["", f"## {theorem['id']}: {theorem['name']}", "", theorem["statement"], ""]
        lines += [f"*{theorem['citation']}* ({theorem['trust']}: {theorem['trust_meaning']})", ""]
        for check in theorem["checks"]:
            lines.append(f"- {check['kind']}, **{check['status']}**: {check['summary']}")
            lines += [
                f"  - {'derived' if ok else 'NOT derived'}: {text}" for text, ok in check["claims"]
            ]
            if check["trial"]:
                lines.append(f"  - test: {tested(check['trial'])}")
            lines += [
                f"  - outside ({control['name']}): {control['said']}"
                for control in check["controls"]
            ]
    return "\n".join(lines) + "\n"


def _theorem(result: Result) -> dict[str, Any]:
    theorem = result.theorem
    return {
        "id": theorem.id,
        "name": theorem.name,
        "statement": theorem.statement,
        "citation": theorem.source.citation,
        "trust": theorem.source.trust,
        "trust_meaning": theorem.source.meaning,
        "kind": theorem.kind,
        "status": result.status,
        "passed": result.passed,
        "seconds": result.seconds,
        "checks": [_check(check) for check in result.checks],
    }


def _check(check: Checked) -> dict[str, Any]:
    told = {field.name: getattr(check, field.name) for field in dataclasses.fields(check)}
    controls = [dataclasses.asdict(control) | {"said": control.said} for control in check.controls]
    certificate = None if check.certificate is None else dataclasses.asdict(check.certificate)
    return told | {
        "passed": check.passed,
        "summary": check.said,
        "controls": controls,
        "certificate": certificate,
        "trial": None if check.trial is None else dataclasses.asdict(check.trial),
        "slack": [
            dataclasses.asdict(one)
            | {"said": one.said, "passed": one.passed, "verdict": one.verdict}
            for one in check.slack
        ],
    }
