"""The search that goes against a claim: down the margin by gradient from many starts, then by chance from where that ended.

Margins made of eigenvalues have kinks, where gradients mislead and Adam hovers; random steps of a size that adapts to their
success cross them. Both run in one program, all starts side by side.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from .sampling import QUICK, drawn, scalar
from .theorem import Family, Parameters, Size


@dataclasses.dataclass(frozen=True)
class Effort:
    """How hard to search: starts, steps down the gradient, random steps; the first rate of Adam."""

    starts: int = 24
    descent: int = 200
    wander: int = 200
    rate: float = 0.1

    @property
    def evaluations(self) -> int:
        return self.starts * (self.descent + self.wander)


THOROUGH = Effort(96, 800, 800)


class Found(NamedTuple):
    """The smallest margin met, where, and after how many evaluations; `smooth` is whether a gradient could be had."""

    margin: float
    parameters: dict[str, np.ndarray]
    evaluations: int
    smooth: bool = True


class _Walk(NamedTuple):
    here: Parameters
    moments: Any
    best: Parameters
    least: Array
    reach: Array


def falsify(
    family: Family,
    margin: Callable[[Any], Float[Array, ""]],
    size: Size,
    key: PRNGKeyArray,
    *,
    near: Parameters | None = None,
    effort: Effort | None = None,
) -> Found | None:
    """The smallest margin the search can find, from random starts and from `near`; None if the family has no parameters."""
    effort = effort or Effort()
    starting, walking = jax.random.split(key)
    starts = jax.vmap(lambda k: drawn(family, size, k))(jax.random.split(starting, effort.starts))
    if not starts:
        return None
    if near is not None:
        starts = jax.tree.map(lambda all_of, one: all_of.at[0].set(one), starts, near)
    keys, smooth = jax.random.split(walking, effort.starts), True
    try:
        least, where = _searched(family, margin, effort, True, starts, keys)
    except (NotImplementedError, TypeError, ValueError):
        # Not everything that can be computed can be differentiated (eigenvectors, loops of unknown length).
        least, where = _searched(family, margin, effort, False, starts, keys)
        smooth = False
    best = int(np.argmin(least))
    found = {name: np.asarray(value[best]) for name, value in where.items()}
    return Found(float(least[best]), found, effort.evaluations, smooth)


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3), compiler_options=QUICK)
def _searched(
    family: Family, margin: Callable[[Any], Array], effort: Effort, smooth: bool, starts: Parameters, keys: PRNGKeyArray
) -> tuple[Float[Array, " starts"], Parameters]:
    return jax.vmap(functools.partial(_walked, family, margin, effort, smooth))(starts, keys)


def _walked(
    family: Family, margin: Callable[[Any], Array], effort: Effort, smooth: bool, start: Parameters, key: PRNGKeyArray
) -> tuple[Array, Parameters]:
    """One start, all the way."""
    adam = optax.adam(optax.cosine_decay_schedule(effort.rate, max(effort.descent, 1)))
    descent = effort.descent if smooth else 0

    def value(p: Parameters) -> Array:
        return scalar(margin(family.build(p)))

    def step(walk: _Walk, turn: tuple[Array, PRNGKeyArray]) -> tuple[_Walk, None]:
        index, key = turn
        now, slope = jax.value_and_grad(value)(walk.here) if smooth else (value(walk.here), walk.here)
        now = jnp.where(jnp.isnan(now), -jnp.inf, now)  # a claim that is not a number does not hold
        better, wandering = now < walk.least, index >= descent
        best = _choose(better, walk.here, walk.best)
        reach = jnp.where(wandering, jnp.clip(walk.reach * jnp.where(better, 1.5, 0.9), 1e-9, 1.0), walk.reach)
        chance = _add(best, {n: reach * jax.random.normal(k, p.shape) for (n, p), k in _with_keys(best, key)})
        if smooth:
            down, moments = _descended(adam, slope, walk.moments, walk.here)
            return _Walk(_choose(wandering, chance, down), moments, best, jnp.where(better, now, walk.least), reach), None
        return _Walk(chance, walk.moments, best, jnp.where(better, now, walk.least), reach), None

    total = effort.descent + effort.wander
    first = _Walk(start, adam.init(start), start, jnp.asarray(jnp.inf), jnp.asarray(0.3))
    turns = jnp.arange(total, dtype=jnp.int32), jax.random.split(key, total)
    last, _ = jax.lax.scan(step, first, turns)
    return last.least, last.best


def _descended(adam: Any, slope: Parameters, moments: Any, here: Parameters) -> tuple[Parameters, Any]:
    """One step of Adam; a derivative that does not exist moves nothing."""
    slope = jax.tree.map(lambda g: jnp.where(jnp.isfinite(g), g, 0.0), slope)
    with jax.numpy_dtype_promotion("standard"):
        change, moments = adam.update(slope, moments)
    return _add(here, change), moments


def _choose(condition: Array, yes: Parameters, no: Parameters) -> Parameters:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)


def _add(here: Parameters, change: Parameters) -> Parameters:
    return jax.tree.map(lambda a, b: a + b.astype(a.dtype), here, change)


def _with_keys(p: Parameters, key: PRNGKeyArray) -> Any:
    return zip(p.items(), jax.random.split(key, len(p)), strict=True)
