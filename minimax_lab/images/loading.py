"""A set by its name or by its path; nothing is ever downloaded."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import zipfile
from collections.abc import Sequence

from ..checks import closest, refuse
from . import archives, idx, pictures
from .base import Found
from .contents import Path, damaged
from .formats import Format, Progress, joined, silent
from .known import KNOWN
from .originals import Original
from .shelves import TARS, candidates, demand_place, shelf
from .value import Images


def load(
    name: Path,
    folder: Path | None = None,
    *,
    size: int | Sequence[int] | None = None,
    progress: Progress = silent,
) -> Images:
    """A set of pictures: a known one, whose sha256 is verified, or one's own by its path.

    A known one is looked for in the folder, or in the one that the environment variable
    MINIMAX_LAB_DATA names and in data/; "digits" and "mnist-5000" come inside Python packages.
    Where one is not found, the error says how to obtain it. A path may be that of an .npz archive,
    of an IDX file, of a folder or a tar archive in a format of MNIST or of CIFAR-10, or of a folder
    of pictures, whose subfolders are the classes.

    Arguments:
        name: such as "mnist-5000" (the others are in `images.KNOWN`), or a path.
        folder: where to look for a known set; by default as above.
        size: of a folder of pictures: height and width, or one number for both, to which all are
            scaled and cropped about their middle; the default demands that all have one size.
        progress: called as progress(done, of) while files are read.

    Examples:
        >>> from minimax_lab import images
        >>> images.load("digits")
        <digits: 1797 pictures of 8 x 8 x 1, 10 classes, 355 of them for tests>
    """
    return find(name, folder, size=size, progress=progress).images


def find(
    name: Path,
    folder: Path | None = None,
    *,
    size: int | Sequence[int] | None = None,
    progress: Progress = silent,
) -> Found:
    """The set, and where it was found."""
    if isinstance(name, str) and name in KNOWN:
        _demand_no(size, name)
        return KNOWN[name].find(folder, progress)
    if not isinstance(name, str | os.PathLike) or not os.path.exists(name):
        close = closest(str(name), KNOWN)
        hint = f"Did you mean {close!r}?" if close else ""
        raise refuse("a set", str(name), f"{', '.join(KNOWN)} or a path that exists", hint)
    return Found(_recognised(_read(pathlib.Path(name), size, progress)), str(name))


def _read(path: pathlib.Path, size: int | Sequence[int] | None, progress: Progress) -> Images:
    """A set of one's own."""
    if path.is_dir():
        demand_place(path, "path")
        found = _published(path, progress)
        if found is None:
            return pictures.read(path, size, progress)
        _demand_no(size, str(path))
        return found
    _demand_no(size, str(path))
    if zipfile.is_zipfile(path):
        return archives.read(path)
    if path.name.endswith(TARS):
        found = _published(path, progress)
        if found is None:
            raise damaged(path, "a tar archive in a format of CIFAR-10 or MNIST")
        return found
    return idx.read(path)


def _published(path: pathlib.Path, progress: Progress) -> Images | None:
    """A set in a format of those that are known, whether it is one of them or not."""
    forms = _forms()
    wanted = {name for form in forms for name in form.files}
    for place in candidates(path, ()):
        found = shelf(place, wanted)
        for form in forms:
            if form.has(found):
                return joined(form.read(found, progress), place.name, (), str(place))
    return None


def _forms() -> list[Format]:
    originals = [known for known in KNOWN.values() if isinstance(known, Original)]
    return [form for known in originals for form in known.formats]


def _recognised(images: Images) -> Images:
    """By its content, as one that is known."""
    for known in KNOWN.values():
        if len(images) == known.count and images.sha256 == known.sha256:
            return dataclasses.replace(
                images, name=known.name, classes=known.classes, held=known.held
            )
    return images


def _demand_no(size: object, name: str) -> None:
    if size is not None:
        allowed = "left out, since only the pictures of a folder are scaled"
        raise refuse("size", size, allowed, f"{name} is none.")
