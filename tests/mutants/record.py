"""The record that is committed: what was tried, the score, and a judgement on every survivor."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from .mutators import Mutant
from .sample import source

PLACE = Path(__file__).with_name("record.md")
JUDGED = Path(__file__).with_name("judged.toml")
ENOUGH = 0.92


def judged() -> dict[str, str]:
    return tomllib.loads(JUDGED.read_text()) if JUDGED.exists() else {}


class Record:
    """The verdicts on a sample, read together with the judgements."""

    def __init__(self, sample: list[Mutant], verdicts: dict[str, dict], judgements: dict[str, str]):
        self.tried = [mutant for mutant in sample if mutant.id in verdicts]
        self.sample, self.verdicts, self.judgements = sample, verdicts, judgements
        self.survivors = [m for m in self.tried if verdicts[m.id]["verdict"] == "survived"]
        self.equal = [m for m in self.survivors if judgements.get(m.id, "").startswith("equal")]
        self.unjudged = [m for m in self.survivors if m.id not in judgements]

    @property
    def caught(self) -> int:
        return len(self.tried) - len(self.survivors)

    @property
    def score(self) -> float:
        """The share caught of those that are not judged equal."""
        return self.caught / max(1, len(self.tried) - len(self.equal))

    @property
    def enough(self) -> bool:
        return self.score >= ENOUGH and not self.unjudged

    def spoken(self) -> str:
        raw = self.caught / max(1, len(self.tried))
        return (
            f"{self.caught} of {len(self.tried)} caught ({raw:.1%}); without the "
            f"{len(self.equal)} that change nothing, {self.score:.1%}"
        )

    def text(self, budget: float) -> str:
        whole = len(self.tried) == len(self.sample)
        seconds = sum(self.verdicts[mutant.id].get("seconds", 0) for mutant in self.tried)
        head = [
            "# Mutants tried",
            "",
            f"Written by `make mutants`. {self.spoken()}." + ("" if whole else " A part of a run."),
            f"They took {seconds / 60:.0f} minutes of CPU. A mutant counts as survived when "
            f"{budget:.0f} seconds of the tests that execute its line have not caught it, so the",
            "share is a lower bound.",
            "",
            *self._table("path", "file"),
            *self._table("operator", "kind of wrong"),
            "## Survivors",
            "",
        ]
        ordered = sorted(self.survivors, key=lambda mutant: (mutant.path, mutant.line))
        return "\n".join([*head, *(line for m in ordered for line in self._told(m))]) + "\n"

    def _told(self, mutant: Mutant) -> list[str]:
        before, after = mutant.shown(source(mutant.path))
        said = self.judgements.get(mutant.id, "not judged yet")
        return [
            f"`{mutant.id}`, line {mutant.line}",
            "",
            "```diff",
            f"- {before}",
            f"+ {after}",
            "```",
            "",
            f"{said}",
            "",
        ]

    def _table(self, what: str, head: str) -> list[str]:
        tried = Counter(getattr(mutant, what) for mutant in self.tried)
        left = Counter(getattr(mutant, what) for mutant in self.survivors)
        rows = [f"| {name} | {tried[name]} | {left[name] or ''} |" for name in sorted(tried)]
        return [f"| {head} | tried | survived |", "|---|---:|---:|", *rows, ""]
