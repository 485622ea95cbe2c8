"""The one loop: x <- rule.update(game, x, state, (index, fold_in(key, index))), watched, judged,
stopped when it diverges.

Toys and neural games go through the same compiled program. It is called in chunks from the host, so
that a long run shows progress, answers Ctrl-C and is saved as it goes; since the index, the state
and the judge's memory are all carried, a run in chunks, resumed or whole is the same run bit for
bit.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from ..checks import InputError, is_number, refuse, whole
from ..files import writable
from ..game import Game
from ..profile import Profile, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from .judge import Judge, Verdict
from .program import Carry, Inputs, Observables, Plan, advance, begin
from .progress import Meter
from .record import Run, Saved, circumstances
from .sweeps import grouped, members, padded

ROWS = 4096  # observed rows held on the device at a time
SAVING = 30.0  # seconds between two saves of a run in progress


def run(
    game: Game,
    rule: UpdateRule,
    start: Any,
    steps: int,
    *,
    key: PRNGKeyArray | None = None,
    observe: Observables | None = None,
    every: int = 1,
    state: Any = None,
    judge: Judge | None = None,
    progress: bool = False,
    save: str | os.PathLike[str] | None = None,
) -> Run:
    """Walk `steps` updates from `start`; `observe` functions of a `View` at the start and once per
    `every` updates.

    A start outside the set the game's strategies live in is projected onto it first. The judge
    looks once a row, at most 128 updates apart: with every=1 no cycle is too quick for it, with
    every=32 a small game runs ten times as fast. `state=earlier.state` resumes an earlier run (with
    `start=earlier.final` and the same key). With `save` the run so far is written every half
    minute, at the end and on Ctrl-C.
    """
    steps, every = _counts(steps, every)
    x = as_profile(start)
    inputs = _prepared(game, rule, x, key, judge)
    plan = Plan(every, _capacity(steps // every) if observe else 1)
    return _drive(
        inputs, steps, observe, plan, rule=rule, state=state, progress=progress, save=save
    )


@dataclasses.dataclass(frozen=True)
class Solution:
    """Where a rule came to rest: `value`, the `verdict`, how many `steps` it took, and the natural
    `residual` there.
    """

    value: Profile
    verdict: Verdict
    steps: int
    residual: float

    def __repr__(self) -> str:
        return f"Solution({self.verdict}; value {self.value})"


def solve(
    game: Game,
    rule: UpdateRule,
    start: Any,
    *,
    tolerance: float = 1e-10,
    most: int = 10_000,
    key: PRNGKeyArray | None = None,
) -> Solution:
    """Walk until the natural residual is at most `tolerance`, checked after every update, or `most`
    updates are spent.
    """
    most, _ = _counts(most, 1, "most")
    x = as_profile(start)
    inputs = _prepared(game, rule, x, key, Judge(tolerance=tolerance))
    done = _drive(inputs, most, None, Plan(1, 1, solving=True), rule=rule)
    return Solution(done.final, done.verdict, int(done.verdict.steps), float(done.verdict.residual))


def sweep(
    game: Game,
    rule: UpdateRule,
    start: Any,
    steps: int,
    *,
    over: str | tuple[str, ...] = ("rule",),
    key: PRNGKeyArray | None = None,
    observe: Observables | None = None,
    every: int = 1,
    judge: Judge | None = None,
    devices: Iterable[Any] | None = None,
    progress: bool = False,
) -> Run:
    """Many runs in one program, mapped over the leading axis of everything named in `over` ("game",
    "rule", "start", "key").

    In what is mapped, leaves without an axis are shared by all runs; several names are zipped (see
    `grid` for products). What is not mapped is shared: with one key all runs see the same draws.
    Results carry the run axis first.
    """
    steps, every = _counts(steps, every)
    mapped = (over,) if isinstance(over, str) else tuple(over)
    unknown = [name for name in mapped if name not in ("game", "rule", "start", "key")]
    if unknown or not mapped:
        raise refuse("over", over, 'made of "game", "rule", "start" and "key", at least one')
    if "key" in mapped and key is None:
        raise refuse(
            "key",
            None,
            "an array of keys, since over names it",
            "Write key=jax.random.split(jax.random.key(0), runs).",
        )
    x = as_profile(start)
    inputs = _prepared(game, rule, x, key, judge, mapped)
    mesh = None if devices is None else jax.sharding.Mesh(np.array(list(devices)), ("devices",))
    plan = grouped(
        inputs, Plan(every, _capacity(steps // every) if observe else 1, mapped=mapped, mesh=mesh)
    )
    return _drive(inputs, steps, observe, plan, rule=rule, progress=progress)


def _drive(
    inputs: Inputs, steps: int, observe: Observables | None, plan: Plan, **options: Any
) -> Run:
    """Call the program in chunks of about a quarter of a second until all is done."""
    try:
        drive = _Drive(inputs, steps, _functions(observe), plan, **options)
        drive.advance()
    except (TypeError, ValueError, IndexError) as error:
        explained = _explained(inputs, plan, error)
        if explained is error:
            raise
        raise explained from error
    try:
        while not drive.over:
            drive.advance()
    except KeyboardInterrupt:
        drive.keep()
        raise
    finally:
        drive.meter.close()
    drive.keep()
    return drive.result()


def _explained(inputs: Inputs, plan: Plan, error: Exception) -> Exception:
    """The error to raise for one met in building the program: of the losses, if they fail on this
    start by themselves.
    """
    if isinstance(error, InputError) or plan.mapped:
        return error
    try:
        jax.eval_shape(lambda: inputs.game.totals(inputs.start, inputs.game.sample(inputs.key)))
    except InputError as named:
        return named
    except Exception as inner:
        shapes = ", ".join(
            str(jax.tree.map(lambda leaf: leaf.shape, player)) for player in inputs.start
        )
        cause = f"The game's losses fail on it ({type(inner).__name__}: {inner})."
        return refuse(
            "start",
            f"{len(inputs.start)} players of shapes {shapes}",
            "one strategy for each player of this game",
            cause,
        )
    return error


class _Drive:
    """The host's part of one run or sweep; everything that changes while it goes on."""

    def __init__(
        self,
        inputs: Inputs,
        steps: int,
        observe: Observables,
        plan: Plan,
        *,
        rule: UpdateRule,
        state: Any = None,
        progress: bool = False,
        save: str | os.PathLike[str] | None = None,
    ):
        self.save = None if save is None else writable(save, "save")
        self.begun = self.saved = time.perf_counter()
        self.count = members(inputs, plan)
        self.inputs, self.observe, self.plan, self.rule = (
            padded(inputs, plan, self.count),
            observe,
            plan,
            rule,
        )
        self.carry = begin(self.inputs, dataclasses.replace(plan, every=1, rows=1))
        if state is not None:
            self.carry = _resumed(state, self.carry, inputs)
        self.first = int(np.min(self.carry.index))
        self.left = steps // plan.every
        self.chunk = (
            min(plan.rows, max(1, ROWS // plan.every)) if observe else max(1, 1024 // plan.every)
        )
        self.rows: list[Any] = []
        self.verdict: Verdict | None = None
        self.meter = Meter(steps, shown=progress)

    @property
    def over(self) -> bool:
        return self.verdict is not None and (
            self.left == 0 or not np.any(np.asarray(self.carry.watch.alive))
        )

    def advance(self) -> None:
        clock = time.perf_counter()
        now, reached = min(self.chunk, self.left), self._reached()
        todo = jnp.asarray(now, jnp.int32)
        self.carry, seen, self.verdict = jax.block_until_ready(
            advance(self.inputs, self.carry, todo, self.observe, self.plan)
        )
        if self.observe:
            taken = -(-(self._reached() - reached) // self.plan.every)
            self.rows.append(_cut(seen, bool(self.rows), taken, self.plan))
        self.left -= now
        self.meter.show(self._reached())
        wanted = max(1, min(4 * self.chunk, int(now * 0.25 / (time.perf_counter() - clock))))
        self.chunk = min(wanted, self.plan.rows if self.observe else 2**30)
        if time.perf_counter() - self.saved > SAVING:
            self.keep()

    def keep(self) -> None:
        if self.save is not None and self.verdict is not None:
            self.result().save(self.save)
            self.saved = time.perf_counter()

    def result(self) -> Run:
        assert self.verdict is not None
        steps, seconds = self._reached(), time.perf_counter() - self.begun
        about = circumstances(self.inputs.game, self.rule, steps, self.plan.every, seconds)
        observed, indices = _joined(self.rows, self.first, self.plan, self.count)
        kept = (
            self.carry
            if self.count is None
            else jax.tree.map(lambda leaf: leaf[: self.count], self.carry)
        )
        verdict = Verdict(
            *(
                np.asarray(part)[: self.count] if self.plan.mapped else np.asarray(part)
                for part in self.verdict
            )
        )
        return Run(kept.x, kept, observed, indices, verdict, about)

    def _reached(self) -> int:
        return int(np.max(self.carry.index)) - self.first


def _prepared(
    game: Game,
    rule: UpdateRule,
    x: Profile,
    key: Any,
    judge: Judge | None,
    mapped: tuple[str, ...] = (),
) -> Inputs:
    """Checked inputs in the precision of the start: here Python numbers become arrays, so that none
    of them recompiles.
    """
    if not isinstance(game, Game):
        raise refuse("game", game, "a Game", "A SymbolicGame becomes one by .numeric().")
    if not isinstance(rule, UpdateRule):
        raise refuse(
            "rule",
            rule,
            "an update rule such as mm.Simultaneous(0.1)",
            "A direction needs a rule around it.",
        )
    if "rule" not in mapped:
        _single(rule)
    demand_suited(rule, game)
    if game.random and key is None:
        raise refuse(
            "key", None, "a key, since this game draws samples", "Write key=jax.random.key(seed)."
        )
    key = jax.random.key(0) if key is None else _as_key(key, "key" in mapped)
    judge = judge or Judge()
    # A rule that moves once in a period stands still in between.
    judge = dataclasses.replace(judge, window=max(judge.window, 2 * rule.rest.period))
    return Inputs(
        narrowed(game, x.dtype), narrowed(rule, x.dtype), x, key, narrowed(judge, x.dtype)
    )


def _capacity(rows: int) -> int:
    """Room for the observed rows, in powers of two, so that few numbers of steps compile
    anything.
    """
    return min(1 << (rows - 1).bit_length(), ROWS)


def _as_key(key: Any, many: bool) -> Any:
    typed = isinstance(key, jax.Array) and jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)
    if not typed or key.ndim != int(many):
        allowed = "an array of keys" if many else "one key"
        raise refuse(
            "key", key, allowed, "Make it by jax.random.key(seed); old-style raw keys do not do."
        )
    return key


def _counts(steps: Any, every: Any, name: str = "steps") -> tuple[int, int]:
    steps, every = whole(steps, name), whole(every, "every")
    if steps % every:
        below = steps - steps % every
        raise refuse(
            name,
            steps,
            f"a multiple of every ({every})",
            f"{below or ''}{' or ' if below else ''}{below + every} would do.",
        )
    return steps, every


def _single(rule: UpdateRule) -> None:
    """One run has no run axis in its rule."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(rule):
        if is_number(leaf) and jnp.ndim(leaf):
            raise refuse(
                f"rule{jax.tree_util.keystr(path)}",
                f"an array of shape {jnp.shape(leaf)}",
                "one number",
                "A stack of values belongs to `sweep`; one value per player is a tuple.",
            )


def _resumed(state: Any, fresh: Carry, inputs: Inputs) -> Carry:
    if isinstance(state, Carry):
        state = Saved(tuple(jax.tree.leaves(state)))
    if not isinstance(state, Saved):
        raise refuse("state", type(state).__name__, "the .state of a run of this game and rule")
    restored = state.restored(fresh)
    # Projecting twice may round: a run goes on exactly where it was.
    same = all(
        np.array_equal(a, b)
        for a, b in zip(jax.tree.leaves(restored.x), jax.tree.leaves(inputs.start), strict=True)
    )
    return restored if same else restored._replace(x=fresh.x)


def _functions(observe: Any) -> Observables:
    observe = {} if observe is None else observe
    if not isinstance(observe, dict) or not all(
        isinstance(k, str) and callable(f) for k, f in observe.items()
    ):
        raise refuse(
            "observe",
            observe,
            "a dictionary of functions of a View",
            'Write observe={"distance": mm.distance_to(z)}.',
        )
    return observe


def _cut(seen: Any, later: bool, taken: int, plan: Plan) -> Any:
    """The rows written in this chunk; the first of a later chunk repeats the last of the one
    before.
    """
    rows = slice(int(later), taken + 1)
    return jax.tree.map(lambda a: np.asarray(a[:, rows] if plan.mapped else a[rows]), seen)


def _joined(
    rows: list[Any], first: int, plan: Plan, count: int | None
) -> tuple[dict[str, Any], np.ndarray]:
    if not rows:
        return {}, np.array([], int)
    axis = int(bool(plan.mapped))
    observed = jax.tree.map(
        lambda *parts: np.concatenate(parts, axis)[:count] if axis else np.concatenate(parts), *rows
    )
    length = sum(jax.tree.leaves(part)[0].shape[axis] for part in rows)
    return observed, first + plan.every * np.arange(length)
