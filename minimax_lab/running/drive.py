"""The host's part of a run: the compiled program is called in chunks of about a quarter of a
second, so that a long run shows progress, answers Ctrl-C and is saved as it goes.

Since the index, the state and the judge's memory are all carried, a run in chunks, resumed or whole
is the same run bit for bit.
"""

from __future__ import annotations

import dataclasses
import pathlib
import time

import jax
import numpy as np
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..rules.base import UpdateRule
from .judge import Verdict
from .prepare import explained
from .program import Carry, Observables, Plan, Runs, advance, begin, whole
from .progress import Meter
from .record import Made, Run, Saved
from .sweeps import cut, padded

ROWS = 4096  # observed rows held on the device at a time
SAVING = 30.0  # seconds between two saves of a run in progress


@dataclasses.dataclass(frozen=True)
class Task:
    """One call of a verb, checked: all that the host needs to know to carry it out."""

    runs: Runs
    plan: Plan
    steps: int
    rule: UpdateRule  # as it was given, for the record
    observe: Observables
    count: int | None = None  # how many runs a sweep has
    state: Carry | Saved | None = None
    progress: bool = False
    save: pathlib.Path | None = None


def capacity(rows: int) -> int:
    """Room for the observed rows, in powers of two, so that few numbers of steps compile
    anything.
    """
    return min(1 << (rows - 1).bit_length(), ROWS)


def drive(task: Task) -> Run:
    """Call the program until all is done."""
    try:
        host = _Host(task)
        host.advance()
    except (TypeError, ValueError, IndexError) as error:
        if isinstance(error, InputError) or task.plan.many:
            raise
        reason = explained(task.runs.shared, error)
        if reason is error:
            raise
        raise reason from error
    try:
        while not host.over:
            host.advance()
    except KeyboardInterrupt:
        host.keep()
        raise
    finally:
        host.meter.close()
    host.keep()
    return host.result()


class _Host:
    """Everything that changes while a run or sweep goes on."""

    def __init__(self, task: Task):
        self.task, every = task, task.plan.every
        self.begun = self.saved = time.perf_counter()
        self.carry = begin(task.runs, task.plan.bare)
        self.first = self.reached = 0
        if task.state is not None:
            self.carry = _resumed(task.state, self.carry, task)
            self.first = self.reached = int(np.max(self.carry.index))
        self.left = task.steps // every
        watched = min(task.plan.rows, max(1, ROWS // every))
        self.chunk = watched if task.observe else max(1, 1024 // every)
        self.rows: list[PyTree] = []
        self.verdict: Verdict | None = None
        self.meter = Meter(task.steps, shown=task.progress)

    @property
    def over(self) -> bool:
        return self.left == 0 or not np.any(np.asarray(self.carry.watch.alive))

    def advance(self) -> None:
        clock, task = time.perf_counter(), self.task
        now, before = min(self.chunk, self.left), self.reached
        self.carry, seen, verdict = advance(
            task.runs, self.carry, np.int32(now), task.observe, task.plan
        )
        self.verdict = Verdict(*map(np.asarray, verdict))
        self.reached = int(np.max(self.verdict.steps))
        if task.observe:
            taken = -(-(self.reached - before) // task.plan.every)
            self.rows.append(_cut(seen, bool(self.rows), taken, task.plan))
        self.left -= now
        self.meter.show(self.reached - self.first)
        wanted = max(1, min(4 * self.chunk, int(now * 0.25 / (time.perf_counter() - clock))))
        self.chunk = min(wanted, task.plan.rows if task.observe else 2**30)
        if time.perf_counter() - self.saved > SAVING:
            self.keep()

    def keep(self) -> None:
        if self.task.save is not None and self.verdict is not None:
            self.result().save(self.task.save)
            self.saved = time.perf_counter()

    def result(self) -> Run:
        assert self.verdict is not None
        task, steps = self.task, self.reached - self.first
        seconds = time.perf_counter() - self.begun
        losses = task.runs.shared.game.losses
        game = type(getattr(losses, "value", losses)).__name__
        made = Made(game, task.rule, steps, task.plan.every, seconds)
        observed, length = _joined(self.rows, task.plan, task.count)
        indices = self.first + task.plan.every * np.arange(length) if length else np.array([], int)
        carry, verdict = cut((self.carry, self.verdict), task.count)
        return Run(carry.x, carry, observed, indices, verdict, made)


def _resumed(state: Carry | Saved, fresh: Carry, task: Task) -> Carry:
    if isinstance(state, Carry):
        state = Saved(tuple(jax.tree.leaves(state)))
    if not isinstance(state, Saved):
        raise refuse("state", type(state).__name__, "the .state of a run of this game and rule")
    restored = padded(state.restored(cut(fresh, task.count)), task.plan, task.count)
    # Projecting twice may round: a run goes on exactly where it was. One that diverged is NaN.
    here, there = (jax.tree.leaves(x) for x in (restored.x, whole(task.runs).start))
    same = all(
        np.array_equal(a, np.broadcast_to(b, a.shape), equal_nan=True)
        for a, b in zip(here, there, strict=True)
    )
    return restored if same else restored._replace(x=fresh.x)


def _cut(seen: PyTree, later: bool, taken: int, plan: Plan) -> PyTree:
    """The rows written in this chunk; the first of a later chunk repeats the last of the one
    before.
    """
    rows = slice(int(later), taken + 1)
    return jax.tree.map(lambda a: np.asarray(a[:, rows] if plan.many else a[rows]), seen)


def _joined(rows: list[PyTree], plan: Plan, count: int | None) -> tuple[dict[str, PyTree], int]:
    """The rows of all chunks as one, and how many there are."""
    if not rows:
        return {}, 0
    axis = int(plan.many)
    observed = jax.tree.map(lambda *parts: np.concatenate(parts, axis), *rows)
    length = jax.tree.leaves(observed)[0].shape[axis]
    return cut(observed, count), length
