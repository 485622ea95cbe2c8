"""CIFAR-10 in three formats: a picture a row of PNG files, as JavaScript programs want it, and as
its publishers give it, records of bytes or pickles.
"""

from __future__ import annotations

import dataclasses
import io
import json
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import UInt8

from .contents import DamagedError, Path, damaged
from .formats import Format, Halves
from .pictures import opened
from .shelves import Shelf
from .value import Labels, Pixels

SIDE = 32
RECORD = 1 + 3 * SIDE * SIDE  # a label, then red, green, blue
TRAINED = tuple(f"data_batch_{i}" for i in range(1, 6))
TESTS = ("test_batch",)


@dataclasses.dataclass(frozen=True)
class Records(Format):
    """Files of records: a label, then the colours one after another."""

    ending: str = ".bin"

    def halves(self, parts: Mapping[str, bytes], shelf: Shelf) -> Halves:
        """The pictures, colours last."""
        found = []
        for batches in (TRAINED, TESTS):
            names = [f"{name}{self.ending}" for name in batches]
            read = [self._batch(parts[n], shelf.path(n)) for n in names if n in parts]
            if read:
                shown, labels = zip(*read, strict=True)
                found.append((np.concatenate(shown), np.concatenate(labels)))
        return found

    def _batch(self, data: bytes, path: Path) -> tuple[Pixels, Labels]:
        if not data or len(data) % RECORD:
            cause = f"It has {len(data)} bytes."
            raise damaged(path, f"a file of records of {RECORD} bytes", cause)
        table = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
        planes = table[:, 1:].reshape(-1, 3, SIDE, SIDE)
        return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), table[:, 0].astype(np.int32)


def records(data: bytes, path: Path) -> bytes:
    """A pickled dictionary as a file of records, which is what is hashed."""
    told = unpickled(data, path)
    try:
        planes, labels = np.asarray(told[b"data"]), np.asarray(told[b"labels"])
        if planes.shape == (len(labels), RECORD - 1) and planes.dtype == np.uint8:
            return np.column_stack([labels.astype(np.uint8), planes]).tobytes()
    except (KeyError, TypeError, ValueError, OverflowError):
        pass
    raise damaged(path, "a pickle of CIFAR-10, with its data and labels")


class RowPictures(Format):
    """PNG files of which each row is a picture, and lists of labels."""

    def halves(self, parts: Mapping[str, bytes], shelf: Shelf) -> Halves:
        """The pictures, each with its label."""
        found = []
        for batches, labels in ((TRAINED, "train_lables.json"), (TESTS, "test_lables.json")):
            names = [f"{name}.png" for name in batches if f"{name}.png" in parts]
            if names and labels in parts:
                read = [_rows(parts[name], shelf.path(name)) for name in names]
                shown = np.concatenate(read)
                found.append((shown, _listed(parts[labels], len(shown), shelf.path(labels))))
        return found


def _rows(data: bytes, path: Path) -> Pixels:
    with opened(io.BytesIO(data), path) as picture:
        array = np.asarray(picture.convert("RGB"))
    if array.shape[1] != SIDE * SIDE:
        cause = f"It is {array.shape[1]} pixels wide."
        raise damaged(path, f"a picture whose rows are pictures of {SIDE} x {SIDE}", cause)
    return array.reshape(-1, SIDE, SIDE, 3)


def _listed(data: bytes, count: int, path: Path) -> Labels:
    try:
        labels: UInt8[np.ndarray, " count"] = np.asarray(json.loads(data), np.uint8)
        if labels.shape == (count,):
            return labels.astype(np.int32)
    except (ValueError, TypeError, OverflowError):
        pass
    raise damaged(path, f"a list of {count} labels, one a picture")


class _Unpickler(pickle.Unpickler):
    """One that makes arrays and plain values; a pickle that asks for anything else is refused."""

    def __init__(self, data: bytes, path: Path):
        super().__init__(io.BytesIO(data), encoding="bytes")
        self.path = path

    def find_class(self, module: str, name: str) -> object:
        """What an array is made of, wherever its version of NumPy kept it."""
        if name in _ALLOWED and module.split(".")[0] in ("numpy", "_codecs"):
            return _ALLOWED[name]
        what = "a pickle of arrays and plain values"
        raise damaged(self.path, what, f"It asks for {module}.{name}, which could do anything.")


def _encode(text: str, encoding: str) -> bytes:
    """How older pickles write bytes, whatever coding they ask for."""
    return text.encode("latin1")


_ALLOWED = {
    "_reconstruct": np.empty(0).__reduce__()[0],
    "_frombuffer": np.empty(0).__reduce_ex__(5)[0],
    "ndarray": np.ndarray,
    "dtype": np.dtype,
    "encode": _encode,
}


def unpickled(data: bytes, path: Path) -> Any:
    """The value in a pickle that nobody vouches for."""
    unpickler = _Unpickler(data, path)
    try:
        return unpickler.load()
    except DamagedError:
        raise
    except Exception:  # a damaged pickle raises whatever comes next
        raise damaged(path, "a whole pickle") from None
