"""Functions whose arguments are checked by what their signature says, before the body meets them.

A class checks its settings as they are kept (`settings`); a function says `@checked`, and each
argument is held to its annotation. Ranges, and what fits to what, are the body's business.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from .checks import demand_flag, demand_function, one_number, refuse, whole

Given = ParamSpec("Given")
Result = TypeVar("Result")
Check = Callable[[Any, str], object]


def _whole(value: Any, name: str) -> None:
    whole(value, name, 0)


def _wholes(value: Any, name: str) -> None:
    if not isinstance(value, tuple | list) or not value:
        raise refuse(name, value, "a tuple of whole numbers")
    for i, one in enumerate(value):
        whole(one, f"{name}[{i}]", 0)


def _numbers(value: Any, name: str) -> None:
    """Numbers in any arrangement that an array can have."""
    allowed = "a number, a list or an array of numbers"
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        raise refuse(name, "a key", allowed)
    try:
        array = value if isinstance(value, jax.Array) else np.asarray(value)
    except Exception:
        raise refuse(name, value, allowed, "Rows of different lengths?") from None
    if array.dtype.kind not in "biufc" and not jnp.issubdtype(array.dtype, jnp.floating):
        raise refuse(name, value, allowed)


def _samples(value: Any, name: str) -> None:
    _numbers(value, name)
    if np.ndim(value) != 2 or not isinstance(value, jax.Array | np.ndarray):
        raise refuse(name, value, "an array with one sample a row")


def _key(value: Any, name: str) -> None:
    if not isinstance(value, jax.Array) or not jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        cause = "Make it by jax.random.key(seed); old-style raw keys do not do."
        raise refuse(name, value, "a key", cause)


def _text(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise refuse(name, value, "a text")


def _function(value: Any, name: str) -> None:
    demand_function(value, name, "something that can be called")


def _names(value: Any, name: str) -> None:
    if not isinstance(value, tuple | list) or not all(isinstance(one, str) for one in value):
        raise refuse(name, value, "a tuple of names")


# What an annotation, as it is written, asks for; one that does not stand here asks for nothing.
KINDS: dict[str, Check] = {
    "float": one_number,
    "int": _whole,
    "bool": demand_flag,
    "str": _text,
    "tuple[int, ...]": _wholes,
    "tuple[str, ...]": _names,
    "Numbers": _numbers,
    "ArrayLike": _numbers,
    "Sequence[float]": _numbers,
    "Samples": _samples,
    "PRNGKeyArray": _key,
    "Float[Array, 'size size']": _numbers,
    "Float[np.ndarray, 'size size']": _numbers,
}


# What an annotation makes of what is given.
READERS: dict[str, Callable[[Any], Any]] = {}


def checked(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """The function, its arguments held to their annotations where they are not the defaults, and
    read by them.
    """
    signature = inspect.signature(function)
    asked = {name: str(p.annotation) for name, p in signature.parameters.items()}
    checks = {name: _check(annotation) for name, annotation in asked.items()}

    @functools.wraps(function)
    def call(*given: Given.args, **named: Given.kwargs) -> Result:
        bound = signature.bind(*given, **named)
        for name, value in bound.arguments.items():
            check, usual = checks[name], signature.parameters[name].default
            if check is not None and value is not usual:
                check(value, name)
            if (read := READERS.get(asked[name])) is not None:
                bound.arguments[name] = read(value)
        return function(*bound.args, **bound.kwargs)

    return call


def _check(annotation: str) -> Check | None:
    asked, *others = annotation.split(" | ")
    if asked.startswith("Callable"):
        check: Check | None = _function
    else:
        check = KINDS.get(asked)
    if check is None or (others and others != ["None"]):
        return None
    if not others:
        return check
    known = check

    def optional(value: Any, name: str) -> None:
        if value is not None:
            known(value, name)

    return optional
