"""What the source alone does not tell of the frozen modules: their fields are their arguments, each
with its range, and a method declares what it costs.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from typing import Any

import equinox as eqx
import griffe
import optax

import minimax_lab as mm

# What a method is made of where it must be given something, to be asked for its cost.
PARTS = {
    "UpdateRule": mm.Simultaneous(0.1),
    "Direction": mm.Gradient(),
    "Step": 0.1,
    "Profile": mm.Profile((0.0, 0.0)),
    "Transforms": optax.sgd(0.1),
}


class Fields(griffe.Extension):
    """Gives every Equinox module the signature that Python itself sees, and tells its settings."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Called once the members of a class are known."""
        made = getattr(importlib.import_module(cls.module.path), cls.name, None)
        if not (isinstance(made, type) and issubclass(made, eqx.Module)):
            return
        fields = {field.name: field for field in dataclasses.fields(made)}
        if "__init__" not in cls.members:
            seen = inspect.signature(made).parameters.values()
            parameters = griffe.Parameters(*(parameter(one, fields) for one in seen))
            cls.set_member("__init__", griffe.Function("__init__", parameters=parameters))
        if cls.docstring:
            cls.docstring.value += told(settings(fields)) + told(cost(made, fields))


def parameter(
    seen: inspect.Parameter, fields: dict[str, dataclasses.Field[Any]]
) -> griffe.Parameter:
    """One argument, of the type that its field declares; that it may be anything is not said."""
    kind = str(fields[seen.name].type) if seen.name in fields else "Any"
    default = None if seen.default is seen.empty else written(seen.default)
    return griffe.Parameter(
        seen.name,
        annotation=None if kind == "Any" else kind,
        kind=griffe.ParameterKind(seen.kind.description),
        default=default,
    )


def written(value: Any) -> str:
    """A default as one would write it."""
    return value.__name__ if callable(value) and hasattr(value, "__name__") else repr(value)


def settings(fields: dict[str, dataclasses.Field[Any]]) -> str:
    """Which values the fields take, where they say so."""
    readers = {name: field.metadata.get("converter") for name, field in fields.items()}
    ranges = {name: getattr(reader, "allowed", "") for name, reader in readers.items()}
    said = [f"`{name}` is {allowed}" for name, allowed in ranges.items() if allowed]
    return "; ".join(said) + "." if said else ""


def cost(made: type, fields: dict[str, dataclasses.Field[Any]]) -> str:
    """What a method costs with two players."""
    if not issubclass(made, mm.Direction | mm.UpdateRule) or inspect.isabstract(made):
        return ""
    needed = [f for f in fields.values() if f.default is dataclasses.MISSING]
    method = made(*(PARTS.get(str(f.type), 0.5) for f in needed))
    rule = mm.Simultaneous(0.1, method) if isinstance(method, mm.Direction) else method
    spent = [
        f"{count} {name if count > 1 else name.removesuffix('s')}"
        for name, count in zip(("gradient blocks", "products", "solves"), rule.cost(2), strict=True)
        if count
    ]
    return f"Costs two players {' and '.join(spent)} an update" + (
        f", within `{type(rule).__name__}`." if rule is not method else "."
    )


def told(sentence: str) -> str:
    """A paragraph more."""
    return f"\n\n{sentence}" if sentence else ""
