"""Where the files of a set stand side by side: in a folder, or in a tar archive, which is read as
it is and never unpacked.
"""

from __future__ import annotations

import collections
import dataclasses
import lzma
import os
import pathlib
import tarfile
import zlib
from collections.abc import Collection, Iterator, Mapping

from ..checks import refuse
from .contents import Path, content, damaged, expanded

DEPTH = 5  # folders below the one that is given
FOLDERS = 500  # that are looked into, the nearest first, lest a vast tree takes minutes
LARGEST = 1 << 28  # bytes of a file in an archive; those of CIFAR-10 have 31 million at most
TARS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
WHAT = "a file of a set of pictures"
# What reading a tar archive raises that is damaged.
DAMAGE = (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError)


@dataclasses.dataclass(frozen=True)
class Shelf:
    """Files by their names: in a folder paths, of an archive contents."""

    where: pathlib.Path
    files: Mapping[str, pathlib.Path | bytes]

    def content(self, name: str) -> bytes:
        """Of a file, decompressed where it is gzip."""
        found = self.files[name]
        if isinstance(found, bytes):
            return expanded(found, self.path(name), WHAT)
        return content(found, WHAT)

    def path(self, name: str) -> pathlib.Path:
        """Of a file, for people."""
        found = self.files.get(name)
        return found if isinstance(found, pathlib.Path) else self.where / name


def candidates(place: Path, prefixes: tuple[str, ...]) -> Iterator[pathlib.Path]:
    """Where a set may stand: a folder, those below it, and the tar archives in them whose names
    begin as told; or one archive that is given itself.
    """
    top = pathlib.Path(place)
    if top.is_file():
        yield top
    waiting = collections.deque([(top, 0)] if top.is_dir() else [])
    looked = 0
    while waiting and looked < FOLDERS:
        folder, depth = waiting.popleft()
        looked += 1
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError:  # what may not be looked into holds nothing for us
            continue
        yield folder
        for entry in entries:
            if entry.name.startswith(prefixes) and entry.name.endswith(TARS):
                yield pathlib.Path(entry)
            elif depth < DEPTH and not entry.name.startswith(".") and entry.is_dir():
                waiting.append((pathlib.Path(entry), depth + 1))


def shelf(place: pathlib.Path, wanted: Collection[str]) -> Shelf:
    """The wanted files of a folder or of an archive."""
    if place.is_dir():
        with os.scandir(place) as entries:
            files = {canonical(entry.name): pathlib.Path(entry) for entry in entries}
        return Shelf(place, {name: files[name] for name in wanted if name in files})
    return _archive(place, wanted)


def demand_place(place: Path, argument: str) -> None:
    """A folder that can be looked into, or a tar archive."""
    path = pathlib.Path(place)
    cause = ""
    if not path.exists():
        cause = "There is none of this name."
    elif not path.is_dir() and not path.name.endswith(TARS):
        cause = "It names a file."
    elif not os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK):
        cause = "Permission is denied."
    if cause:
        raise refuse(argument, str(place), "a folder, or a tar archive, that can be read", cause)


def _archive(path: pathlib.Path, wanted: Collection[str]) -> Shelf:
    files: dict[str, pathlib.Path | bytes] = {}
    try:
        with tarfile.open(path) as opened:
            for member in opened:
                name = canonical(member.name.rpartition("/")[2])
                if member.isreg() and name in wanted:
                    files[name] = _member(opened, member, path)
    except DAMAGE:
        raise damaged(path, "a whole tar archive") from None
    return Shelf(path, files)


def _member(opened: tarfile.TarFile, member: tarfile.TarInfo, path: pathlib.Path) -> bytes:
    file = opened.extractfile(member)
    if file is None or member.size > LARGEST:
        raise damaged(path, "an archive of small files", f"{member.name} has {member.size} bytes.")
    return file.read()


def canonical(name: str) -> str:
    """As the first publishers spell it: train-images.idx3-ubyte.gz is train-images-idx3-ubyte."""
    return name.removesuffix(".gz").replace(".idx", "-idx")
