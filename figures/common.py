"""What experiments share: runs from seeds side by side, and the interval of a share. A change here
makes all their records stale, so only what is settled belongs here.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

EACH = ("rule", "start", "key")
Begin = Callable[[mm.Game, jax.Array], mm.Profile]


def keys_of(seeds: Any) -> jax.Array:
    """A key for every seed."""
    return jax.vmap(jax.random.key)(jnp.asarray(seeds, int))


def starts(begin: Begin, game: mm.Game, keys: jax.Array) -> mm.Profile:
    """A start for every key, drawn apart from what the key draws along the run."""
    return begin(game, jax.vmap(lambda key: jax.random.fold_in(key, 1))(keys))


def trained(
    begin: Begin,
    game: mm.Game,
    rule: mm.UpdateRule,
    keys: jax.Array,
    steps: int,
    every: int,
    observe: Mapping[str, Any],
    *,
    over: tuple[str, ...] = EACH,
    judge: mm.Judge | None = None,
) -> mm.Run:
    """A run for each key, which fixes its start and draws, all in one program on all devices."""
    return mm.sweep(
        game,
        rule,
        starts(begin, game, keys),
        steps,
        over=over,
        key=keys,
        observe=observe,
        every=every,
        judge=judge,
        devices=jax.devices(),
    )


def shaped(array: Any, shape: tuple[int, ...]) -> np.ndarray:
    """One row a run, with the axis of runs in the shape of what they were taken over."""
    return np.asarray(array).reshape(*shape, *array.shape[1:])


def interval(hits: Any, runs: Any) -> tuple[Any, Any]:
    """The exact 95 % interval of a share. Clopper, Pearson 1934."""
    from scipy.stats import beta

    low = np.where(hits > 0, beta.ppf(0.025, np.maximum(hits, 1), runs - hits + 1), 0)
    return low, np.where(hits < runs, beta.ppf(0.975, hits + 1, np.maximum(runs - hits, 1)), 1)
