"""The search that goes against a claim: down the margin by gradient from many starts, then by
chance from where that ended.

Margins made of eigenvalues have kinks, where gradients mislead and Adam hovers; random steps of a
size that adapts to their success cross them. Both run in one program, all starts side by side.
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

from ..theorem import Family, Parameters, Size
from .claims import Constants, constants
from .sampling import QUICK, count_of, named, scalar

Vector = Float[Array, " parameters"]


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
    """The smallest margin met, where, and after how many evaluations; `smooth` is whether a
    gradient could be had.

    `path` is the smallest margin that any start had met after every step.
    """

    margin: float
    size: Size
    parameters: Parameters
    evaluations: int = 0
    smooth: bool = True
    path: np.ndarray = np.empty(0)


class _Walk(NamedTuple):
    here: Vector
    moments: Any
    best: Vector
    least: Array
    reach: Array


def falsify(
    family: Family,
    margin: Callable[..., Float[Array, ""]],
    size: Size,
    key: PRNGKeyArray,
    *,
    near: Parameters | None = None,
    effort: Effort | None = None,
    numbers: Constants | None = None,
) -> Found | None:
    """The smallest margin the search can find, from random starts and from `near`, with these
    constants or the claim's own; None if the family has no parameters, or no effort is to be made.
    """
    numbers = constants(margin) if numbers is None else numbers
    effort, count = effort or Effort(), count_of(family, size)
    if count == 0 or effort.evaluations == 0:
        return None
    own = (
        jnp.full(count, jnp.nan)
        if near is None
        else jnp.concatenate([jnp.ravel(near[n]) for n in family.shape(*size)])
    )
    try:
        path, where = _searched(family, margin, size, effort, True, own, key, numbers)
        smooth = True
    except (NotImplementedError, TypeError, ValueError):
        # Not everything that can be computed can be differentiated (eigenvectors, loops of unknown
        # length).
        effort, smooth = (
            dataclasses.replace(effort, descent=0, wander=effort.descent + effort.wander),
            False,
        )
        path, where = _searched(family, margin, size, effort, smooth, own, key, numbers)
    best = int(np.argmin(path[:, -1]))
    worst = named(family, size, where[best])
    least = float(path[best, -1])
    return Found(least, size, worst, effort.evaluations, smooth, np.min(path, axis=0))


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3, 4), compiler_options=QUICK)
def _searched(
    family: Family,
    margin: Callable[..., Array],
    size: Size,
    effort: Effort,
    smooth: bool,
    own: Vector,
    key: PRNGKeyArray,
    numbers: Constants,
) -> tuple[Float[Array, "starts steps"], Float[Array, "starts parameters"]]:
    """Every start all the way, with its least margin so far; the first is `own` where that is a
    number.
    """

    def value(flat: Vector) -> Array:
        return scalar(margin(family.build(named(family, size, flat)), **numbers))

    starting, walking = jax.random.split(key)
    starts = jax.random.normal(starting, (effort.starts, own.size))
    starts = starts.at[0].set(jnp.where(jnp.isnan(own), starts[0], own))
    # All chance is drawn beforehand: drawing inside the loop takes longer to compile than the rest.
    chances = jax.random.normal(walking, (effort.starts, max(effort.wander, 1), own.size))
    return jax.vmap(functools.partial(_walked, value, effort, smooth))(starts, chances)


def _walked(
    value: Callable[[Vector], Array],
    effort: Effort,
    smooth: bool,
    start: Vector,
    chances: Float[Array, "wander parameters"],
) -> tuple[Array, Vector]:
    """One start, all the way: `descent` steps of Adam (if smooth), then `wander` random steps from
    the best point so far.
    """
    adam = optax.adam(optax.cosine_decay_schedule(effort.rate, max(effort.descent, 1)))

    def step(walk: _Walk, index: Array) -> tuple[_Walk, Array]:
        now, slope = (
            jax.value_and_grad(value)(walk.here) if smooth else (value(walk.here), walk.here)
        )
        now = jnp.where(jnp.isnan(now), -jnp.inf, now)  # a claim that is not a number does not hold
        better, wandering = now < walk.least, index >= effort.descent
        best = jnp.where(better, walk.here, walk.best)
        reach = jnp.where(
            wandering, jnp.clip(walk.reach * jnp.where(better, 1.5, 0.9), 1e-9, 1.0), walk.reach
        )
        there, moments = (
            best + reach * chances[jnp.maximum(index - effort.descent, 0)],
            walk.moments,
        )
        if smooth:
            down, moments = _descended(adam, slope, walk.moments, walk.here)
            there = jnp.where(wandering, there, down)
        least = jnp.where(better, now, walk.least)
        return _Walk(there, moments, best, least, reach), least

    first = _Walk(start, adam.init(start), start, jnp.asarray(jnp.inf), jnp.asarray(0.3))
    last, path = jax.lax.scan(
        step, first, jnp.arange(effort.descent + effort.wander, dtype=jnp.int32)
    )
    return path, last.best


def _descended(adam: Any, slope: Vector, moments: Any, here: Vector) -> tuple[Vector, Any]:
    """One step of Adam; a derivative that does not exist moves nothing."""
    slope = jnp.where(jnp.isfinite(slope), slope, 0.0)
    with jax.numpy_dtype_promotion("standard"):
        change, moments = adam.update(slope, moments)
    return here + change.astype(here.dtype), moments
