"""What a page knows: its games, rules and tours as one JavaScript object."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import jax
import jax.numpy as jnp
import numpy as np

from ..checks import InputError, refuse
from ..game import Game
from ..games import catalogue
from ..games.entries import View
from ..labels import label
from ..profile import Profile, as_profile
from ..rules.base import UpdateRule
from . import formulas
from .leaves import turned
from .programs import GameProgram, RuleProgram, demand_carried, game_program, rule_program
from .source import expression
from .sums import Tables
from .tours import TOURS


@dataclasses.dataclass(frozen=True, eq=False)
class Shown:
    """A game as the page shows it: by which name, from where, in which part of the plane."""

    name: str
    game: Game
    start: Profile
    box: View
    summary: str = ""
    source: str = ""  # the Python that makes it
    formulas: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Bundle:
    """The JavaScript of a page, and why of what was asked for something is not in it."""

    script: str
    games: tuple[str, ...]
    rules: tuple[str, ...]
    left_out: Mapping[str, str]


def of_catalogue(name: str) -> Shown:
    """A game of the catalogue, with its formulas where it has any."""
    from ..symbolic import SymbolicGame

    entry = catalogue()[name]
    start = as_profile(tuple(jnp.asarray(np.asarray(s, float)) for s in entry.start))
    shown = formulas.of_game(SymbolicGame(*entry.formula())) if entry.formula else {}
    made = f"mm.games.entry({name!r}).make()"
    box = entry.box or ((-2.0, 2.0), (-2.0, 2.0))
    return Shown(name, entry.make(), start, box, entry.summary, made, shown)


def planar() -> tuple[str, ...]:
    """The catalogue's games of two numbers."""
    return tuple(
        name
        for name, entry in catalogue().items()
        if sum(np.size(strategy) for strategy in entry.start) == 2
    )


def silent(text: str) -> None:
    """Nobody is told."""


def bundled(
    games: Sequence[Shown],
    rules: Mapping[str, UpdateRule],
    *,
    strict: bool = True,
    tell: Callable[[str], None] = silent,
) -> Bundle:
    """Games and rules as JavaScript; what cannot be carried is refused, or else left out and
    said. `tell` hears what is being translated.
    """
    left_out: dict[str, str] = {}

    def leave(name: str, what: str, error: InputError) -> None:
        reason = f"{error}".removesuffix(".")
        if strict:
            raise refuse(what, name, "one that the page can carry", f"{reason}.")
        left_out[name] = reason

    tables, like = Tables(), games[0].start
    programs: dict[str, RuleProgram] = {}
    told: dict[str, dict[str, Any]] = {}
    for name, rule in rules.items():
        tell(f"translating the rule {name}")
        try:
            programs[name] = rule_program(rule, like, tables)
            told[name] = _rule(name, rule, programs[name], games)
        except InputError as error:
            leave(name, "rule", error)
    asked = frozenset[str]().union(*(program.asks for program in programs.values()))
    written: dict[str, str] = {}
    for shown in games:
        tell(f"translating the game {shown.name}")
        try:
            _demand_alike(like, shown.start)
            made = game_program(shown.game, shown.start, asked, tables)
            _demand_played(shown.name, list(told.values()))
            written[shown.name] = _object(_game(shown, made), made.members)
        except InputError as error:
            leave(shown.name, "game", error)
    if not written or not told:
        raise refuse("the page", "without a game or a rule", "made of at least one of each")
    tours = [tour for tour in TOURS if _needed(tour) <= {*written, *told}]
    parts = {
        "games": _list(list(written.values())),
        "rules": _list([_object(told[name], programs[name].members) for name in told]),
        "tours": _json(tours),
    }
    data = ",\n".join(f'"{name}":{part}' for name, part in parts.items())
    script = f"const T={tables.written()};\nconst DATA={{{data}}};"
    return Bundle(script, tuple(written), tuple(told), left_out)


def _rule(
    name: str, rule: UpdateRule, program: RuleProgram, games: Sequence[Shown]
) -> dict[str, Any]:
    made = turned(rule).made
    against = {shown.name: _against(rule, shown) for shown in games}
    return {
        "name": name,
        "about": _first(type(rule).__doc__),
        "python": expression(rule, program.leaves),
        "leaves": [leaf._asdict() for leaf in program.leaves],
        "size": program.size,
        "moving": program.moving,
        "period": rule.rest.period,
        "obstacle": rule.rest.obstacle or program.obstacle,
        "cost": rule.cost(len(games[0].start))._asdict(),
        "formulas": formulas.of_rule(rule, [leaf.name for leaf in program.leaves], made),
        "refused": {game: why for game, why in against.items() if why},
    }


def _demand_played(game: str, rules: Sequence[Mapping[str, Any]]) -> None:
    """At least one rule of the page must suit a game."""
    if rules and all(game in rule["refused"] for rule in rules):
        raise InputError(f"none of the rules suits it: {rules[0]['refused'][game]}")


def _needed(tour: Mapping[str, Any]) -> set[str]:
    """The games and rules that a tour shows."""
    stops = [dict(parse_qsl(stop["address"])) for stop in tour["stops"]]
    return {stop[key] for stop in stops for key in ("game", "a", "b")}


def _game(shown: Shown, program: GameProgram) -> dict[str, Any]:
    sizes = [int(sum(np.size(leaf) for leaf in jax.tree.leaves(s))) for s in shown.start]
    return {
        "name": shown.name,
        "summary": shown.summary,
        "python": shown.source,
        "start": [float(x) for x in shown.start.ravel()[0]],
        "shape": [np.shape(strategy) for strategy in shown.start],
        "sizes": sizes,
        "box": shown.box,
        "leaves": [leaf._asdict() for leaf in program.leaves],
        "formulas": shown.formulas,
    }


def _against(rule: UpdateRule, shown: Shown) -> str:
    """What stands against this rule on this game; nothing, if it is empty."""
    try:
        demand_carried(rule, shown.game, shown.start)
    except InputError as error:
        return str(error)
    return ""


def _demand_alike(one: Profile, other: Profile) -> None:
    if jax.tree.structure(one) != jax.tree.structure(other):
        raise InputError("its players have strategies of another structure than the first game's")


def _first(text: str | None) -> str:
    """The first paragraph of a docstring."""
    return " ".join(inspect.cleandoc(text or "").split("\n\n")[0].split())


def _object(facts: Mapping[str, Any], members: str) -> str:
    return f'{_json(facts)[:-1]},"f":{{{members}}}}}'


def _list(objects: Sequence[str]) -> str:
    return "[" + ",\n".join(objects) + "]"


def _json(value: Any) -> str:
    """JSON that may stand inside a script."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("</", "<\\/")


def labelled(rules: Sequence[UpdateRule]) -> dict[str, UpdateRule]:
    """Rules by their labels; one given twice is numbered."""
    named: dict[str, UpdateRule] = {}
    for rule in rules:
        name, count = label(rule), 2
        while name in named:
            name, count = f"{label(rule)} ({count})", count + 1
        named[name] = rule
    return named
