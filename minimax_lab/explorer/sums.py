"""Long sums of alike terms as loops: where terms differ in their numbers alone, one term is written
and the numbers stand in a table.
"""

from __future__ import annotations

from collections.abc import Sequence

from .graph import Atom, Graph, Node

LEAST = 12  # terms of a sum that is written as a loop


class Tables:
    """Columns of numbers that the loops of a page read, each kept once."""

    def __init__(self) -> None:
        self.columns: dict[tuple[float, ...], int] = {}

    def place(self, column: tuple[float, ...]) -> int:
        """The number of this column."""
        return self.columns.setdefault(column, len(self.columns))

    def written(self) -> str:
        """All of them, as an array of arrays."""
        rows = (",".join(map(repr, column)) for column in self.columns)
        return f"[{','.join(f'[{row}]' for row in rows)}]"


def looped(graph: Graph, terms: Sequence[Atom], tables: Tables) -> Node | None:
    """The sum as a loop; None where the terms are few or not alike."""
    if len(terms) < LEAST:
        return None
    body, outer, columns = Graph(), list[Atom](), dict[int, str]()
    known: dict[tuple[int, ...], Atom | None] = {}

    def alike(parts: Sequence[Atom]) -> Atom | None:
        """What stands for these parts, one a term, inside the loop."""
        first = parts[0]
        if all(part is first for part in parts):
            if isinstance(first, Node):
                if first not in outer:
                    outer.append(first)
                return f"<{outer.index(first)}>"
            return first
        if all(isinstance(part, float) for part in parts):
            place = tables.place(tuple(parts))  # type: ignore[arg-type]
            return columns.setdefault(place, f"c{len(columns)}")
        nodes = [part for part in parts if isinstance(part, Node)]
        if len(nodes) < len(parts) or len({node.pattern for node in nodes}) > 1:
            return first if all(part == first for part in parts) else None
        key = tuple(node.index for node in nodes)
        if key not in known:
            inner = [alike(own) for own in zip(*(node.operands for node in nodes), strict=True)]
            found = [part for part in inner if part is not None]
            whole = len(found) == len(inner)
            known[key] = body.node(nodes[0].pattern, *found) if whole else None
        return known[key]

    term = alike(terms)
    if term is None or not columns:
        return None
    lines, (result,) = body.written([term], "s")
    head = f"const {','.join(lines)};" if lines else ""
    text = f"{{{head}return {result}}}".replace("{", "{{").replace("}", "}}")
    for k in range(len(outer)):
        text = text.replace(f"<{k}>", f"{{{k}}}")
    rows, names = ",".join(f"T[{place}]" for place in columns), ",".join(columns.values())
    return graph.node(f"sum([{rows}],({names})=>{text})", *outer)
