"""What is asked of input: one error class, and the sentences it speaks in.

Every message names the argument, what was given, what is allowed and, where there is one, the
likely cause.
"""

import contextlib
import contextvars
import difflib
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

PACKAGE = os.path.dirname(os.path.abspath(__file__))


class InputError(ValueError):
    """Input that cannot be used; the message says which argument, what was given and what is
    allowed.
    """


def refuse(argument: str, given: object, allowed: str, cause: str = "") -> InputError:
    """The error to raise: `raise refuse("step", -1, "a positive number", "...")`."""
    try:
        shown = " ".join((given if isinstance(given, str) else repr(given)).split())
    except Exception:  # of a number with thousands of digits, or of anything that somebody wrote
        shown = f"a {type(given).__name__} that cannot be shown"
    shown = shown if len(shown) <= 120 else shown[:117] + "..."
    return InputError(
        f"{argument} is {shown}, but must be {allowed}." + (f" {cause}" if cause else "")
    )


def nearest(argument: str, given: str, names: Iterable[str]) -> InputError:
    """The error for a name that does not exist, with the nearest one that does."""
    names = sorted(names)
    close = closest(given, names)
    hint = f"Did you mean {close!r}?" if close else ""
    return refuse(argument, given, "one of " + ", ".join(names), hint)


def is_number(value: object) -> bool:
    """Python and NumPy real numbers and arrays of them, tracers included; booleans and symbols are
    not.
    """
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, int | float):
        return True
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "iuf":
        return jnp.issubdtype(value.dtype, jnp.floating)  # bfloat16 and its kin
    kind = jnp.result_type(value) if eqx.is_array_like(value) else None
    return kind is not None and any(jnp.issubdtype(kind, k) for k in (jnp.integer, jnp.floating))


def is_concrete(value: object) -> bool:
    """Whether the value can be looked at: false for tracers, which stand for values still to
    come.
    """
    return not isinstance(value, jax.core.Tracer)


def bounds(
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    below: float | None = None,
) -> list[str]:
    """A range in words."""
    named = {"greater than": above, "at least": least, "at most": most, "less than": below}
    return [f"{words} {limit}" for words, limit in named.items() if limit is not None]


def number(
    value: Any,
    argument: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    below: float | None = None,
) -> Any:
    """A hyper-parameter as it is kept: Python integers become floats, ranges are checked where
    values are known.

    Arrays (stacks for a sweep), tracers, schedules and symbols pass; so a converter can serve them
    all.
    """
    if isinstance(value, tuple | list):
        raise refuse(argument, value, "one number")
    if isinstance(value, str) or value is None or isinstance(value, bool):
        raise refuse(argument, value, "a number")
    if not is_number(value):
        # A SymPy number: checked, and kept exact.
        if getattr(value, "is_number", False) is True:
            if not value.is_extended_real:
                raise refuse(argument, value, "a real number")
            number(float(value), argument, above=above, least=least, most=most, below=below)
        # Symbols know their free symbols and schedules that they are; bare objects are what JAX
        # puts in place of leaves.
        if not (
            hasattr(value, "free_symbols")
            or getattr(value, "scheduled", False)
            or type(value) is object
        ):
            plain = callable(value) and not isinstance(value, type)
            cause = (
                "Wrap a function of the update's index: mm.Scheduled(function)." if plain else ""
            )
            raise refuse(argument, value, "a number, a schedule or a symbol", cause)
        return value
    if isinstance(value, int) and abs(value) > 10**300:
        raise refuse(argument, value, "a number of double precision")
    if is_concrete(value):
        flat = np.asarray(float(value) if isinstance(value, int) else value)
        inside = (
            np.isfinite(flat),
            above is None or flat > above,
            least is None or flat >= least,
            most is None or flat <= most,
            below is None or flat < below,
        )
        if not all(map(np.all, inside)):
            ranges = bounds(above, least, most, below)
            raise refuse(argument, value, " and ".join(["a finite number", *ranges]))
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    return value.astype(float) if jnp.issubdtype(value.dtype, jnp.integer) else value


def one_number(value: Any, argument: str, **ranges: float | None) -> Any:
    """The same where neither a stack nor a schedule nor a symbol has a meaning."""
    if not is_number(value):
        raise refuse(argument, value, "a number")
    if np.ndim(value):
        cause = "For a sweep stack games or rules: mm.stack([...])."
        raise refuse(argument, f"an array of shape {np.shape(value)}", "one number", cause)
    return number(value, argument, **ranges)


def numbers(value: Any, argument: str, **ranges: float | None) -> Any:
    """The same of one number for all players, or of a tuple with one a player."""
    if isinstance(value, tuple | list):
        if not value:
            raise refuse(argument, value, "one number, or one for each player")
        return tuple(number(one, f"{argument}[{i}]", **ranges) for i, one in enumerate(value))
    return number(value, argument, **ranges)


def demand_function(value: object, argument: str, what: str) -> None:
    """Something to be called."""
    if not callable(value):
        raise refuse(argument, value, f"a function: {what}")


def demand_flag(value: object, argument: str) -> None:
    """Yes or no."""
    if not isinstance(value, bool | np.bool_):
        raise refuse(argument, value, "True or False")


MOST = 2**31 - 1  # what a whole number can be where programs count in 32 bits


def demand_room(numbers: int, itemsize: int, argument: str, given: object) -> None:
    """Memory for so many numbers, said before it is asked for: a system may end the process."""
    needed, there = numbers * itemsize, room()
    if needed > there:
        allowed = "small enough for the memory"
        cause = f"It would take {needed / 2**30:,.1f} GiB; there are {there / 2**30:,.1f}."
        raise refuse(argument, given, allowed, cause)


def room() -> int:
    """The bytes of this process's first device, or of the machine."""
    statistics = jax.local_devices()[0].memory_stats() or {}
    return statistics.get("bytes_limit") or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def whole(value: object, argument: str, least: int = 1, most: int | None = None) -> int:
    """A count that shapes a program."""
    counts = isinstance(value, int | np.integer) and not isinstance(value, bool)
    limit = MOST if most is None else most
    if not counts or not least <= value <= limit:  # type: ignore[operator]
        told = limit if most is not None or (counts and value > limit) else None  # type: ignore[operator]
        allowed = " and ".join(bounds(least=least, most=told))
        raise refuse(argument, value, f"a whole number, {allowed}")
    return int(value)  # type: ignore[call-overload]


# Within a block `warned_once`, what has been said in it of single precision.
_SAID: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("said", default=None)


@contextlib.contextmanager
def warned_once() -> Iterator[None]:
    """A block in which single precision is warned of once, however many verbs judge in it."""
    token = _SAID.set([] if _SAID.get() is None else _SAID.get())
    try:
        yield
    finally:
        _SAID.reset(token)


def outside() -> int:
    """The `stacklevel` of a warning that is to point at the first line that is not ours."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    return level


def warn_single(told: str) -> None:
    """That a verb works in single precision, to whoever called it."""
    said = _SAID.get()
    if not said:
        warnings.warn(told, stacklevel=outside())
    if said is not None:
        said.append(told)


def closest(given: str, names: Iterable[str], likeness: float = 0.3) -> str | None:
    """The name that was probably meant, if one is like enough."""
    return next(iter(difflib.get_close_matches(given, names, n=1, cutoff=likeness)), None)
