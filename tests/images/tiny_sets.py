"""Tiny sets, written in the formats that sets come in."""

import gzip
import struct

import numpy as np

from minimax_lab.images import Images


def tiny(count=12, size=4, colours=1, classes=3, seed=0):
    """Pictures of noise whose labels take turns."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (count, size, size, colours), np.uint8)
    return Images(pixels, np.arange(count) % classes, "tiny")


def idx(array):
    """The bytes of an IDX file."""
    array = np.asarray(array, np.uint8)
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx(folder, images, stem="train", squeezed=False):
    """Pictures and labels in two files, called as those of MNIST."""
    ending, wrap = (".gz", gzip.compress) if squeezed else ("", bytes)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}-images-idx3-ubyte{ending}"
    path.write_bytes(wrap(idx(images.pixels[..., 0])))
    (folder / f"{stem}-labels-idx1-ubyte{ending}").write_bytes(wrap(idx(images.labels)))
    return path
