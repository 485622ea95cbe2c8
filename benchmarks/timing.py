"""How time is taken: contenders in turn, several rounds, medians; the first call, which compiles,
is kept apart.
"""

from __future__ import annotations

import datetime
import gc
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from minimax_lab.files import put

RECORDS = Path(__file__).resolve().parent / "records"


class Contender(NamedTuple):
    """`run()` does `units` units of work and returns when they are done; a slow one may do few of
    them.
    """

    run: Callable[[], Any]
    units: float
    rounds: int = 7


class Timing(NamedTuple):
    """Seconds of the first call; seconds per unit afterwards: the median, the fastest and slowest
    round, and the median of the processor's time, which tells what a busy machine hides.
    """

    first: float
    median: float
    fastest: float
    slowest: float
    processor: float


def race(
    contenders: Mapping[str, Contender], check: Callable[[Mapping[str, Any]], None]
) -> dict[str, Timing]:
    """Every contender once, `check` on what they return, then in turn until each has had its
    rounds.
    """
    first, returned = {}, {}
    for name, c in contenders.items():
        first[name], _, returned[name] = _clock(c)
    check(returned)
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(max(c.rounds for c in contenders.values())):
        for name, c in contenders.items():
            if number < c.rounds:
                seconds, processor, _ = _clock(c)
                wall[name].append(seconds / c.units)
                spent[name].append(processor / c.units)
    median = statistics.median
    return {
        name: Timing(first[name], median(t), min(t), max(t), median(spent[name]))
        for name, t in wall.items()
    }


def table(title: str, unit: str, timings: Mapping[str, Timing]) -> str:
    """The race as text. The last column is how many times longer than ours, the first of the same
    group ("group: name").
    """
    width = max(map(len, timings))
    lines = [
        title,
        f"{'':{width}}  first call   per {unit:14}   (fastest .. slowest)   processor   times ours",
    ]
    ours: dict[str, float] = {}
    for name, t in timings.items():
        times = t.median / ours.setdefault(name.rpartition(": ")[0], t.median)
        spread = f"({_short(t.fastest)} .. {_short(t.slowest)})"
        lines.append(
            f"{name:{width}}  {t.first:8.2f} s   {_short(t.median):>18}   {spread:>21}   "
            f"{_short(t.processor):>9}   {times:10.2f}"
        )
    return "\n".join(lines)


def record(
    name: str, settings: Mapping[str, Any], unit: str, timings: Mapping[str, Timing]
) -> Path:
    """Write the race down, with what it ran on."""
    seconds = {
        who: {"first call": t.first, f"per {unit}": t._asdict()} for who, t in timings.items()
    }
    return write(name, settings, {"seconds": seconds})


def write(name: str, settings: Mapping[str, Any], content: Mapping[str, Any]) -> Path:
    """Write results down, with settings, versions, device and the load beside them."""
    import jax

    path = RECORDS / f"{name}.json"
    content = {
        "settings": dict(settings),
        **content,
        "versions": {"python": platform.python_version()}
        | {
            package: importlib.metadata.version(package)
            for package in ("jax", "numpy", "minimax_lab")
        },
        "device": f"{jax.devices()[0].device_kind} x {len(jax.devices())}; {machine()}, "
        f"{os.cpu_count()} cores",
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    put(path, json.dumps(content, indent=1) + "\n")
    return path


def machine() -> str:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _clock(contender: Contender) -> tuple[float, float, Any]:
    """Seconds by the clock, seconds of all processors, and what was returned."""
    gc.collect()
    start, spent = time.perf_counter(), time.process_time()
    returned = contender.run()
    return time.perf_counter() - start, time.process_time() - spent, returned


def _short(seconds: float) -> str:
    for scale, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {name}"
    return f"{seconds * 1e9:.3g} ns"
