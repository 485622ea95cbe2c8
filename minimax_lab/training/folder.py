"""The folder of a run, laid out so that a kill at any moment loses nothing that was ever there.

    settings.json      what was asked for, and with which versions, on which device
    metrics.jsonl      a line for every observed row
    looks.jsonl        what was measured whenever pictures were made
    times.jsonl        when each was reached, apart, since seconds never repeat
    pictures/          what the generator made of the same latents, by update
    checkpoint.npz     all that the next update needs; `before.npz` is the one before it
    lock               held by the process that trains here

An ensemble has one description, one checkpoint and one file of times for all its members, and each
of them a folder inside with its own lines and pictures, which is read like the folder of a run. Of
one whose members are apart each of them is a run of its own, and the ensemble has the description
alone.

A checkpoint says how long the files of lines were when it was made: what stands behind that was
written by a process that died, and is cut off when its work is done again.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..files import by_path, load_arrays, load_json, put, save_arrays, understood
from ..profile import Profile
from ..running.record import Saved

FORMAT = 1
METRICS, LOOKS, TIMES = "metrics.jsonl", "looks.jsonl", "times.jsonl"
NAME = re.compile(r"(?!(pictures|lock)$)[\w=-]+")  # a folder that is no other of ours
WHAT = "a checkpoint of minimax-lab train"


class Checkpoint(NamedTuple):
    """The arrays that the next update needs, in order, and how far the run had come."""

    state: Saved
    step: int
    lengths: dict[str, int]

    def profile(self, like: Profile) -> Profile:
        """The profile in it, in the structure of another of the same game."""
        leaves, structure = jax.tree.flatten(like)
        own = self.state.leaves[1 : len(leaves) + 1]  # a carry is the index, the profile, the rest
        if [np.shape(a) for a in own] != [np.shape(a) for a in leaves]:
            raise refuse(
                "the checkpoint", "one of another game", "one whose profile fits this game"
            )
        return jax.tree.unflatten(structure, [jnp.asarray(leaf) for leaf in own])

    def member(self, rank: int) -> Checkpoint:
        """Of an ensemble's the part of one member; one that diverged stands where it was good."""
        own = tuple(leaf[rank] for leaf in self.state.leaves)
        return Checkpoint(Saved(own), int(own[0]), self.lengths)


class RunFolder:
    """One folder; reading it needs no lock."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise refuse("the run's folder", str(path), "a folder", "There is a file of this name.")

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return (self.home.path / "settings.json").exists()

    @property
    def resumable(self) -> bool:
        """Whether it has a checkpoint; a member that diverged in its first row has none."""
        if self.home is not self:
            good = [line for line in self.lines() if line["verdict"] != "diverged"]
            return self.home.resumable and len(good) > 1
        if self.apart:
            return any(member.resumable for member in self.members)
        return any((self.path / name).exists() for name in ("checkpoint.npz", "before.npz"))

    @property
    def home(self) -> RunFolder:
        """Of a member its ensemble's folder, of every other itself."""
        here = self.path.resolve()
        if not (here / "settings.json").exists() and (here.parent / "settings.json").exists():
            above = RunFolder(here.parent)
            if here.name in above._described.get("members", {}) and not above.apart:
                return above
        return self

    @property
    def apart(self) -> bool:
        """Whether its members are runs of their own."""
        path = self.path / "settings.json"
        return path.exists() and bool(self._described.get("apart"))

    @property
    def members(self) -> list[RunFolder]:
        """Those of an ensemble, in order; none of a single run and of a member."""
        if self.home is not self or not self.exists:
            return []
        return [RunFolder(self.path / name) for name in self._described.get("members", {})]

    @property
    def runs(self) -> list[RunFolder]:
        """The members of an ensemble, or the folder itself."""
        return self.members or [self]

    @property
    def settings(self) -> dict[str, Any]:
        """What was asked for; of an ensemble lists of what its members have of their own."""
        home = self.home
        described = home._described
        members = described.get("members", {})
        if home is not self:
            return described["settings"] | members[self.path.resolve().name]
        return together(described["settings"], members)

    @property
    def made(self) -> dict[str, Any]:
        """With which versions, on which device."""
        return self.home._described["made"]

    @property
    def _described(self) -> dict[str, Any]:
        path = self.path / "settings.json"
        if not path.exists():
            cause = "`minimax-lab train -o FOLDER` makes one."
            raise refuse("the run's folder", str(self.path), "one with a run in it", cause)
        described = load_json(path, "a run's description", ("format",))
        if (found := described["format"]) != FORMAT:
            cause = "It was made by another version of minimax_lab."
            raise refuse("the run's folder", f"of format {found}", f"of format {FORMAT}", cause)
        return described

    def begin(
        self,
        settings: Mapping[str, object],
        members: Mapping[str, Mapping[str, object]],
        *,
        apart: bool = False,
    ) -> None:
        """A new run, or an ensemble of several, whose members may be `apart`; the folder must hold
        none.
        """
        try:
            for path in [self.path / name for name in members] or [self.path]:
                (path / "pictures").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            allowed = "one that can be made"
            raise refuse(
                "the run's folder", str(self.path), allowed, f"{error.strerror}."
            ) from None
        described = {"format": FORMAT, "settings": dict(settings), "made": _circumstances()}
        described |= {"members": dict(members)} if members else {}
        described |= {"apart": True} if apart else {}
        put(self.path / "settings.json", json.dumps(described, indent=1) + "\n")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Alone in the folder: a second trainer is refused, and a killed one holds nothing."""
        import fcntl

        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                cause = f"Process {lock.read().strip() or 'unknown'} trains here."
                allowed = "one in which nobody trains"
                raise refuse("the run's folder", str(self.path), allowed, cause) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield
            lock.truncate(0)

    def tell(self, name: str, line: Mapping[str, object]) -> None:
        """One more line, in the hands of the system before this returns."""
        with (self.path / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self, name: str = METRICS) -> list[dict[str, Any]]:
        """All lines that are whole."""
        path = self.path / name
        if not path.exists():
            return []
        with understood(path, "a file with a JSON object a line"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def lengths(self) -> dict[str, int]:
        """How many bytes of lines there are."""
        places = [f"{member.path.name}/" for member in self.members] or [""]
        own = [f"{place}{name}" for place in places for name in (METRICS, LOOKS)]
        return {name: self._length(name) for name in (*own, TIMES)}

    def keep(self, state: PyTree, step: int, lengths: Mapping[str, int]) -> None:
        """A checkpoint, whole on the disk before the last one is let go."""
        leaves = {name: np.asarray(leaf) for name, leaf in by_path(state, "state").items()}
        # Archives do not know bfloat16.
        kinds = [str(leaf.dtype) for leaf in leaves.values()]
        header = {"step": step, "lengths": dict(lengths), "kinds": kinds}
        last, before = self.path / "checkpoint.npz", self.path / "before.npz"
        new = self.path / "new.npz"
        save_arrays(new, leaves, header)
        if last.exists():
            last.replace(before)
        new.replace(last)

    def checkpoint(self) -> Checkpoint:
        """The last good one: where the last is damaged, the one before it."""
        if self.home is not self:
            return self._of_member()
        found = [self.path / name for name in ("checkpoint.npz", "before.npz")]
        there = [path for path in found if path.exists()]
        if not there:
            cause = "Its run ended before the first one; begin anew in another folder."
            raise refuse("the run's folder", str(self.path), "one with a checkpoint", cause)
        for path in there:
            with contextlib.suppress(InputError):
                return _checkpoint(path)
        raise InputError(f"{there[0]} is damaged, and so is the checkpoint before it.")

    def _of_member(self) -> Checkpoint:
        names = [member.path.name for member in self.home.members]
        point = self.home.checkpoint().member(names.index(self.path.resolve().name))
        if not point.step:
            cause = "It diverged before the first one."
            raise refuse("the run's folder", str(self.path), "one with a checkpoint", cause)
        return point

    def cut(self, lengths: Mapping[str, int]) -> None:
        """Lines that a dead process wrote after its last checkpoint are let go."""
        for name, length in lengths.items():
            if self._length(name) < length:
                cause = "Lines that were there at the last checkpoint are gone."
                raise refuse(str(self.path / name), "too short", f"{length} bytes or more", cause)
            if length or self._length(name):
                os.truncate(self.path / name, length)

    def picture(self, step: int) -> pathlib.Path:
        """Where the pictures of one moment stand."""
        return self.path / "pictures" / f"{step:08d}.png"

    def pictures(self) -> list[pathlib.Path]:
        """All of them, the earliest first."""
        return sorted((self.path / "pictures").glob("[0-9]*.png"))

    def _length(self, name: str) -> int:
        path = self.path / name
        return path.stat().st_size if path.exists() else 0


def together(
    settings: Mapping[str, object], members: Mapping[str, Mapping[str, object]]
) -> dict[str, Any]:
    """What runs share, and lists of what each has of its own."""
    names = dict.fromkeys(name for own in members.values() for name in own)
    return {**settings, **{name: [own.get(name) for own in members.values()] for name in names}}


def differences(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """What two descriptions of runs do not have in common, a line each."""
    names = sorted({*one, *other})
    pairs = [(name, one.get(name), other.get(name)) for name in names]
    return [f"{name}: {a!r} there, {b!r} here" for name, a, b in pairs if a != b]


def opened(
    folder: RunFolder,
    settings: Mapping[str, object],
    members: Mapping[str, Mapping[str, object]],
    resume: bool,
) -> None:
    """A new folder for a new run, the same settings for one resumed."""
    if not resume:
        for place in (folder, *(RunFolder(folder.path / name) for name in members)):
            if place.exists:
                cause = "Resume it, or name another folder."
                raise refuse("the run's folder", str(place.path), "one without a run in it", cause)
        folder.begin(settings, members)
        return
    _demand_kind(folder)
    if folder.home is not folder:
        cause = f"It goes on with its ensemble: resume {folder.home.path}."
        raise refuse("the run's folder", str(folder.path), "a run of its own", cause)
    names = [member.path.name for member in folder.members]
    differing = differences(folder.settings, together(settings, members))
    differing = differing or differences({"members": names}, {"members": list(members)})
    if differing:
        raise InputError(
            f"the run in {folder.path} was begun with other settings: {'; '.join(differing)}. "
            "Resume it with its own, or begin another one in another folder."
        )


def _demand_kind(folder: RunFolder) -> None:
    """Only on devices of the kind it was begun on does a run end as it would have ended."""
    begun, here = str(folder.made.get("device", "")), jax.devices()[0].platform
    if begun and begun.split(":")[0] != here:
        cause = "Elsewhere its numbers would be others; begin another run in another folder."
        allowed = f"one begun on {here}, as there is here"
        raise refuse("the run's folder", f"one begun on {begun}", allowed, cause)


def _checkpoint(path: pathlib.Path) -> Checkpoint:
    arrays, header = load_arrays(path, WHAT, ("step", "lengths", "kinds"))
    with understood(path, WHAT):
        kinds = zip(arrays.values(), header["kinds"], strict=True)
        leaves = tuple(array.view(jnp.dtype(kind)) for array, kind in kinds)
    return Checkpoint(Saved(leaves), header["step"], header["lengths"])


def _circumstances() -> dict[str, object]:
    """What a run was made with."""
    device = jax.devices()[0]
    return {
        "minimax_lab": _version(),
        "commit": _commit(pathlib.Path(__file__).parent),
        "jax": jax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "device": f"{device.platform}: {device.device_kind}",
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
    }


def _version() -> str | None:
    try:
        return importlib.metadata.version("minimax_lab")
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit(folder: pathlib.Path) -> str | None:
    """The commit of a checkout, marked where files were changed since; None of an installation."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def plain(value: np.ndarray) -> object:
    """Numbers as JSON knows them: what is not finite is null, a complex number a pair."""
    if np.iscomplexobj(value):
        return plain(np.stack([value.real, value.imag], -1))
    if np.ndim(value):
        return [plain(part) for part in value]
    return value.item() if np.isfinite(value) else None
