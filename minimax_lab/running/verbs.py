"""The one loop: x <- rule.update(game, x, state, (index, fold_in(key, index))), watched, judged,
stopped when it diverges.

Toys and neural games go through the same compiled program (`program`), called in chunks from the
host (`drive`).
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor

import jax
from jaxtyping import PRNGKeyArray

from .. import shown
from ..calls import checked
from ..checks import demand_flag, refuse, whole
from ..executors import demand_executor
from ..files import writable
from ..game import Game
from ..profile import Profile, Strategies
from ..rules.base import UpdateRule
from .drive import Task, capacity, drive
from .judge import Judge, Verdict
from .meshes import mesh_of, parted_draws
from .parts import Wanted, swept
from .prepare import counted, named_axes, observables, prepared
from .program import Carry, Observables, Plan, Runs
from .record import Run, Saved
from .sweeps import laid_out
from .writers import Tell, demand_tell


def run(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    steps: int,
    *,
    key: PRNGKeyArray | None = None,
    observe: Observables | None = None,
    every: int = 1,
    state: Carry | Saved | None = None,
    judge: Judge | None = None,
    devices: Iterable[jax.Device] | None = None,
    progress: bool = False,
    save: str | os.PathLike[str] | None = None,
    tell: Tell | None = None,
) -> Run:
    """Walk `steps` updates x, state <- rule.update(game, x, state, (index, key)) from `start`.

    What is observed is observed at the start and once per `every` updates. A start outside the set
    the game's strategies live in is projected onto it first. The judge looks once a row, at most
    128 updates apart: with every=1 no cycle is too quick for it, with every=32 a small game runs
    ten times as fast. `state=earlier.state` resumes an earlier run (with `start=earlier.final` and
    the same key). With `save` the run so far is written every half minute, at the end and on
    Ctrl-C.

    Arguments:
        game: what is played, a `Game`.
        rule: how to walk, such as `mm.Simultaneous(0.1)`.
        start: a `Profile`, or a tuple with one strategy per player; its precision is the run's.
        steps: how many updates, a multiple of `every`.
        key: the randomness of samples and rules, `jax.random.key(seed)`.
        observe: functions of a `View`, by name; nothing is observed without.
        every: how many updates there are from one observed row to the next.
        state: that of an earlier run or of one loaded, to go on from there.
        judge: the thresholds of the verdict, by default `mm.Judge()`.
        devices: what to share each batch among, by default the first device alone; they must
            divide it. The numbers are those of one device to rounding.
        progress: whether to show a meter on the terminal.
        save: the file to keep the run in, an .npz.
        tell: called with the index and every observed row while the run goes on, such as
            `mm.to_wandb(...)` or `mm.to_tensorboard(...)`.

    Returns:
        The final profile, what was observed, the verdict and the state.

    Examples:
        >>> import minimax_lab as mm
        >>> game, observe = mm.games.bilinear(1.0), {"distance": mm.distance_to((0.0, 0.0))}
        >>> run = mm.run(game, mm.Simultaneous(0.5), (3.0, 4.0), 20, observe=observe, every=10)
        >>> print(run.verdict.kind, run.indices, run.observed["distance"].round(2))
        running [ 0 10 20] [ 5.   15.26 46.57]
    """
    steps, every = counted(steps, every)
    inputs, watched = prepared(game, rule, start, key, judge), observables(observe)
    demand_flag(progress, "progress")
    mesh = None if devices is None else mesh_of(devices)
    if mesh is not None:
        inputs = inputs._replace(game=parted_draws(inputs.game, mesh, inputs.key))
    plan = Plan(every, capacity(steps // every) if watched else 1, mesh=mesh)
    target = None if save is None else writable(save, "save")
    told = demand_tell(tell, watched)
    return drive(
        Task(Runs(None, inputs), plan, steps, rule, watched, None, state, progress, target, told)
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

    def _repr_html_(self) -> str:
        return shown.html(self)


@checked
def solve(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    *,
    tolerance: float = 1e-10,
    most: int = 10_000,
    key: PRNGKeyArray | None = None,
) -> Solution:
    """Walk until the natural residual |x - P(x - v(x))| is at most `tolerance`, checked after every
    update, or `most` updates are spent.

    Arguments:
        game: what is played, a `Game`.
        rule: how to walk, such as `mm.Extragradient(0.5)`.
        start: a `Profile`, or a tuple with one strategy per player.
        tolerance: the residual asked for; never less than the rounding of the profile.
        most: the updates after which to give up.
        key: the randomness of samples and rules; a game that draws needs one.

    Returns:
        The last profile with its verdict, which says whether it is a solution.

    Examples:
        >>> import minimax_lab as mm
        >>> solution = mm.solve(
        ...     mm.games.bilinear(1.0), mm.Extragradient(0.5), (1.0, 1.0), tolerance=1e-6
        ... )
        >>> print(solution.verdict.kind, solution.steps)
        converged 137
    """
    most, _ = counted(most, 1, "most")
    inputs = prepared(game, rule, start, key, Judge(tolerance=tolerance))
    done = drive(Task(Runs(None, inputs), Plan(1, 1, solving=True), most, rule, {}))
    return Solution(done.final, done.verdict, int(done.verdict.steps), float(done.verdict.residual))


def sweep(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    steps: int,
    *,
    over: str | Sequence[str] = ("rule",),
    key: PRNGKeyArray | None = None,
    observe: Observables | None = None,
    every: int = 1,
    state: Carry | Saved | None = None,
    judge: Judge | None = None,
    devices: Iterable[jax.Device] | None = None,
    executor: Executor | None = None,
    parts: int = 16,
    save: str | os.PathLike[str] | None = None,
    progress: bool = False,
    tell: Tell | None = None,
) -> Run:
    """Many runs in one program, mapped over the leading axis of everything named in `over` ("game",
    "rule", "start", "key").

    In what is mapped, leaves without an axis are shared by all runs; several names are zipped (see
    `grid` for products). What is not mapped is shared: with one key all runs see the same draws.
    Results carry the run axis first. `state=earlier.state` resumes an earlier sweep, with
    `start=earlier.final` and "start" in `over`.

    With an `executor` of `concurrent.futures` the runs are parted, and each part is a job for it:
    of threads, of processes, of Dask's cluster (`client.get_executor(pure=False)`), of MPI. With
    `save` every part is kept as it finishes, and the same call makes only what is missing. A part
    that fails is named and costs no other (`mm.PartsError`).

    Arguments:
        game: what is played, or a stack of games.
        rule: how to walk; arrays in its numbers, one entry a run, are mapped over.
        start: where to start, or a stack of profiles.
        steps: how many updates, a multiple of `every`.
        over: one or several of "game", "rule", "start" and "key".
        key: one key, or an array of them where `over` names it.
        observe: functions of a `View`, by name.
        every: how many updates there are from one observed row to the next.
        state: that of an earlier sweep or of one loaded, to go on from there.
        judge: the thresholds of the verdicts, by default `mm.Judge()`.
        devices: what to share the runs among, by default the first device alone.
        executor: what to share parts of the runs among, in other processes or on other machines.
        parts: how many parts an executor is given, at most one for each run.
        save: the folder to keep the parts of an executor in.
        progress: whether to show a meter on the terminal.
        tell: called with the index and every observed row of all runs while the sweep goes on.

    Returns:
        A run whose arrays have the run axis first, verdicts included.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> rules = mm.Simultaneous(jnp.array([0.1, 2.0]))
        >>> swept = mm.sweep(mm.games.quadratic(1.0, 1.0, 1.0), rules, (1.0, 1.0), 500)
        >>> print(swept.verdict)
        1 converged, 1 diverged
    """
    steps, every = counted(steps, every)
    names = named_axes(over, key)
    # Of an earlier sweep some runs may have diverged, which stops no other.
    inputs = prepared(game, rule, start, key, judge, names, finite=state is None)
    watched = observables(observe)
    demand_flag(progress, "progress")
    told = demand_tell(tell, watched)
    if executor is not None:
        plan = Plan(every, capacity(steps // every) if watched else 1)
        wanted = Wanted(inputs, names, plan, steps, rule, watched, state)
        return swept(wanted, *_away(executor, devices, parts, save, told), progress)
    if save is not None:
        cause = "A sweep in one program is kept by its run's save()."
        raise refuse("save", save, "left out where there is no executor", cause)
    mesh = None if devices is None else mesh_of(devices)
    plan = Plan(every, capacity(steps // every) if watched else 1, mesh=mesh)
    runs, plan, count = laid_out(inputs, names, plan)
    return drive(Task(runs, plan, steps, rule, watched, count, state, progress, tell=told))


def _away(
    executor: Executor,
    devices: object,
    parts: int,
    save: str | os.PathLike[str] | None,
    told: Tell | None,
) -> tuple[Executor, int, pathlib.Path | None]:
    demand_executor(executor)
    if told is not None:
        cause = "Its parts come whole; progress=True counts them."
        raise refuse("tell", told, "left out where there is an executor", cause)
    if devices is not None:
        cause = "Every worker of the executor uses its own first one."
        raise refuse("devices", devices, "left out where there is an executor", cause)
    if save is not None and not isinstance(save, str | os.PathLike):
        raise refuse("save", save, "a folder for the parts")
    return executor, whole(parts, "parts"), None if save is None else pathlib.Path(save)
