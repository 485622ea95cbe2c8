"""What is known of a set by its name, and where one looks for it."""

from __future__ import annotations

import abc
import dataclasses
import os
import pathlib
from typing import NamedTuple

from . import archives
from .contents import Path, differs
from .formats import Progress, silent
from .shelves import demand_place
from .value import Images


class Found(NamedTuple):
    """A set, and where it was found."""

    images: Images
    where: str


FOLDER = "MINIMAX_LAB_DATA"  # the environment variable that says where sets are


@dataclasses.dataclass(frozen=True, kw_only=True)
class Known(abc.ABC):
    """A set that is known by its name: how large it is, what is in it, the sha256 of its pixels and
    labels.
    """

    name: str
    summary: str
    count: int
    held: int
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    licence: str
    sha256: str

    def find(self, folder: Path | None = None, progress: Progress = silent) -> Found:
        """The prepared file NAME.npz in the folder, or what it is made of; verified."""
        if folder is not None:
            demand_place(folder, "folder")
        for place in places(folder):
            prepared = place / f"{self.name}.npz"
            if prepared.is_file():
                return Found(self._verified(archives.read(prepared), prepared), str(prepared))
        return self.original(folder, progress)

    @abc.abstractmethod
    def original(self, folder: Path | None, progress: Progress = silent) -> Found:
        """In the files it comes in."""

    @property
    @abc.abstractmethod
    def remedy(self) -> str:
        """How to obtain it, in a sentence."""

    def _verified(self, found: Images, path: Path) -> Images:
        if found.sha256 != self.sha256:
            raise differs(path, self.name, found.sha256, self.sha256, self.remedy)
        return found


def places(folder: Path | None = None) -> list[pathlib.Path]:
    """Where sets are looked for: the folder; by default the one of the variable, and data/."""
    if folder is not None:
        return [pathlib.Path(folder)]
    told = os.environ.get(FOLDER)
    return [pathlib.Path(place) for place in (told, "data") if place]
