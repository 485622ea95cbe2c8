"""What became of each mutant, appended to a file at once: a run broken off loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

from .lines import digest, test_digest
from .sample import ROOT

PLACE = ROOT / "build" / "mutants" / "verdicts.jsonl"


def remember(verdict: dict, place: Path = PLACE) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a") as file:
        file.write(json.dumps(verdict) + "\n")


def remembered(place: Path = PLACE) -> dict[str, dict]:
    """The newest verdict on each mutant that still holds: one that was caught while the test file
    that caught it is the same, one that survived while all the tests it survived are.
    """
    if not place.exists():
        return {}
    newest = {verdict["id"]: verdict for verdict in map(json.loads, place.read_text().splitlines())}
    return {name: verdict for name, verdict in newest.items() if _holds(verdict)}


def asked(files: list[str]) -> dict[str, str]:
    """The test files a verdict rests on, as they are now."""
    return {file: test_digest(file) for file in files}


def _holds(verdict: dict) -> bool:
    current = digest(verdict["id"].split(":")[0]) == verdict["source"]
    killer = str(verdict.get("test", "")).split("::")[0]
    rests_on = verdict["asked"]
    if verdict["verdict"] == "caught" and killer in rests_on:
        # An edit elsewhere in its file changes neither the mutant nor what catches it.
        return rests_on[killer] == test_digest(killer)
    return current and all(test_digest(file) == old for file, old in rests_on.items())
