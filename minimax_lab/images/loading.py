"""A set by its name or by its path; nothing is ever downloaded."""

from __future__ import annotations

import os
import zipfile

from ..checks import closest, refuse
from . import archives, idx
from .contents import Path
from .known import KNOWN
from .value import Images


def load(name: Path, folder: Path | None = None) -> Images:
    """A set of pictures: a known one, whose sha256 is verified, or one's own by its path.

    A known one is looked for in the folder, or in $MINIMAX_LAB_DATA and in data/; "digits" and
    "mnist-5000" come inside Python packages. Where one is not found, the error says how to obtain
    it.

    Arguments:
        name: such as "mnist-5000" (the others are in `images.KNOWN`), or the path of an .npz
            archive or of an IDX file.
        folder: where to look for a known set; the default is $MINIMAX_LAB_DATA, then data/.

    Examples:
        >>> from minimax_lab import images
        >>> images.load("digits")
        <digits: 1797 pictures of 8 x 8 x 1, 10 classes, 355 of them for tests>
    """
    if name in KNOWN:
        return KNOWN[str(name)].load(folder)
    if not isinstance(name, str | os.PathLike) or not os.path.exists(name):
        close = closest(str(name), KNOWN)
        hint = f"Did you mean {close!r}?" if close else ""
        raise refuse("a set", str(name), f"{', '.join(KNOWN)} or a path that exists", hint)
    return read(name)


def read(path: Path) -> Images:
    """A set of one's own."""
    if zipfile.is_zipfile(path):
        return archives.read(path)
    return idx.read(path)
