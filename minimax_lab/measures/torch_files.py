"""The arrays in a file of weights that torch wrote, without torch.

The format is the one before torch 1.6: pickles of a magic number, a version, the machine and the
tensors, whose numbers follow after a list of their keys, each storage with its length before it.
"""

from __future__ import annotations

import collections
import io
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..images.contents import DamagedError, Path, damaged

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
WHAT = "weights as torch wrote them before version 1.6"
STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "|u1",
}


def torch_arrays(data: bytes, path: Path) -> dict[str, np.ndarray]:
    """A dictionary of tensors as one of arrays; a file that asks for anything else is refused."""
    file, storages = io.BytesIO(data), dict[str, np.ndarray]()

    def read() -> Any:
        return _Unpickler(file, path, storages, len(data)).load()

    try:
        if (read(), read()) != (MAGIC, VERSION):
            raise damaged(path, WHAT)
        read()
        state = read()
        for key in read():
            _fill(storages[key], file)
        if all(isinstance(array, np.ndarray) for array in state.values()):
            return {str(name): np.array(array) for name, array in state.items()}
    except DamagedError:
        raise
    except Exception:  # a damaged pickle raises whatever comes next
        raise damaged(path, WHAT) from None
    raise damaged(path, WHAT, "It holds something else than tensors.")


class _Unpickler(pickle.Unpickler):
    """One that makes arrays over storages whose numbers are still to come."""

    def __init__(self, file: io.BytesIO, path: Path, storages: dict[str, np.ndarray], most: int):
        super().__init__(file)
        self.path, self.storages, self.most = path, storages, most

    def find_class(self, module: str, name: str) -> object:
        """What a dictionary of tensors is made of."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in STORAGES:
            return np.dtype(STORAGES[name])
        cause = f"It asks for {module}.{name}, which could do anything."
        raise damaged(self.path, WHAT, cause)

    def persistent_load(self, told: Any) -> np.ndarray:
        """The storage that is spoken of."""
        _, dtype, key, _, count, view = told
        if view is not None or not 0 <= count * dtype.itemsize <= self.most:
            raise damaged(self.path, WHAT)
        return self.storages.setdefault(key, np.zeros(count, dtype))


def _tensor(
    storage: np.ndarray, first: int, shape: Sequence[int], strides: Sequence[int], *_: object
) -> np.ndarray:
    last = first + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if min((first, *shape, *strides)) < 0 or (0 not in shape and last >= len(storage)):
        raise ValueError("a tensor beyond its storage")
    steps = [step * storage.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(storage[first:], shape, steps)


def _fill(storage: np.ndarray, file: io.BytesIO) -> None:
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    if count != len(storage):
        raise ValueError("a storage of another length")
    storage[:] = np.frombuffer(file.read(storage.nbytes), storage.dtype)
