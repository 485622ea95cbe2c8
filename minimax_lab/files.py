"""Writing files so that nobody ever meets half of one: beside the target first, then renamed over
it. And the one archive that runs and records share: arrays, and a header in plain JSON,
`unzip -p FILE.npz header.json`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pathlib
import platform
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .checks import InputError, refuse
from .signals import lives, waiting

HEADER = "header.json"


def writable(path: str | os.PathLike[str], argument: str) -> pathlib.Path:
    """The file to write, links followed, or an error before any work is done that could not be
    kept.
    """
    try:
        target = pathlib.Path(path)
        target = target.resolve() if target.is_symlink() else target
        kind = target.stat().st_mode if target.exists() else stat.S_IFREG
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise refuse(argument, str(path), "a path that can be written", f"{error}.") from None
    folder = target.parent
    if stat.S_ISDIR(kind):
        raise refuse(argument, str(path), "a file", "It names a folder.")
    if not (stat.S_ISREG(kind) or _streams(kind)):
        raise refuse(argument, str(path), "a file", "It is a device or a socket.")
    if not folder.is_dir():
        raise refuse(
            argument, str(path), "in a folder that exists", f"There is no folder {folder}."
        )
    denied = target.exists() and not os.access(target, os.W_OK)
    if denied or (stat.S_ISREG(kind) and not os.access(folder, os.W_OK)):
        raise refuse(argument, str(path), "a path that can be written", "Permission is denied.")
    return target


def _streams(kind: int) -> bool:
    """Terminals, /dev/null, pipes: what is written to and never replaced."""
    return stat.S_ISCHR(kind) or stat.S_ISFIFO(kind)


@contextlib.contextmanager
def writing(path: str | os.PathLike[str], argument: str = "path") -> Iterator[pathlib.Path]:
    """A temporary file in the same folder, renamed to `path` when the block ends well and removed
    when it does not. Ctrl-C waits for the end; what stood there leaves its owner and permissions,
    and is replaced only where it is a file.
    """
    target = writable(path, argument)
    streamed = target.exists() and not target.is_file()
    folder = pathlib.Path(tempfile.gettempdir()) if streamed else target.parent
    _tidy(folder)
    with waiting():
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=_ours(), suffix=target.suffix)
        temporary = pathlib.Path(name)
        try:
            os.close(descriptor)
            yield temporary
            if streamed:
                with temporary.open("rb") as file, target.open("wb") as stream:
                    shutil.copyfileobj(file, stream)
                return
            _as_before(temporary, target)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())  # renamed before its bytes arrive, it could be found empty
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


# Temporary files say whose they are: of which machine, of which process.
_MACHINE = f".minimax-{zlib.crc32(platform.node().encode()):08x}-"


def _ours() -> str:
    return f"{_MACHINE}{os.getpid()}-"


def _tidy(folder: pathlib.Path) -> None:
    """Without the temporary files of processes that were killed."""
    for left in folder.glob(f"{_MACHINE}*"):
        owner = left.name.removeprefix(_MACHINE).split("-")[0]
        if owner.isdecimal() and not lives(int(owner)):
            left.unlink(missing_ok=True)


def _as_before(temporary: pathlib.Path, target: pathlib.Path) -> None:
    """The permissions and the owner of what is replaced; those of any new file without."""
    if target.exists():
        old = target.stat()
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, old.st_uid, old.st_gid)
        temporary.chmod(stat.S_IMODE(old.st_mode))
        return
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)  # mkstemp makes private files


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


def by_path(tree: Any, head: str) -> dict[str, Any]:
    """The leaves of a tree in their order, each by a name that says where it stands."""
    import jax

    found: dict[str, Any] = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        keys = [getattr(key, "name", getattr(key, "key", getattr(key, "idx", key))) for key in path]
        words = [plain(key) for key in keys if key != "players"]
        found[unused("/".join([head, *words]), found)] = leaf
    return found


def plain(key: object) -> str:
    """A key as a part of a file's name."""
    return re.sub(r"[^\w.+-]", "_", str(key)).strip(".") or "_"


def unused(name: str, taken: Mapping[str, object]) -> str:
    """The name, or one like it that is not taken."""
    while name in taken:
        name += "_"
    return name


def load_arrays(
    path: str | os.PathLike[str], what: str, needs: Iterable[str] = (), argument: str = "path"
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the header again; a file that is damaged, or none of `what`, whose headers
    have the keys it `needs`, is refused.
    """
    with understood(path, what, argument):
        with zipfile.ZipFile(path) as archive:
            _demand_room(archive)
            names = [entry.filename for entry in archive.infolist()]
            arrays = {
                name.removesuffix(".npy"): _array(archive, name) for name in names if name != HEADER
            }
            # Runs of format 1 had their header among the arrays.
            told = archive.read(HEADER) if HEADER in names else str(arrays.pop("about"))
        header = json.loads(told)
    return arrays, _fitting(header, path, what, needs, argument)


def load_json(
    path: str | os.PathLike[str], what: str, needs: Iterable[str] = (), argument: str = "path"
) -> dict[str, Any]:
    """A JSON object with the keys it `needs`, or the error that says that it is none of `what`."""
    with understood(path, what, argument):
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    return _fitting(found, path, what, needs, argument)


@contextlib.contextmanager
def understood(path: str | os.PathLike[str], what: str, argument: str = "path") -> Iterator[None]:
    """A block that reads a file: whatever it meets is said in one line, since a damaged file makes
    Python's readers raise anything.
    """
    if not isinstance(path, str | os.PathLike):
        raise refuse(argument, path, "a path")
    if "\0" in os.fspath(path) or not os.path.exists(path):
        raise refuse(argument, str(path), "a file that exists")
    if os.path.isdir(path):
        raise refuse(argument, str(path), what, "It names a folder.")
    try:
        yield
    except InputError:
        raise
    except PermissionError:
        allowed = "a file that can be read"
        raise refuse(argument, str(path), allowed, "Permission is denied.") from None
    except Exception:
        raise refuse(argument, str(path), what, "It is damaged, or something else.") from None


def _fitting(
    header: object, path: str | os.PathLike[str], what: str, needs: Iterable[str], argument: str
) -> dict[str, Any]:
    if not isinstance(header, dict) or not all(name in header for name in needs):
        raise refuse(argument, str(path), what, "It is something else.")
    return header


def _demand_room(archive: zipfile.ZipFile) -> None:
    """What the entries claim must be possible: deflate makes at most 1032 of one byte."""
    for entry in archive.infolist():
        if entry.file_size > 1032 * entry.compress_size + 1032:
            raise ValueError(entry.filename)


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array, if it is as long as its entry says, before room is made for it."""
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
            version, np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
        if dtype.hasobject:
            raise ValueError(name)
        claimed, there = math.prod(shape) * dtype.itemsize, archive.getinfo(name).file_size
        if not 0 <= claimed == there - file.tell():
            raise ValueError(name)
    with archive.open(name) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        file.read()  # to the end, where the checksum is compared
    return array
