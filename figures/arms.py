"""Parts of an experiment that are kept as they are made: one that is broken off goes on where it
was, and one that has a budget stops between two parts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]


class OutOfTimeError(Exception):
    """The next part would not end before the budget does; what is made is kept."""


class Shelf:
    """A folder of parts, and until when new ones may be begun."""

    def __init__(self, folder: Path, until: float = float("inf")):
        self.folder, self.until = folder, until
        self.longest = 0.0

    def part(self, name: str, make: Callable[[], Arrays]) -> dict[str, np.ndarray]:
        """From the folder, or made and put there."""
        from minimax_lab.files import load_arrays, save_arrays

        path = self.folder / f"{_plain(name)}.npz"
        if path.exists():
            arrays, header = load_arrays(path, "a part of an experiment", ("seconds",))
            self.longest = max(self.longest, header["seconds"])
            return arrays
        start = time.monotonic()
        if start + self.longest > self.until:
            raise OutOfTimeError(name)
        arrays = {key: np.asarray(array) for key, array in make().items()}
        seconds = time.monotonic() - start
        self.longest = max(self.longest, seconds)
        self.folder.mkdir(parents=True, exist_ok=True)
        save_arrays(path, arrays, {"part": name, "seconds": seconds})
        return arrays


_shelf: ContextVar[Shelf | None] = ContextVar("shelf", default=None)


def part(name: str, make: Callable[[], Arrays]) -> dict[str, np.ndarray]:
    """What `make` returns, its names after that of the part: kept while a record is made, so that
    no part is made twice.
    """
    shelf = _shelf.get()
    made = make() if shelf is None else shelf.part(name, make)
    return {f"{name}/{key}": np.asarray(array) for key, array in made.items()}


@contextlib.contextmanager
def shelved(
    base: Path, name: str, settings: Mapping[str, Any], code: Mapping[str, str], until: float
) -> Iterator[None]:
    """A block whose parts are kept under `base`, apart from those of other settings, other code and
    another kind of device, which are removed.
    """
    import jax

    told = json.dumps([name, settings, dict(code), jax.default_backend()], sort_keys=True)
    folder = base / name / hashlib.sha256(told.encode()).hexdigest()[:16]
    for other in folder.parent.glob("*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    token = _shelf.set(Shelf(folder, until))
    try:
        yield
    finally:
        _shelf.reset(token)


def forget(base: Path, name: str) -> None:
    """Once the record is whole."""
    shutil.rmtree(base / name, ignore_errors=True)


def _plain(name: str) -> str:
    """A part's name as a file's: what is not plain is replaced, and a digest keeps two apart."""
    kept = "".join(c if c.isalnum() or c in "-." else "-" for c in name)
    return f"{kept}.{hashlib.sha256(name.encode()).hexdigest()[:6]}"
