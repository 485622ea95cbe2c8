"""Writing files so that nobody ever meets half of one: beside the target first, then renamed over
it.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator

from .checks import refuse


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
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
