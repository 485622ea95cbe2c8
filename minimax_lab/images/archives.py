"""Sets in .npz archives: ours, one compact file with a header that says what it is, and arrays as
others keep them.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping

import numpy as np

from ..checks import InputError, refuse
from ..files import HEADER, load_arrays, save_arrays
from .contents import Path, damaged, differs
from .value import Images

WHAT = "a set of pictures written by images.save"
NEEDS = ("pictures", "name", "classes", "source", "held", "sha256")
FORMAT = 1
# What others call their arrays: those of Keras, then plainer ones.
HALVES = ("x_train", "y_train", "x_test", "y_test")
NAMES = (("pixels", "labels"), ("images", "labels"), ("x", "y"), ("data", "labels"))


def save(images: Images, path: Path) -> None:
    """Write one compact file, whole or not at all; `load(path)` reads it and verifies its hash.

    Examples:
        >>> import pathlib
        >>> import tempfile
        >>> from minimax_lab import images
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "digits.npz"
        ...     images.save(images.load("digits"), path)
        ...     images.load(path).name
        'digits'
    """
    header = {
        "pictures": FORMAT,
        "name": images.name,
        "classes": images.classes,
        "source": images.source,
        "held": images.held,
        "sha256": images.sha256,
    }
    arrays = {"pixels": images.pixels}
    if images.labels is not None:
        arrays["labels"] = images.labels
    try:
        save_arrays(path, arrays, header)
    except OSError as error:
        raise InputError(
            f"{path} could not be written: {error.strerror or error}. What stood there before is "
            f"untouched."
        ) from None


def read(path: Path) -> Images:
    """An archive of ours, or of arrays named as Keras does or plainly."""
    if not zipfile.is_zipfile(path):
        raise damaged(path, "an .npz archive")
    try:
        with zipfile.ZipFile(path) as archive:
            ours = HEADER in archive.namelist()
    except Exception:
        raise damaged(path, "an .npz archive") from None
    return _ours(path) if ours else _theirs(path)


def _ours(path: Path) -> Images:
    arrays, header = load_arrays(path, WHAT, NEEDS)
    if header["pictures"] != FORMAT:
        cause = f"It has format {header['pictures']}, of another version."
        raise damaged(path, f"{WHAT} in format {FORMAT}", cause)
    told = {name: header[name] for name in ("name", "classes", "source", "held")}
    found = Images(arrays["pixels"], arrays.get("labels"), **told)
    if found.sha256 != header["sha256"]:
        remedy = "Prepare it again: `minimax-lab data prepare`."
        raise differs(path, "what was written", found.sha256, header["sha256"], remedy)
    return found


def _theirs(path: Path) -> Images:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            known = {name for pair in (HALVES, *NAMES) for name in pair}
            arrays = {name: archive[name] for name in archive.files if name in known}
            others = [name for name in archive.files if name not in known]
    except Exception:  # whatever NumPy's reader raises of a damaged one
        raise damaged(path, "an .npz archive of arrays of numbers") from None
    name = os.path.splitext(os.path.basename(path))[0]
    if all(part in arrays for part in HALVES):
        train, labels, test, answers = (arrays[part] for part in HALVES)
        pixels = colours(np.concatenate([train, test]), path)
        told = np.concatenate([labels.ravel(), answers.ravel()])
        return Images(pixels, told, name, (), str(path), len(test))
    for first, second in NAMES:
        if first in arrays:
            return _pair(arrays, first, second, name, path)
    pairs = ["x_train, y_train, x_test and y_test", *(f"{p} (and {q})" for p, q in NAMES)]
    has = f"It has {', '.join([*arrays, *others]) or 'none'}."
    raise damaged(path, f"an .npz archive with arrays called {' or '.join(pairs)}", has)


def _pair(
    arrays: Mapping[str, np.ndarray], pixels: str, labels: str, name: str, path: Path
) -> Images:
    told = arrays[labels].ravel() if labels in arrays else None
    return Images(colours(arrays[pixels], path), told, name, (), str(path))


def colours(array: np.ndarray, path: Path) -> np.ndarray:
    """With a last axis of colours."""
    full = array[..., None] if array.ndim == 3 else array
    if full.dtype != np.uint8 or full.ndim != 4 or full.shape[-1] > 4:
        allowed = "bytes (uint8) of shape (count, height, width) or (count, height, width, colours)"
        raise refuse(f"the pictures of {path}", f"{array.dtype} of shape {array.shape}", allowed)
    return full
