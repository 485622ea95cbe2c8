"""The long run: rows of updates by `run`, or of an ensemble by `sweep`, each told to the folder,
with checkpoints in between.

A row is a call that takes the state of the one before, and a run in pieces is bit for bit the whole
run; so a training that was killed and resumed ends where it would have ended.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import PRNGKeyArray, PyTree

from ..checks import number, refuse, whole
from ..draw.pictures import save_grid
from ..game import Game
from ..profile import Profile, Strategies
from ..rules.base import UpdateRule
from ..running import sweeps
from ..running.judge import Judge, Outcome
from ..running.meshes import WHOLE, mesh_of, parted_draws, placed
from ..running.observables import gradient_norms, losses, update_norms
from ..running.prepare import counted, named_axes, prepared
from ..running.processes import by_first, demand_agreement, noticed
from ..running.program import Carry, Inputs, Observables
from ..running.progress import COMPILING, Meter, announced
from ..running.record import Run, Saved
from ..running.verbs import run, sweep
from ..running.writers import Listener, Tell, demand_tell, row_of
from .folder import LOOKS, METRICS, NAME, TIMES, RunFolder, opened, plain, together
from .following import Ended, Walk, follow, tell

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
    devices: Iterable[jax.Device] | None = None,
    resume: bool = False,
    progress: bool = False,
    tell: Tell | None = None,
) -> Trained:
    """Walk `steps` updates and keep everything in a folder, so that it can be killed and resumed.

    With `members` it is an ensemble: many runs in one program, as a `sweep`. One that diverges
    stops, and stays where it was good, while the others go on.
    Several processes that found each other (`jax.distributed.initialize`) call it with the same
    arguments: they compute together, and the first alone has the folder.

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
        devices: what to share each batch among, or the members of an ensemble; by default the
            first, and all of several processes. It may be resumed on others of the same kind.
        resume: whether to go on from the folder's last checkpoint.
        progress: whether to show a meter on the terminal.
        tell: called with the update and every row of what is watched, such as `mm.to_wandb(...)`.

    Returns:
        The last good profile, the verdict and the folder.
    """
    steps, every = counted(steps, every)
    pictures, saving = whole(pictures, "pictures"), number(saving, "saving", least=0)
    names = () if members is None else named_axes(over, key)
    x = _starts(prepared(game, rule, start, key, judge, names), names, members)
    described = {**settings, "every": every, "pictures": pictures}
    demand_agreement({**together(described, members or {}), "steps": steps, "resume": resume})
    watched = WATCHED if observe is None else observe
    listener = Listener(demand_tell(tell, watched))
    given = {"key": key, "observe": watched, "every": every, "judge": judge}
    walk = _walk(game, rule, given, _mesh(devices), names)
    with noticed(), contextlib.ExitStack() as held:

        def begun() -> _Work:
            opened(folder, described, members or {}, resume)
            held.enter_context(folder.held())
            work = _Work(folder, x, steps, portray, inspect, pictures, saving, listener)
            work.go_on() if resume else work.set_out()
            return work

        work = by_first(begun)
        last, ended = follow(walk, x) if work is None else work.lead(walk, progress)
    return _result(folder, last, ended, members)


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
        told = {name: plain(values[row]) for name, values in seen.items()}
        self.folder.tell(METRICS, {"step": self.step, "verdict": self.verdict, **told})


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
        listener: Listener,
    ):
        self.folder, self.steps = folder, steps
        self.members = [_Member(one) for one in folder.runs]
        self.many = bool(folder.members)
        self.portray, self.inspect = portray, inspect
        self.pictures, self.saving, self.listener = pictures, saving, listener
        self.good = Good(start, None, 0, {})
        self.last: Carry | None = None  # what the last row came to, good or not
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

    def lead(self, walk: Walk, progress: bool) -> tuple[Profile, Ended]:
        """Row after row, by all processes."""
        meter = Meter(self.steps, shown=progress)
        meter.skip(self.step)
        try:
            while not self.over:
                tell(self.good.state, self.last)
                with announced(COMPILING, progress and self.last is None):
                    done = walk(self.good.x, self.good.state)
                self.last = done.state
                self.tell(done)
                meter.show(self.step, self.told)
        finally:
            meter.close()
            self.keep()
        tell(self.good.state, self.last, self.ended)
        return self.good.x, self.ended

    def tell(self, done: Run) -> None:
        """A row is done: its lines, its pictures, and now and then a checkpoint."""
        before, going = self.step, [not member.fallen for member in self.members]
        kinds, steps = np.atleast_1d(done.verdict.kind), np.atleast_1d(done.verdict.steps)
        for rank in map(int, np.flatnonzero(going)):
            seen = {n: np.asarray(self._own(v, rank)) for n, v in done.observed.items()}
            self.members[rank].tell(str(kinds[rank]), int(steps[rank]), seen)
        for row, step in ((0, 0), (-1, self.step))[before > 0 :]:  # the first row has the start
            self.listener.hear(step, row_of(done.observed, row, axis=self.many))
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

    @property
    def ended(self) -> Ended:
        """What it came to."""
        each = tuple((member.verdict, member.step) for member in self.members)
        return Ended(self.verdict, self.step, self.pace, each)

    def _own(self, tree: PyTree, rank: int) -> PyTree:
        return _own(tree, rank) if self.many else tree

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
            row = {name: plain(np.asarray(value)) for name, value in seen}
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


def _result(folder: RunFolder, x: Profile, ended: Ended, members: Members | None) -> Trained:
    """What a training came to, in the words of its verb."""
    if members is None:
        return Trained(x, ended.verdict, ended.step, folder, ended.pace)
    each = tuple(
        Trained(_own(x, rank), *one, RunFolder(folder.path / name), ended.pace)
        for rank, (name, one) in enumerate(zip(members, ended.each, strict=True))
    )
    return Trained(x, ended.verdict, ended.step, folder, ended.pace, each)


def _own(tree: PyTree, rank: int) -> PyTree:
    """A member's part of what all have."""
    return jax.tree.map(lambda leaf: leaf[rank], tree)


def _mesh(devices: Iterable[jax.Device] | None) -> Mesh | None:
    """What to compute on: several processes on all they have."""
    if devices is None and jax.process_count() > 1:
        devices = jax.devices()
    return None if devices is None else mesh_of(devices)


def _walk(
    game: Game, rule: UpdateRule, given: dict[str, Any], mesh: Mesh | None, over: tuple[str, ...]
) -> Walk:
    """One more row of a run, or of all members, from wherever they are; the data is on all devices
    from the start.
    """
    if mesh is not None:
        given = given | {"devices": list(mesh.devices.flat)}
        game = game if over else parted_draws(game, mesh, given["key"])
        game = game if "game" in over else placed(game, mesh, WHOLE)
    if over:
        given = given | {"over": tuple({*over, "start"})}

    def walk(x: Profile, state: Carry | Saved | None) -> Run:
        verb = sweep if over else run
        return verb(game, rule, x, given["every"], state=state, **given)

    return walk


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
