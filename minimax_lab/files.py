"""Writing files so that nobody ever meets half of one: beside the target first, then renamed over
it. And the one archive that runs and records share: arrays, and a header in plain JSON,
`unzip -p FILE.npz header.json`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .checks import refuse

HEADER = "header.json"
# What reading an archive raises that is damaged, or is none.
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)


def writable(path: str | os.PathLike[str], argument: str) -> pathlib.Path:
    """The path, or an error before any work is done that could not be kept."""
    target = pathlib.Path(path)
    folder = target.parent
    if target.is_dir():
        raise refuse(argument, str(path), "a file", "It names a folder.")
    if not folder.is_dir():
        raise refuse(
            argument, str(path), "in a folder that exists", f"There is no folder {folder}."
        )
    if not os.access(folder, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise refuse(argument, str(path), "a path that can be written", "Permission is denied.")
    return target


@contextlib.contextmanager
def writing(path: str | os.PathLike[str], argument: str = "path") -> Iterator[pathlib.Path]:
    """A temporary file in the same folder, renamed to `path` when the block ends well and removed
    when it does not.
    """
    target = writable(path, argument)
    descriptor, name = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix
    )
    os.close(descriptor)
    temporary = pathlib.Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes private files
        with temporary.open("rb") as file:
            os.fsync(file.fileno())  # renamed before its bytes arrive, it could be found empty
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def put(path: pathlib.Path, text: str) -> None:
    """A whole text file; its folder is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def save_arrays(
    path: str | os.PathLike[str], arrays: Mapping[str, ArrayLike], header: Mapping[str, object]
) -> None:
    """An .npz archive of the arrays, and of the header beside them."""
    with writing(path) as temporary:
        with temporary.open("wb") as file:
            np.savez_compressed(file, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(HEADER, json.dumps(header, indent=1))


def load_arrays(
    path: str | os.PathLike[str], what: str, needs: Iterable[str] = (), argument: str = "path"
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the header again; a file that is damaged, or none of `what`, whose headers
    have the keys it `needs`, is refused.
    """
    if not os.path.exists(path):
        raise refuse(argument, str(path), "a file that exists")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if name != HEADER}
            # Runs of format 1 had their header among the arrays.
            told = archive[HEADER] if HEADER in archive.files else str(arrays.pop("about"))
        header = json.loads(told)
        if all(name in header for name in needs):
            return arrays, header
    except DAMAGE:
        raise refuse(argument, str(path), what, "It is damaged, or something else.") from None
    raise refuse(argument, str(path), what, "It is something else.")
