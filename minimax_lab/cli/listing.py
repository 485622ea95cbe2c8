"""`minimax-lab games` and `minimax-lab rules`: what there is, in one line each."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Annotated, Any

from tyro.conf import Positional, arg

from ..checks import InputError
from ..directions import Direction
from ..games import Entry, catalogue
from ..rules import UpdateRule
from ..schedules import Schedule
from ..settings import Setting
from . import output
from .arguments import Json
from .expressions import missing, signature, vocabulary
from .named_games import entry_named, factories, factory_named

KINDS = {
    "rules": UpdateRule,
    "directions": Direction,
    "schedules": Schedule,
    "settings of Anderson": Setting,
}


@dataclasses.dataclass(frozen=True)
class Games:
    """List the games, or show one with its settings.

    minimax-lab games quadratic
    """

    name: Annotated[
        Positional[str | None], arg(metavar="GAME", help="Show this one.", help_behavior_hint="")
    ] = None
    json: Json = False

    def run(self) -> None:
        """Print the list, or the one."""
        if self.name is not None:
            told = _entry(self.name, entry_named(self.name), factory_named(self.name))
            output.machine(told) if self.json else output.named(_said(told))
        elif self.json:
            output.machine(
                [
                    _entry(entry.name, entry, factory_named(entry.name))
                    for entry in catalogue().values()
                ]
            )
        else:
            ready = catalogue()
            output.table(("game", ""), [(entry.name, entry.summary) for entry in ready.values()])
            others = {name: make for name, make in factories().items() if name not in ready}
            output.line()
            output.table(
                ("needs settings", ""),
                [(name, _first(make.__doc__)) for name, make in others.items()],
            )
            output.line("\n`minimax-lab games NAME` shows one with its settings.")


@dataclasses.dataclass(frozen=True)
class Rules:
    """List the update rules, and the directions and schedules they are made of.

    minimax-lab rules Alternating
    """

    name: Annotated[
        Positional[str | None], arg(metavar="NAME", help="Show this one.", help_behavior_hint="")
    ] = None
    json: Json = False

    def run(self) -> None:
        """Print the list, or the one."""
        known = {
            name: made
            for name, made in vocabulary().items()
            if issubclass(made, tuple(KINDS.values()))
        }
        if self.name is not None:
            match = {name.lower(): made for name, made in known.items()}.get(self.name.lower())
            if match is None:
                raise InputError(missing("rule, direction or schedule ", self.name, known, "rules"))
            output.machine(_class(match)) if self.json else output.named(_said(_class(match)))
        elif self.json:
            output.machine([_class(made) for made in known.values()])
        else:
            for title, base in KINDS.items():
                rows = [
                    (signature(made), _first(made.__doc__))
                    for made in known.values()
                    if issubclass(made, base)
                ]
                output.table((title, ""), rows)
                output.line()
            output.line(
                "A rule holds a direction; a schedule may stand for a number: "
                '"Alternating(Cosine(0.2, 500), Adam())".'
            )


def _entry(name: str, entry: Entry | None, factory: Callable[..., Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name}
    if entry:
        told |= {
            "summary": entry.summary,
            "settings": _settings(entry.make),
            "start": entry.start,
            "box": entry.box,
        }
        told["stationary"] = [
            {"at": point, "kind": str(kind), "meaning": kind.meaning} for point, kind in entry.known
        ]
        told["losses"] = [str(loss) for loss in entry.formula()[0]] if entry.formula else None
    if factory and _settings(factory) != told.get("settings"):
        told |= {
            "all settings": _settings(factory),
            "help": inspect.cleandoc(factory.__doc__ or ""),
        }
    return told


def _settings(make: Callable[..., Any]) -> dict[str, Any]:
    defaults = {p.name: p.default for p in inspect.signature(make).parameters.values()}
    named = {
        name: value.__name__ if inspect.isfunction(value) else value
        for name, value in defaults.items()
    }
    return {
        name: "required" if value is inspect.Parameter.empty else value
        for name, value in named.items()
    }


def _class(made: type) -> dict[str, Any]:
    kind = next(base.__name__ for base in KINDS.values() if issubclass(made, base))
    return {
        "name": made.__name__,
        "kind": kind,
        "written": signature(made),
        "help": inspect.cleandoc(made.__doc__ or ""),
    }


def _said(told: dict[str, Any]) -> dict[str, str]:
    """The same facts as lines of text."""
    lines = {}
    for name, value in told.items():
        if name == "stationary":
            value = "\n".join(
                f"{output.short(s['at'])}  {s['kind']}: {s['meaning']}" for s in value
            )
        elif name == "losses" and value is not None:
            value = "\n".join(f"player {i}: {loss}" for i, loss in enumerate(value))
        elif isinstance(value, dict):
            value = "  ".join(f"{key}={given}" for key, given in value.items())
        elif not isinstance(value, str):
            value = output.short(value)
        if value and value != "-":
            lines[name] = value
    return lines


def _first(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n")[0].split())
