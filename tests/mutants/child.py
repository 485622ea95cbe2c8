"""What happens in a forked process: tests are run on a mutated package, or watched line by line.

Nothing is written to disk: an import hook gives the mutated source for the mutant's file alone.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import math
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest

from .mutators import Mutant

QUIET = ["-q", "-x", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist"]
# The parent has imported hypothesis, whose own asserts pytest would like to rewrite.
QUIET += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
CALM = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.INTERRUPTED)
Batch = tuple[str, list[str]]  # a test file, and those of its tests to run, in this order
Tell = Callable[[dict], None]


@dataclass(frozen=True)
class Trial:
    """A mutant, the tests it meets, how long each may take before it hangs, and for how long all
    of them may, in CPU seconds.
    """

    mutant: Mutant
    batches: list[Batch]
    patience: dict[str, float]
    budget: float


class Wrong(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and gives its mutated source."""

    def __init__(self, root: Path, mutant: Mutant):
        self.file = str(root / mutant.path)
        self.package = mutant.path.endswith("__init__.py")
        self.name = mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.text = mutant.applied((root / mutant.path).read_bytes())

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self.name:
            return None
        places = [str(Path(self.file).parent)] if self.package else None
        spec = importlib.machinery.ModuleSpec(name, self, origin=self.file, is_package=self.package)
        spec.submodule_search_locations = places
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.text, self.file, "exec"), module.__dict__)


class Told:
    """Tells the parent each test as it begins, and keeps what is known of the first failure.

    Compiled programs are read from the usual cache, and none are added to it.
    """

    def __init__(self, tell: Tell, wanted: list[str], trial: Trial):
        self.tell, self.wanted, self.trial = tell, wanted, trial
        self.failed: dict[str, str] = {}

    def pytest_collection(self) -> None:
        if "jax" in sys.modules:
            sys.modules["jax"].config.update("jax_persistent_cache_min_compile_time_secs", 1e9)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: k for k, name in enumerate(self.wanted)}
        kept = [item for item in items if not self.wanted or item.nodeid in place]
        items[:] = sorted(kept, key=lambda item: place.get(item.nodeid, 0))

    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        if time.process_time() > self.trial.budget:
            item.session.shouldstop = "enough"
        allow(self.trial.patience.get(item.nodeid, 60.0))
        self.tell({"test": item.nodeid})

    def pytest_exception_interact(self, node: pytest.Item, call: Any, report: Any) -> None:
        if not self.failed:
            words = str(call.excinfo.value).splitlines() or [""]
            why = f"{type(call.excinfo.value).__name__}: {words[0]}"[:160]
            self.failed = {"test": node.nodeid, "why": why}


def try_out(root: Path, trial: Trial, tell: Tell) -> None:
    """Run the batches until a test fails or the budget is spent."""
    sys.meta_path.insert(0, Wrong(root, trial.mutant))
    for file, wanted in trial.batches:
        plugin = Told(tell, wanted, trial)
        allow(60.0)
        code = pytest.main([file, *QUIET], plugins=[plugin])
        spent = round(time.process_time(), 1)
        if plugin.failed or code not in CALM:
            killer = plugin.failed or {"test": file, "why": f"pytest ended with {code!r}"}
            tell({"verdict": "caught", **killer, "seconds": spent})
            return
        if spent > trial.budget:
            break
    tell({"verdict": "survived", "seconds": round(time.process_time(), 1)})


def allow(seconds: float) -> None:
    """The system ends this process when it has computed for so much longer (SIGXCPU), wherever it
    is; the clock on the wall would punish a busy machine.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), hard))


class Watched:
    """Which lines of the package each test executes, and how long it takes."""

    def __init__(self, root: Path, files: set[str], tell: Tell):
        self.names = {str(root / name): name for name in files}
        self.codes: dict[CodeType, str | None] = {}
        self.tell, self.failing = tell, []
        self.tests: dict[str, dict] = {}
        self.lines: dict[str, set[int]] = {}

    def trace(self, frame: FrameType, event: str, _: object) -> Callable | None:
        code = frame.f_code
        if code not in self.codes:
            self.codes[code] = self.names.get(code.co_filename)
        name = self.codes[code]
        if name is None:
            return None
        lines = self.lines.setdefault(name, set())

        def local(frame: FrameType, event: str, _: object) -> Callable:
            lines.add(frame.f_lineno)
            return local

        return local

    def begin(self) -> float:
        self.lines = {}
        sys.settrace(self.trace)
        return time.process_time()

    def end(self, name: str, began: float) -> None:
        sys.settrace(None)
        lines = {file: sorted(found) for file, found in self.lines.items()}
        self.tests[name] = {"seconds": round(time.process_time() - began, 2), "lines": lines}

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        began = self.begin()
        yield
        self.end("", began)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.tell({"test": item.nodeid})
        began = self.begin()
        done = yield
        self.end(item.nodeid, began)
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failing.append(report.nodeid)


def watch(root: Path, file: str, files: set[str], tell: Tell) -> None:
    """Tell the lines of `files` that each test of a file executes."""
    plugin = Watched(root, files, tell)
    pytest.main([file, *(word for word in QUIET if word != "-x")], plugins=[plugin])
    tell({"tests": plugin.tests, "failing": sorted(set(plugin.failing))})


def run(work: Callable[[Tell], None], pipe: int, log: Path) -> None:
    """The life of a forked process: its output goes to a file, its findings into the pipe."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)

    def tell(message: dict) -> None:
        told = json.dumps(message).encode() + b"\n"
        while told:
            told = told[os.write(pipe, told) :]

    try:
        work(tell)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
