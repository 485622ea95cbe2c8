"""`minimax-lab rules`: the update rules and what they are made of, in one line each, or one."""

from __future__ import annotations

import dataclasses
import inspect

from ...analysis.classes import GameClass
from ...checks import InputError
from ...directions import Direction
from ...rules import UpdateRule
from ...schedules import Schedule
from ...settings import Setting
from .. import output
from ..expressions import missing, signature, vocabulary
from ..options import Command, positional

KINDS = {
    "rules": UpdateRule,
    "directions": Direction,
    "schedules": Schedule,
    "settings of Anderson": Setting,
    "classes of games, for certify": GameClass,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rules(Command):
    """List the update rules, and the directions and schedules they are made of.

    minimax-lab rules Alternating
    """

    name: str | None = positional("NAME", "Show this one.", None)

    def run(self) -> None:
        """Print the list, or the one."""
        known = {n: c for n, c in vocabulary().items() if issubclass(c, tuple(KINDS.values()))}
        if self.name is not None:
            match = {name.lower(): made for name, made in known.items()}.get(self.name.lower())
            if match is None:
                raise InputError(missing("rule, direction or schedule ", self.name, known, "rules"))
            told = _class(match)
            self.answer(lambda: told, lambda: output.named(told))
        else:
            self.answer(lambda: [_class(c) for c in known.values()], lambda: _list(known))


def _list(known: dict[str, type]) -> None:
    for title, base in KINDS.items():
        of = [made for made in known.values() if issubclass(made, base)]
        output.table((title, ""), [(signature(c), output.first(c.__doc__)) for c in of])
        output.line()
    output.line(
        "A rule holds a direction; a schedule may stand for a number: "
        '"Alternating(Cosine(0.2, 500), Adam())".'
    )


def _class(made: type) -> dict[str, str]:
    kind = next(base.__name__ for base in KINDS.values() if issubclass(made, base))
    return {
        "name": made.__name__,
        "kind": kind,
        "written": signature(made),
        "help": inspect.cleandoc(made.__doc__ or ""),
    }
