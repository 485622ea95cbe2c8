"""Tiny sets, written in the formats that sets come in."""

import dataclasses
import gzip
import hashlib
import io
import json
import pickle
import struct
import tarfile

import numpy as np
import PIL.Image

from minimax_lab.images import Images, formats
from minimax_lab.images.cifar import Records, RowPictures, records
from minimax_lab.images.idx import IdxFiles
from minimax_lab.images.obtaining import Npm
from minimax_lab.images.originals import Original

BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def tiny(count=12, size=4, colours=1, classes=3, seed=0):
    """Pictures of noise whose labels take turns."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (count, size, size, colours), np.uint8)
    return Images(pixels, np.arange(count) % classes, "tiny")


def halved(images, tests=2):
    """The last ones for tests."""
    return dataclasses.replace(images, held=tests)


MNIST = halved(tiny())
CIFAR = halved(tiny(12, 32, 3, 10))  # six batches of two


def idx(array):
    """The bytes of an IDX file."""
    array = np.asarray(array, np.uint8)
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx_files(images=MNIST):
    """The files of MNIST by their names."""
    return {
        f"{stem}-{name}-ubyte": idx(array)
        for stem, half in (("train", images.train), ("t10k", images.test))
        for name, array in (("images-idx3", half.pixels[..., 0]), ("labels-idx1", half.labels))
    }


def batches(images=CIFAR):
    """Every batch of CIFAR by its name: labels, and colours one after another."""
    planes = images.pixels.transpose(0, 3, 1, 2).reshape(6, 2, -1)
    return dict(zip(BATCHES, zip(images.labels.reshape(6, 2), planes, strict=True), strict=True))


def binary_files(images=CIFAR):
    """The files of the binary release."""
    return {
        f"{name}.bin": np.column_stack([labels.astype(np.uint8), planes]).tobytes()
        for name, (labels, planes) in batches(images).items()
    }


def pickle_files(images=CIFAR, protocol=2):
    """The files of the Python release."""
    return {
        name: pickle.dumps({b"data": planes.copy(), b"labels": labels.tolist()}, protocol)
        for name, (labels, planes) in batches(images).items()
    }


def png(array):
    """The bytes of a PNG file."""
    file = io.BytesIO()
    PIL.Image.fromarray(array).save(file, "png")
    return file.getvalue()


def row_files(images=CIFAR):
    """The files of the row pictures."""
    rows = images.pixels.reshape(6, 2, 1024, 3)
    files = {f"{name}.png": png(part) for name, part in zip(BATCHES, rows, strict=True)}
    files["train_lables.json"] = json.dumps(images.train.labels.tolist()).encode()
    files["test_lables.json"] = json.dumps(images.test.labels.tolist()).encode()
    return files


def hashed(files, unwrapped=formats.as_it_is):
    """The sha256 of every file's content."""
    return {n: hashlib.sha256(unwrapped(data, n)).hexdigest() for n, data in files.items()}


def known(name, images, forms, prefixes=("tiny-",)):
    """A set that is known by its name."""
    return Original(
        name=name,
        summary="noise",
        count=len(images),
        held=images.held,
        shape=images.shape,
        classes=images.classes,
        licence="none",
        sha256=images.sha256,
        formats=forms,
        prefixes=prefixes,
        package=Npm("tiny-set@1.0.0", 1),
    )


TINY_MNIST = known("tiny-mnist", MNIST, (IdxFiles(hashed(idx_files())),))
TINY_CIFAR = known(
    "tiny-cifar",
    CIFAR,
    (
        RowPictures(hashed(row_files())),
        Records(hashed(binary_files())),
        Records(hashed(pickle_files(), records), records, ending=""),
    ),
)


def write(folder, files, squeezed=False):
    """The files into a folder, each as gzip if wished."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / (f"{name}.gz" if squeezed else name)
        path.write_bytes(gzip.compress(data) if squeezed else data)
    return folder


def write_tar(path, files, inside="package"):
    """The files into a tar archive, compressed as its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{inside}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path
