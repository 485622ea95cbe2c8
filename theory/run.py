"""`python -m theory` and `minimax-lab verify`: many theorems, with progress, a report and an exit
status.
"""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from minimax_lab import executors
from minimax_lab.checks import InputError, nearest

from . import worker
from .catalogue import theorems
from .report import report
from .theorem import Theorem
from .verify import replay
from .verify.check import INSTANCES, verify
from .verify.plan import How
from .verify.replay import keep
from .verify.results import Checked, Result, Status
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
    executor: str | None = None,
    said: Callable[[str], Any] = print,
) -> report.Report:
    """Verify, telling each result as it comes and keeping a report in `folder`, valid and marked
    partial until all is done.

    The `executor` of an address shares the work, or `jobs` processes here; by default as many as
    there are cores, up to four, and one where there is little to do.
    """
    jobs = jobs or (min(4, os.cpu_count() or 1) if len(wanted) >= MANY else 1)
    here = executor is None and jobs == 1
    address = executor or f"processes://{jobs}"
    how, done = How(instances, tuple(seeds), full, slack), dict[str, Result]()

    def now() -> report.Report:
        results = tuple(done[name] for name in wanted if name in done)
        return report.Report(results, tuple(name for name in wanted if name not in done), how)

    try:
        report.write(now(), folder)  # in the place of any report of before
        for result in _in_turn(wanted, how) if here else _side_by_side(wanted, how, address):
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


def _in_turn(wanted: Mapping[str, Theorem], how: How) -> Iterator[Result]:
    for theorem in wanted.values():
        yield verify(theorem, how.instances, how.seeds, full=how.full, slack=how.slack)
        if len(wanted) > MANY:
            worker.free()


def _side_by_side(wanted: Mapping[str, Theorem], how: How, address: str) -> Iterator[Result]:
    """Results as they come from other processes. A theorem whose own was lost is a fault, and costs
    no other; where all are lost nothing is said of the rest.
    """
    jobs = {name: (name, tuple(how)) for name in wanted}
    with (
        executors.opened(address) as executor,
        executors.finished(executor, worker.checks, jobs) as ended,
    ):
        for name, checks, error in ended:
            if isinstance(error, InputError | concurrent.futures.BrokenExecutor):
                raise error
            yield Result(wanted[name], _lost(wanted[name], error) if error else checks)


def _lost(theorem: Theorem, error: Exception) -> tuple[Checked, ...]:
    note = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
    return tuple(
        Checked(check.kind, check.part, Status.FAULT, note=note) for check in theorem.checks
    )


def _kept(result: Result, folder: pathlib.Path) -> Iterator[str]:
    """Write the counterexamples of a result, and drop those it no longer has."""
    for index, check in enumerate(result.checks):
        path = folder / f"{result.theorem.id}-{index}.json"
        path.unlink(missing_ok=True)
        if check.status is Status.VIOLATED and check.record is not None:
            yield f"  counterexample kept: minimax-lab verify --replay {keep(check.record, path)}"
