"""Rules and settings as one types them, `Alternating(0.2, Momentum(-0.5))`: read as a formula,
never executed as code.

What may stand in one: numbers and their sums, products and quotients, words in quotes, tuples and
lists, and calls of the public rules and their settings, directions, schedules, objectives and sets,
whose names are found in any case of letters.
"""

from __future__ import annotations

import ast
import contextvars
import functools
import inspect
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..checks import InputError, closest
from ..directions import Direction
from ..labels import named
from ..rules import UpdateRule
from ..schedules import Schedule
from ..settings import Setting
from .own import METHODS, Own, attribute, offered, owned

# The classes of the file whose expression is read.
_LENT: contextvars.ContextVar[dict[str, type]] = contextvars.ContextVar("lent", default={})  # noqa: B039
DEEPEST = 40  # an expression's parts within parts; what runs deeper meets Python's own limits
SIGNS: dict[type, Callable[[float], float]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class _MisreadError(Exception):
    """What is wrong, and with which part of the expression."""

    def __init__(self, what: str, node: ast.AST):
        super().__init__(what)
        self.node = node


def read_rule(text: str, argument: str = "--rule") -> UpdateRule:
    """The update rule an expression describes."""
    value = read(text, argument, hint='An example: "Alternating(0.2, Momentum(-0.5))".')
    if isinstance(value, UpdateRule):
        return value
    if isinstance(value, Direction):
        cure = f"A direction needs a rule around it: Simultaneous(0.1, {_cut(text.strip())})."
    else:
        cure = "`minimax-lab rules` lists them."
    raise InputError(
        f"{argument} {_cut(text)!r} is not an update rule such as Simultaneous(0.1). {cure}"
    )


def read_rules(texts: Iterable[str]) -> dict[str, UpdateRule]:
    """The update rules of all `--rule`s by their labels; one given twice is numbered."""
    return named([read_rule(text) for text in texts])


def read(text: str, argument: str, *, numbers: bool = False, hint: str = "") -> Any:
    """The value of an expression, of `numbers` alone if so wished; a mistake is answered with its
    place. Before it may stand a file or module of one's own, whose classes it may call too.
    """
    own = None if numbers else owned(text)
    if own is not None:
        if own.rest.isidentifier() and not isinstance(found := attribute(own, own.rest), type):
            return found
        _demand_whole(own)
        token = _LENT.set({_plain(n): c for n, c in _methods(vars(own.module)).items()})
        try:
            return _read(own.rest, f"{argument} of {own.place}", hint=hint)
        finally:
            _LENT.reset(token)
    return _read(text, argument, numbers=numbers, hint=hint)


def _demand_whole(own: Own) -> None:
    """A class that lacks a part is named, with the part, and not said to be missing."""
    called = re.match(r"\s*(\w+)", own.rest)
    found = vars(own.module).get(called[1]) if called else None
    lacking = sorted(getattr(found, "__abstractmethods__", ()))
    if inspect.isclass(found) and issubclass(found, UpdateRule | Direction) and lacking:
        raise InputError(
            f"{found.__name__} of {own.place} lacks {' and '.join(lacking)}, which it must define."
        )


def _read(text: str, argument: str, *, numbers: bool = False, hint: str = "") -> Any:
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if _depth(tree) > DEEPEST:
            raise RecursionError
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Call)]
        if numbers and names:
            raise _MisreadError("only numbers, commas and brackets stand here.", names[0])
        return _value(tree)
    except _MisreadError as error:
        column = getattr(error.node, "col_offset", 0)
        part = ast.get_source_segment(text.strip(), error.node) or ""
        where = (
            f" at character {column + 1} ({_cut(part)})" if part not in ("", text.strip()) else ""
        )
        raise InputError(f"{argument} {_cut(text)!r}{where}: {error}") from None
    except SyntaxError as error:
        why = f"at character {error.offset or 1}: {error.msg}"
    except (RecursionError, MemoryError):
        why = f"is nested deeper than {DEEPEST} levels"
    except ValueError as error:
        why = f"cannot be read ({error})"
    raise InputError(f"{argument} {_cut(text)!r} {why}. {hint}".strip())


def missing(what: str, name: str, names: Iterable[str], listing: str) -> str:
    """The answer to a name that does not exist: the nearest one that does, or the command that
    lists them.
    """
    plain = {_plain(other): other for other in names}
    close = closest(_plain(name), plain, likeness=0.6)
    hint = (
        f"Did you mean {plain[close]!r}?"
        if close
        else f"`minimax-lab {listing}` lists what there is."
    )
    return f"there is no {what}{_cut(name)!r}. {hint}"


def is_word(text: str) -> bool:
    """Whether a setting is one bare word that names nothing: plain text."""
    return (
        re.fullmatch(r"[A-Za-z_][\w-]*", text) is not None
        and _plain(text) not in _known()
        and text not in _CONSTANTS
    )


def vocabulary() -> dict[str, type]:
    """Every class an expression may call, by its name."""
    import minimax_lab

    from .. import games, objectives

    found = [*vars(minimax_lab).items(), *vars(objectives).items(), *vars(games).items()]
    return _methods(dict(found) | offered(METHODS))


def _methods(names: Mapping[str, object]) -> dict[str, type]:
    """The classes among these that an expression may call."""
    from .. import games, objectives
    from ..analysis.classes import GameClass

    bases = (
        UpdateRule,
        Direction,
        Schedule,
        Setting,
        GameClass,
        objectives.Objective,
        games.Box,
        games.Simplexes,
    )
    return {
        n: c
        for n, c in names.items()
        if inspect.isclass(c) and issubclass(c, bases) and not inspect.isabstract(c)
    }


_CONSTANTS: Mapping[str, bool | None] = {
    "None": None,
    "True": True,
    "False": False,
    "none": None,
    "true": True,
    "false": False,
}


def _value(node: ast.AST) -> object:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            return node.value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(_value(part) for part in parts)
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in SIGNS:
            return SIGNS[type(sign)](_number(inner))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in ARITHMETIC:
            try:
                return ARITHMETIC[type(sign)](_number(left), _number(right))
            except ZeroDivisionError:
                raise _MisreadError("division by zero.", node) from None
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Name() | ast.Attribute():
            return _built(_callee(node), [], {}, node)
        case ast.Call(func=callee, args=given, keywords=named):
            if any(isinstance(a, ast.Starred) for a in given) or any(
                word.arg is None for word in named
            ):
                raise _MisreadError("a star has no meaning here; write the arguments out.", node)
            words = [str(word.arg) for word in named]
            twice = next((word for word in words if words.count(word) > 1), None)
            if twice:
                raise _MisreadError(f"{twice} is given twice, but must be given once.", node)
            values = [_value(a) for a in given]
            return _built(
                _callee(callee), values, {str(word.arg): _value(word.value) for word in named}, node
            )
    raise _MisreadError(
        "only numbers, words in quotes, tuples and calls of known names are read.", node
    )


def _depth(tree: ast.AST) -> int:
    """Levels of parts within parts, counted without recursion."""
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [part for node in level for part in ast.iter_child_nodes(node)]
    return depth


def _cut(text: str, most: int = 100) -> str:
    """As much of what was typed as a message has room for."""
    return text if len(text) <= most else text[: most - 3] + "..."


def _number(node: ast.AST) -> float:
    value = _value(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _MisreadError("arithmetic is for numbers.", node)
    return value


def _callee(node: ast.AST) -> Callable[..., object]:
    """A class by its name, `mm.` before it allowed, or another way to make one, such as
    RMSProp.tensorflow1.
    """
    match node:
        case ast.Attribute(value=ast.Name(id="mm" | "minimax_lab"), attr=name) | ast.Name(id=name):
            if _plain(name) not in _known():
                raise _MisreadError(
                    missing("", name, [made.__name__ for made in _known().values()], "rules"), node
                )
            return _known()[_plain(name)]
        case ast.Attribute(value=inner, attr=name):
            owner = _callee(inner)
            if inspect.isclass(owner) and isinstance(vars(owner).get(name), classmethod):
                return getattr(owner, name)
    raise _MisreadError(
        "this cannot be called; call rules, directions and schedules by their names.", node
    )


def _built(
    make: Callable[..., object], given: list[object], named: dict[str, object], node: ast.AST
) -> object:
    try:
        inspect.signature(make).bind(*given, **named)
    except TypeError as error:
        raise _MisreadError(f"{error}. It is written {signature(make)}.", node) from None
    try:
        return make(*given, **named)
    except (TypeError, ValueError) as error:
        raise _MisreadError(str(error), node) from None


def signature(make: Callable[..., object]) -> str:
    """How a class is called, as an expression: `Alternating(step, direction=Gradient(), *,
    order=None)`.
    """
    signed = inspect.signature(make)
    bare = [p.replace(annotation=p.empty) for p in signed.parameters.values()]
    return f"{make.__qualname__}{signed.replace(parameters=bare, return_annotation=signed.empty)}"


def _known() -> dict[str, type]:
    return _ours() | _LENT.get()


@functools.cache
def _ours() -> dict[str, type]:
    return {_plain(name): found for name, found in vocabulary().items()}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
