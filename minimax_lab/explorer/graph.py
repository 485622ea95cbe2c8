"""Straight-line JavaScript as a graph of expressions: equal ones are one, and what nobody reads is
not written.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TypeAlias, Union

# What stands for a number: a literal, the name of an input, or a node of the graph.
Atom: TypeAlias = Union[float, int, bool, str, "Node"]


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """One expression: a pattern with a brace for each operand."""

    index: int
    pattern: str
    operands: tuple[Atom, ...]


class Graph:
    """Expressions that are made once each, in the order of their making."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Node] = {}

    def node(self, pattern: str, *operands: Atom) -> Node:
        """The expression of this pattern, an earlier one where there is an equal one."""
        key = (pattern, *map(_key, operands))
        if key not in self._known:
            self._known[key] = Node(len(self._known), pattern, operands)
        return self._known[key]

    def written(self, results: Sequence[Atom], names: str = "t") -> tuple[list[str], list[str]]:
        """The statements that compute the results, and the results as expressions.

        What is read once stands where it is read; what is read more often, and every call, has a
        name.
        """
        count, stack = dict[Node, int](), [r for r in results if isinstance(r, Node)]
        while stack:
            node = stack.pop()
            count[node] = count.get(node, 0) + 1
            if count[node] == 1:
                stack.extend(part for part in node.operands if isinstance(part, Node))
        lines: list[str] = []
        text: dict[Node, str] = {}
        for node in sorted(count, key=lambda node: node.index):
            said = node.pattern.format(*(_said(part, text) for part in node.operands))
            if count[node] > 1 and not said.isidentifier():
                name = f"{names}{len(lines)}"
                lines.append(f"{name}={said}")
                said = name
            text[node] = said
        return lines, [_said(result, text) for result in results]


def literal(value: float | int | bool) -> str:
    """A number as JavaScript reads it, to the last bit."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "(-Infinity)"
    text = repr(value)
    text = text.removesuffix(".0").replace("e+", "e").replace("e-0", "e-")
    return f"({text})" if text.startswith("-") else text


def _said(part: Atom, text: dict[Node, str]) -> str:
    if isinstance(part, Node):
        return text[part]
    return part if isinstance(part, str) else literal(part)


def _key(part: Atom) -> object:
    # 0.0 and -0.0 are equal and yet two numbers; 1 and True as well.
    return part if isinstance(part, Node | str) else (type(part), repr(part))
