"""A format in which a set is published: several files that stand side by side, each with the sha256
that its content is known to have.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from .contents import DamagedError, Path, damaged, differs, sha256
from .shelves import Shelf
from .value import Images, Labels, Pixels

Progress = Callable[[int, int], None]  # how much is done, of how much
Halves = list[tuple[Pixels, Labels]]  # those to train with; those for tests, where there are some


class OtherError(Exception):
    """Files that are called as those of a set, and have nothing else of it."""


def as_it_is(data: bytes, path: Path) -> bytes:
    """What is hashed of most files."""
    return data


def joined(halves: Halves, name: str, classes: tuple[str, ...], source: str) -> Images:
    """One set of both halves."""
    pixels = np.concatenate([shown for shown, _ in halves])
    labels = np.concatenate([told for _, told in halves])
    held = sum(len(shown) for shown, _ in halves[1:])
    return Images(pixels, labels, name, classes, source, held)


def silent(done: int, of: int) -> None:
    """Progress that nobody looks at."""


@dataclasses.dataclass(frozen=True)
class Format(abc.ABC):
    """Files by their names, each with the sha256 of its content, or of what it wraps."""

    files: Mapping[str, str]
    unwrapped: Callable[[bytes, Path], bytes] = as_it_is

    @abc.abstractmethod
    def halves(self, parts: Mapping[str, bytes], shelf: Shelf) -> Halves:
        """The pictures in these parts, of which some may be missing."""

    def has(self, shelf: Shelf) -> bool:
        """Whether a file of this format stands there."""
        return any(name in shelf.files for name in self.files)

    def read(self, shelf: Shelf, progress: Progress = silent) -> Halves:
        """What there is, unverified."""
        names = [name for name in self.files if name in shelf.files]
        parts = {}
        for done, name in enumerate(names):
            progress(done, len(names))
            parts[name] = self._part(shelf, name)
        halves = self.halves(parts, shelf)
        if not halves:
            lacks = ", ".join(name for name in self.files if name not in shelf.files)
            raise damaged(shelf.where, "where a whole set stands", f"It lacks {lacks}.")
        return halves

    def verified(self, shelf: Shelf, set_: str, remedy: str, progress: Progress) -> Halves:
        """All of it, or the first file that is not what it should be; where none is, it is another
        set.
        """
        parts: dict[str, bytes] = {}
        wrong: list[DamagedError] = []
        for done, (name, expected) in enumerate(self.files.items()):
            progress(done, len(self.files))
            try:
                parts[name] = self._right(shelf, name, expected, set_, remedy)
            except DamagedError as error:
                wrong.append(error)
        if not parts:
            raise OtherError from wrong[0]
        if wrong:
            raise wrong[0]
        return self.halves(parts, shelf)

    def _part(self, shelf: Shelf, name: str) -> bytes:
        return self.unwrapped(shelf.content(name), shelf.path(name))

    def _right(self, shelf: Shelf, name: str, expected: str, set_: str, remedy: str) -> bytes:
        path, what = shelf.path(name), f"the file of {set_}"
        if name not in shelf.files:
            raise DamagedError(f"{shelf.where} has files of {set_}, but lacks {name}. {remedy}")
        found = self._part(shelf, name)
        if sha256(found) != expected:
            raise differs(path, what, sha256(found), expected, remedy)
        return found
