"""A rule run on a game of which only the names of field and Jacobian are known: its equations."""

from __future__ import annotations

import jax
import sympy
from jaxtyping import PyTree

from ..checks import refuse
from ..profile import Profile
from .rules import Tick, attempt, named_memory, symbols_of

PLANE = sympy.symbols("x y", real=True)


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
        return sympy.Function(name)(*x)


def named_update(rule: PyTree) -> tuple[Profile, dict[sympy.Symbol, sympy.Expr]]:
    """x and y after an update, and every memory of the rule after it; refused where the rule has
    no answer on symbols.
    """
    (x, y), start = PLANE, Profile(PLANE)
    game, period = Named(x, y), rule.rest.period
    if rule.rest.obstacle:
        raise refuse("rule", rule, "one map", rule.rest.obstacle)
    state = attempt(rule, lambda: rule.init(game, start, None))
    memory = named_memory(rule, state, ((x,), (y,)), {"x", "y", *map(str, symbols_of(rule))})
    after, kept = attempt(rule, lambda: rule.update(game, start, memory, Tick(period - 1)))
    return after, dict(zip(jax.tree.leaves(memory), jax.tree.leaves(kept), strict=True))
