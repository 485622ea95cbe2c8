"""Work that another process does from its first line on: imports, commands, make."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .race import Contender

ROOT = Path(__file__).resolve().parents[1]
UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, in which memory is counted


class Ended(NamedTuple):
    """What a process printed, the seconds of processors that it and its children spent, and the
    most memory that one of them held, in bytes.
    """

    output: str
    seconds: float
    peak: int


def run(*command: str, folder: Path = ROOT, **variables: str) -> Ended:
    """A command, with these variables of the environment besides; an error where it fails."""
    environment = os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "Agg"} | variables
    for name in ("XLA_FLAGS", "PYTHONDONTWRITEBYTECODE"):  # a user has neither
        environment.pop(name, None)
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert child.stdout is not None
    with child.stdout as stream:
        output = stream.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output}")
    return Ended(output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * UNIT)


def python(*arguments: str, folder: Path = ROOT, **variables: str) -> Ended:
    """This Python with these arguments."""
    return run(sys.executable, *arguments, folder=folder, **variables)


def contender(start: Callable[[], Ended], rounds: int = 5) -> Contender:
    """A process as a contender; without rounds its first run is what counts. A process begins with
    the mark of the one that started it, so that less memory than ours is not told apart.
    """
    last: list[Ended] = []

    def once() -> Ended:
        last[:] = [start()]
        return last[0]

    def peak() -> int | None:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
        return last[0].peak if last[0].peak > own else None

    return Contender(once, 1, rounds, peak=peak)
