"""A claim's terms: keyword-only arguments, which controls change, and those of them that are
numbers, which can be moved.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import sympy

Claim = Callable[..., Any]
Constants = dict[str, Any]


def constants(claim: Claim) -> Constants:
    """The numbers among a claim's terms, by name: floats, or numbers of sympy. A whole number is a
    choice, such as a degree, and cannot be moved by a factor.
    """
    return {name: value for name, value in terms(claim).items() if _movable(value)}


def terms(claim: Claim) -> dict[str, Any]:
    """Keyword-only arguments with their defaults."""
    parameters = inspect.signature(claim).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def changed(claim: Claim, change: Mapping[str, Any]) -> tuple[Claim, Constants]:
    """The claim with other terms, as a function that is the same whenever it is asked for, and the
    numbers to call it with: moving those compiles nothing.
    """
    known = terms(claim)
    unknown = set(change) - set(known)
    if unknown:
        raise ValueError(
            f"change names {', '.join(sorted(unknown))}, but the keyword-only arguments of "
            f"{claim.__name__} are {', '.join(known) or 'none'}"
        )
    numbers = {name: change.get(name, value) for name, value in constants(claim).items()}
    words = tuple((name, value) for name, value in change.items() if name not in numbers)
    return (_with(claim, words) if words else claim), numbers


@functools.cache
def opposite(claim: Claim) -> Claim:
    """The margin with its sign changed, for a search that goes the other way."""

    @functools.wraps(claim)
    def against(instance: Any, **numbers: Any) -> Any:
        return -claim(instance, **numbers)

    return against


@functools.cache
def _with(claim: Claim, words: tuple[tuple[str, Hashable], ...]) -> Claim:
    return functools.partial(claim, **dict(words))


def _movable(value: Any) -> bool:
    number = isinstance(value, float | sympy.Number)
    if number and value == 0:
        raise ValueError(
            "a constant of zero cannot be moved by a factor; write what it is added to"
        )
    return number
