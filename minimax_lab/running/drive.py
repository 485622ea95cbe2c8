"""The host's part of a run: the compiled program is called in chunks of about a quarter of a
second, so that a long run shows progress, answers Ctrl-C and is saved as it goes.

Since the index, the state and the judge's memory are all carried, a run in chunks, resumed or whole
is the same run bit for bit.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import time
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..forms import plain
from ..game import Game
from ..rules.base import UpdateRule
from ..signals import waiting
from .judge import Verdict
from .meshes import EACH, WHOLE, brought_home, placed
from .prepare import explained
from .processes import first, from_first, noticed
from .program import Carry, Observables, Plan, Runs, advance, begin, whole
from .progress import COMPILING, Meter, announced
from .record import Made, Run, Saved
from .sweeps import cut, padded, varied
from .writers import Listener, Tell, row_of

ROWS = 4096  # observed rows held on the device at a time
SAVING = 30.0  # seconds between two saves of a run in progress
MOST = 2**31 - 1  # updates that an index can count


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
    tell: Tell | None = None


def capacity(rows: int) -> int:
    """Room for the observed rows, in powers of two, so that few numbers of steps compile
    anything.
    """
    return min(1 << (rows - 1).bit_length(), ROWS)


def drive(task: Task) -> Run:
    """Call the program until all is done."""
    with noticed():
        return _driven(task)


def _driven(task: Task) -> Run:
    with _in_words(task), announced(COMPILING, task.progress):
        host = _Host(task)
    try:
        with _in_words(task), announced(COMPILING, task.progress):
            host.advance()
        while not host.over:
            host.advance()
    except KeyboardInterrupt:
        host.keep()
        raise
    finally:
        host.meter.close()
    host.keep()
    return host.result()


@contextlib.contextmanager
def _in_words(task: Task) -> Iterator[None]:
    """A game that does not fit its start says so, and a rule that gives back what none may."""
    try:
        yield
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        if task.plan.many:
            raise
        reason = explained(task.runs.shared, error)
        if reason is error:
            raise
        raise reason from error


class _Reached(NamedTuple):
    """How far a run has come, one value, so that its parts cannot come apart."""

    carry: Carry
    steps: int
    left: int  # rows
    rows: tuple[PyTree, ...] = ()
    verdict: Verdict | None = None


class _Host:
    """Everything that changes while a run or sweep goes on."""

    def __init__(self, task: Task):
        self.task, every = task, task.plan.every
        self.begun = self.saved = time.perf_counter()
        mesh, spec = task.plan.mesh, EACH if task.plan.many else WHOLE
        each, shared = task.runs
        self.runs = Runs(placed(each, mesh, spec), placed(shared, mesh, WHOLE))
        self.observe = placed(task.observe, mesh, WHOLE)
        carry, self.first = begin(self.runs, task.plan.bare), 0
        if task.state is not None:
            carry = _resumed(task.state, carry, task)
            self.first = int(np.max(carry.index))
            carry = placed(carry, mesh, spec)
        if self.first + task.steps > MOST:
            allowed = f"at most {MOST - self.first}"
            cause = "Updates are counted in 32 bits; begin another run where this one ends."
            raise refuse("steps", task.steps, allowed, cause)
        self.reached = _Reached(carry, self.first, task.steps // every)
        watched = min(task.plan.rows, max(1, ROWS // every))
        self.chunk = watched if task.observe else max(1, 1024 // every)
        self.unsaved = ""  # why the last save failed
        self.told, self.listener = 0, Listener(task.tell)
        self.meter = Meter(task.steps, shown=task.progress)

    @property
    def over(self) -> bool:
        reached = self.reached
        return reached.left == 0 or not np.any(np.asarray(brought_home(reached.carry.watch.alive)))

    def advance(self) -> None:
        """One more call of the program, which Ctrl-C waits for, so that no device is left at
        work.
        """
        with waiting():
            self._advance()
        self.tell()
        if time.perf_counter() - self.saved > SAVING:
            self.keep()

    def _advance(self) -> None:
        clock, task, last = time.perf_counter(), self.task, self.reached
        # Processes that compute together must call as one, whatever their clocks say.
        now = from_first(min(self.chunk, last.left))
        carry, seen, verdict = advance(
            self.runs, last.carry, np.int32(now), self.observe, task.plan
        )
        seen, verdict = brought_home((seen, verdict))
        verdict = Verdict(*map(np.asarray, verdict))
        steps, rows = int(np.max(verdict.steps)), last.rows
        if task.observe:
            taken = -(-(steps - last.steps) // task.plan.every)
            rows = *rows, _cut(seen, bool(rows), taken, task.plan)
        self.reached = _Reached(carry, steps, last.left - now, rows, verdict)
        self.meter.show(steps - self.first)
        wanted = max(1, min(4 * self.chunk, int(now * 0.25 / (time.perf_counter() - clock))))
        self.chunk = min(wanted, task.plan.rows if task.observe else 2**30)

    def tell(self) -> None:
        """The rows of the last chunk, to whoever listens."""
        if self.listener.call is None or not self.reached.rows:
            return
        seen = cut(self.reached.rows[-1], self.task.count)
        every, axis = self.task.plan.every, int(self.task.plan.many)
        for row in range(jax.tree.leaves(seen)[0].shape[axis]):
            self.listener.hear(self.first + every * self.told, row_of(seen, row, axis))
            self.told += 1

    def keep(self) -> None:
        """Save what there is. A disk that is full or a folder that is gone must not cost the run:
        it is said once, and tried again.
        """
        if self.task.save is None or self.reached.verdict is None or not first():
            return
        before, self.unsaved = self.unsaved, ""
        try:
            self.result().save(self.task.save)
        except (OSError, InputError) as error:
            self.unsaved = " ".join(str(error).split())
            if not before:
                told = f"the run could not be saved: {self.unsaved} It goes on, and tries again."
                warnings.warn(told, stacklevel=2)
        self.saved = time.perf_counter()

    def result(self) -> Run:
        task, reached = self.task, self.reached
        assert reached.verdict is not None
        steps, seconds = reached.steps - self.first, time.perf_counter() - self.begun
        game, every = task.runs.shared.game, task.plan.every
        about = made(game, task.rule, steps, every, seconds)._replace(unsaved=self.unsaved)
        observed, length = _joined(reached.rows, task.plan, task.count)
        indices = self.first + task.plan.every * np.arange(length) if length else np.array([], int)
        carry, verdict = cut((brought_home(reached.carry), reached.verdict), task.count)
        varies = varied(task.runs.each, task.count)
        return Run(carry.x, carry, observed, indices, verdict, about, varies)


def made(game: Game, rule: UpdateRule, steps: int, every: int, seconds: float) -> Made:
    """What a record carries of how a run was made."""
    losses = plain(game.losses)
    kind = type(plain(getattr(losses, "value", losses))).__name__
    return Made(kind, rule, steps, every, seconds)


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


def _joined(
    rows: tuple[PyTree, ...], plan: Plan, count: int | None
) -> tuple[dict[str, PyTree], int]:
    """The rows of all chunks as one, and how many there are."""
    if not rows:
        return {}, 0
    axis = int(plan.many)
    observed = jax.tree.map(lambda *parts: np.concatenate(parts, axis), *rows)
    length = jax.tree.leaves(observed)[0].shape[axis]
    return cut(observed, count), length
