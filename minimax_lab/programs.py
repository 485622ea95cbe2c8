"""Compiled programs that JAX keeps between processes: what is no longer as it was goes, and is
compiled again.
"""

from __future__ import annotations

import json
import pathlib
import zlib

from .checks import InputError
from .files import load_json, put

LEDGER, END = "entries.json", 1024


def sift(folder: pathlib.Path) -> int:
    """Remove the entries that are not what they were when they were first seen, and say how many.

    JAX looks at an entry's name only: the program of another, whether it fails or fits, would be
    run in its place.
    """
    if not folder.is_dir():
        return 0
    try:
        before = load_json(folder / LEDGER, "a list of compiled programs")
    except InputError:
        before = {}
    now = {path.name: _mark(path) for path in folder.glob("*-cache")}
    changed = [name for name, mark in now.items() if before.get(name, mark) != mark]
    for name in changed:
        (folder / name).unlink(missing_ok=True)
        del now[name]
    if now != before:
        put(folder / LEDGER, json.dumps(now))
    return len(changed)


def _mark(path: pathlib.Path) -> list[int]:
    """An entry's length, and the sum over its end, where its own checksum stands."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END))
        return [size, zlib.crc32(file.read())]
