"""Formulas in MathML: a game's losses and field, and a rule run on a game of which only the names
of field and Jacobian are known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax

from ..checks import InputError
from ..profile import Profile
from ..rules.base import UpdateRule

if TYPE_CHECKING:
    import sympy

    from ..symbolic import SymbolicGame

LONGEST = 6000  # characters of a formula that is still worth showing


class Named:
    """A game of two numbers x and y with the field (v_x, v_y) and the Jacobian J, by their names
    alone.
    """

    random = False

    def __init__(self, x: sympy.Symbol, y: sympy.Symbol):
        self.symbols = (x, y)

    def sample(self, key: object) -> None:
        """Nothing is drawn."""
        return None  # noqa: RET501

    def project(self, x: Profile) -> Profile:
        """The whole plane."""
        return x

    def field(self, x: Profile, sample: object = None) -> Profile:
        """(v_x, v_y) at x."""
        return Profile(self._at(f"v_{s}", x) for s in self.symbols)

    def push(self, x: Profile, tangent: Profile, sample: object = None) -> Profile:
        """J t."""
        return Profile(
            sum(self._entry(i, j, x) * t for j, t in enumerate(tangent)) for i in range(2)
        )

    def pull(
        self, x: Profile, covector: Profile, sample: object = None, *, of: int | None = None
    ) -> Profile:
        """J^T c, or J_i^T c_i of one player."""
        rows = range(2) if of is None else (of,)
        return Profile(sum(self._entry(i, j, x) * covector[i] for i in rows) for j in range(2))

    def _entry(self, i: int, j: int, x: Profile) -> sympy.Expr:
        return self._at(f"J_{self.symbols[i]}{self.symbols[j]}", x)

    @staticmethod
    def _at(name: str, x: Profile) -> sympy.Expr:
        import sympy

        return sympy.Function(name)(*x)


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

    from ..symbolic.rules import Tick, attempt, named_memory, symbols_of

    x, y = sympy.symbols("x y", real=True)
    game, start = Named(x, y), Profile((x, y))
    short = [name.rpartition(".")[2] for name in numbers]
    told = [s if short.count(s) == 1 else n for s, n in zip(short, numbers, strict=True)]
    symbols = [sympy.Symbol(name, positive=True) for name in told]
    own = made(symbols)
    if rule.rest.obstacle:
        return []
    try:
        state = attempt(own, lambda: own.init(game, start, None))
        memory = named_memory(own, state, ((x,), (y,)), {"x", "y", *map(str, symbols_of(own))})
        after, _ = attempt(own, lambda: own.update(game, start, memory, Tick(rule.rest.period - 1)))
    except (InputError, TypeError, ValueError):
        return []
    shown = [_equation(f"{s}^+", value) for s, value in zip((x, y), after, strict=True)]
    return shown if sum(map(len, shown)) < LONGEST else []


def _equation(name: str, value: sympy.Expr) -> str:
    import sympy
    from sympy.printing.mathml import mathml

    base, _, mark = name.partition("^")
    head = mathml(sympy.Symbol(base), printer="presentation")
    head = f"<msup>{head}<mo>{mark}</mo></msup>" if mark else head
    body = mathml(value, printer="presentation")
    body = body.replace("<mo>&InvisibleTimes;</mo>", '<mspace width="0.2em"/>')
    # SymPy writes names of functions in small letters and leaves their indices where they are.
    body = re.sub(r"<mi>j_(\w+)</mi>", r"<msub><mi>J</mi><mi>\1</mi></msub>", body)
    body = re.sub(r"<mi>(\w)_(\w+)</mi>", r"<msub><mi>\1</mi><mi>\2</mi></msub>", body)
    return f'<math display="block"><mrow>{head}<mo>=</mo>{body}</mrow></math>'
