"""`minimax-lab games`: what there is, in one line each, or one with its settings."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from ...games import Entry
from .. import output
from ..named_games import entry_named, factories, factory_named, ready
from ..options import Command, positional


@dataclasses.dataclass(frozen=True, kw_only=True)
class Games(Command):
    """List the games, or show one with its settings.

    minimax-lab games quadratic
    """

    name: str | None = positional("GAME", "Show this one.", None)

    def run(self) -> None:
        """Print the list, or the one."""
        if self.name is not None:
            told = _entry(self.name, entry_named(self.name), factory_named(self.name))
            self.answer(lambda: told, lambda: output.named(_said(told)))
        else:
            self.answer(lambda: [_entry(n, e, factory_named(n)) for n, e in ready().items()], _list)


def _list() -> None:
    known = ready()
    output.table(("game", ""), [(name, entry.summary) for name, entry in known.items()])
    output.line()
    others = [(name, make) for name, make in factories().items() if name not in known]
    rows = [(name, output.first(make.__doc__)) for name, make in others]
    output.table(("needs settings", ""), rows)
    output.line("\n`minimax-lab games NAME` shows one with its settings.")


def _entry(name: str, entry: Entry | None, factory: Callable[..., object] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name}
    if entry:
        told |= {"summary": entry.summary, "settings": _settings(entry.make)}
        told |= {"start": entry.start, "box": entry.box}
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


def _settings(make: Callable[..., object]) -> dict[str, object]:
    defaults = {p.name: p.default for p in inspect.signature(make).parameters.values()}
    named = {
        name: value.__name__ if inspect.isfunction(value) else value
        for name, value in defaults.items()
    }
    return {
        name: "required" if value is inspect.Parameter.empty else value
        for name, value in named.items()
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
