"""IDX, the format of MNIST: two zero bytes, one for the kind of number (8: bytes), one for how many
dimensions there are, the dimensions as big-endian words of 32 bits, the numbers.
"""

from __future__ import annotations

import math
import os
import pathlib
import struct
from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8

from .contents import Path, content, damaged
from .formats import Format, Halves
from .shelves import Shelf
from .value import Images, Labels

WHAT = "an IDX file of bytes, raw or gzip"
MAGIC = b"\x00\x00\x08"


def array(data: bytes, path: Path) -> UInt8[np.ndarray, ...]:
    """The numbers of a file with this content."""
    if len(data) < 4 or data[:3] != MAGIC:
        raise damaged(path, WHAT, "It begins otherwise.")
    begin = 4 + 4 * data[3]
    if len(data) < begin:
        raise damaged(path, WHAT, "It ends within its header.")
    shape = struct.unpack(f">{data[3]}I", data[4:begin])
    if len(data) != begin + math.prod(shape):
        size = f"It has {len(data)} bytes, but its header speaks of {begin + math.prod(shape)}."
        raise damaged(path, WHAT, size)
    return np.frombuffer(data, np.uint8, offset=begin).reshape(shape)


def pixels(data: bytes, path: Path) -> UInt8[np.ndarray, "count height width colours"]:
    """Pictures of one colour."""
    found = array(data, path)
    if found.ndim != 3 or not found.size:
        shape = f"Its numbers have shape {found.shape}."
        raise damaged(path, "an IDX file of pictures (count, height, width)", shape)
    return found[..., None]


def read(path: Path) -> Images:
    """The pictures of one file, and the labels of the file beside it that is called alike, `labels`
    for `images` and idx1 for idx3.
    """
    path = pathlib.Path(path)
    found = pixels(content(path, WHAT), path)
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    labels = None
    if beside != path and os.path.exists(beside):
        labels = fitting(array(content(beside, WHAT), beside), len(found), beside)
    return Images(found, labels, path.name.split(".")[0], source=str(path))


class IdxFiles(Format):
    """Pictures and labels, to train with and for tests: four files, as MNIST has them."""

    def halves(self, parts: Mapping[str, bytes], shelf: Shelf) -> Halves:
        """The pictures, each with its label."""
        found = []
        for half in ("train", "t10k"):
            names = f"{half}-images-idx3-ubyte", f"{half}-labels-idx1-ubyte"
            if all(name in parts for name in names):
                shown = pixels(parts[names[0]], shelf.path(names[0]))
                labels = array(parts[names[1]], shelf.path(names[1]))
                found.append((shown, fitting(labels, len(shown), shelf.path(names[1]))))
        return found


def fitting(labels: UInt8[np.ndarray, ...], count: int, path: Path) -> Labels:
    """Labels, as many as there are pictures."""
    if labels.shape != (count,):
        raise damaged(path, f"{count} labels, one a picture", f"It has shape {labels.shape}.")
    return labels.astype(np.int32)
