"""Formulas in MathML: a game's losses and field, and a rule run on a game of which only the names
of field and Jacobian are known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax

from ..checks import InputError
from ..rules.base import UpdateRule

if TYPE_CHECKING:
    import sympy

    from ..symbolic import SymbolicGame

LONGEST = 6000  # characters of a formula that is still worth showing


def of_game(game: SymbolicGame) -> dict[str, list[str]]:
    """Every player's loss and the field, each as one equation."""
    names, losses = game.symbols, game.totals()
    field = jax.tree.leaves(game.field())
    return {
        "losses": [_equation(f"l_{names[i]}", loss) for i, loss in enumerate(losses)],
        "field": [
            _equation(f"v_{name}", v.simplify()) for name, v in zip(names, field, strict=True)
        ],
    }


def of_rule(rule: UpdateRule, numbers: Sequence[str], made: Any) -> list[str]:
    """The update of x and y, with the rule's numbers by their names; nothing where the rule has no
    answer on symbols, or one too long to read.
    """
    import sympy

    from ..symbolic.named import PLANE, named_update

    short = [name.rpartition(".")[2] for name in numbers]
    told = [s if short.count(s) == 1 else n for s, n in zip(short, numbers, strict=True)]
    own = made([sympy.Symbol(name, positive=True) for name in told])
    try:
        after, _ = named_update(own)
    except (InputError, TypeError, ValueError):
        return []
    # Where one stands comes first, then the move.
    shown = [_equation(f"{s}^+", value, "rev-lex") for s, value in zip(PLANE, after, strict=True)]
    return shown if sum(map(len, shown)) < LONGEST else []


def _equation(name: str, value: sympy.Expr, order: str | None = None) -> str:
    import sympy
    from sympy.printing.mathml import mathml

    base, _, mark = name.partition("^")
    head = mathml(sympy.Symbol(base), printer="presentation")
    head = f"<msup>{head}<mo>{mark}</mo></msup>" if mark else head
    body = mathml(value, printer="presentation", order=order)
    body = body.replace("<mo>&InvisibleTimes;</mo>", '<mspace width="0.2em"/>')
    body = body.replace("<mo>-</mo>", "<mo>\u2212</mo>")
    # SymPy writes names of functions in small letters and leaves their indices where they are.
    body = re.sub(r"<mi>j_(\w+)</mi>", r"<msub><mi>J</mi><mi>\1</mi></msub>", body)
    body = re.sub(r"<mi>(\w)_(\w+)</mi>", r"<msub><mi>\1</mi><mi>\2</mi></msub>", body)
    return f'<math display="block"><mrow>{head}<mo>=</mo>{body}</mrow></math>'
