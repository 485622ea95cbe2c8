"""How a claim is decided: by what its records or its theorems say, never by a sentence.

A claim is a public function under `claims/`, marked `@claim(...)`, whose docstring states it in a
sentence of ours. Its parameters name the experiments it reads; it gives `judged(number, parts)`,
where every part is one condition, and the verdict is how many of them hold. One without parameters
is decided by the theorems it names, or gives `untried(why)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

HOLDS, WHERE, FAILS, UNTRIED = "holds", "holds where", "does not reproduce", "not tried"
VERDICTS = (HOLDS, WHERE, FAILS, UNTRIED)
# How far it can be trusted that the paper claims it.
TRUST = {
    "abstract": "read in the paper's abstract",
    "code": "read in the authors' code",
    "memory": "remembered, not read",
    "ours": "a question of ours or of critics",
}
Function = TypeVar("Function", bound=Callable[..., Any])


class Ruling(NamedTuple):
    """A verdict, the number that decides it, and where it holds or why it was not tried."""

    verdict: str
    number: str
    where: str = ""


class Theorem(NamedTuple):
    """What verifying said of a theorem: held, violated or not run, and its numbers."""

    status: str
    said: str


def claim(
    trust: str,
    shows: Sequence[str] = (),
    theorems: Sequence[str] = (),
    against: Sequence[str] = (),
    where: str = "",
) -> Callable[[Function], Function]:
    """Mark a function as a claim that figures and tables show and theorems support; those `against`
    it refute it, or confine it to `where`, if they hold.

    The mark is read from the source (`claiming.py`), so it does nothing when it runs.
    """
    return lambda function: function


def judged(number: str, parts: Mapping[str, Any]) -> Ruling:
    """It holds if all parts do, does not reproduce if none does, and else holds where they do."""
    held = [name for name, part in parts.items() if bool(part)]
    failed = [name for name in parts if name not in held]
    if not held or not failed:
        return Ruling(HOLDS if held else FAILS, number)
    return Ruling(WHERE, number, f"{'; '.join(held)}. Not: {'; '.join(failed)}")


def untried(why: str) -> Ruling:
    """What stands in the way."""
    return Ruling(UNTRIED, "", why)


def proved(
    told: Mapping[str, Theorem], theorems: Sequence[str], against: Sequence[str], where: str
) -> Ruling:
    """The verdict of theorems alone: without all of them there is none."""
    known = {name: told.get(name, Theorem("not run", "")) for name in (*theorems, *against)}
    number = "; ".join(f"{name}: {t.said or t.status}" for name, t in known.items())
    if missing := [name for name, t in known.items() if t.status == "not run"]:
        return Ruling(UNTRIED, "", f"{', '.join(missing)} not verified; make verify does it")
    supported = all(known[name].status == "held" for name in theorems)
    refuted = bool(against) and all(known[name].status == "held" for name in against)
    if not supported or (refuted and not where):
        return Ruling(FAILS, number)
    if against and not refuted:
        return Ruling(HOLDS, number)
    return Ruling(WHERE, number, where) if where else Ruling(HOLDS, number)


def count(rulings: Mapping[str, Ruling]) -> dict[str, int]:
    """How many of each verdict there are."""
    return {v: sum(r.verdict == v for r in rulings.values()) for v in VERDICTS}
