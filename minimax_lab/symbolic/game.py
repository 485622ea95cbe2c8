"""The same verbs on formulas: one SymPy expression and one tuple of symbols per player.

v_i = d l_i / d x_i,  J = dv / dx,  and the update map F of a rule with its Jacobian F', all as
formulas, by handing the very objects that walk on numbers a profile of symbols. Substitution is
simultaneous; nothing is simplified unless asked for.

Numbers are kept as given, so 0.1 stays a float in a formula; `exact(rule)` turns every float of a
rule into the rational it reads as (0.1 into 1/10), and eigenvalues are always taken of rationals.
Declare symbols real, or step limits stay unevaluated.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PyTree

from ..checks import InputError, is_number, refuse, whole
from ..game import Game, identity, split
from ..profile import Profile
from .formulas import (
    Expressions,
    Formulas,
    Projection,
    Symbols,
    eigenvalues_of,
    expressions,
    limit_of,
    numbers,
    owned,
    projections,
    put,
    vanishes,
)
from .rules import Tick, attempt, named_memory, symbols_of

Value: TypeAlias = float | sympy.Expr
At = Mapping[sympy.Symbol, Value] | None
Point = dict[sympy.Symbol, sympy.Expr]


class SymbolicGame(eqx.Module):
    """v_i = d (losses + penalties)_i / d x_i in formulas: player i minimises losses[i] over the
    symbols players[i].

    `SymbolicGame((x * y, -x * y), ((x,), (y,)))`. Symbols that belong to no player are parameters,
    a MatrixSymbol included. `project` maps a player's symbol to its projection, {y: Max(-c, Min(c,
    y))}. Profiles are Profile(((x,), (y,))) with expressions for leaves.
    """

    losses: Expressions = eqx.field(static=True)
    players: tuple[Symbols, ...] = eqx.field(static=True)
    penalties: Expressions | None = eqx.field(static=True)
    projections: Expressions | None = eqx.field(static=True)

    def __init__(
        self,
        losses: Sequence[Value],
        players: Sequence[sympy.Symbol | Symbols],
        penalties: Sequence[Value] | None = None,
        project: Mapping[sympy.Symbol, Value] | None = None,
    ):
        self.players = owned(players)
        self.losses = expressions(losses, "losses", len(self.players))
        self.penalties = (
            None if penalties is None else expressions(penalties, "penalties", len(self.players))
        )
        self.projections = None if project is None else projections(project, self.symbols)
        names: dict[str, sympy.Symbol] = {}
        for symbol in (*self.symbols, *self.parameters):
            if names.setdefault(str(symbol), symbol) != symbol:
                given = f"in two different symbols called {symbol}"
                cause = (
                    "Symbol('x') and Symbol('x', real=True) are two: create each once and use it "
                    "everywhere."
                )
                raise refuse("losses", given, "in symbols with different names", cause)

    @property
    def symbols(self) -> Symbols:
        """Every player's symbols, players stacked in order."""
        return tuple(symbol for own in self.players for symbol in own)

    @property
    def parameters(self) -> Symbols:
        """The symbols that belong to no player, by name."""
        formulas = (*self.losses, *(self.penalties or ()), *(self.projections or ()))
        free = set().union(*(f.free_symbols for f in formulas)) - set(self.symbols)
        return tuple(sorted(free, key=str))

    @property
    def profile(self) -> Profile:
        """The players' own symbols, as a profile."""
        return Profile(self.players)

    # What rules and directions ask of a game.

    def sample(self, key: None = None) -> None:
        """A symbolic game draws nothing."""
        return None  # noqa: RET501

    def totals(self, x: Profile | None = None, sample: None = None) -> Expressions:
        """What each player minimises: its loss plus its penalty."""
        totals = (
            self.losses
            if self.penalties is None
            else map(sum, zip(self.losses, self.penalties, strict=True))
        )
        return tuple(put(total, self._values(x)) for total in totals)

    def field(self, x: Profile | None = None, sample: None = None) -> Profile:
        """v(x)."""
        values = self._values(x)
        return Profile(
            tuple(put(v, values) for v in block) for block in _field(self.totals(), self.players)
        )

    def push(self, x: Profile, tangent: Profile, sample: None = None) -> Profile:
        """J(x) t."""
        column = sympy.Matrix(list(self._values(tangent, "tangent").values()))
        return self._blocks(self._matrix(x) * column)

    def pull(
        self, x: Profile, covector: Profile, sample: None = None, *, of: int | None = None
    ) -> Profile:
        """J(x)^T c, or J_i^T c_i `of` one player."""
        if of is not None:
            covector = (0 * covector).replace(of, covector[of])
        column = sympy.Matrix(list(self._values(covector, "covector").values()))
        return self._blocks(self._matrix(x).T * column)

    def project(self, x: Profile) -> Profile:
        """P(x)."""
        if self.projections is None:
            return x
        values = self._values(x)
        return self._blocks([put(p, values) for p in self.projections])

    # Formulas of the field.

    def jacobian(self, at: At = None) -> sympy.Matrix:
        """J = dv / dx, players stacked in order; `at` = {x: 0, y: 0} gives every player's symbol,
        and parameters if wanted.
        """
        point = self._point(at)
        jacobian = _jacobian(self.totals(), self.players)
        return sympy.Matrix(jacobian.applyfunc(lambda e: put(e, point)))

    def split(self, at: At = None) -> tuple[sympy.Matrix, sympy.Matrix]:
        """J = S + A, symmetric and antisymmetric."""
        return split(self.jacobian(at))

    def eigenvalues(self, at: At = None) -> list[sympy.Expr]:
        """The eigenvalues of J, each as often as its multiplicity."""
        return eigenvalues_of(self.jacobian(at))

    def step_limit(self, at: At = None) -> sympy.Expr:
        """min 2 Re / |.|^2 over the eigenvalues: simultaneous descent is locally stable for steps
        in (0, limit), if any.
        """
        return limit_of(self.jacobian(at))

    def stationary(self) -> list[Point]:
        """Where the field vanishes, each point ready to be passed as `at`; points known not to be
        real are left out.
        """
        field = [v for block in _field(self.totals(), self.players) for v in block]
        try:
            found = sympy.solve(field, self.symbols, dict=True)
        except NotImplementedError as error:
            raise InputError(
                f"SymPy cannot solve v = 0 for {self!r}; search with `.numeric()` and "
                f"find_equilibria."
            ) from error
        points = [{symbol: point.get(symbol, symbol) for symbol in self.symbols} for point in found]
        return [
            point for point in points if not any(value.is_real is False for value in point.values())
        ]

    # Formulas of the update.

    def memory(self, rule: PyTree) -> PyTree:
        """The rule's state before an update, every memory a fresh symbol: m_x, previous_x,
        walker_x, fast_x.
        """
        state = attempt(rule, lambda: rule.init(self, self.profile, None))
        taken = set(map(str, (*self.symbols, *self.parameters)))
        return named_memory(rule, state, self.players, taken)

    def update(self, rule: PyTree, index: int | None = None) -> tuple[Profile, PyTree]:
        """(profile, state) after one update of this very rule from `profile` and `memory(rule)`,
        unsimplified.

        `index` says which update; None composes all of a period (one update, but Lookahead's period
        for Lookahead).
        """
        rule, now = numbers(rule), (self.profile, self.memory(rule))
        for k in range(rule.rest.period) if index is None else (whole(index, "index", 0),):
            now = attempt(rule, functools.partial(rule.update, self, *now, Tick(k)))
        return now

    def update_matrix(self, rule: PyTree, at: At = None) -> sympy.Matrix:
        """The Jacobian of the update in the symbols of (profile, memory); `at` = {x: 0, y: 0} puts
        memories at rest there.
        """
        symbols = (*self.symbols, *jax.tree.leaves(self.memory(rule)))
        if at is None:
            return sympy.Matrix(jax.tree.leaves(self.update(rule))).jacobian(symbols)
        updates = [
            sympy.Matrix(jax.tree.leaves(self.update(rule, k))) for k in range(rule.rest.period)
        ]
        point = self._resting(numbers(rule), updates, symbols, self._point(at, symbols_of(rule)))
        maps = [update.jacobian(symbols).applyfunc(lambda e: put(e, point)) for update in updates]
        return functools.reduce(lambda past, now: now * past, maps)

    def update_eigenvalues(self, rule: PyTree, at: At = None) -> list[sympy.Expr]:
        """The eigenvalues of the update map, memories included: locally stable when all lie inside
        the unit circle.
        """
        return eigenvalues_of(self.update_matrix(rule, at))

    def numeric(self, values: Mapping[sympy.Symbol, Value | Array] | None = None) -> Game:
        """The game on arrays. Parameters become data, so a new value compiles nothing; equal
        formulas give equal games.

        A player may be given as any pytree with as many entries as it has symbols: x, [x, y] or (x,
        y).
        """
        data = self._parameter_values(values or {})

        def formulas(expressions: Expressions) -> Formulas:
            return Formulas(expressions, self.players, self.parameters)

        penalties = None if self.penalties is None else formulas(self.penalties)
        project = (
            identity if self.projections is None else Projection(formulas(self.projections), data)
        )
        return Game(formulas(self.losses), data or None, penalties=penalties, project=project)

    def __repr__(self) -> str:
        lines = [f"SymbolicGame of {len(self.players)} players"]
        for i, (own, total) in enumerate(zip(self.players, self.totals(), strict=True)):
            lines.append(f"  player {i} minimises {total} over {', '.join(map(str, own))}")
        if self.projections is not None:
            lines.append(f"  projected to {', '.join(map(str, self.projections))}")
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        rows = [
            rf"\min_{{{', '.join(map(sympy.latex, own))}}}\; & {sympy.latex(total)}"
            for own, total in zip(self.players, self.totals(), strict=True)
        ]
        return r"$\displaystyle \begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}$"

    # Private.

    def _matrix(self, x: Profile) -> sympy.Matrix:
        values = self._values(x)
        return _jacobian(self.totals(), self.players).applyfunc(lambda e: put(e, values))

    def _blocks(self, entries: Iterable[sympy.Expr]) -> Profile:
        rest = iter(entries)
        return Profile(tuple(next(rest) for _ in own) for own in self.players)

    def _values(self, x: Profile | None, argument: str = "x") -> Point:
        if x is None:
            return dict(zip(self.symbols, self.symbols, strict=True))
        entries = (
            [jax.tree.leaves(strategy) for strategy in x]
            if isinstance(x, Profile | tuple | list)
            else []
        )
        if [len(e) for e in entries] != [len(own) for own in self.players]:
            raise refuse(argument, x, f"a profile shaped like {self.profile}")
        return {
            s: sympy.sympify(e)
            for own, e in zip(self.players, entries, strict=True)
            for s, e in zip(own, e, strict=True)
        }

    def _point(self, at: At, extra: Symbols = ()) -> Point:
        if at is None:
            return {}
        allowed = (*self.symbols, *self.parameters, *extra)
        listed = f"a mapping that gives each of {', '.join(map(str, self.symbols))} a value"
        if not isinstance(at, Mapping):
            raise refuse("at", at, listed, "Write at={x: 0, y: 0}.")
        for symbol, value in at.items():
            if symbol not in allowed:
                same = str(symbol) in map(str, allowed)
                cause = (
                    "A symbol of the same name but other assumptions exists; use that very symbol."
                )
                given = f"given {symbol}, which this game does not know"
                raise refuse("at", given, f"given in {allowed}", cause if same else "")
            if not isinstance(sympy.sympify(value), sympy.Expr):
                raise refuse(f"at[{symbol}]", value, "a number or an expression")
        missing = [symbol for symbol in self.symbols if symbol not in at]
        if missing:
            raise refuse("at", f"without {', '.join(map(str, missing))}", listed)
        return {symbol: sympy.sympify(value) for symbol, value in at.items()}

    def _resting(
        self, rule: PyTree, updates: list[sympy.Matrix], symbols: Symbols, point: Point
    ) -> Point:
        """The point, with every memory at the value it keeps while the players stand still
        there.
        """
        memories = symbols[len(self.symbols) :]
        here = Profile(tuple(point[s] for s in own) for own in self.players)
        # At a stationary point the state that `init` gives there stays as it is: no equation to
        # solve.
        start = [
            put(sympy.sympify(leaf), point) for leaf in jax.tree.leaves(rule.init(self, here, None))
        ]
        candidate = point | dict(zip(memories, start, strict=True))
        if all(
            vanishes(put(u - s, candidate))
            for update in updates
            for u, s in zip(update, symbols, strict=True)
        ):
            return candidate
        after = (
            updates[0][len(self.symbols) :, :].applyfunc(lambda e: put(e, point))
            if memories
            else sympy.Matrix([])
        )
        slope = after.jacobian(memories) if memories else sympy.Matrix([])
        if (
            len(updates) > 1
            or slope.free_symbols & set(memories)
            or (sympy.eye(len(memories)) - slope).det() == 0
        ):
            cause = f"Off it the memory of {rule!r} has no single resting value to be found."
            players = {k: v for k, v in point.items() if k in self.symbols}
            raise refuse("at", players, "a stationary point of the game", cause)
        constant = after.applyfunc(lambda e: put(e, dict.fromkeys(memories, sympy.S.Zero)))
        return point | dict(
            zip(memories, (sympy.eye(len(memories)) - slope).LUsolve(constant), strict=True)
        )

    def _parameter_values(self, given: Mapping[sympy.Symbol, Value | Array]) -> dict[str, Array]:
        names = ", ".join(map(str, self.parameters))
        allowed = (
            f"a mapping that gives each of {names} a number"
            if names
            else "left out, as every symbol belongs to a player"
        )
        if not isinstance(given, Mapping) or set(given) != set(self.parameters):
            raise refuse(
                "values", given, allowed, "Symbols that belong to no player are parameters."
            )
        values = {}
        for symbol in self.parameters:
            value = given[symbol]
            if isinstance(value, sympy.Expr) and value.is_extended_real and value.is_number:
                value = float(value)
            if not is_number(value):
                raise refuse(f"values[{symbol}]", value, "a number")
            values[str(symbol)] = jnp.asarray(value, jnp.result_type(float))
        return values


@functools.lru_cache(maxsize=256)
def _field(totals: Expressions, players: tuple[Symbols, ...]) -> tuple[Expressions, ...]:
    return tuple(
        tuple(sympy.diff(total, symbol) for symbol in own)
        for total, own in zip(totals, players, strict=True)
    )


@functools.lru_cache(maxsize=256)
def _jacobian(totals: Expressions, players: tuple[Symbols, ...]) -> sympy.ImmutableMatrix:
    field = [v for block in _field(totals, players) for v in block]
    return sympy.ImmutableMatrix(field).jacobian([symbol for own in players for symbol in own])
