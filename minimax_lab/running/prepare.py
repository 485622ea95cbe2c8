"""What a verb is given, checked and brought into one precision before anything is compiled."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from ..checks import InputError, is_number, refuse, whole
from ..directions.base import Rest, Tick
from ..game import Game, as_game
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from .judge import Judge
from .program import Inputs, Observables

DEFAULT = Judge()
LONGEST = 2**24  # updates to a row
MAPPED = ("game", "rule", "start", "key")  # what a sweep may map over


def prepared(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    key: PRNGKeyArray | None,
    judge: Judge | None,
    over: tuple[str, ...] = (),
    *,
    finite: bool = True,
) -> Inputs:
    """Checked inputs in the precision of the start: here Python numbers become arrays, so that none
    of them recompiles.
    """
    x = as_profile(start, finite=finite)
    game = as_game(game)
    demand_rule(rule)
    if "rule" not in over:
        _demand_single(rule)
    demand_suited(rule, game)
    _demand_told_apart(rule, x.dtype)
    key = demand_key(game, key, "Write key=jax.random.key(seed).", many="key" in over)
    if judge is not None and not isinstance(judge, Judge):
        raise refuse("judge", judge, "the thresholds of a verdict, mm.Judge(...), or None")
    # A rule that moves once in a period stands still in between.
    judge, slowest = judge or DEFAULT, 2 * rule.rest.period
    if judge.window < slowest:
        judge = dataclasses.replace(judge, window=slowest)
    return Inputs(
        narrowed(game, x.dtype), narrowed(rule, x.dtype), x, key, narrowed(judge, x.dtype)
    )


def counted(steps: int, every: int, name: str = "steps") -> tuple[int, int]:
    """How many updates, and how many to a row, which must divide them."""
    steps, every = whole(steps, name), whole(every, "every")
    if every > LONGEST:
        cause = "Between two rows nothing is heard, Ctrl-C neither."
        raise refuse("every", every, f"at most {LONGEST}", cause)
    if steps % every:
        below = steps - steps % every
        cause = f"{below or ''}{' or ' if below else ''}{below + every} would do."
        raise refuse(name, steps, f"a multiple of every ({every})", cause)
    return steps, every


def observables(observe: Observables | None) -> Observables:
    """What is watched, by name."""
    observe = {} if observe is None else observe
    if not isinstance(observe, dict) or not all(
        isinstance(name, str) and callable(function) for name, function in observe.items()
    ):
        allowed = "a dictionary of functions of a View"
        raise refuse("observe", observe, allowed, 'Write observe={"distance": mm.distance_to(z)}.')
    return observe


def named_axes(over: str | Sequence[str], key: PRNGKeyArray | None) -> tuple[str, ...]:
    """What a sweep maps over."""
    names = (over,) if isinstance(over, str) or not isinstance(over, Sequence) else tuple(over)
    known = [name for name in names if isinstance(name, str) and name in MAPPED]
    if not known or len(known) < len(names) or len(set(known)) < len(known):
        allowed = 'made of "game", "rule", "start" and "key", at least one, each once'
        raise refuse("over", over, allowed)
    if "key" in names and key is None:
        allowed = "an array of keys, since over names it"
        raise refuse("key", None, allowed, "Write key=jax.random.split(jax.random.key(0), runs).")
    return names


def demand_rule(rule: UpdateRule) -> None:
    """A verb must be given a rule."""
    if not isinstance(rule, UpdateRule):
        allowed = "an update rule such as mm.Simultaneous(0.1)"
        raise refuse("rule", rule, allowed, "A direction needs a rule around it.")
    if not isinstance(rule.rest, Rest):
        cause = "Is it a property? For a rule that is linear at an equilibrium it is mm.Rest()."
        raise refuse(f"{type(rule).__name__}.rest", rule.rest, "an mm.Rest", cause)


def demand_key(
    game: Game, key: PRNGKeyArray | None, advice: str, *, many: bool = False
) -> PRNGKeyArray:
    """One key, or an array of them for `many` runs; a game that draws nothing needs none."""
    if key is None:
        if game.random:
            raise refuse("key", None, "a key, since this game draws samples", advice)
        return _any_key()
    typed = isinstance(key, jax.Array) and jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)
    if not typed or key.ndim != int(many):
        allowed = "an array of keys" if many else "one key"
        raise refuse(
            "key", key, allowed, "Make it by jax.random.key(seed); old-style raw keys do not do."
        )
    return key


@functools.cache
def _any_key() -> PRNGKeyArray:
    """The key of a run in which nothing is drawn, made once."""
    with jax.ensure_compile_time_eval():
        return jax.random.key(0)


def _demand_single(rule: UpdateRule) -> None:
    """One run has no run axis in its rule."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(rule):
        if is_number(leaf) and jnp.ndim(leaf):
            given = f"an array of shape {jnp.shape(leaf)}"
            cause = "A stack of values belongs to `sweep`; one value per player is a tuple."
            raise refuse(f"rule{jax.tree_util.keystr(path)}", given, "one number", cause)


def _demand_told_apart(rule: UpdateRule, dtype: np.dtype) -> None:
    """Half precision must not make one of what is less: Adam would divide zero by zero."""
    if dtype.itemsize >= 4:
        return
    for path, leaf in jax.tree_util.tree_leaves_with_path(rule):
        if isinstance(leaf, float) and leaf < 1 <= float(jnp.asarray(leaf, dtype)):
            where = f"rule{jax.tree_util.keystr(path)}"
            cause = (
                "Keep the parameters in float32 and let the networks compute in half precision: "
                'mm.networks.Computed(network, "bfloat16").'
            )
            raise refuse(where, f"{leaf}, which {dtype} rounds to one", "told from one", cause)


def explained(inputs: Inputs, error: Exception) -> Exception:
    """The error to raise for one met in building the program of one run: of the losses, if they
    fail on this start by themselves.
    """
    try:
        totals = jax.eval_shape(
            lambda: inputs.game.totals(inputs.start, inputs.game.sample(inputs.key))
        )
    except InputError as named:
        return named
    except Exception as inner:
        shapes = ", ".join(
            str(jax.tree.map(lambda leaf: leaf.shape, player)) for player in inputs.start
        )
        return refuse(
            "start",
            f"{len(inputs.start)} players of shapes {shapes}",
            "one strategy for each player of this game",
            f"The game's losses fail on it ({type(inner).__name__}: {inner}).",
        )
    if len(totals) != len(inputs.start):
        allowed = f"{len(totals)}, as many as the game has losses"
        return refuse("start", f"a profile of {len(inputs.start)} players", allowed)
    return _of_rule(inputs) or error


def _of_rule(inputs: Inputs) -> InputError | None:
    """What is wrong with what a rule gives back, if it gives anything."""
    game, rule, x, name = inputs.game, inputs.rule, inputs.start, type(inputs.rule).__name__

    def given() -> Any:
        state = rule.init(game, x, inputs.key)
        return state, rule.update(game, x, state, Tick(jnp.zeros((), jnp.int32), inputs.key))

    try:
        state, after = eqx.filter_eval_shape(given)
    except Exception:
        return None
    allowed = "(profile, state), the next of each"
    if type(after) is not tuple or len(after) != 2 or not isinstance(after[0], Profile):
        return refuse(f"{name}.update", f"what gives {type(after).__name__}", allowed)
    if jax.tree.structure(after[1]) != jax.tree.structure(state):
        told = f"what gives a state like {jax.tree.structure(after[1])}"
        return refuse(f"{name}.update", told, f"one like init's, {jax.tree.structure(state)}")
    return None
