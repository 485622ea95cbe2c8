"""Sets that come inside Python packages, read from the packages' own files: to import those
packages and to parse by their means takes seconds.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import pathlib

import numpy as np

from .base import Found, Known
from .contents import MissingError, Path, content, verify
from .formats import Progress, silent
from .value import Images


@dataclasses.dataclass(frozen=True, kw_only=True)
class Embedded(Known):
    """A table of a package: a picture and its label a row, grey from 0 to `white`."""

    package: str
    file: str
    table: str  # the sha256 of its content
    white: int = 255

    def original(self, folder: Path | None, progress: Progress = silent) -> Found:
        """Out of the package, with every fifth of each class for tests."""
        place = installed(self.file.split("/")[0])
        path = place / self.file.partition("/")[2] if place else None
        if path is None or not path.is_file():
            raise MissingError(
                f"The set {self.name} comes inside {self.package}, which is not installed. "
                f"{self.remedy}"
            )
        data = content(path, f"the table of {self.name}")
        verify(data, self.table, path, f"the table of {self.name}", self.remedy)
        numbers = np.loadtxt(data.decode().splitlines(), np.int32, delimiter=",")
        pixels = (numbers[:, :-1] * 255 // self.white).astype(np.uint8)
        source = f"{self.package} {importlib.metadata.version(self.package)}"
        shaped = pixels.reshape(-1, *self.shape)
        made = Images(shaped, numbers[:, -1], self.name, self.classes, source).split()
        return Found(made, source)

    @property
    def remedy(self) -> str:
        """By pip."""
        return f'pip install "minimax_lab[gan]", or {self.package} alone.'


def installed(module: str) -> pathlib.Path | None:
    """The folder of a package, which is not imported."""
    spec = importlib.util.find_spec(module)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return pathlib.Path(folders[0]) if folders else None
