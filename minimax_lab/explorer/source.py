"""Games and rules as the Python that makes them, with a hole for each number that can be turned."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import equinox as eqx

from ..checks import is_number
from .leaves import Leaf


def expression(part: object, leaves: Sequence[Leaf], prefix: str = "mm.") -> str:
    """`mm.Alternating(step={0}, direction=mm.Momentum(decay={1}))`."""
    return _written(part, "", {leaf.path: i for i, leaf in enumerate(leaves)}, prefix)


def _written(part: object, path: str, places: dict[str, int], prefix: str) -> str:
    if path in places:
        return f"{{{places[path]}}}"
    if isinstance(part, eqx.Module):
        given = []
        for field in dataclasses.fields(part):
            value, inner = getattr(part, field.name), f"{path}.{field.name}"
            turned = any(known.startswith(inner) for known in places)
            same = field.default is not dataclasses.MISSING and _same(value, field.default)
            if field.init and (turned or not same):
                given.append(f"{field.name}={_written(value, inner, places, prefix)}")
        return f"{prefix}{type(part).__qualname__}({', '.join(given)})"
    if isinstance(part, tuple | list):
        inside = [_written(one, f"{path}[{i}]", places, prefix) for i, one in enumerate(part)]
        return f"({', '.join(inside)}{',' if len(inside) == 1 else ''})"
    return repr(float(part)) if is_number(part) and not isinstance(part, int) else repr(part)  # type: ignore[arg-type]


def _same(value: object, default: object) -> bool:
    return type(value) is type(default) and bool(eqx.tree_equal(value, default))
