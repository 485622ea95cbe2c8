"""A parent that has imported everything heavy, and forks a process for each piece of work.

A fresh Python would spend most of its time importing jax. The parent never computes anything and
imports nothing of ours, so a child begins as a new process would, a few seconds in.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import child

HEAVY = (
    "jax jax.numpy jax.flatten_util jax.experimental numpy scipy.linalg scipy.optimize scipy.stats "
    "scipy.sparse.linalg sympy equinox optax optimistix lineax matfree.decomp diffrax hypothesis "
    "matplotlib.pyplot contourpy rich.progress sklearn.datasets mlxtend.data PEPit clarabel cvxpy"
)
Work = Callable[[child.Tell], None]
SILENT = 1800.0  # seconds on the wall after which a process that computes nothing is given up


def warm_up(root: Path) -> None:
    """The settings of the tests, then everything heavy that is installed."""
    runpy.run_path(str(root / "tests" / "conftest.py"))
    for name in HEAVY.split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


@dataclass
class Job:
    """One piece of work, and what its outcome is called by."""

    name: object
    work: Work


@dataclass
class _Running:
    job: Job
    slot: int
    pid: int
    pipe: int
    deadline: float
    unread: bytes = b""
    test: str = ""
    last: dict = field(default_factory=dict)
    said_all: bool = False


def side_by_side(jobs: Iterable[Job], width: int, logs: Path) -> Iterator[tuple[Job, dict]]:
    """Do the jobs, `width` at once; each with the last message its process told.

    A process that ends without its verdict has crashed, or computed for longer than it was
    allowed: both are said as verdicts.
    """
    waiting, running = iter(jobs), {}
    logs.mkdir(parents=True, exist_ok=True)
    try:
        while True:
            while len(running) < width and (job := next(waiting, None)):
                slot = min(set(range(width)) - {one.slot for one in running.values()})
                begun = _begin(job, slot, logs, running)
                running[begun.pipe] = begun
            if not running:
                return
            ready, _, _ = select.select(list(running), [], [], 1.0)
            over = [pipe for pipe in ready if not _listen(running[pipe])]
            over += [p for p, one in running.items() if time.monotonic() > one.deadline]
            for pipe in over:
                done = running.pop(pipe)
                yield done.job, _end(done)
    finally:
        for one in running.values():
            _end(one)


def _begin(job: Job, slot: int, logs: Path, others: dict[int, _Running]) -> _Running:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        for pipe in (reading, *others):
            os.close(pipe)
        child.run(job.work, writing, logs / f"log-{slot}.txt")
    os.close(writing)
    return _Running(job, slot, pid, reading, time.monotonic() + SILENT)


def _listen(one: _Running) -> bool:
    """Take in what the process says; whether there may be more."""
    told = os.read(one.pipe, 1 << 20)
    *lines, one.unread = (one.unread + told).split(b"\n")
    for line in lines:
        message = json.loads(line)
        if set(message) == {"test"}:
            one.test = message["test"]
        else:
            one.last = message
        one.deadline = time.monotonic() + SILENT
    one.said_all = not told
    return bool(told)


def _end(one: _Running) -> dict:
    """What it told last; a process that is still there is ended."""
    if not one.said_all:
        _kill(one.pid)
    _, status = os.waitpid(one.pid, 0)
    _kill(one.pid)  # what it may have started
    os.close(one.pipe)
    spent = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    why = "it hangs" if spent or not one.said_all else "the process crashed"
    return one.last or {"verdict": "caught", "test": one.test, "why": why}


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
