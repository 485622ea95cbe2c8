"""Every theorem there is, by id: found by walking the papers' packages, so that a new one is named
nowhere but in its own file.
"""

from __future__ import annotations

import importlib
import pathlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from minimax_lab.checks import InputError

from .theorem import Theorem

MACHINERY = ("draws", "report", "verify")  # the packages that hold no theorem


def theorems() -> dict[str, Theorem]:
    """All theorems of all papers, by prefix and number."""
    found = [
        value for file in _files() for value in vars(file).values() if isinstance(value, Theorem)
    ]
    by_id: dict[str, Theorem] = {}
    for theorem in sorted(found, key=lambda theorem: (theorem.prefix, theorem.number)):
        if by_id.setdefault(theorem.id, theorem) is not theorem:
            raise InputError(
                f"two theorems are called {theorem.id}: {by_id[theorem.id].name!r} and "
                f"{theorem.name!r}."
            )
    return by_id


def _files() -> Iterator[ModuleType]:
    import theory

    places = (path for place in theory.__path__ for path in sorted(pathlib.Path(place).iterdir()))
    for name in dict.fromkeys(path.name for path in places if any(path.glob("*.py"))):
        if name.isidentifier() and name not in MACHINERY:
            package = importlib.import_module(f"theory.{name}")
            for file in pkgutil.iter_modules(package.__path__, f"theory.{name}."):
                yield importlib.import_module(file.name)
