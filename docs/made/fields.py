"""Signatures of the frozen modules: their fields are their arguments, which reading the source
alone does not tell.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from typing import Any

import equinox as eqx
import griffe


class Fields(griffe.Extension):
    """Gives every Equinox module the signature that Python itself sees."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Called once the members of a class are known."""
        made = getattr(importlib.import_module(cls.module.path), cls.name, None)
        if (
            isinstance(made, type)
            and issubclass(made, eqx.Module)
            and "__init__" not in cls.members
        ):
            types = {field.name: str(field.type) for field in dataclasses.fields(made)}
            seen = inspect.signature(made).parameters.values()
            parameters = griffe.Parameters(*(parameter(one, types) for one in seen))
            cls.set_member("__init__", griffe.Function("__init__", parameters=parameters))


def parameter(seen: inspect.Parameter, types: dict[str, str]) -> griffe.Parameter:
    """One argument, of the type that its field declares; that it may be anything is not said."""
    told = types.get(seen.name, "Any")
    told = None if told == "Any" else told
    default = None if seen.default is seen.empty else written(seen.default)
    kind = griffe.ParameterKind(seen.kind.description)
    return griffe.Parameter(seen.name, annotation=told, kind=kind, default=default)


def written(value: Any) -> str:
    """A default as one would write it."""
    return value.__name__ if callable(value) and hasattr(value, "__name__") else repr(value)
