"""A rule as a linear system in feedback with the field, found by running it on symbols.

    z' = A z + B u,    y = C z + D u,    u_j = v(y_j)

z is the profile and what the rule remembers, y the points at which it asks for the field, u the
answers. Each player has a system of its own; where all are alike, one stands for all. A rule that
asks for anything but the field, such as products with its Jacobian, has no such system.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from fractions import Fraction

import jax
import sympy
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..profile import Profile
from .formulas import Symbols, exact
from .rules import Tick, attempt, named_memory

Rows = tuple[tuple[Fraction, ...], ...]


@dataclasses.dataclass(frozen=True)
class System:
    """One player's part: exact matrices, whose first state is its strategy."""

    A: Rows
    B: Rows
    C: Rows
    D: Rows

    @property
    def size(self) -> int:
        """How many numbers the state has for each number of the strategy."""
        return len(self.A)

    @property
    def looks(self) -> int:
        """How often an update asks for the field."""
        return len(self.C)


@dataclasses.dataclass(frozen=True)
class Feedback:
    """The systems of all players over a `period` of updates; one where they are alike."""

    systems: tuple[System, ...]
    period: int

    @property
    def alike(self) -> bool:
        """Whether every player does the same, so that any number of players may be meant."""
        return len(self.systems) == 1


class _Asked:
    """A game of two players that answers with new symbols, and keeps what it was asked."""

    def __init__(self) -> None:
        self.points: list[Profile] = []
        self.answers: list[Symbols] = []

    def sample(self, key: None = None) -> None:
        """A class of games draws nothing."""

    def project(self, x: Profile) -> Profile:
        """The whole space."""
        return x

    def field(self, x: Profile, sample: None = None) -> Profile:
        """Two new symbols; the old ones where this very point was asked before."""
        for point, answer in zip(self.points, self.answers, strict=True):
            if all(
                sympy.expand(a - b) == 0 for a, b in zip(_leaves(point), _leaves(x), strict=True)
            ):
                return _blocks(answer)
        self.points.append(x)
        self.answers.append(tuple(sympy.symbols(f"u{len(self.points)}_x u{len(self.points)}_y")))
        return _blocks(self.answers[-1])

    def __getattr__(self, name: str) -> object:
        raise InputError(
            f"it asks for the game's `{name}`, but of a class of games the field alone is known"
        )


def feedback(rule: PyTree) -> Feedback:
    """The systems of a rule, over its period."""
    return _found(exact(rule))


def _found(rule: PyTree) -> Feedback:
    own = sympy.symbols("x y")
    players: tuple[Symbols, ...] = tuple((symbol,) for symbol in own)
    state = attempt(rule, lambda: rule.init(_Asked(), Profile(players), None))
    memory = named_memory(rule, state, players, set(map(str, own)))
    asked = _Asked()
    now = Profile(players), memory
    for k in range(rule.rest.period):
        now = attempt(rule, functools.partial(rule.update, asked, *now, Tick(k)))
    states = (*own, *jax.tree.leaves(memory))
    after = [sympy.sympify(leaf) for leaf in jax.tree.leaves(now)]
    owners = _owners(states, after, asked)
    found = tuple(_system(rule, player, states, after, owners, asked) for player in range(2))
    return Feedback(found[:1] if found[0] == found[1] else found, rule.rest.period)


def _system(
    rule: PyTree,
    player: int,
    states: Symbols,
    after: list[sympy.Expr],
    owners: dict[sympy.Symbol, int],
    asked: _Asked,
) -> System:
    mine = [k for k, symbol in enumerate(states) if owners[symbol] == player]
    z, u = [states[k] for k in mine], [answer[player] for answer in asked.answers]
    moved = sympy.Matrix([after[k] for k in mine])
    looked = sympy.Matrix([_leaves(point)[player] for point in asked.points])
    parts = [part.jacobian(by) for part in (moved, looked) for by in (z, u)]
    rest = (moved - parts[0] * sympy.Matrix(z) - parts[1] * sympy.Matrix(u)).applyfunc(sympy.expand)
    rest_looked = looked - parts[2] * sympy.Matrix(z) - parts[3] * sympy.Matrix(u)
    if any(part.free_symbols for part in parts) or any(
        sympy.expand(e) != 0 for e in (*rest, *rest_looked)
    ):
        allowed = "one whose update is linear in its state and in the field, with numbers for steps"
        raise refuse("rule", rule, allowed)
    A, B, C, D = (_rows(part) for part in parts)
    return System(A, B, C, D)


def _owners(states: Symbols, after: list[sympy.Expr], asked: _Asked) -> dict[sympy.Symbol, int]:
    """Whose each memory is: it meets one player's strategy, answers or memories alone."""
    owners = {states[i]: i for i in range(2)}
    owners |= {answer[i]: i for answer in asked.answers for i in range(2)}
    pending = True
    while pending:
        pending = False
        for symbol, value in zip(states, after, strict=True):
            met = {symbol, *value.free_symbols}
            known = {owners[s] for s in met if s in owners}
            if len(known) == 1 and not met <= set(owners):
                owners |= dict.fromkeys(met, known.pop())
                pending = True
    # What nothing depends on belongs to either.
    return {symbol: owners.get(symbol, 0) for symbol in (*states, *owners)}


def _leaves(x: Profile) -> list[sympy.Expr]:
    return [sympy.sympify(leaf) for leaf in jax.tree.leaves(x)]


def _blocks(answer: Symbols) -> Profile:
    return Profile(tuple((symbol,) for symbol in answer))


def _rows(matrix: sympy.Matrix) -> Rows:
    return tuple(
        tuple(Fraction(int(sympy.Rational(e).p), int(sympy.Rational(e).q)) for e in matrix.row(i))
        for i in range(matrix.rows)
    )


def update_polynomial(
    found: Feedback, block: Callable[[sympy.Symbol], list[list[sympy.Expr]]]
) -> sympy.Poly:
    """The characteristic polynomial, in k, of the update where the field is v(y) = J y with J =
    block(value), one row a player: A + B J (1 - D J)^-1 C of all players together.
    """
    k, value = sympy.symbols("k value")
    J = sympy.Matrix(block(value))
    systems = found.systems * J.rows if found.alike else found.systems
    A, B, C, D = (
        sympy.diag(*(_matrix(getattr(system, name)) for system in systems)) for name in "ABCD"
    )
    # The answers of all players at one look stand beside each other in J's rows.
    mixed = sympy.kronecker_product(J, sympy.eye(systems[0].looks))
    inner = sympy.eye(B.cols) - mixed * D
    matrix = (A + B * inner.LUsolve(mixed * C)).applyfunc(sympy.cancel)
    return sympy.Poly(sympy.cancel(matrix.charpoly(k).as_expr()), k, value)


def _matrix(rows: Rows) -> sympy.Matrix:
    return sympy.Matrix([[sympy.Rational(e.numerator, e.denominator) for e in row] for row in rows])
