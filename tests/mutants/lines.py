"""Which lines each test executes: one pass over every test file in a process of its own, kept in
build/mutants/lines until the test file, or a source it executes, changes.

By file and not by test, because what an earlier test has compiled hides lines from later ones.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from . import child
from .mutators import Mutant
from .sample import ROOT, targets
from .server import Job, Work, side_by_side

PLACE = ROOT / "build" / "mutants" / "lines"
# They hold documents and pictures to their promises, in processes that no mutant reaches.
ELSEWHERE = ("tests/house/", "tests/figures/", "tests/mutants/")
Seen = dict[str, dict[str, dict]]  # test file -> test -> seconds, lines by source


def test_files() -> list[str]:
    found = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/*/test_*.py"))
    return [name for name in found if not name.startswith(ELSEWHERE)]


@functools.cache
def digest(*names: str) -> str:
    told = hashlib.sha256()
    for name in names:
        path = ROOT / name
        told.update(name.encode() + (path.read_bytes() if path.exists() else b"gone"))
    return told.hexdigest()[:16]


def test_digest(file: str) -> str:
    """Of a test file and what it borrows from its folder."""
    folder = (ROOT / file).parent
    lent = [p for p in folder.glob("*.py") if not p.name.startswith("test_")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in lent)
    return digest("tests/conftest.py", file, *names)


def measured(width: int) -> Seen:
    """The map of every test file, measured anew where it is out of date."""
    PLACE.mkdir(parents=True, exist_ok=True)
    stale = [file for file in test_files() if not _kept(file)]
    jobs = (Job(file, _watching(file)) for file in stale)
    for k, (job, told) in enumerate(side_by_side(jobs, width, PLACE.parent), 1):
        if "tests" not in told:
            raise RuntimeError(f"{job.name} could not be measured: {told['why']}")
        touched = {name for test in told["tests"].values() for name in test["lines"]}
        told["sources"] = {name: digest(name) for name in sorted(touched)}
        told["digest"] = test_digest(job.name)
        _place(job.name).write_text(json.dumps(told))
        seconds = sum(test["seconds"] for test in told["tests"].values())
        print(f"measured {k} of {len(stale)}: {job.name}, {seconds:.0f} s", flush=True)
        for test in told["failing"]:
            print(f"  fails without any mutant, so it is not asked: {test}", flush=True)
    return {file: _without_failing(_kept(file)) for file in test_files()}


def batches(mutant: Mutant, seen: Seen, budget: float) -> list[child.Batch]:
    """The tests that may catch a mutant: file by file, those that execute its line before the
    rest of their file, for about as long as `budget` lasts.
    """
    wanted = _lines(mutant)
    files = {}
    for file, tests in seen.items():
        touching = [name for name, test in tests.items() if wanted & _of(test, mutant.path)]
        if touching:
            everyone = touching if "" not in touching else list(tests)
            files[file] = sorted(filter(None, everyone), key=lambda n: tests[n]["seconds"])
    order = sorted(files, key=lambda file: _nearness(file, mutant, seen), reverse=True)
    first = [(file, files[file]) for file in order]
    rest = [
        (file, [n for n in seen[file] if n and n not in files[file] and seen[file][n]["lines"]])
        for file in order
    ]
    return list(_within([*first, *rest], seen, budget))


def patience(seen: Seen) -> dict[str, float]:
    """For how many CPU seconds each test may run before it hangs."""
    tests = {name: test for file in seen.values() for name, test in file.items()}
    return {name: 45 + 8 * test["seconds"] for name, test in tests.items()}


def _within(found: list[child.Batch], seen: Seen, budget: float) -> Iterator[child.Batch]:
    for file, tests in found:
        if tests and budget > 0:
            yield file, tests
            budget -= sum(seen[file][name]["seconds"] for name in tests)


def _nearness(file: str, mutant: Mutant, seen: Seen) -> tuple[bool, float]:
    """Independent transcriptions first, then the file most devoted to the mutant's module."""
    lines: dict[str, set[int]] = {}
    for test in seen[file].values():
        for name, found in test["lines"].items():
            lines.setdefault(name, set()).update(found)
    own, total = len(lines.get(mutant.path, ())), sum(map(len, lines.values()))
    stem = Path(mutant.path).stem
    named = stem in Path(file).stem or Path(mutant.path).parent.name == Path(file).stem[5:]
    seconds = sum(test["seconds"] for test in seen[file].values())
    return file.startswith("tests/references/"), (own / total) * (3 if named else 1) / (5 + seconds)


def _lines(mutant: Mutant) -> set[int]:
    """The lines that tell whether a test may see a mutant: its statement's, or all of the class or
    module where what it changes runs on import.
    """
    if not mutant.runs_on_import:
        return set(range(mutant.lines[0], mutant.lines[1] + 1))
    return set(_scope(mutant.path, mutant.where))


@functools.cache
def _scope(path: str, where: str) -> range:
    tree = ast.parse((ROOT / path).read_bytes())
    body, found = tree.body, range(1, 1 << 20)
    for name in where.split("."):
        inner = [node for node in body if getattr(node, "name", None) == name]
        if not inner:
            break
        methods = [n for n in inner[0].body if isinstance(n, ast.FunctionDef)]
        if methods or isinstance(inner[0], ast.FunctionDef):
            found = range(inner[0].lineno, inner[0].end_lineno + 1)
        body = inner[0].body
    return found


def _of(test: dict, path: str) -> set[int]:
    return set(test["lines"].get(path, ()))


def _watching(file: str) -> Work:
    return lambda tell: child.watch(ROOT, file, set(targets()), tell)


def _place(file: str) -> Path:
    return PLACE / (file.removesuffix(".py").replace("/", "-") + ".json")


def _kept(file: str) -> dict | None:
    place = _place(file)
    kept = json.loads(place.read_text()) if place.exists() else {}
    current = kept.get("digest") == test_digest(file) and all(
        digest(name) == old for name, old in kept["sources"].items()
    )
    return kept if current else None


def _without_failing(kept: dict) -> dict[str, dict]:
    return {name: test for name, test in kept["tests"].items() if name not in kept["failing"]}
