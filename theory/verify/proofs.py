"""Reading off a derivation whether its claims came out true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy


def derived(
    derive: Callable[..., Any], change: Mapping[str, Any] | None = None
) -> tuple[tuple[str, bool], ...]:
    """Every claim of a derivation in words, and whether it came out true; `change` gives it other
    terms.
    """
    return tuple((text, _true(value)) for text, value in derive(**(change or {})))


def _true(value: Any) -> bool:
    """Whether a derived value says yes: a truth value that is true, or an expression that is zero.
    None is undecided: no.
    """
    if value is None or isinstance(value, bool | np.bool_ | sympy.logic.boolalg.BooleanAtom):
        return bool(value)
    if isinstance(value, sympy.MatrixBase):
        return all(_true(entry) for entry in value)
    if isinstance(value, sympy.logic.boolalg.Boolean):
        return sympy.simplify(value) == sympy.true
    return sympy.simplify(value) == 0
