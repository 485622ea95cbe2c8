"""Which lines each test executes: one pass over every test file in a process of its own, kept in
build/mutants/lines until the test file, or a source it executes, changes.

By file and not by test, because what an earlier test has compiled hides lines from later ones.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import child
from .mutators import Mutant
from .sample import ROOT, targets
from .server import Job, Work, side_by_side

PLACE = ROOT / "build" / "mutants" / "lines"
# They hold documents and pictures to their promises, in processes that no mutant reaches.
ELSEWHERE = ("tests/house/", "tests/figures/", "tests/mutants/")
SIGNATURES = "tests/methods/test_defaults.py"  # reads defaults, which executes no line
TURN = 15.0  # CPU seconds that each file has in the first round, the nearest twice that
Lines = dict[str, set[int]]  # by source


@dataclass(frozen=True)
class Test:
    """What one test takes, in CPU seconds, and the lines it executes."""

    seconds: float
    lines: Lines


@dataclass(frozen=True)
class File:
    """The tests of a file, "" for what happens when it is imported, and all their lines."""

    tests: dict[str, Test]
    lines: Lines

    @property
    def seconds(self) -> float:
        return sum(test.seconds for test in self.tests.values())


Seen = dict[str, File]


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
    return {file: _read(_kept(file)) for file in test_files()}


def batches(mutant: Mutant, seen: Seen, budget: float) -> list[child.Batch]:
    """The tests that may catch a mutant, for about as long as `budget` lasts: first those that say
    little else, then file by file those that execute its line, before the rest of their file.
    """
    wanted, near = _lines(mutant), {}
    for name, file in seen.items():
        if wanted & file.lines.get(mutant.path, set()):
            near[name] = _touching(file, mutant.path, wanted)
    if mutant.runs_on_import and SIGNATURES in seen:
        near[SIGNATURES] = [name for name in seen[SIGNATURES].tests if name]
    order = sorted(near, key=lambda name: _nearness(name, seen[name], mutant), reverse=True)
    turns = {name: TURN * (1 + (name == order[0])) for name in order}
    cheap = {name: _cheapest(seen[name], near[name], turns[name]) for name in order}
    pointed = _pointed(near, seen, budget / 3)
    first = [(n, [test for test in cheap[n] if test not in pointed.get(n, ())]) for n in order]
    done = {name: [*pointed.get(name, ()), *cheap[name]] for name in order}
    rest = [(name, _besides(seen[name], near[name], done[name])) for name in order]
    return list(_within([*pointed.items(), *first, *rest], seen, budget))


def patience(seen: Seen) -> dict[str, float]:
    """For how many CPU seconds each test may run before it hangs."""
    tests = {name: test for file in seen.values() for name, test in file.tests.items()}
    return {name: 45 + 8 * test.seconds for name, test in tests.items()}


def _touching(file: File, path: str, wanted: set[int]) -> list[str]:
    """Its tests that execute the wanted lines, the cheapest first; all of them where the lines are
    executed as soon as the file is imported.
    """
    found = {name for name, test in file.tests.items() if wanted & test.lines.get(path, set())}
    named = (name for name in file.tests if name and (name in found or "" in found))
    return sorted(named, key=lambda name: file.tests[name].seconds)


def _pointed(near: dict[str, list[str]], seen: Seen, budget: float) -> dict[str, list[str]]:
    """Of all tests that execute the line, by file, those that are quick and execute little else."""

    def breadth(place: tuple[str, str]) -> float:
        test = seen[place[0]].tests[place[1]]
        return (test.seconds + 0.05) * sum(map(len, test.lines.values()))

    chosen: dict[str, list[str]] = {}
    for file, name in sorted(((f, name) for f in near for name in near[f]), key=breadth):
        budget -= seen[file].tests[name].seconds + 0.05
        if budget < 0:
            break
        chosen.setdefault(file, []).append(name)
    return chosen


def _cheapest(file: File, names: list[str], turn: float) -> list[str]:
    """As many of them as do not keep other files waiting."""
    ends = itertools.accumulate(file.tests[name].seconds for name in names)
    return [name for name, end in zip(names, ends, strict=True) if end < turn] or names[:1]


def _besides(file: File, near: list[str], done: list[str]) -> list[str]:
    """The others, and then those of its tests that only need the package."""
    others = [name for name, test in file.tests.items() if name and test.lines]
    return [name for name in dict.fromkeys([*near, *others]) if name not in done]


def _within(found: list[child.Batch], seen: Seen, budget: float) -> Iterator[child.Batch]:
    for file, tests in found:
        if tests and budget > 0:
            yield file, tests
            budget -= sum(seen[file].tests[name].seconds for name in tests)


def _nearness(name: str, file: File, mutant: Mutant) -> tuple[bool, float]:
    """Independent transcriptions first, then the file most devoted to the mutant's module."""
    own, total = len(file.lines.get(mutant.path, ())), sum(map(len, file.lines.values()))
    module, subject = Path(mutant.path), Path(name).stem.removeprefix("test_")
    named = module.stem in subject or module.parent.name == subject
    share = own / max(1, total) * (3 if named else 1)
    ahead = name.startswith("tests/references/") or name == SIGNATURES
    return ahead, share / (5 + file.seconds)


def _lines(mutant: Mutant) -> set[int]:
    """The lines that tell whether a test may see a mutant: its statement's, or where what it
    changes runs on import, the bodies of the function, class or module it shapes.
    """
    if not mutant.runs_on_import:
        return set(range(mutant.lines[0], mutant.lines[1] + 1))
    scope = tree = _tree(mutant.path)
    for name in mutant.where.split("."):
        scope = next((n for n in scope.body if getattr(n, "name", None) == name), scope)
    return _bodies(scope) or _bodies(tree) or set(range(*mutant.lines)) | {mutant.lines[1]}


def _bodies(scope: ast.AST) -> set[int]:
    """The lines inside functions."""
    inside = [node for node in ast.walk(scope) if isinstance(node, ast.FunctionDef)]
    return {k for node in inside for k in range(node.body[0].lineno, node.end_lineno + 1)}


@functools.cache
def _tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_bytes())


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


def _read(kept: dict) -> File:
    tests, lines = {}, {}
    for name, test in kept["tests"].items():
        if name not in kept["failing"]:
            tests[name] = Test(test["seconds"], {p: set(k) for p, k in test["lines"].items()})
            for path, found in test["lines"].items():
                lines.setdefault(path, set()).update(found)
    return File(tests, lines)
