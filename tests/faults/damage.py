"""Files that were cut off, bent, or written by somebody who means harm."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import minimax_lab as mm

from .tally import Tally

Content = Iterator[tuple[str, bytes]]


def cut(whole: bytes, every: int) -> Content:
    """All that begins as the file does and ends too early."""
    for length in range(0, len(whole), every):
        yield f"cut to {length} bytes", whole[:length]


def bent(whole: bytes, every: int) -> Content:
    """One byte of another value, in all its bits."""
    for place in range(0, len(whole), every):
        changed = bytes([whole[place] ^ 0xFF])
        yield f"byte {place} changed", whole[:place] + changed + whole[place + 1 :]


def tried(
    path: Path,
    damaged: Callable[[bytes, int], Content],
    every: int,
    folder: Path,
    load: Callable[[Path], Any] = mm.Run.load,
) -> Tally:
    """Every damaged file is refused in one line, or still has the same content."""
    good, tally, target = content(load(path)), Tally(), folder / path.name
    for name, data in damaged(path.read_bytes(), every):
        target.write_bytes(data)
        tally.tried += 1
        try:
            found = content(load(target))
        except mm.InputError as error:
            tally.told += 1
            if "\n" in str(error):
                tally.unclear.append(f"{name}: {error}")
        except Exception as error:
            tally.unclear.append(f"{name}: {type(error).__name__}: {error}")
        else:
            if found != good:
                tally.lost.append(f"{name}: another content, and nothing said")
    target.unlink(missing_ok=True)
    return tally


def content(found: Any) -> tuple[object, ...]:
    """All that is in a run, or in arrays with their header, so that it can be compared."""
    if isinstance(found, tuple):
        arrays, header = found
        return tuple((n, a.tobytes()) for n, a in sorted(arrays.items())), repr(header)
    leaves = [*found.final.ravel()[:1], *found.state.leaves, found.indices, *found.verdict]
    leaves += [array for name in sorted(found.observed) for array in flat(found.observed[name])]
    return tuple(np.asarray(leaf).tobytes() for leaf in leaves), repr(found.about)


def flat(tree: Any) -> list[Any]:
    """The arrays of plain containers."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in flat(tree[key])]
    if isinstance(tree, tuple | list | mm.Profile):
        return [leaf for part in tree for leaf in flat(part)]
    return [tree]


def npy(header: str, data: bytes = b"") -> bytes:
    """One array with any header."""
    text = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def packed(entries: dict[str, bytes | str]) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2**70,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|V8', 'fortran_order': False, 'shape': ('a',), }",
    "{'descr': 'nonsense', 'fortran_order': False, 'shape': (1,), }",
    "__import__('os').system('true')",
    "",
    "(" * 60,
)


def hostile(path: Path) -> Content:
    """Files that claim terabytes, hold objects or code, bombs, or are of another kind."""
    arrays = io.BytesIO()
    np.save(arrays, np.arange(3.0))
    good = {
        "a0.npy": arrays.getvalue(),
        "header.json": zipfile.ZipFile(path).read("header.json").decode(),
    }
    told = json.loads(good["header.json"])
    for header in HEADERS:
        yield f"array: {header[:60]}", packed(good | {"a0.npy": npy(header, b"12345678")})
    for text in ("", "null", "[]", "3", "{", '{"final": 1}', "[" * 100_000, "\0" * 50):
        yield f"header: {text[:20]!r}", packed(good | {"header.json": text})
    for name in told:
        for value in (None, [], {}, 3, {"array": 10**9}, {"array": "../../etc"}, {"dict": 3}, "x"):
            bad = json.dumps(told | {name: value})
            yield f"{name} is {value!r}", packed(good | {"header.json": bad})
    nested: Any = {"array": 0}
    for _ in range(3000):
        nested = {"tuple": [nested]}
    yield "nested 3000 deep", packed(good | {"header.json": _json(told | {"final": nested})})
    yield "a bomb of zeros", packed({"a0.npy": npy(HEADERS[0], bytes(10**7)), **good})
    yield "nothing", b""
    yield "a text", b"not an archive\n" * 100
    yield "an empty archive", packed({})
    yield "a path that leaves the folder", packed({"../../a0.npy": good["a0.npy"]} | good)


def _json(value: Any) -> str:
    parts = []
    final = value["final"]
    while "tuple" in final:
        parts.append('{"tuple": [')
        final = final["tuple"][0]
    text = "".join(parts) + json.dumps(final) + "]}" * len(parts)
    return json.dumps(value | {"final": None}).replace('"final": null', f'"final": {text}')


def hostile_ones(path: Path, folder: Path) -> Tally:
    """Each is refused in one line; none may be taken for a run it does not hold."""
    tally, target = Tally(), folder / path.name
    for name, data in hostile(path):
        target.write_bytes(data)
        tally.tried += 1
        try:
            mm.Run.load(target)
        except mm.InputError as error:
            tally.told += 1
            if "\n" in str(error) or len(str(error)) > 1000:
                tally.unclear.append(f"{name}: {error}")
        except BaseException as error:
            tally.unclear.append(f"{name}: {type(error).__name__}: {error}")
        else:
            if name.split()[0] in ("array:", "nothing", "a", "an", "nested"):
                tally.unclear.append(f"{name}: taken for a run")
    target.unlink(missing_ok=True)
    return tally
