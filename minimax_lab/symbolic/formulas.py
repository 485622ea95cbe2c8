"""What formulas need before they are games: simultaneous substitution, eigenvalues as formulas, and
the road to arrays.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jax.flatten_util import ravel_pytree
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PyTree
from sympy.core.function import AppliedUndef

from ..checks import InputError, is_number, refuse
from ..profile import Profile

Expressions = tuple[sympy.Expr, ...]
Symbols = tuple[sympy.Symbol, ...]

# Functions whose names SymPy's JAX printer leaves to the caller.
_SPECIAL = {
    "erf": jax.scipy.special.erf,
    "erfc": jax.scipy.special.erfc,
    "loggamma": jax.scipy.special.gammaln,
}


def exact(tree: PyTree) -> PyTree:
    """The same rule, direction or tree with every float as the rational it reads as: 0.1 becomes
    1/10.

    Arguments:
        tree: a rule, a direction, or any tree of numbers.

    Examples:
        >>> from minimax_lab import Simultaneous, exact
        >>> exact(Simultaneous(0.1)).step
        1/10
    """
    return jax.tree.map(
        lambda leaf: _rational(leaf) if isinstance(leaf, float) else leaf, numbers(tree)
    )


def _rational(value: float) -> sympy.Rational:
    if not math.isfinite(value):
        raise refuse("a number to be made exact", value, "finite")
    return sympy.Rational(repr(value))


def numbers(tree: PyTree) -> PyTree:
    """The same tree with arrays of one number as that number, so that they meet symbols."""

    def one(leaf: PyTree) -> PyTree:
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic) or not is_number(leaf):
            return leaf
        if jnp.ndim(leaf) != 0:
            given = f"an array of shape {leaf.shape}"
            allowed = "one number"
            raise refuse("a number inside the rule", given, allowed, "Stacks belong to `sweep`.")
        return float(leaf)

    return jax.tree.map(one, tree)


def put(expression: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
    """The expression with all symbols replaced at once."""
    if all(symbol == value for symbol, value in values.items()):
        return expression
    # xreplace is many times faster, but would write f(2 x) where a derivative is taken "by" 2 x.
    if expression.has(sympy.Derivative, sympy.Subs):
        return expression.subs(dict(values), simultaneous=True)
    return expression.xreplace(dict(values))


def vanishes(expression: sympy.Expr) -> bool:
    """Whether it is zero: to 1e-12 where it is a number, by simplifying otherwise."""
    if expression.is_number:
        return bool(abs(sympy.N(expression)) < 1e-12)
    return expression.is_zero is True or sympy.simplify(expression) == 0


def factors(matrix: sympy.Matrix, *, gaussian: bool = False) -> list[tuple[list[sympy.Expr], int]]:
    """The monic factors of the characteristic polynomial, as (coefficients, multiplicity); floats
    are read as rationals.

    `gaussian` factors over Q(i) too what has no quadratic formula: a pair of conjugate quadratics
    where Q leaves a quartic.
    """
    rational = sympy.Matrix(matrix).applyfunc(
        lambda e: sympy.nsimplify(e, rational=True) if e.has(sympy.Float) else e
    )
    characteristic = rational.charpoly()
    unknown, found = characteristic.gen, []
    for factor, multiplicity in sympy.factor_list(characteristic.as_expr())[1]:
        if factor.has(unknown):
            for part in _conjugates(factor, unknown) if gaussian else [factor]:
                first, *rest = sympy.Poly(part, unknown).all_coeffs()
                found.append(
                    ([sympy.S.One, *(sympy.cancel(c / first) for c in rest)], multiplicity)
                )
    return found


def _conjugates(factor: sympy.Expr, unknown: sympy.Symbol) -> list[sympy.Expr]:
    """The factors over Q(i) of what is irreducible over Q; itself where it is quadratic, or does
    not split.
    """
    polynomial = sympy.Poly(factor)
    others = [part for part in polynomial.gens if part != unknown]
    if sympy.degree(factor, unknown) <= 2 or not (
        polynomial.domain.is_ZZ or polynomial.domain.is_QQ
    ):
        return [factor]
    # What splits still splits at numbers, where that is seen at once; with symbols in it the search
    # can take minutes.
    for first in (101, 503) if others else ():
        point = {part: first + 7 * k**2 for k, part in enumerate(others)}
        if len(sympy.factor_list(polynomial.eval(point).as_expr(), gaussian=True)[1]) == 1:
            return [factor]
    # SymPy shifts all symbols by one multiple of i until something changes: forever in a polynomial
    # of (unknown - a).
    scaled = {part: (sympy.Dummy(), sympy.prime(26 + k)) for k, part in enumerate(others)}
    renamed = polynomial.as_expr(
        *(scaled[part][0] * scaled[part][1] if part in scaled else part for part in polynomial.gens)
    )
    back = {dummy: part / scale for part, (dummy, scale) in scaled.items()}
    return [
        part.xreplace(back)
        for part, count in sympy.factor_list(renamed, gaussian=True)[1]
        for _ in range(count)
    ]


def eigenvalues_of(matrix: sympy.Matrix) -> list[sympy.Expr]:
    """The roots of the characteristic polynomial, each as often as its multiplicity."""
    return [
        root
        for coefficients, count in factors(matrix, gaussian=True)
        for root in count * _roots(coefficients)
    ]


def limit_of(matrix: sympy.Matrix) -> sympy.Expr:
    """min 2 Re(e) / |e|^2 over the eigenvalues e, from real factors: 2/e, and trace/determinant for
    a complex pair.
    """
    return sympy.Min(*(_limit(coefficients) for coefficients, _ in factors(matrix)))


class Formulas(eqx.Module):
    """Expressions as a function of (profile, {parameter: value}), in the profile's precision; equal
    formulas are equal.
    """

    expressions: Expressions = eqx.field(static=True)
    players: tuple[Symbols, ...] = eqx.field(static=True)
    parameters: Symbols = eqx.field(static=True)

    def __call__(self, x: Profile, sample: Mapping[str, Array]) -> tuple[Float[Array, ""], ...]:
        dtype = x.dtype
        if len(x) != len(self.players):
            allowed = f"one of {len(self.players)}, as the formulas have"
            raise refuse("the profile", f"one of {len(x)} players", allowed)
        entries = [
            entry for i, own in enumerate(self.players) for entry in _entries(x[i], own, i, dtype)
        ]
        entries += [jnp.asarray(sample[str(symbol)], dtype) for symbol in self.parameters]
        return tuple(jnp.asarray(value, dtype) for value in _compiled(self)(*entries))


class Projection(eqx.Module):
    """P(x) by formulas, given back in the structure of x."""

    formulas: Formulas
    values: dict[str, Array]

    def __call__(self, x: Profile) -> Profile:
        entries, start, moved = self.formulas(x, self.values), 0, []
        for strategy, own in zip(x, self.formulas.players, strict=True):
            moved.append(ravel_pytree(strategy)[1](jnp.stack(entries[start : start + len(own)])))
            start += len(own)
        return Profile(moved)


def _compiled(formulas: Formulas) -> Callable[..., tuple[Array, ...]]:
    return _lambdified(formulas.expressions, formulas.players, formulas.parameters)


@functools.lru_cache(maxsize=256)
def _lambdified(
    expressions: Expressions, players: tuple[Symbols, ...], parameters: Symbols
) -> Callable[..., tuple[Array, ...]]:
    symbols = [symbol for own in players for symbol in own]
    return sympy.lambdify([*symbols, *parameters], expressions, modules=[_SPECIAL, "jax"], cse=True)


def _entries(strategy: PyTree, own: Symbols, player: int, dtype: DTypeLike) -> list[Array]:
    flat = ravel_pytree(strategy)[0]
    if flat.size != len(own):
        wanted = f"of {len(own)}, one for each of {', '.join(map(str, own))}"
        raise refuse(f"the strategy of player {player}", f"of {flat.size} numbers", wanted)
    return [flat[k].astype(dtype) for k in range(len(own))]


def _roots(coefficients: list[sympy.Expr]) -> list[sympy.Expr]:
    if len(coefficients) == 2:
        return [-coefficients[1]]
    if len(coefficients) == 3:
        half, square = _half_and_square(coefficients)
        root = _either_root(square)
        return [half - root, half + root]
    unknown = sympy.Dummy("eigenvalue")
    factor = sympy.Poly(coefficients, unknown)
    if all(c.is_number and not c.has(AppliedUndef) for c in coefficients):
        return factor.nroots(n=30, maxsteps=500)
    # Cardano's and Ferrari's formulas fill pages; only factors that split without them count as
    # having a formula.
    found = sympy.roots(factor, cubics=False, quartics=False, multiple=True)
    if len(found) != factor.degree():
        raise InputError(
            "these eigenvalues have no formula worth printing: the characteristic polynomial "
            f"keeps an irreducible factor of degree {factor.degree()}. Give numbers for symbols in "
            "`at`, or read the matrix's own charpoly()."
        )
    return found


def _half_and_square(coefficients: list[sympy.Expr]) -> tuple[sympy.Expr, sympy.Expr]:
    """(m, d) for the roots m -+ sqrt(d)."""
    _, linear, constant = coefficients
    square = sympy.expand(linear**2 / 4 - constant)
    # With i in it, it would be factored over Q(i), which `_conjugates` explains.
    return -linear / 2, square if square.has(sympy.I) else sympy.factor(square)


def _either_root(square: sympy.Expr) -> sympy.Expr:
    """One of the two square roots of a product, with even powers taken out: i a of -a^2, whatever
    the sign of a.
    """
    outside, inside = sympy.S.One, sympy.S.One
    for part in sympy.Mul.make_args(square):
        base, power = part.as_base_exp()
        if power.is_even:
            outside *= base ** (power / 2)
        else:
            inside *= part
    return outside * sympy.sqrt(inside)


def _limit(coefficients: list[sympy.Expr]) -> sympy.Expr:
    if len(coefficients) == 2:
        return sympy.S.Zero if coefficients[1] == 0 else -2 / coefficients[1]
    if len(coefficients) == 3:
        half, square = _half_and_square(coefficients)
        root = sympy.sqrt(square)
        # Two real ones: the larger decides if they share a sign, the negative one if they do not.
        cases = (
            (2 * half / coefficients[2], square < 0),
            (2 / (half + root), coefficients[2] > 0),
            (2 / (half - root), True),
        )
        return sympy.Piecewise(*cases)
    parts = [root.as_real_imag() for root in _roots(coefficients)]
    return sympy.Min(*(2 * re / (re**2 + im**2) for re, im in parts))


def owned(given: object) -> tuple[Symbols, ...]:
    shape = "a tuple with one tuple of symbols per player, such as ((x,), (y,))"
    if not isinstance(given, tuple | list) or not given:
        raise refuse("players", given, shape)
    players = tuple(
        (own,) if isinstance(own, sympy.Symbol) else tuple(own) if _iterable(own) else own
        for own in given
    )
    owners: dict[sympy.Symbol, int] = {}
    for i, own in enumerate(players):
        if (
            not isinstance(own, tuple)
            or not own
            or not all(isinstance(symbol, sympy.Symbol) for symbol in own)
        ):
            raise refuse(f"players[{i}]", given[i], "a tuple of SymPy symbols, at least one")
        for symbol in own:
            if owners.setdefault(symbol, i) != i or own.count(symbol) > 1:
                allowed = "made of symbols that have one owner each"
                raise refuse("players", f"{given}, where {symbol} is owned twice", allowed)
    return players


def _iterable(given: object) -> bool:
    return isinstance(given, tuple | list | sympy.MatrixBase)


def expressions(given: object, argument: str, players: int) -> Expressions:
    if not isinstance(given, tuple | list):
        allowed = f"a tuple of {players} expressions, one per player"
        raise refuse(argument, given, allowed, "For a zero-sum game write (f, -f).")
    if len(given) != players:
        raise refuse(argument, f"{len(given)} expressions", f"{players}, one per player")
    return tuple(_expression(value, f"{argument}[{i}]") for i, value in enumerate(given))


def _expression(given: object, argument: str) -> sympy.Expr:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return sympy.sympify(given)
    if isinstance(given, sympy.MatrixBase | sympy.MatrixExpr):
        cause = "Of a product such as x.T * A * y take the entry: (x.T * A * y)[0]."
        raise refuse(argument, given, "a scalar expression", cause)
    if not isinstance(given, sympy.Expr):
        cause = "Build it from symbols: x, y = sympy.symbols('x y', real=True)."
        raise refuse(argument, given, "a SymPy expression", cause)
    return given


def projections(given: object, symbols: Symbols) -> Expressions:
    if not isinstance(given, Mapping) or not set(given) <= set(symbols):
        allowed = "a mapping from players' symbols to expressions, such as {y: Max(-1, Min(1, y))}"
        raise refuse("project", given, allowed)
    return tuple(_expression(given.get(symbol, symbol), f"project[{symbol}]") for symbol in symbols)
