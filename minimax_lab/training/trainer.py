"""The long run: rows of updates by `run`, each told to the folder, with checkpoints in between.

A row is a call of `run` that takes the state of the one before, and a run in pieces is bit for bit
the whole run; so a training that was killed and resumed ends where it would have ended.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import PRNGKeyArray, PyTree

from ..checks import InputError, number, refuse, whole
from ..draw.pictures import save_grid
from ..game import Game
from ..profile import Profile, Strategies, as_profile
from ..rules.base import UpdateRule
from ..running.judge import Judge, Outcome
from ..running.observables import gradient_norms, losses, update_norms
from ..running.prepare import counted
from ..running.program import Carry, Observables
from ..running.progress import Meter
from ..running.record import Run
from ..running.verbs import run
from .folder import RunFolder, differences

WATCHED: Observables = {
    "losses": losses,
    "gradient_norms": gradient_norms,
    "update_norms": update_norms,
}
SLOW = 4.0  # times its median duration, from which on a row is remarked upon
Portray = Callable[[Profile], np.ndarray]  # pictures as bytes
Inspect = Callable[[Profile, Carry | None], Mapping[str, object]]  # arrays, by name


@dataclasses.dataclass(frozen=True)
class Trained:
    """Where a training came to: the last good profile, the verdict, after how many updates, in
    which folder, at how many seconds an update.
    """

    final: Profile
    verdict: str
    steps: int
    folder: RunFolder
    pace: float


def train(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    steps: int,
    folder: RunFolder,
    *,
    key: PRNGKeyArray,
    settings: Mapping[str, object],
    every: int = 100,
    observe: Observables | None = None,
    portray: Portray | None = None,
    inspect: Inspect | None = None,
    pictures: int = 1000,
    saving: float = 30.0,
    judge: Judge | None = None,
    resume: bool = False,
    progress: bool = False,
) -> Trained:
    """Walk `steps` updates and keep everything in a folder, so that it can be killed and resumed.

    Arguments:
        game: what is played.
        rule: how to walk.
        start: a profile to start from.
        steps: how many updates in all, a multiple of `every`.
        folder: where the run is kept; a new one, or with `resume` one that holds this run.
        key: the randomness of samples and rules.
        settings: what describes this run, in JSON's types; who resumes must give the same.
        every: how many updates there are from one line of metrics to the next.
        observe: what is watched, by default losses and the norms of gradients and updates.
        portray: pictures of a profile as bytes; none are kept without.
        inspect: what else is measured, of a profile and what the run carries there (None before
            the first update), whenever it is portrayed; each time a line of `looks.jsonl`.
        pictures: how many updates there are from one grid of pictures, or one look, to the next.
        saving: the seconds between two checkpoints.
        judge: the thresholds of the verdict.
        resume: whether to go on from the folder's last checkpoint.
        progress: whether to show a meter on the terminal.

    Returns:
        The last good profile, the verdict and the folder.
    """
    steps, every = counted(steps, every)
    pictures, saving = whole(pictures, "pictures"), number(saving, "saving", least=0)
    _open(folder, {**settings, "every": every, "pictures": pictures}, resume)
    watched = WATCHED if observe is None else observe
    with folder.held():
        work = _Work(folder, as_profile(start), steps, portray, inspect, pictures, saving)
        meter = Meter(steps, shown=progress)
        try:
            work.go_on() if resume else work.set_out()
            meter.skip(work.step)
            while not work.over:
                done = run(
                    game,
                    rule,
                    work.good.x,
                    every,
                    key=key,
                    observe=watched,
                    every=every,
                    judge=judge,
                    state=work.good.state,
                )
                work.tell(done)
                meter.show(work.step, work.told)
        finally:
            meter.close()
            work.keep()
    return Trained(work.good.x, work.verdict, work.step, folder, work.pace)


class Good(NamedTuple):
    """The last update that was good and is told: what it came to, and how long the lines are."""

    x: Profile
    state: PyTree
    step: int
    lengths: dict[str, int]


class _Work:
    """Everything that changes while a training goes on."""

    def __init__(
        self,
        folder: RunFolder,
        start: Profile,
        steps: int,
        portray: Portray | None,
        inspect: Inspect | None,
        pictures: int,
        saving: float,
    ):
        self.folder, self.steps = folder, steps
        self.portray, self.inspect = portray, inspect
        self.pictures, self.saving = pictures, saving
        self.good = Good(start, None, 0, {})
        self.step, self.kept = 0, -1  # how far the run came, and the update of the last checkpoint
        self.verdict, self.told = str(Outcome.RUNNING), ""
        self.begun = self.clock = self.saved = time.perf_counter()
        self.paces: list[float] = []

    @property
    def over(self) -> bool:
        return self.step >= self.steps or self.verdict == Outcome.DIVERGED

    @property
    def pace(self) -> float:
        """Seconds an update, by median."""
        return statistics.median(self.paces) if self.paces else math.nan

    def set_out(self) -> None:
        """Before the first update."""
        self._look(self.good.x, None)

    def go_on(self) -> None:
        """After the last checkpoint."""
        point = self.folder.checkpoint()
        self.folder.cut(point.lengths)
        x = point.profile(self.good.x)
        self.good = Good(x, point.state, point.step, point.lengths)
        self.step = self.kept = point.step

    def tell(self, done: Run) -> None:
        """A row is done: its line, its pictures, and now and then a checkpoint."""
        first, before = self.step == 0, self.step
        self.verdict, self.step = str(done.verdict.kind), int(done.verdict.steps)
        if first:
            self._line(0, str(Outcome.RUNNING), _row(done, 0))
        self._line(self.step, self.verdict, _row(done, -1))
        self._time(self.step - before)
        if self.verdict == Outcome.DIVERGED:
            return
        if self.over or before // self.pictures < self.step // self.pictures:
            self._look(done.final, done.state)
        # In one breath, since Ctrl-C may come at any moment.
        self.good = Good(done.final, done.state, self.step, self.folder.lengths())
        if first or time.perf_counter() - self.saved > self.saving:
            self.keep()

    def keep(self) -> None:
        """A checkpoint of the last good update, unless there is one."""
        if self.good.state is not None and self.kept < self.good.step:
            self.folder.keep(self.good.state, self.good.step, self.good.lengths)
            self.kept, self.saved = self.good.step, time.perf_counter()

    def _look(self, x: Profile, state: Carry | None) -> None:
        if self.portray is not None:
            save_grid(self.portray(x), self.folder.picture(self.step))
        if self.inspect is not None:
            seen = self.inspect(x, state).items()
            row = {name: _plain(np.asarray(value)) for name, value in seen}
            self.folder.tell("looks.jsonl", {"step": self.step, **row})

    def _line(self, step: int, verdict: str, row: dict[str, object]) -> None:
        self.folder.tell("metrics.jsonl", {"step": step, "verdict": verdict, **row})

    def _time(self, updates: int) -> None:
        now = time.perf_counter()
        pace = (now - self.clock) / max(updates, 1)
        if self.paces or self.kept >= 0:  # the first row compiles
            self.paces.append(pace)
        slow = len(self.paces) > 10 and pace > SLOW * self.pace
        self.told = f"{self.verdict}, {1 / pace:.0f} a second" + (
            f", {pace / self.pace:.0f} times slower than usual" if slow else ""
        )
        self.clock = now
        self.folder.tell("times.jsonl", {"step": self.step, "seconds": round(now - self.begun, 3)})


def _open(folder: RunFolder, settings: dict[str, object], resume: bool) -> None:
    """A new folder for a new run, the same settings for one resumed."""
    if not resume:
        if folder.exists:
            cause = "Resume it, or name another folder."
            raise refuse("the run's folder", str(folder.path), "one without a run in it", cause)
        folder.begin(settings)
        return
    differing = differences(folder.settings, settings)
    if differing:
        raise InputError(
            f"the run in {folder.path} was begun with other settings: {'; '.join(differing)}. "
            "Resume it with its own, or begin another one in another folder."
        )


def _row(done: Run, index: int) -> dict[str, object]:
    return {name: _plain(np.asarray(seen)[index]) for name, seen in done.observed.items()}


def _plain(value: np.ndarray) -> object:
    """Numbers as JSON knows them: what is not finite is null, a complex number a pair."""
    if np.iscomplexobj(value):
        return _plain(np.stack([value.real, value.imag], -1))
    if np.ndim(value):
        return [_plain(part) for part in value]
    return value.item() if np.isfinite(value) else None
