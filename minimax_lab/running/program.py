"""The compiled part of a run: rows of blocks of updates, the judge looking between blocks, the
observables between rows.

One function serves a single run and a sweep; a sweep maps it over a named axis, so that all runs
can ask whether any of them is still alive, and over devices. What has that axis comes parted from
what the runs share (`sweeps.parted`), so that nothing here has to look for it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr
from jaxtyping import Array, Bool, Int, PRNGKeyArray, PyTree

from ..checks import refuse
from ..directions.base import Tick
from ..game import Game, Sample
from ..profile import Profile
from ..rules.base import State, UpdateRule, at
from .judge import Judge, Verdict, Watch, natural_residual
from .meshes import EACH, WHOLE
from .observables import View

BLOCK = 128  # most updates between two looks of the judge, who looks once a row or more often
SMALL = 64  # numbers of a profile, twice, and its state whose updates go in pairs
# Operations that XLA merges with no other.
ALONE = {
    "dot_general",
    "conv_general_dilated",
    "while",
    "scan",
    "cond",
    "sort",
    "gather",
    "scatter",
}
ALONE |= {"scatter-add", "random_bits", "triangular_solve", "cholesky", "eigh", "svd", "lu"}

Observables = dict[str, Callable[[View], PyTree]]

Looped = TypeVar("Looped")
Done = TypeVar("Done")
Walk = tuple[Profile, Profile, State]  # before and after an update, and what the next one needs


class Inputs(NamedTuple):
    """The arguments of a run as the compiled program takes them."""

    game: Game
    rule: UpdateRule
    start: Profile
    key: PRNGKeyArray
    judge: Judge


class Runs(NamedTuple):
    """The inputs in two halves, None in one where the other has a leaf: the arrays that have a run
    axis (nothing for a single run), and what all runs share.
    """

    each: Inputs | None
    shared: Inputs


class Carry(NamedTuple):
    """All that the next update needs. `Run.state` is one, so that resuming continues the index and
    the judge's memory too.
    """

    index: Any
    x: Profile
    state: State
    watch: Watch


class Plan(eqx.Module):
    """What shapes the compiled program of a run: how often it is looked at, whether it is many, in
    how many groups each device does them (one after another), on which devices.
    """

    every: int = eqx.field(static=True)
    rows: int = eqx.field(static=True)
    solving: bool = eqx.field(default=False, static=True)
    many: bool = eqx.field(default=False, static=True)
    groups: int = eqx.field(default=1, static=True)
    mesh: jax.sharding.Mesh | None = eqx.field(default=None, static=True)

    @property
    def bare(self) -> Plan:
        """What of it shapes the program that begins a run."""
        return _bare(self)


@functools.lru_cache
def _bare(plan: Plan) -> Plan:
    return dataclasses.replace(plan, every=1, rows=1)


@eqx.filter_jit
def begin(runs: Runs, plan: Plan) -> Carry:
    """Before the first update."""

    def start(each: Inputs | None, shared: Inputs) -> Carry:
        inputs = whole(Runs(each, shared))
        x, index = inputs.game.project(inputs.start), jnp.zeros((), jnp.int32)
        watch = inputs.judge.init(x)
        state = at(inputs.rule, index).init(inputs.game, x, inputs.key)
        return Carry(index, x, state, _unsolved(inputs, watch, x) if plan.solving else watch)

    return _spread(start, plan, runs.each, runs.shared)


@eqx.filter_jit
def advance(
    runs: Runs, carry: Carry, todo: Int[Array | np.integer, ""], observe: Observables, plan: Plan
) -> tuple[Carry, PyTree, Verdict]:
    """Up to `todo` rows of `every` updates, fewer when all runs are over."""

    def rows(
        each: tuple[Inputs | None, Carry], shared: tuple[Inputs, Array, Observables]
    ) -> tuple[Carry, PyTree, Verdict]:
        (own, carry), (common, todo, observe) = each, shared
        return _rows(whole(Runs(own, common)), carry, todo, observe, plan)

    return _spread(rows, plan, (runs.each, carry), (runs.shared, todo, observe))


def whole(runs: Runs) -> Inputs:
    """The two halves as one again."""
    return runs.shared if runs.each is None else eqx.combine(runs.each, runs.shared)


def _rows(
    inputs: Inputs, carry: Carry, todo: Int[Array, ""], observe: Observables, plan: Plan
) -> tuple[Carry, PyTree, Verdict]:
    game, _, _, key, judge = inputs

    def look(before: Profile, c: Carry) -> dict[str, PyTree]:
        # The update that led here; the start is shown the first one's sample.
        last = jnp.maximum(c.index - 1, 0)
        view = View(game, before, c.x, c.state, c.index, jax.random.fold_in(key, last))
        return {name: _arrays(function(view), name) for name, function in observe.items()}

    def more(loop: tuple[Array, Carry, PyTree]) -> Bool[Array, ""]:
        row, c, _ = loop
        alive = c.watch.alive
        if plan.many:
            alive = jax.lax.pmax(alive.astype(jnp.int32), "runs") > 0
        return (row < todo) & alive

    def body(loop: tuple[Array, Carry, PyTree]) -> tuple[Array, Carry, PyTree]:
        row, c, seen = loop
        before, c = _blocks(inputs, c, plan)
        seen = jax.tree.map(lambda all_, new: all_.at[row + 1].set(new), seen, look(before, c))
        return row + 1, c, seen

    first = look(carry.x, carry)
    seen = jax.tree.map(
        lambda a: jnp.zeros((plan.rows + 1, *jnp.shape(a)), jnp.result_type(a)).at[0].set(a), first
    )
    row, carry, seen = jax.lax.while_loop(more, body, (jnp.zeros((), jnp.int32), carry, seen))
    # Runs that are over repeat their last row, also where another device goes on longer.
    rows = jnp.minimum(jnp.arange(plan.rows + 1, dtype=jnp.int32), row)
    seen = jax.tree.map(lambda a: a[rows], seen)
    return carry, seen, judge.verdict(carry.watch, game, carry.x, _last(game, key), carry.index)


def _arrays(seen: PyTree, name: str) -> PyTree:
    """What an observable returns, if it can be kept."""
    leaves = jax.tree.leaves(seen)
    if not leaves or not all(eqx.is_array_like(leaf) for leaf in leaves):
        raise refuse(f"what observe[{name!r}] returns", seen, "an array, or a tree of arrays")
    return seen


def _blocks(inputs: Inputs, carry: Carry, plan: Plan) -> tuple[Profile, Carry]:
    """`every` updates in blocks between which the judge looks; a finished run stays where it is."""
    game, rule, _, key, judge = inputs
    length = max(d for d in range(1, min(plan.every, BLOCK) + 1) if plan.every % d == 0)

    def block(_: Array, pair: tuple[Profile, Carry]) -> tuple[Profile, Carry]:
        c = pair[1]

        def update(done: Array, walk: Walk) -> Walk:
            _, x, state = walk
            index = c.index + done
            tick = Tick(index, jax.random.fold_in(key, index))
            return x, *at(rule, index).update(game, x, state, tick)

        walk = (c.x, c.x, c.state)
        last, x, state = _repeat(update, walk, length, pairs=_merges(update, walk))
        index = c.index + length
        new = Carry(index, x, state, judge.watch(c.watch, x, index, c.x, last, length))
        if plan.solving:
            new = new._replace(watch=_unsolved(inputs, new.watch, x))
        if not plan.many and plan.every == length:
            return last, new  # the loop over rows ends with the run
        return jax.tree.map(lambda a, b: jnp.where(c.watch.alive, a, b), (last, new), pair)

    return _repeat(block, (carry.x, carry), plan.every // length)


def _repeat(
    function: Callable[[Array, Looped], Looped], walk: Looped, count: int, *, pairs: bool = False
) -> Looped:
    """function(0, .), function(1, .), ... one after another, in `pairs` two a turn: what the first
    makes need not be copied out of the way of the second.

    A loop of our own, since a scan counts again where the index is needed too, and on a CPU every
    operation of a small body costs as much as its arithmetic.
    """
    pace = 2 if pairs else 1

    def body(loop: tuple[Array, Looped]) -> tuple[Array, Looped]:
        done, walk = loop
        for ahead in range(pace):
            walk = function(done + ahead, walk)
        return done + pace, walk

    zero, turns = jnp.zeros((), jnp.int32), count - count % pace
    if turns <= pace:
        turns = 0
    else:
        _, walk = jax.lax.while_loop(lambda loop: loop[0] < turns, body, (zero, walk))
    for last in range(turns, count):
        walk = function(zero + last, walk)
    return walk


def _merges(update: Callable[[Array, Walk], Walk], walk: Walk) -> bool:
    """Whether XLA merges an update of few numbers into a kernel or two: more than eight of them in
    the body of a loop are handed to threads, which takes longer than they do.
    """
    if sum(leaf.size for leaf in jax.tree.leaves(walk)) > SMALL:
        return False
    traced = jax.make_jaxpr(update)(jnp.zeros((), jnp.int32), walk)
    return ALONE.isdisjoint(_operations(traced.jaxpr))


def _operations(jaxpr: Jaxpr) -> Iterator[str]:
    """The names of all operations, those of functions inside included."""
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for inside in jax.tree.leaves(equation.params, is_leaf=_is_jaxpr):
            if _is_jaxpr(inside):
                yield from _operations(getattr(inside, "jaxpr", inside))


def _is_jaxpr(value: object) -> bool:
    return isinstance(value, Jaxpr | ClosedJaxpr)


def _unsolved(inputs: Inputs, watch: Watch, x: Profile) -> Watch:
    """The watch, over where the natural residual is small enough."""
    game, _, _, key, judge = inputs
    far = natural_residual(game, x, _last(game, key)) > judge.threshold(x)
    return watch._replace(alive=watch.alive & far)


def _last(game: Game, key: PRNGKeyArray) -> Sample:
    """The sample residuals are measured on: all the data, or in a random game one draw no update
    uses.
    """
    return game.sample(jax.random.fold_in(key, np.uint32(2**32 - 1)))


def _spread(function: Callable[..., Done], plan: Plan, each: PyTree, shared: PyTree) -> Done:
    """function(each, shared) for one run; for many, mapped over the leading axis of `each` and, if
    asked, over devices.
    """
    if not plan.many:
        done = function(each, shared)
        if plan.mesh is None:
            return done
        return jax.lax.with_sharding_constraint(done, jax.NamedSharding(plan.mesh, WHOLE))
    arrays, rest = eqx.partition(shared, eqx.is_array)

    def call(each: PyTree, arrays: PyTree) -> Done:
        return function(each, eqx.combine(arrays, rest))

    together = jax.vmap(call, in_axes=(0, None), axis_name="runs")

    def grouped(each: PyTree, arrays: PyTree) -> Done:
        if plan.groups == 1:
            return together(each, arrays)
        split = jax.tree.map(lambda a: a.reshape(plan.groups, -1, *a.shape[1:]), each)
        done = jax.lax.map(lambda group: together(group, arrays), split)
        return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), done)

    if plan.mesh is None:
        return grouped(each, arrays)
    return jax.shard_map(
        grouped, mesh=plan.mesh, in_specs=(EACH, WHOLE), out_specs=EACH, check_vma=False
    )(each, arrays)
