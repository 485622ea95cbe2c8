"""Short names of rules and directions, as a legend wants them: "alternating, step 0.2, momentum
-0.5".
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import numpy as np

from .checks import is_number, refuse
from .directions import Direction
from .rules import UpdateRule
from .schedules import Schedule
from .settings import Setting


def label(rule: UpdateRule | Direction) -> str:
    """What a rule is and how it is set, in a few words: settings left at their defaults go
    unsaid.

    Arguments:
        rule: an update rule or a direction.

    Examples:
        >>> import minimax_lab as mm
        >>> mm.label(mm.Alternating(0.2, mm.Momentum(-0.5)))
        'alternating, step 0.2, momentum -0.5'
    """
    if not isinstance(rule, UpdateRule | Direction):
        raise refuse("rule", rule, "an update rule or a direction")
    said: list[str] = []
    inner: list[str] = []
    for field in dataclasses.fields(rule):
        value = getattr(rule, field.name)
        if isinstance(value, UpdateRule):
            leading = field.default is dataclasses.MISSING
            (inner if leading else said).append(
                f"of {label(value)}" if leading else f"{field.name} {label(value)}"
            )
        elif isinstance(value, Direction):
            if type(value).__name__ != "Gradient" or field.default is dataclasses.MISSING:
                within = isinstance(rule, Direction) and _joined(value)
                inner.append(f"({label(value)})" if within else label(value))
        elif not _default(field, value):
            if isinstance(value, bool) or value is None:
                said.append(field.name if value else f"no {field.name}")
                continue
            if isinstance(value, Setting):
                said.append(_settled(field.name, value))
                continue
            text = _shown(value)
            # A direction's only leading setting is what its name alone would leave open: "consensus
            # 10", "momentum -0.5".
            leading = (
                isinstance(rule, Direction) and not said and field.default is dataclasses.MISSING
            )
            if text:
                said.append(text if leading else f"{field.name.replace('_', ' ')} {text}")
    head = _words(type(rule))
    if said and isinstance(rule, Direction) and said[0][:1] in "-0123456789(":
        head, said = f"{head} {said[0]}", said[1:]
    if inner and inner[0].startswith("of "):
        return f"{head}{' (' + ', '.join(said) + ')' if said else ''} {inner[0]}"
    return ", ".join([head, *said, *inner])


def _joined(direction: Direction) -> bool:
    """Whether it is made of two, whose names would run into those beside it."""
    parts = [getattr(direction, field.name) for field in dataclasses.fields(direction)]
    return sum(isinstance(part, Direction) for part in parts) > 1


def named(
    rules: UpdateRule | Sequence[UpdateRule] | Mapping[str, UpdateRule], argument: str = "rules"
) -> dict[str, UpdateRule]:
    """Rules by their names, or by their labels; what is given twice is numbered."""
    if isinstance(rules, UpdateRule):
        rules = (rules,)
    if not isinstance(rules, Mapping | Sequence) or isinstance(rules, str):
        allowed = "an update rule, several, or a dictionary that names them"
        raise refuse(argument, rules, allowed)
    for rule in rules.values() if isinstance(rules, Mapping) else rules:
        if not isinstance(rule, UpdateRule):
            allowed = "an update rule, several, or a dictionary that names them"
            raise refuse(argument, rule, allowed, "For instance mm.Simultaneous(0.1).")
    if isinstance(rules, Mapping):
        return {str(name): rule for name, rule in rules.items()}
    found: dict[str, UpdateRule] = {}
    for rule in rules:
        name = label(rule)
        twins = sum(other == name or other.startswith(f"{name} (") for other in found)
        found[f"{name} ({twins + 1})" if twins else name] = rule
    return found


def _default(field: Any, value: Any) -> bool:
    if field.default is dataclasses.MISSING:
        return False
    if isinstance(value, Setting):
        return type(value) is type(field.default) and bool(eqx.tree_equal(value, field.default))
    if isinstance(value, bool | str) or value is None or isinstance(field.default, bool):
        return bool(value is field.default or value == field.default)
    if is_number(value) and is_number(field.default):
        return bool(
            np.shape(value) == np.shape(field.default)
            and np.allclose(value, field.default, rtol=1e-6, atol=0)
        )
    return type(value) is type(field.default) and not isinstance(value, tuple)


def _settled(name: str, value: Setting) -> str:
    """As in "restart keep", "remedy restart land", "solver orthogonal"."""
    head, said = _words(type(value)), []
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if not _default(field, part):
            plain = {True: field.name, False: f"no {field.name}", None: f"no {field.name}"}
            said.append(
                plain[part]
                if part is None or isinstance(part, bool)
                else f"{field.name} {_shown(part)}".strip()
            )
    return " ".join([name, *([] if head == name else [head]), ", ".join(said)]).strip()


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        parts = [_shown(v) for v in value]
        return "(" + ", ".join(parts) + ")" if all(parts) else ""
    if isinstance(value, Schedule):
        settings = ", ".join(_shown(getattr(value, f.name)) for f in dataclasses.fields(value))
        return f"{_words(type(value))}({settings})"
    if is_number(value):
        numbers = np.asarray(value, float)
        if numbers.size == 1:
            return f"{numbers.item():.4g}"
        return f"{numbers.min():.4g} to {numbers.max():.4g}"
    return str(value) if isinstance(value, str) else ""


def _words(part: type) -> str:
    """What the class says of its name, or its words in lower case."""
    words = re.findall(r"[A-Z][a-z0-9]*", part.__name__)
    return getattr(part, "spoken", "") or " ".join(word.lower() for word in words)
