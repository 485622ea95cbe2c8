"""IDX, the format of MNIST: two zero bytes, one for the kind of number (8: bytes), one for how many
dimensions there are, the dimensions as big-endian words of 32 bits, the numbers.
"""

from __future__ import annotations

import math
import os
import pathlib
import struct

import numpy as np
from jaxtyping import UInt8

from ..checks import refuse
from .contents import Path, content, damaged
from .value import Images

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
        labels = array(content(beside, WHAT), beside)
        if labels.shape != (len(found),):
            what = f"of shape {labels.shape} in {beside}"
            raise refuse("labels", what, f"{len(found)}, one a picture of {path.name}")
    return Images(found, labels, path.name.split(".")[0], source=str(path))
