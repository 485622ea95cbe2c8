"""Hyper-parameters that change with the update's index.

Any number in a rule or a direction may be a schedule. The loop resolves it before each update
(`mm.at(rule, index)`), so no method knows about schedules. Their constants, lengths included, are
leaves: a new constant compiles nothing, and a sweep maps over them. (optax's schedules, whose
formulas these are, fix their lengths when the program is built; `Scheduled` takes them as they
are.)
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .checks import demand_function
from .settings import Declared, Index, Number, declared, real


class Schedule(Declared):
    """value = schedule(index), where index counts updates from zero."""

    @property
    def scheduled(self) -> bool:
        """Always: this is how a number's check knows a schedule."""
        return True

    @abc.abstractmethod
    def __call__(self, index: Index) -> Float[Array, ""]:
        """The value at this update."""


class Linear(Schedule):
    """start + (end - start) min(index / steps, 1): a straight line, then constant.

    Examples:
        >>> import minimax_lab as mm
        >>> schedule = mm.Linear(1.0, 0.5, 10)
        >>> print([float(schedule(index)) for index in (0, 5, 10, 20)])
        [1.0, 0.75, 0.5, 0.5]
    """

    start: Number = real(least=0.0)
    end: Number = real(least=0.0)
    steps: Number = real(least=1.0)

    def __call__(self, index: Index) -> Float[Array, ""]:
        done = jnp.minimum(_real(index, self.start) / self.steps, 1)
        return self.start + done * (self.end - self.start)


class Cosine(Schedule):
    """start * ((1 - low) (1 + cos(pi index / steps)) / 2 + low), then constant.
    Loshchilov, Hutter 2017.

    Examples:
        >>> import minimax_lab as mm
        >>> schedule = mm.Cosine(1.0, 10, low=0.5)
        >>> print([round(float(schedule(index)), 3) for index in (0, 5, 10, 20)])
        [1.0, 0.75, 0.5, 0.5]
    """

    start: Number = real(least=0.0)
    steps: Number = real(least=1.0)
    low: Number = real(0.0, least=0)

    def __call__(self, index: Index) -> Float[Array, ""]:
        done = jnp.minimum(_real(index, self.start) / self.steps, 1)
        return self.start * ((1 - self.low) * (1 + jnp.cos(jnp.pi * done)) / 2 + self.low)


class InverseRoot(Schedule):
    """start / sqrt(index + 1): the classical steps under which averages of descent-ascent converge.
    Nemirovski 1978.

    Examples:
        >>> import minimax_lab as mm
        >>> print([round(float(mm.InverseRoot(3.0)(index)), 3) for index in (0, 3, 8)])
        [3.0, 1.5, 1.0]
    """

    start: Number = real(least=0.0)

    def __call__(self, index: Index) -> Float[Array, ""]:
        return self.start / jnp.sqrt(_real(index, self.start) + 1)


class Warmup(Schedule):
    """min(1, (index + 1) / steps) times what follows, a number or another schedule.

    Examples:
        >>> import minimax_lab as mm
        >>> schedule = mm.Warmup(mm.Linear(1.0, 0.0, 16), 4)
        >>> print([float(schedule(index)) for index in (0, 1, 3, 8)])
        [0.25, 0.46875, 0.8125, 0.5]
    """

    then: Number = real(least=0.0)
    steps: Number = real(least=1.0)

    def __call__(self, index: Index) -> Float[Array, ""]:
        value = self.then(index) if isinstance(self.then, Schedule) else self.then
        return jnp.minimum((_real(index, self.steps) + 1) / self.steps, 1) * value


def _function(given: Any, name: str) -> Callable[[Array], Any]:
    what = "value = schedule(index), such as optax.cosine_decay_schedule(0.1, 1000)"
    demand_function(given, name, what)
    return given


class Scheduled(Schedule):
    """scale * function(index): a schedule of optax, or any function of the update's index.

    The function shapes the program; the `scale` is a leaf, which a sweep maps over.

    Examples:
        >>> import minimax_lab as mm
        >>> import optax
        >>> schedule = mm.Scheduled(optax.cosine_decay_schedule(1.0, 10))
        >>> print([round(float(schedule(index)), 3) for index in (0, 5, 10, 20)])
        [1.0, 0.5, 0.0, 0.0]
    """

    function: Callable[[Array], Any] = declared(_function, static=True)
    scale: Number = real(1.0, least=0)

    def __call__(self, index: Index) -> Float[Array, ""]:
        real_index = _real(index, self.scale)
        with jax.numpy_dtype_promotion("standard"):  # of functions that count in whole numbers
            value = jnp.asarray(self.function(real_index))
        return self.scale * value.astype(real_index.dtype)


def _real(index: Index, like: Number) -> Float[Array, ""]:
    """The update's index in the precision of the schedule's constants."""
    return jnp.asarray(index).astype(jnp.result_type(like))
