"""What a machine with a GPU is to make, most valuable first: `make records-gpu`.

A machine may be lent for minutes or for a night. So the work is a queue of slices, each of at most
eight minutes and a process of its own, each worth something alone; a slice that is broken off goes
on from the parts it has kept. First a complete set of reduced length, with torch beside ours; then
the long records.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .declare import Experiment
from .jobs import Folders, say

LATER = 75  # the status of a slice that stopped between two parts
SLICE, LEAST = 480.0, 15.0  # seconds of a slice at most, and under which none is begun
FIRST = (
    *("picture_consensus", "picture_grafts", "picture_gaps", "picture_assist"),
    *("picture_anderson", "picture_extra", "picture_robust", "picture_market", "picture_domains"),
)
RACES = ("images", "gan")
DETERMINISTIC = "--xla_gpu_deterministic_ops=true"


class Slice(NamedTuple):
    """A command, and the file that is there once it is whole."""

    name: str
    command: Sequence[str]
    makes: Path
    extra: Mapping[str, str] = {}  # of the environment


def slices(known: Mapping[str, Experiment], folders: Folders, rehearse: bool) -> list[Slice]:
    """All there is to do, in order."""
    python, logs = sys.executable, folders.gpu / "logs"
    how = ["--rehearse"] if rehearse else []

    def record(name: str, length: int) -> Slice:
        command = [python, "-m", "figures", "compute", name, "--gpu", str(length), *how]
        return Slice(f"{name} {length}", command, folders.result(known[name], length))

    wanted = ["-q", "-p", "no:cacheprovider", "-m", "gpu", "tests"]
    report = logs / "tests.xml"
    tests = [python, "-m", "pytest", *wanted, f"--junitxml={report}"]
    races = [
        Slice(
            f"race {name}",
            [python, "-m", "benchmarks", name, "--into", str(folders.gpu / "races")]
            + (["--small"] if rehearse else []),
            folders.gpu / "races" / f"{name}.json",
        )
        for name in RACES
    ]
    flags = f"{os.environ.get('XLA_FLAGS', '')} {DETERMINISTIC}".strip()
    told = {"MINIMAX_LAB_REHEARSAL": "1"} if rehearse else {"XLA_FLAGS": flags}
    first = [record(name, 0) for name in FIRST]
    later = [record(name, 1) for name in FIRST if len(known[name].gpu) > 1 and not rehearse]
    checked = Slice("tests marked gpu", tests, report, told)
    return [checked, *first[:4], *races, *first[4:], *later]


def work(
    known: Mapping[str, Experiment],
    folders: Folders,
    budget: float,
    rehearse: bool,
    out: Path | None,
) -> None:
    """Slice after slice until all is made or the budget is spent; what is made is packed even
    where that is less than all.
    """
    if not rehearse:
        _demand_gpu()
    ends, told = time.monotonic() + budget, []
    queue = slices(known, folders, rehearse)
    try:
        for place, one in enumerate(queue, 1):
            if one.makes.exists():
                told.append((one.name, "made before", 0.0))
                continue
            left = ends - time.monotonic()
            if left < LEAST:
                told.append((one.name, "not begun: the budget is spent", 0.0))
                continue
            say(f"[{place}/{len(queue)}] {one.name}: {left:.0f} s are left")
            start = time.monotonic()
            state = _run(one, min(SLICE, left), folders.gpu / "logs")
            told.append((one.name, state, time.monotonic() - start))
            say(f"      {one.name}: {state}, {told[-1][2]:.0f} s")
    finally:
        _summed(told, folders.gpu)
        if out is not None:
            _packed(folders.gpu, out)
    failed = [name for name, state, _ in told if state.startswith("failed")]
    if failed:
        raise SystemExit(f"{', '.join(failed)} failed; build/gpu/logs has what they said")


def _run(one: Slice, seconds: float, logs: Path) -> str:
    """How a slice ended. It is told when to stop, and made to a little later."""
    one.makes.parent.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    timed = ["--seconds", f"{seconds:.0f}"] if "figures" in one.command else []
    log = logs / f"{one.name.replace(' ', '-')}.log"
    with log.open("w") as into:
        process = subprocess.Popen(
            [*one.command, *timed],
            stdout=into,
            stderr=subprocess.STDOUT,
            env=os.environ | dict(one.extra),
            start_new_session=True,
        )
        try:
            code = process.wait(seconds + LEAST / 2 if timed else seconds)
        except subprocess.TimeoutExpired:
            _ended(process)
            return "stopped: its time is over; what it kept is taken up next time"
        except BaseException:
            _ended(process)
            raise
    if one.makes.exists():
        return "made" if code == 0 else f"failed ({code}), yet it left a file"
    last = (log.read_text(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
    return last if code == LATER else f"failed ({code}): {last[:160]}"


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Asked, then made to, with all it has begun."""
    for signal_, pause in ((signal.SIGINT, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, signal_)
            process.wait(pause)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _summed(told: Sequence[tuple[str, str, float]], folder: Path) -> None:
    width = max((len(name) for name, _, _ in told), default=0)
    for name, state, seconds in told:
        say(f"{name:{width}}  {seconds:6.0f} s  {state}")
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"slice": n, "state": s, "seconds": round(t, 1)} for n, s, t in told]
    (folder / "queue.json").write_text(json.dumps(rows, indent=1) + "\n")


def _packed(folder: Path, out: Path) -> None:
    """Everything made, in one archive that is unpacked at the root of a checkout: records, parts,
    races, logs.
    """
    out.mkdir(parents=True, exist_ok=True)
    root = folder.parents[1]
    with zipfile.ZipFile(out / "gpu.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(root))
    say(f"{out / 'gpu.zip'} has all of it; unpack it at the root of a checkout")


def _demand_gpu() -> None:
    import jax

    if jax.default_backend() == "cpu":
        raise SystemExit(
            "records-gpu needs an accelerator and this machine shows jax none; --rehearse goes "
            "through all of it at tiny sizes on the CPU"
        )
