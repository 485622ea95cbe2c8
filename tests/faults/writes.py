"""Disks that are full, calls that fail, folders that may only be read: the file that was there
stays, and nothing is left beside it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np

import minimax_lab as mm
from minimax_lab.files import put, save_arrays

from .tally import Tally

# Each call through which a file comes into being; the fake fails the given time it is called.
CALLS = ("tempfile.mkstemp", "os.fsync", "os.replace", "os.chmod", "os.close", "os.unlink")
LIMITS = (0, 1, 100, 1000, 5000)  # bytes after which the system refuses to write on


def operations() -> dict[str, Callable[[Path], object]]:
    """All that writes, into a folder."""
    run = mm.run(mm.games.bilinear(1.0), mm.Optimistic(0.1), (1.0, 1.0), 10)
    axis = mm.draw.curves([1.0, 0.5, 0.25])
    pictures = np.zeros((4, 8, 8, 1), np.uint8)
    kept = mm.images.Images(pictures, np.arange(4) % 2, "four", ("a", "b"), "made here")

    def checkpoint(folder: Path) -> None:
        mm.training.RunFolder(folder).keep(run.state, 10, {})

    return {
        "a run": lambda folder: run.save(folder / "run.npz"),
        "a text": lambda folder: put(folder / "words.txt", "words " * 2000),
        "arrays": lambda folder: save_arrays(folder / "a.npz", {"a": np.arange(2000.0) ** 0.5}, {}),
        "a figure": lambda folder: mm.draw.save(axis, folder / "figure.png"),
        "a set of pictures": lambda folder: mm.images.save(kept, folder / "set.npz"),
        "a grid": lambda folder: mm.draw.save_grid(pictures, folder / "grid.png"),
        "a checkpoint": checkpoint,
    }


def tried() -> Tally:
    """Every operation, over every way in which it can fail."""
    tally = Tally()
    for name, operation in operations().items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            operation(folder)
            for what, failing in _failures():
                before = {p.name: p.read_bytes() for p in folder.iterdir()}
                tally += _attempt(f"{name}, {what}", operation, folder, failing, before)
    return tally


def _failures() -> Iterator[tuple[str, contextlib.AbstractContextManager[object]]]:
    for call in CALLS:
        for time in (1, 2):
            yield f"{call} fails, call {time}", _broken(call, time)
    for limit in LIMITS:
        yield f"no more than {limit} bytes", _limited(limit)


def _attempt(
    name: str,
    operation: Callable[[Path], object],
    folder: Path,
    failing: contextlib.AbstractContextManager[object],
    before: dict[str, bytes],
) -> Tally:
    tally = Tally(tried=1)
    try:
        with failing:
            operation(folder)
        done = True
    except (OSError, mm.InputError) as error:
        done = False
        tally.told += 1
        if "\n" in str(error):
            tally.unclear.append(f"{name}: {error}")
    except Exception as error:
        done = False
        tally.unclear.append(f"{name}: {type(error).__name__}: {error}")
    after = {p.name: p.read_bytes() for p in folder.iterdir()}
    left = [p for p in after if p.startswith(".minimax-")]
    if left and "unlink" not in name:
        tally.unclear.append(f"{name}: {left} is left behind")
    for path in folder.glob(".minimax-*"):
        path.unlink()
    # A checkpoint's file before last may have taken its place already; each is whole.
    known = set(before.values())
    if not done and not {after[n] for n in after if n not in left} <= known:
        tally.lost.append(f"{name}: a file changed though writing failed")
    if not set(before) - {"checkpoint.npz", "new.npz"} <= set(after):
        tally.lost.append(f"{name}: a file is gone")
    return tally


@contextlib.contextmanager
def _broken(call: str, time: int) -> Iterator[None]:
    module, name = call.split(".")
    true = getattr(__import__(module), name)
    calls: list[int] = []

    def fake(*given: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == time:
            raise OSError(28, "No space left on device")
        return true(*given, **named)

    with mock.patch(call, fake):
        yield


@contextlib.contextmanager
def _limited(limit: int) -> Iterator[None]:
    """The system itself refuses to write on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def mounted() -> tuple[Tally, str]:
    """The same on a file system of 48 kB, and on one that may only be read, where they can be
    mounted.
    """
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", place]
        if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            return tally, "nothing can be mounted here"
        try:
            for name, operation in operations().items():
                operation(folder)
                (folder / "filler").write_bytes(bytes(_free(folder)))
                before = {p.name: p.read_bytes() for p in folder.iterdir()}
                tally += _attempt(
                    f"{name}, disk full", operation, folder, contextlib.nullcontext(), before
                )
                (folder / "filler").unlink()
                before.pop("filler")
                subprocess.run(["mount", "-o", "remount,ro", place], check=True)
                tally += _attempt(
                    f"{name}, read-only", operation, folder, contextlib.nullcontext(), before
                )
                subprocess.run(["mount", "-o", "remount,rw", place], check=True)
                for path in folder.iterdir():
                    path.unlink()
        finally:
            subprocess.run(["umount", place], check=False)
    return tally, ""


def _free(folder: Path) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
