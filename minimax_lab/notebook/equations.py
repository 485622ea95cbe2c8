"""Rules as equations: what each answers on the symbols x and y of two players."""

from __future__ import annotations

import re
from typing import Any

from ..checks import InputError

LONGEST = 3000  # characters of an equation that is still worth showing


def latex(rule: Any) -> str | None:
    """The update of x and y and of what the rule remembers; None where it has no answer on
    symbols, or one too long to read.
    """
    import sympy

    from ..symbolic.named import PLANE, named_update

    try:
        after, kept = named_update(rule)
    except (InputError, TypeError, ValueError):
        return None
    read = {s for value in (*after, *kept.values()) for s in value.free_symbols}
    moved = [(symbol, value) for symbol, value in kept.items() if symbol in read]
    names = {symbol: _upright(sympy.latex(symbol)) for symbol in kept}
    rows = [
        rf"{names.get(symbol, symbol)}^+ &= {_plain(sympy.latex(value, symbol_names=names))}"
        for symbol, value in (*zip(PLANE, after, strict=True), *moved)
    ]
    if rule.rest.period > 1:
        rows.append(rf"& \text{{in every update number {rule.rest.period}}}")
    told = r"$\displaystyle \begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}$"
    return told if len(told) < LONGEST else None


def _upright(name: str) -> str:
    """A memory's name, of which one letter alone is a variable's."""
    return re.sub(r"^[A-Za-z]{2,}", lambda found: rf"\mathrm{{{found[0]}}}", name)


def _plain(text: str) -> str:
    """Without the upright letters of operators: v and J are the field and its Jacobian."""
    return re.sub(r"\\operatorname\{([vJ]_\{\w+\})\}", r"\1", text)
