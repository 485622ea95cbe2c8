"""The compiled part of a run: rows of blocks of updates, the judge looking between blocks, the
observables between rows.

One function serves a single run and a sweep; a sweep maps it over a named axis, so that all runs
can ask whether any of them is still alive, and over devices.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..directions.base import Tick
from ..game import Game
from ..profile import Profile
from ..rules.base import UpdateRule, at
from .judge import Judge, Verdict, natural_residual
from .observables import View

BLOCK = 128  # most updates between two looks of the judge, who looks once a row or more often

Observables = dict[str, Callable[[View], Any]]


class Inputs(NamedTuple):
    """The arguments of a run as the compiled program takes them."""

    game: Game
    rule: UpdateRule
    start: Profile
    key: Any
    judge: Judge


class Carry(NamedTuple):
    """All that the next update needs. `Run.state` is one, so that resuming continues the index and
    the judge's memory too.
    """

    index: Any
    x: Profile
    state: Any
    watch: Any


class Plan(eqx.Module):
    """What shapes the compiled program of a run: how its leaves are mapped, how often it is looked
    at, on which devices.
    """

    every: int = eqx.field(static=True)
    rows: int = eqx.field(static=True)
    solving: bool = eqx.field(default=False, static=True)
    mapped: tuple[str, ...] = eqx.field(default=(), static=True)
    mesh: Any = eqx.field(default=None, static=True)
    groups: int = eqx.field(
        default=1, static=True
    )  # a device does its runs in so many groups, one after another


@eqx.filter_jit
def begin(inputs: Inputs, plan: Plan) -> Carry:
    def start(inputs: Inputs) -> Carry:
        game, rule, x, key, judge = inputs
        x = game.project(x)
        index, watch = jnp.zeros((), jnp.int32), judge.init(x)
        return Carry(
            index,
            x,
            at(rule, index).init(game, x, key),
            _unsolved(inputs, watch, x) if plan.solving else watch,
        )

    return _spread(start, plan, inputs)


@eqx.filter_jit
def advance(
    inputs: Inputs, carry: Carry, todo: Any, observe: Observables, plan: Plan
) -> tuple[Carry, Any, Verdict]:
    """Up to `todo` rows of `every` updates, fewer when all runs are over."""
    return _spread(functools.partial(_rows, plan=plan), plan, inputs, carry, shared=(todo, observe))


def _rows(
    inputs: Inputs, carry: Carry, todo: Any, observe: Observables, plan: Plan
) -> tuple[Carry, Any, Verdict]:
    game, _, _, key, judge = inputs

    def look(before: Profile, c: Carry) -> dict[str, Any]:
        last = jnp.maximum(
            c.index - 1, 0
        )  # the update that led here; the start is shown the first one's sample
        view = View(game, before, c.x, c.state, c.index, jax.random.fold_in(key, last))
        return {name: function(view) for name, function in observe.items()}

    def more(loop: Any) -> Any:
        row, c, _ = loop
        alive = (
            jax.lax.pmax(c.watch.alive.astype(jnp.int32), "runs") > 0
            if plan.mapped
            else c.watch.alive
        )
        return (row < todo) & alive

    def body(loop: Any) -> Any:
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
    seen = jax.tree.map(
        lambda a: a[jnp.minimum(jnp.arange(plan.rows + 1, dtype=jnp.int32), row)], seen
    )
    return carry, seen, judge.verdict(carry.watch, game, carry.x, _last(game, key), carry.index)


def _blocks(inputs: Inputs, carry: Carry, plan: Plan) -> tuple[Profile, Carry]:
    """`every` updates in blocks between which the judge looks; a finished run stays where it is."""
    game, rule, _, key, judge = inputs
    length = max(d for d in range(1, min(plan.every, BLOCK) + 1) if plan.every % d == 0)

    def update(walk: Any, _: None) -> tuple[Any, None]:
        _, x, state, index = walk
        tick = Tick(index, jax.random.fold_in(key, index))
        after, state = at(rule, index).update(game, x, state, tick)
        return (x, after, state, index + 1), None

    def block(pair: tuple[Profile, Carry], _: None) -> tuple[tuple[Profile, Carry], None]:
        before, c = pair
        before_, x, state, index = _repeat(update, (before, c.x, c.state, c.index), length)
        new = Carry(index, x, state, judge.watch(c.watch, x, index, c.x, before_, length))
        if plan.solving:
            new = new._replace(watch=_unsolved(inputs, new.watch, x))
        if not plan.mapped and plan.every == length:
            return (before_, new), None  # the loop over rows ends with the run
        return jax.tree.map(
            lambda a, b: jnp.where(c.watch.alive, a, b), (before_, new), (before, c)
        ), None

    return _repeat(block, (carry.x, carry), plan.every // length)


def _repeat(function: Callable[[Any, None], tuple[Any, None]], carry: Any, count: int) -> Any:
    return (
        function(carry, None)[0] if count == 1 else jax.lax.scan(function, carry, length=count)[0]
    )


def _unsolved(inputs: Inputs, watch: Any, x: Profile) -> Any:
    """The watch, over where the natural residual is small enough."""
    game, _, _, key, judge = inputs
    return watch._replace(
        alive=watch.alive & (natural_residual(game, x, _last(game, key)) > judge.threshold(x))
    )


def _last(game: Game, key: Any) -> Any:
    """The sample residuals are measured on: all the data, or in a random game one draw no update
    uses.
    """
    return game.sample(jax.random.fold_in(key, np.uint32(2**32 - 1)))


def _spread(
    function: Callable[..., Any],
    plan: Plan,
    inputs: Inputs,
    *each: Any,
    shared: tuple[Any, ...] = (),
) -> Any:
    """function(inputs, *each, *shared) for one run; for many, mapped over their leading axis and,
    if asked, over devices.
    """
    if not plan.mapped:
        return function(inputs, *each, *shared)
    arrays, rest = eqx.partition((inputs, *each, *shared), eqx.is_array)

    def marked(many: Any, one: Any) -> Any:
        parts = [
            marked_inputs(inputs, plan, many, one),
            *(jax.tree.map(lambda _: many, part) for part in each),
        ]
        return (*parts, *(jax.tree.map(lambda _: one, part) for part in arrays[len(parts) :]))

    def call(*parts: Any) -> Any:
        return function(*eqx.combine(parts, rest))

    together = jax.vmap(call, in_axes=marked(0, None), axis_name="runs")

    def mapped(*parts: Any) -> Any:
        if plan.groups == 1:
            return together(*parts)
        many, one = eqx.partition(parts, marked(True, False))
        split = jax.tree.map(lambda a: a.reshape(plan.groups, -1, *a.shape[1:]), many)
        done = jax.lax.map(lambda group: together(*eqx.combine(group, one)), split)
        return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), done)

    if plan.mesh is None:
        return mapped(*arrays)
    split, whole = jax.sharding.PartitionSpec("devices"), jax.sharding.PartitionSpec()
    return jax.shard_map(
        mapped, mesh=plan.mesh, in_specs=marked(split, whole), out_specs=split, check_vma=False
    )(*arrays)


def marked_inputs(inputs: Inputs, plan: Plan, many: Any, one: Any) -> Inputs:
    """`many` at every array of the inputs that has a run axis, `one` at the others."""

    def mark(name: str, part: Any) -> Any:
        axis = name in plan.mapped
        return jax.tree.map(
            lambda leaf: many if axis and leaf.ndim else one, eqx.filter(part, eqx.is_array)
        )

    return Inputs(*(mark(name, part) for name, part in zip(Inputs._fields, inputs, strict=True)))
