"""A sweep in parts: each is a sweep of a few of its runs, done wherever an executor does it, kept
as it comes, and joined to what the whole sweep would have been.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import pathlib
import re
import time
from concurrent.futures import Executor
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..executors import finished
from ..files import by_path, load_arrays, load_json, put, save_arrays
from ..rules.base import UpdateRule
from .drive import Task, drive, made
from .judge import Verdict
from .program import Carry, Inputs, Observables, Plan, Runs, advance, begin
from .progress import Meter
from .record import Run, Saved
from .sweeps import laid_out, members, parted, varied

WHAT = "a part of a sweep"


class PartsError(RuntimeError):
    """Some runs of a sweep could not be made; `failed` has their errors, `finished` the others as
    runs of their own, each by the range of its runs.
    """

    def __init__(self, told: str, failed: dict[range, Exception], finished: dict[range, Run]):
        super().__init__(told)
        self.failed, self.finished = failed, finished


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A sweep, checked: what `verbs.sweep` was given."""

    inputs: Inputs
    over: tuple[str, ...]
    plan: Plan
    steps: int
    rule: UpdateRule  # as it was given, for the record
    observe: Observables
    state: Carry | Saved | None = None


class Ended(NamedTuple):
    """What a sweep or a part of it came to."""

    carry: Carry
    seen: dict[str, PyTree]
    verdict: Verdict


def swept(
    wanted: Wanted,
    executor: Executor,
    parts: int,
    folder: pathlib.Path | None = None,
    progress: bool = False,
) -> Run:
    """The sweep, its parts done by the executor and kept in the folder, where there is one."""
    begun = time.perf_counter()
    each, shared = parted(wanted.inputs, wanted.over)
    count = members(each, wanted.over)
    like = _shapes(wanted)
    state = _fitting(wanted.state, like.carry)
    wanted = dataclasses.replace(wanted, state=state)
    size = -(-count // parts)
    rows = [range(low, min(low + size, count)) for low in range(0, count, size)]
    shelf = None if folder is None else _Shelf(folder, _digest(wanted, each, size), like)
    done = {} if shelf is None else shelf.kept(rows)
    failed: dict[range, Exception] = {}
    meter = Meter(count, shown=progress, label="runs")
    meter.skip(sum(map(len, done)))
    todo = {
        part: (_of(each, part, size), _of(state, part, size)) for part in rows if part not in done
    }
    walk = functools.partial(_walked, dataclasses.replace(wanted, inputs=shared, state=None))
    try:
        with finished(executor, walk, todo, lambda _: meter.show(sum(map(len, done)))) as ended:
            for name, value, error in ended:
                if isinstance(error, InputError):
                    raise error
                if error is not None:
                    failed[name] = error
                    continue
                leaves = [leaf[: len(name)] for leaf in value]
                done[name] = jax.tree.unflatten(jax.tree.structure(like), leaves)
                if shelf is not None:
                    shelf.keep(name, done[name])
    finally:
        meter.close()
    first = 0 if state is None else int(np.max(state.index))
    seconds = time.perf_counter() - begun
    if failed:
        found = {
            name: _run([done[name]], wanted, first, seconds, name) for name in rows if name in done
        }
        raise PartsError(_complaint(failed, len(rows), each, folder), failed, found)
    return _run([done[name] for name in rows], wanted, first, seconds)


def _walked(wanted: Wanted, each: Inputs, state: Carry | None) -> list[np.ndarray]:
    """On the worker: the runs of one part, as arrays in the order of `Ended`."""
    inputs = eqx.combine(each, wanted.inputs)
    runs, plan, count = laid_out(inputs, wanted.over, wanted.plan)
    done = drive(Task(runs, plan, wanted.steps, wanted.rule, wanted.observe, count, state))
    ended = Ended(done.state, done.observed, done.verdict)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(ended)]


def _shapes(wanted: Wanted) -> Ended:
    """The structure of what comes of it, without computing it: a game that does not fit its start
    is told here.
    """
    runs = Runs(*parted(wanted.inputs, wanted.over))
    plan = dataclasses.replace(wanted.plan, many=True, groups=1)
    carry = eqx.filter_eval_shape(begin, runs, plan.bare)
    return Ended(*eqx.filter_eval_shape(advance, runs, carry, np.int32(1), wanted.observe, plan))


def _fitting(state: Carry | Saved | None, like: Carry) -> Carry | None:
    """The state of an earlier sweep, if it had as many runs of the same kind."""
    if state is None:
        return None
    if isinstance(state, Carry):
        state = Saved(tuple(jax.tree.leaves(state)))
    if not isinstance(state, Saved):
        allowed = "the .state of a sweep of this game and rule"
        raise refuse("state", type(state).__name__, allowed)
    return state.restored(like)


def _of(tree: PyTree, part: range, size: int) -> PyTree:
    """The runs of one part, filled up with its last one, so that all parts are one program."""
    rows = np.minimum(np.arange(part.start, part.start + size), part.stop - 1)
    return jax.tree.map(lambda leaf: leaf[rows], tree)


def _run(
    parts: list[Ended], wanted: Wanted, first: int, seconds: float, rows: range | None = None
) -> Run:
    """The parts as one sweep; one that was over earlier repeats its last row, as its runs do."""
    carry = jax.tree.map(lambda *leaves: jnp.asarray(np.concatenate(leaves)), *_each(parts, 0))
    verdict = Verdict(*map(np.concatenate, zip(*_each(parts, 2), strict=True)))
    seen = _each(parts, 1)
    lengths = [[leaf.shape[1] for leaf in jax.tree.leaves(one)] for one in seen]
    length = max((max(one, default=0) for one in lengths), default=0)
    observed = jax.tree.map(lambda *leaves: _joined(leaves, length), *seen)
    indices = first + wanted.plan.every * np.arange(length) if length else np.array([], int)
    steps = int(np.max(verdict.steps)) - first
    told = made(wanted.inputs.game, wanted.rule, steps, wanted.plan.every, seconds)
    each, _ = parted(wanted.inputs, wanted.over)
    varies = varied(each, members(each, wanted.over))
    if rows is not None:
        varies = {name: values[rows.start : rows.stop] for name, values in varies.items()}
    return Run(carry.x, carry, observed, indices, verdict, told, varies)


def _each(parts: list[Ended], place: int) -> list[Any]:
    return [part[place] for part in parts]


def _joined(leaves: tuple[np.ndarray, ...], length: int) -> np.ndarray:
    return np.concatenate(
        [leaf[:, np.minimum(np.arange(length), leaf.shape[1] - 1)] for leaf in leaves]
    )


def _complaint(
    failed: dict[range, Exception], parts: int, each: Inputs, folder: pathlib.Path | None
) -> str:
    told = [f"{_named(part, each)}: {type(e).__name__}: {e}" for part, e in failed.items()]
    kept = (
        f"those that finished are in {folder}, and the same call makes the rest"
        if folder
        else "those that finished are in .finished of this error; with save=FOLDER they are kept"
    )
    return f"{len(failed)} of {parts} parts of the sweep failed; {kept}. {'; '.join(told)}"


def _named(part: range, each: Inputs) -> str:
    """Which runs, and between what their own numbers lie."""
    spans = []
    for path, leaf in jax.tree_util.tree_leaves_with_path(each):
        name = jax.tree_util.keystr(path).lstrip(".")
        if leaf.ndim == 1 and not jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            own = np.asarray(leaf)[part.start : part.stop]
            spans.append(f"{name} {own.min():.4g} to {own.max():.4g}")
    shown = f" ({', '.join(spans[:4])})" if spans else ""
    return f"runs {part.start} to {part.stop - 1}{shown}"


class _Shelf:
    """A folder with a file for every part that has finished."""

    def __init__(self, folder: pathlib.Path, digest: str, like: Ended):
        self.folder, self.digest, self.like = folder, digest, like
        about = folder / "sweep.json"
        if folder.exists() and not folder.is_dir():
            raise refuse("save", str(folder), "a folder for the parts", "There is a file.")
        if about.exists():
            if load_json(about, "the parts of a sweep", ("sweep",), "save")["sweep"] != digest:
                cause = "Its parts are of another one: other numbers, steps, parts or observables."
                raise refuse("save", str(folder), "a folder of this sweep, or a new one", cause)
            return
        try:
            put(about, json.dumps({"sweep": digest}) + "\n")
        except OSError as error:
            raise refuse("save", str(folder), "one that can be made", f"{error}.") from None

    def kept(self, rows: list[range]) -> dict[range, Ended]:
        """The parts that are there and whole."""
        found = {}
        for part in rows:
            if (path := self._path(part)).exists():
                arrays, header = load_arrays(path, WHAT, ("kinds",), "save")
                kinds = zip(arrays.values(), header["kinds"], strict=True)
                leaves = [array.view(jnp.dtype(kind)) for array, kind in kinds]
                found[part] = jax.tree.unflatten(jax.tree.structure(self.like), leaves)
        return found

    def keep(self, part: range, ended: Ended) -> None:
        """One more, whole on the disk."""
        arrays = by_path(ended, "part")
        header = {"sweep": self.digest, "kinds": [str(leaf.dtype) for leaf in arrays.values()]}
        save_arrays(self._path(part), arrays, header)

    def _path(self, part: range) -> pathlib.Path:
        return self.folder / f"runs-{part.start:07d}.npz"


def _digest(wanted: Wanted, each: Inputs, size: int) -> str:
    """One for the numbers, the structure and the plan of a sweep; the code of functions is not
    compared, only their names.
    """
    total = hashlib.sha256()
    described = jax.tree.structure((wanted.inputs, wanted.observe, wanted.plan, wanted.state, each))
    told = (str(described), wanted.over, wanted.steps, size)
    total.update(re.sub(r" at 0x[0-9a-f]+", "", repr(told)).encode())
    for leaf in jax.tree.leaves((wanted.inputs, wanted.observe, wanted.state)):
        if isinstance(leaf, jax.Array) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        if eqx.is_array_like(leaf):
            array = np.ascontiguousarray(leaf)
            total.update(f"{array.shape} {array.dtype} ".encode())
            total.update(array.tobytes())
        else:
            total.update(re.sub(r" at 0x[0-9a-f]+", "", repr(leaf)).encode())
    return total.hexdigest()[:16]
