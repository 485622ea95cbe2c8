"""What was verified, as report.json for machines, report.md to read in a terminal and report.html
to read in a browser.

Every file is written beside its old version and renamed over it, after every theorem, so that an
interrupted verification leaves a valid report that says it is partial.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import pathlib
from typing import Any

from minimax_lab.cli.output import plain
from minimax_lab.files import put

from ..verify.replay import FORMAT, version
from ..verify.results import Checked, Result
from .page import page


@dataclasses.dataclass(frozen=True)
class Report:
    """The results so far, how they were got, and which theorems are still to come."""

    results: tuple[Result, ...]
    pending: tuple[str, ...]
    instances: int
    seed: int
    full: bool

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
        done = f"{len(self.results) - len(self.failed)} of {len(self.results)} theorems hold"
        return (
            done
            + (f"; failed: {', '.join(self.failed)}" if self.failed else "")
            + f" ({self.seconds:.0f} s of work)"
        )


def facts(report: Report) -> dict[str, Any]:
    """The report in JSON's own types."""
    return plain(
        {
            "format": FORMAT,
            "version": version(),
            "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "partial": bool(report.pending),
            "pending": report.pending,
            "passed": report.passed,
            "failed": report.failed,
            "instances": report.instances,
            "seed": report.seed,
            "full": report.full,
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
    for theorem in told["theorems"]:
        lines += ["", f"## {theorem['id']}: {theorem['name']}", "", theorem["statement"], ""]
        lines += [f"*{theorem['citation']}* ({theorem['trust']}: {theorem['trust_meaning']})", ""]
        for check in theorem["checks"]:
            lines.append(f"- {check['kind']}, **{check['status']}**: {check['summary']}")
            lines += [
                f"  - {'derived' if ok else 'NOT derived'}: {text}" for text, ok in check["claims"]
            ]
            lines += [
                f"  - outside ({control['name']}): {control['said']}"
                for control in check["controls"]
            ]
    return "\n".join(lines) + "\n"


def headline(told: dict[str, Any]) -> str:
    """One sentence on the whole."""
    count, failed = len(told["theorems"]), told["failed"]
    said = (
        f"{count - len(failed)} of {count} theorems hold on {told['instances']} random instances a "
        f"check, seed {told['seed']}"
    )
    said += f"; failed: {', '.join(failed)}." if failed else "."
    if told["partial"]:
        said = (
            f"**Partial**: {len(told['pending'])} theorems were not reached "
            f"({', '.join(told['pending'])}). {said}"
        )
    return said


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
    }
