"""The continuous flow x' = -v(x), by diffrax."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PyTree

State = TypeVar("State", bound=PyTree)


def flow(
    field: Callable[[State], State],
    start: State,
    times: Float[Array, " times"],
    *,
    relative: float | Array,
    absolute: float | Array,
    most: int | None = None,
    until: Callable[[State], Bool[Array, ""]] | None = None,
) -> State:
    """x at the given times, stacked, where x' = -field(x) leaves `start` at the first of them; to
    be called inside a compiled program.

    Tsitouras' pair of orders five and four keeps each step's error below `absolute` + `relative`
    |x|, and takes `most` steps at the most. Where `until(x)` has become true, or the steps are used
    up with an `until` given, what remains is infinite; without `until` that is an error.
    """
    import diffrax

    return diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, x, args: jax.tree.map(jnp.negative, field(x))),
        diffrax.Tsit5(),
        times[0],
        times[-1],
        None,
        start,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=relative, atol=absolute),
        event=None if until is None else diffrax.Event(lambda t, x, args, **_: until(x)),
        max_steps=most,
        throw=until is None,
    ).ys
