"""How time is taken: contenders in turn, several rounds, medians; the first call, which compiles,
and the memory that a call needs are measured apart.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import jax

from .results import Outcome, Target, Timing


class Contender(NamedTuple):
    """`run()` does `units` units of work and returns when they are done; a slow one may do few of
    them. `answer()` gives what is compared, where that is not what `run` returns; `peak()` the
    bytes, where the work is done by another process.
    """

    run: Callable[[], Any]
    units: float = 1
    rounds: int = 5
    answer: Callable[[], Any] | None = None
    peak: Callable[[], int | None] | None = None


class Missing(NamedTuple):
    """A contender who is not there, and the line that installs it."""

    line: str


def peer(package: str, build: Callable[[ModuleType], Contender]) -> Contender | Missing:
    """The contender that a package makes possible, or who is missing."""
    if importlib.util.find_spec(package) is None:
        return Missing(f"pip install {package}")
    module = importlib.import_module(package)
    if package == "torch" and jax.default_backend() == "gpu" and module.cuda.is_available():
        module.set_default_device("cuda")
    return build(module)


class Group(NamedTuple):
    """Contenders who do the same work, ours first, limits last; `check` raises where results
    differ, and may return facts of them; the size is what cost is drawn against.
    """

    name: str
    contenders: Mapping[str, Contender | Missing]
    check: Callable[[Mapping[str, Any]], Mapping[str, float] | None]
    targets: tuple[Target, ...] = ()
    size: float | None = None
    series: str = ""


def outcomes(workload: ModuleType, small: bool = False) -> Iterable[Outcome]:
    """Every group of a workload, raced when it is asked for; small ones in one round."""
    for group in workload.groups(small):
        yield race(group, workload.UNIT, 1 if small else None)


def race(group: Group, unit: str, rounds: int | None = None) -> Outcome:
    """Every contender once, the check of what they return, then in turn until each has had its
    rounds, and once more for its memory. One without rounds is timed by its first call.
    """
    missing = {who: c.line for who, c in group.contenders.items() if isinstance(c, Missing)}
    there = {who: c for who, c in group.contenders.items() if isinstance(c, Contender)}
    first, compiled, returned = {}, {}, {}
    for who, c in there.items():
        before = PROGRAMS.seconds
        *first[who], returned[who] = _clock(c)
        compiled[who] = PROGRAMS.seconds - before
        if c.answer is not None:
            returned[who] = c.answer()
    facts = group.check(returned) or {}
    del returned
    clocked = {who: [] if c.rounds else [first[who]] for who, c in there.items()}
    most = {who: min(c.rounds, rounds or c.rounds) for who, c in there.items()}
    with _undisturbed():
        for number, (who, c) in itertools.product(range(max(most.values())), there.items()):
            if number < most[who]:
                clocked[who].append(_clock(c)[:2])
    timings = {}
    for who, c in there.items():
        wall, spent = (
            [time / c.units for time in times] for times in zip(*clocked[who], strict=True)
        )
        middle = statistics.median(wall), min(wall), max(wall), statistics.median(spent)
        timings[who] = Timing(first[who][0], *middle, compiled[who], peak(c), tuple(wall))
    about = (facts, group.targets, missing, group.size, group.series)
    return Outcome(group.name, unit, timings, *about)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection of garbage while times are taken."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _clock(contender: Contender) -> tuple[float, float, Any]:
    """Seconds by the clock, seconds of all processors, and what was returned."""
    start, spent = time.perf_counter(), time.process_time()
    returned = contender.run()
    return time.perf_counter() - start, time.process_time() - spent, returned


def peak(contender: Contender) -> int | None:
    """By how many bytes the process grows during a call, at most; the kernel keeps that mark, and
    only Linux lets it be set back.
    """
    if contender.peak is not None:
        return contender.peak()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what is free is given back, so that using it shows
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        contender.run()
        return max(_status("VmHWM") - before, 0)
    except (OSError, AttributeError):
        return None


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


class Programs:
    """How many programs XLA has compiled in this process, and for how long."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0
        jax.monitoring.register_event_duration_secs_listener(self.heard)

    def heard(self, event: str, seconds: float, **_: Any) -> None:
        """What JAX reports."""
        if event == "/jax/core/compile/backend_compile_duration":
            self.count, self.seconds = self.count + 1, self.seconds + seconds


PROGRAMS = Programs()
