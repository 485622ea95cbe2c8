"""The long run: rows of updates by `run`, or of an ensemble by `sweep`, each told to the folder,
with checkpoints in between.

A row is a call that takes the state of the one before, and a run in pieces is bit for bit the whole
run; so a training that was killed and resumed ends where it would have ended.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray, PyTree

from ..checks import InputError, number, refuse, whole
from ..draw.pictures import save_grid
from ..game import Game
from ..profile import Profile, Strategies
from ..rules.base import UpdateRule
from ..running import sweeps
from ..running.judge import Judge, Outcome
from ..running.observables import gradient_norms, losses, update_norms
from ..running.prepare import counted, named_axes, prepared
from ..running.program import Carry, Inputs, Observables
from ..running.progress import Meter
from ..running.record import Run, Saved
from ..running.verbs import run, sweep
from .folder import LOOKS, METRICS, NAME, TIMES, RunFolder, differences, together

WATCHED: Observables = {
    "losses": losses,
    "gradient_norms": gradient_norms,
    "update_norms": update_norms,
}
SLOW = 4.0  # times its median duration, from which on a row is remarked upon
Portray = Callable[[Profile], np.ndarray]  # pictures as bytes
Inspect = Callable[[Profile, Carry | None], Mapping[str, object]]  # arrays, by name
Members = Mapping[str, Mapping[str, object]]  # names, and what each has of its own


@dataclasses.dataclass(frozen=True)
class Trained:
    """Where a training came to: the last good profile, the verdict, after how many updates, in
    which folder, at how many seconds an update; of an ensemble the stacked profiles, the verdicts
    counted, and every member by itself.
    """

    final: Profile
    verdict: str
    steps: int
    folder: RunFolder
    pace: float
    members: tuple[Trained, ...] = ()


def train(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    steps: int,
    folder: RunFolder,
    *,
    key: PRNGKeyArray,
    settings: Mapping[str, object],
    members: Members | None = None,
    over: str | Sequence[str] = ("start", "key"),
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

    With `members` it is an ensemble: many runs in one program, as a `sweep`. One that diverges
    stops, and stays where it was good, while the others go on.

    Arguments:
        game: what is played.
        rule: how to walk.
        start: a profile to start from, or a stack of them.
        steps: how many updates in all, a multiple of `every`.
        folder: where the run is kept; a new one, or with `resume` one that holds this run.
        key: the randomness of samples and rules, or an array of keys.
        settings: what describes this run, in JSON's types; who resumes must give the same.
        members: the names of an ensemble's members, which have a folder each, and what each has of
            its own in the settings, such as {"seed-0": {"seed": 0}, "seed-1": {"seed": 1}}.
        over: what an ensemble's members differ in, as in `sweep`.
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
    names = () if members is None else named_axes(over, key)
    x = _starts(prepared(game, rule, start, key, judge, names), names, members)
    _open(folder, {**settings, "every": every, "pictures": pictures}, members or {}, resume)
    watched = WATCHED if observe is None else observe
    walk = functools.partial(sweep, over=tuple({*names, "start"})) if names else run
    given: dict[str, Any] = {"key": key, "observe": watched, "every": every, "judge": judge}
    with folder.held():
        work = _Work(folder, x, steps, portray, inspect, pictures, saving)
        meter = Meter(steps, shown=progress)
        try:
            work.go_on() if resume else work.set_out()
            meter.skip(work.step)
            while not work.over:
                work.tell(walk(game, rule, work.good.x, every, state=work.good.state, **given))
                meter.show(work.step, work.told)
        finally:
            meter.close()
            work.keep()
    return work.result()


class Good(NamedTuple):
    """The last update that was good and is told: what it came to, and how long the lines are."""

    x: Profile
    state: Carry | Saved | None
    step: int
    lengths: dict[str, int]


class _Member:
    """One run of a training: its own lines and pictures, and what has become of it."""

    def __init__(self, folder: RunFolder):
        self.folder, self.step, self.verdict = folder, 0, str(Outcome.RUNNING)

    @property
    def fallen(self) -> bool:
        return self.verdict == Outcome.DIVERGED

    def go_on(self) -> None:
        last = self.folder.lines()[-1]
        self.step, self.verdict = last["step"], last["verdict"]

    def tell(self, kind: str, step: int, seen: Mapping[str, np.ndarray]) -> None:
        """One more row."""
        if self.step == 0:
            self._line(seen, 0)
        self.step, self.verdict = step, kind
        self._line(seen, -1)

    def _line(self, seen: Mapping[str, np.ndarray], row: int) -> None:
        plain = {name: _plain(values[row]) for name, values in seen.items()}
        self.folder.tell(METRICS, {"step": self.step, "verdict": self.verdict, **plain})


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
        self.members = [_Member(one) for one in folder.runs]
        self.many = bool(folder.members)
        self.portray, self.inspect = portray, inspect
        self.pictures, self.saving = pictures, saving
        self.good = Good(start, None, 0, {})
        self.kept, self.told = -1, ""  # the update of the last checkpoint
        self.begun = self.clock = self.saved = time.perf_counter()
        self.paces: list[float] = []

    @property
    def step(self) -> int:
        """How far the run came."""
        return max(member.step for member in self.members)

    @property
    def over(self) -> bool:
        return self.step >= self.steps or all(member.fallen for member in self.members)

    @property
    def verdict(self) -> str:
        """That of a run, those of an ensemble counted."""
        kinds = collections.Counter(member.verdict for member in self.members)
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        return told if self.many else self.members[0].verdict

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
        self.kept = point.step
        for member in self.members:
            member.go_on()

    def tell(self, done: Run) -> None:
        """A row is done: its lines, its pictures, and now and then a checkpoint."""
        before, going = self.step, [not member.fallen for member in self.members]
        kinds, steps = np.atleast_1d(done.verdict.kind), np.atleast_1d(done.verdict.steps)
        for rank in map(int, np.flatnonzero(going)):
            seen = {n: np.asarray(self._own(v, rank)) for n, v in done.observed.items()}
            self.members[rank].tell(str(kinds[rank]), int(steps[rank]), seen)
        self._time(self.step - before)
        fallen = [member.fallen for member in self.members]
        if not self.many and fallen[0]:
            return
        state = done.state if fallen == [not one for one in going] else self._held(done, fallen)
        if self.over or before // self.pictures < self.step // self.pictures:
            self._look(state.x, state)
        # In one breath, since Ctrl-C may come at any moment.
        self.good = Good(state.x, state, int(np.max(state.index)), self.folder.lengths())
        if before == 0 or time.perf_counter() - self.saved > self.saving:
            self.keep()

    def keep(self) -> None:
        """A checkpoint of the last good update, unless there is one."""
        if self.good.state is not None and self.kept < self.good.step:
            self.folder.keep(self.good.state, self.good.step, self.good.lengths)
            self.kept, self.saved = self.good.step, time.perf_counter()

    def result(self) -> Trained:
        """What it came to."""
        x = self.good.x
        each = tuple(
            Trained(self._own(x, rank), one.verdict, one.step, one.folder, self.pace)
            for rank, one in enumerate(self.members)
        )
        if not self.many:
            return each[0]
        return Trained(x, self.verdict, self.step, self.folder, self.pace, each)

    def _own(self, tree: PyTree, rank: int) -> PyTree:
        """A member's part of what all have."""
        return jax.tree.map(lambda leaf: leaf[rank], tree) if self.many else tree

    def _held(self, done: Run, fallen: list[bool]) -> Carry:
        """What all carry, with those that diverged back where they were good, and over."""
        new, state = done.state, self.good.state
        if state is None:
            state = new._replace(index=0 * new.index, x=self.good.x)
        good = state.restored(new) if isinstance(state, Saved) else state
        good = good._replace(watch=good.watch._replace(alive=jnp.zeros_like(good.watch.alive)))
        lost = np.array(fallen)
        return jax.tree.map(
            lambda a, b: jnp.where(lost.reshape(-1, *[1] * (a.ndim - 1)), a, b), good, new
        )

    def _look(self, x: Profile, state: Carry | None) -> None:
        for rank, member in enumerate(self.members):
            if not member.fallen:
                self._look_at(member, self._own(x, rank), self._own(state, rank))

    def _look_at(self, member: _Member, x: Profile, state: Carry | None) -> None:
        if self.portray is not None:
            save_grid(self.portray(x), member.folder.picture(member.step))
        if self.inspect is not None:
            seen = self.inspect(x, state).items()
            row = {name: _plain(np.asarray(value)) for name, value in seen}
            member.folder.tell(LOOKS, {"step": member.step, **row})

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
        self.folder.tell(TIMES, {"step": self.step, "seconds": round(now - self.begun, 3)})


def _starts(inputs: Inputs, over: tuple[str, ...], members: Members | None) -> Profile:
    """Where the run starts, or every member of an ensemble, which must have a name each."""
    if members is None:
        return inputs.start
    count = sweeps.members(sweeps.parted(inputs, over)[0], over)
    wrong = [name for name in members if not NAME.fullmatch(name)]
    if wrong:
        raise refuse("members", wrong[0], "named by letters, digits, _, - and =")
    if len(members) != count:
        raise refuse("members", f"{len(members)} names", f"one for each of the {count} runs")
    stacked = "start" in over
    return jax.tree.map(
        lambda a: a if stacked and a.ndim else jnp.broadcast_to(a, (count, *a.shape)), inputs.start
    )


def _open(folder: RunFolder, settings: dict[str, object], members: Members, resume: bool) -> None:
    """A new folder for a new run, the same settings for one resumed."""
    if not resume:
        for place in (folder, *(RunFolder(folder.path / name) for name in members)):
            if place.exists:
                cause = "Resume it, or name another folder."
                raise refuse("the run's folder", str(place.path), "one without a run in it", cause)
        folder.begin(settings, members)
        return
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


def _plain(value: np.ndarray) -> object:
    """Numbers as JSON knows them: what is not finite is null, a complex number a pair."""
    if np.iscomplexobj(value):
        return _plain(np.stack([value.real, value.imag], -1))
    if np.ndim(value):
        return [_plain(part) for part in value]
    return value.item() if np.isfinite(value) else None
