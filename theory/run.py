"""`python -m theory` and `minimax-lab verify`: many theorems, with progress, a report and an exit
status.
"""

from __future__ import annotations

import multiprocessing
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from minimax_lab.checks import nearest

from . import worker
from .catalogue import theorems
from .report import report
from .theorem import Theorem
from .verify import replay
from .verify.check import INSTANCES, verify
from .verify.plan import How
from .verify.replay import keep
from .verify.results import Result, Status
from .worker import BUILD as BUILD
from .worker import cached as cached

MANY = 6  # theorems; fewer are verified here, without the seconds that a process takes to start


def chosen(ids: Sequence[str], known: Mapping[str, Theorem]) -> dict[str, Theorem]:
    """The theorems of these ids, in any case of letters; all without any."""
    if not ids:
        return dict(known)
    found = {}
    for name in ids:
        if name.upper() not in known:
            raise nearest("ID", name.upper(), known)
        found[name.upper()] = known[name.upper()]
    return found


def verify_all(
    wanted: Mapping[str, Theorem],
    folder: pathlib.Path,
    *,
    instances: int = INSTANCES,
    seeds: Sequence[int] = (0,),
    full: bool = False,
    slack: bool = False,
    jobs: int | None = None,
    said: Callable[[str], Any] = print,
) -> report.Report:
    """Verify, telling each result as it comes and keeping a report in `folder`, valid and marked
    partial until all is done.

    `jobs` processes share the work; by default as many as there are cores, up to four, and one
    where there is little to do.
    """
    jobs = jobs or (min(4, os.cpu_count() or 1) if len(wanted) >= MANY else 1)
    how, done = How(instances, tuple(seeds), full, slack), dict[str, Result]()

    def now() -> report.Report:
        results = tuple(done[name] for name in wanted if name in done)
        return report.Report(results, tuple(name for name in wanted if name not in done), how)

    try:
        report.write(now(), folder)  # in the place of any report of before
        for result in (_in_turn if jobs == 1 else _side_by_side)(wanted, how, jobs):
            done[result.theorem.id] = result
            said(f"[{len(done)}/{len(wanted)}] {result}")
            for line in _kept(result, folder / "counterexamples"):
                said(line)
            report.write(now(), folder, pictures=False)
    finally:
        report.write(now(), folder)
    return now()


def again(path: str) -> tuple[bool, str]:
    """Replay a counterexample kept before."""
    return replay.replay(replay.read(path), theorems())


def _in_turn(wanted: Mapping[str, Theorem], how: How, jobs: int) -> Iterator[Result]:
    for theorem in wanted.values():
        yield verify(theorem, how.instances, how.seeds, full=how.full, slack=how.slack)
        if len(wanted) > MANY:
            worker.free()


def _side_by_side(wanted: Mapping[str, Theorem], how: How, jobs: int) -> Iterator[Result]:
    """Results as they come from fresh processes, which end with us whatever ends us."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=worker.begin)
    try:
        futures = {
            pool.submit(worker.checks, name, how): theorem for name, theorem in wanted.items()
        }
        for future in as_completed(futures):
            yield Result(futures[future], future.result())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()


def _kept(result: Result, folder: pathlib.Path) -> Iterator[str]:
    """Write the counterexamples of a result, and drop those it no longer has."""
    for index, check in enumerate(result.checks):
        path = folder / f"{result.theorem.id}-{index}.json"
        path.unlink(missing_ok=True)
        if check.status is Status.VIOLATED and check.record is not None:
            yield f"  counterexample kept: minimax-lab verify --replay {keep(check.record, path)}"
