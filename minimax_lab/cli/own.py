"""What is somebody's own: by its file or module, `mine.py:game`, `package.module:game`,
or by the entry points of an installed package.

Naming a file runs it, as Python does; that is said.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import pathlib
import re
import sys
from types import ModuleType
from typing import Any, NamedTuple

from ..checks import InputError, closest

GAMES, METHODS = "minimax_lab.games", "minimax_lab.methods"  # groups of entry points
PLACE = re.compile(r"(?P<place>[^:()\[\]{}\"',=\s]+):(?P<rest>.+)", re.DOTALL)


class Own(NamedTuple):
    """A module, as it was named, and what is asked of it."""

    place: str
    module: ModuleType
    rest: str


def owned(text: str) -> Own | None:
    """The module that a text names before a colon, and what stands behind it; None without one."""
    match = PLACE.fullmatch(text.strip())
    if match is None:
        return None
    place = match["place"]
    return Own(place, _module(place), match["rest"].strip())


def attribute(own: Own, name: str) -> Any:
    """What the module calls so."""
    if not hasattr(own.module, name):
        public = [n for n in vars(own.module) if not n.startswith("_")]
        close = closest(name, public, likeness=0.6)
        hint = f" Did you mean {close!r}?" if close else ""
        raise InputError(f"{own.place} has nothing called {name!r}.{hint}")
    return getattr(own.module, name)


@functools.cache
def offered(group: str) -> dict[str, Any]:
    """What installed packages offer under a group of entry points; one that fails is left out, and
    that is said.
    """
    found: dict[str, Any] = {}
    for point in importlib.metadata.entry_points(group=group):
        try:
            found[point.name] = point.load()
        except Exception as error:
            said = f"{point.value} of the entry points {group} is left out"
            print(f"minimax-lab: {said} ({type(error).__name__}: {error})", file=sys.stderr)
    return found


@functools.cache
def _module(place: str) -> ModuleType:
    """The module of a file, or of that name, run once."""
    try:
        return _of_file(pathlib.Path(place)) if place.endswith(".py") else _of_name(place)
    except InputError:
        raise
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"{place} cannot be run ({why}).") from error


def _of_file(path: pathlib.Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"there is no file {path}; before the colon stands a file or a module.")
    print(f"minimax-lab: runs {path}", file=sys.stderr)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # As Python would: its neighbours can be imported, and its classes found again.
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def _of_name(name: str) -> ModuleType:
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
        raise InputError(f"{name} is neither a file mine.py nor a module package.module.")
    if str(pathlib.Path.cwd()) not in sys.path:
        sys.path.insert(0, str(pathlib.Path.cwd()))
    if importlib.util.find_spec(name) is None:
        raise InputError(f"there is no module {name}; a file is named with its ending, {name}.py.")
    print(f"minimax-lab: runs {name}", file=sys.stderr)
    return importlib.import_module(name)
