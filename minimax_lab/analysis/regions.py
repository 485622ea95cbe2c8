"""The worst radius of a rule over a set of eigenvalues, proved in exact arithmetic.

The characteristic polynomial of the update is a polynomial in the field's eigenvalue. Along a curve
of the set's boundary its coefficients are polynomials in t over the rationals, and by Schur's
recursion all its roots lie within the bound when a few real polynomials in t are positive on [0,
1]:

    a -> conj(a_n) a(k) - a_0 a*(k),  divided by k,      |a_n|^2 > |a_0|^2 at every turn.

Sturm's theorem says whether they are. The proof keeps them, and is checked by another road: derived
again from the rule on symbols, and positive by their Bernstein coefficients.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import refuse
from ..rules.base import UpdateRule
from .classes import Curve, Spectra

if TYPE_CHECKING:
    import sympy

ROOM = 1e-8  # by which the bound lies above the worst radius that was found, relative
FINE = 2**60  # denominators of a bound
POINTS = 1001  # of a curve from which the search starts
DEEPEST = 60  # halvings of [0, 1] until Bernstein coefficients must have told

Real = tuple[Fraction, ...]  # a polynomial in t, lowest power first


@dataclasses.dataclass(frozen=True)
class RegionProof:
    """Every root of the characteristic polynomial lies within `bound` for each eigenvalue of the
    class, since these real polynomials are positive on [0, 1], one list a curve of the boundary.
    """

    rule: UpdateRule
    over: Spectra
    bound: Fraction
    positive: tuple[tuple[Real, ...], ...]

    def check(self) -> bool:
        """Whether it holds: the polynomials are made again from the rule as it runs on symbols, and
        are positive by their Bernstein coefficients on ever smaller parts of [0, 1].
        """
        again = schur(_by_symbols(self.rule, self.over), self.over, self.bound)
        same = all(
            _proportional(a, b)
            for one, other in zip(again, self.positive, strict=True)
            for a, b in zip(one, other, strict=True)
        )
        return same and all(_bernstein(p) for part in self.positive for p in part)

    def __str__(self) -> str:
        degrees = [[len(p) - 1 for p in part] for part in self.positive]
        lines = [f"every eigenvalue of the update is below {float(self.bound):.12g} in modulus"]
        for i, part in enumerate(degrees):
            powers = ", ".join(map(str, part))
            lines.append(f"curve {i + 1}: polynomials of degree {powers} are positive on [0, 1]")
        return "\n  ".join(lines)


def region_proof(rule: UpdateRule, over: Spectra) -> tuple[float, complex, RegionProof]:
    """The worst radius found, at which eigenvalue, and the proof that none is larger but by
    rounding.
    """
    from ..symbolic.feedback import feedback, update_polynomial

    found = feedback(rule)
    if not found.alike and over.players == 1:
        allowed = "one that treats all players alike"
        cause = (
            "The update of another is no function of the field's eigenvalues; over Rotation, "
            "bilinear games, it is one of the singular values."
        )
        raise refuse("rule", rule, allowed, cause)
    polynomial = update_polynomial(found, over.block)
    least, where = _worst(polynomial, over.boundary)
    bound = Fraction(math.ceil(least * (1 + ROOM) * FINE), FINE) or Fraction(1, FINE)
    positive = schur(polynomial, over, bound)
    if not all(_sturm(p) for part in positive for p in part):
        raise refuse(
            "over",
            over,
            "a set on whose boundary the radius is smooth enough to be searched",
            f"Somewhere it exceeds {float(bound):.9g}, the largest of {POINTS} points a curve.",
        )
    return least, where, RegionProof(rule, over, bound, positive)


def _worst(polynomial: sympy.Poly, curves: Sequence[Curve]) -> tuple[float, complex]:
    coefficients = _numbers(polynomial)

    def radii(values: np.ndarray) -> np.ndarray:
        rows = np.stack([np.polyval(c, values) for c in coefficients], axis=1)
        size = rows.shape[1] - 1
        companion = np.zeros((len(values), size, size), complex)
        companion[:, 0, :] = -rows[:, 1:]
        companion[:, range(1, size), range(size - 1)] = 1
        return np.max(np.abs(np.linalg.eigvals(companion)), axis=1)

    best = (-1.0, 0j)
    for curve in curves:
        t = np.linspace(0, 1, POINTS)
        while t[-1] - t[0] > 1e-13:
            heights = radii(curve.at(t))
            at = int(np.argmax(heights))
            best = max(best, (float(heights[at]), complex(curve.at(t)[at])), key=lambda p: p[0])
            t = np.linspace(t[max(at - 1, 0)], t[min(at + 1, len(t) - 1)], 33)
    return best


def _numbers(polynomial: sympy.Poly) -> list[np.ndarray]:
    """The coefficients of k, highest power first, each as one in the eigenvalue."""
    return [np.array([float(c) for c in part]) for part in _by_power(polynomial)]


def _by_power(polynomial: sympy.Poly) -> list[list[sympy.Rational]]:
    import sympy

    k, value = polynomial.gens
    return [
        sympy.Poly(c, value).all_coeffs() for c in sympy.Poly(polynomial.as_expr(), k).all_coeffs()
    ]


def schur(polynomial: sympy.Poly, over: Spectra, bound: Fraction) -> tuple[tuple[Real, ...], ...]:
    """The real polynomials of Schur's recursion for k = bound times something of the unit disc, one
    list a curve; roots that are zero are left out.
    """
    powers = _by_power(polynomial)
    while len(powers) > 1 and not any(powers[-1]):
        powers.pop()
    return tuple(_recursion(_along(powers, curve, bound)) for curve in over.boundary)


def _along(powers: list[list[Any]], curve: Curve, bound: Fraction) -> list[tuple[Any, Any]]:
    """The coefficients on a curve, lowest power of k first, as (real, imaginary) polynomials."""
    import sympy

    t = sympy.Symbol("t")
    p, q, d = (_poly(part, t) for part in curve)
    degree = max(len(part) - 1 for part in powers)
    one, none = sympy.Poly(1, t, domain="QQ"), sympy.Poly(0, t, domain="QQ")
    value = [(one, none)]
    for _ in range(degree):
        re, im = value[-1]
        value.append((re * p - im * q, re * q + im * p))
    found = []
    for place, part in enumerate(reversed(powers)):
        scale = sympy.Rational(bound.numerator, bound.denominator) ** place
        re, im = none, none
        for power, c in enumerate(reversed(part)):
            shared = d ** (degree - power) * (scale * c)
            re, im = re + shared * value[power][0], im + shared * value[power][1]
        found.append((re, im))
    return found


def _recursion(a: list[tuple[Any, Any]]) -> tuple[Real, ...]:
    found = []
    while len(a) > 1:
        (first_re, first_im), (last_re, last_im) = a[0], a[-1]
        size = last_re**2 + last_im**2 - first_re**2 - first_im**2
        found.append(_primitive(size))
        smaller = []
        for j in range(len(a) - 1):
            (next_re, next_im), (far_re, far_im) = a[j + 1], a[len(a) - 2 - j]
            re = last_re * next_re + last_im * next_im - first_re * far_re - first_im * far_im
            im = last_re * next_im - last_im * next_re - first_im * far_re + first_re * far_im
            smaller.append((re, im))
        a = smaller
    return tuple(found)


def _poly(part: Sequence[Fraction], t: sympy.Symbol) -> sympy.Poly:
    import sympy

    return sympy.Poly(
        [sympy.Rational(c.numerator, c.denominator) for c in reversed(part)], t, domain="QQ"
    )


def _primitive(polynomial: sympy.Poly) -> Real:
    """The same but for a positive factor, with whole coefficients."""
    if polynomial.is_zero:
        return (Fraction(0),)
    _, whole = polynomial.clear_denoms(convert=True)
    _, whole = whole.primitive()
    return tuple(Fraction(int(c)) for c in reversed(whole.all_coeffs()))


def _sturm(p: Real) -> bool:
    """Positive on [0, 1]: positive at zero, and no root in between."""
    import sympy

    t = sympy.Symbol("t")
    return p[0] > 0 and (len(p) == 1 or _poly(p, t).count_roots(0, 1) == 0)


def _bernstein(p: Real) -> bool:
    """The same: where all Bernstein coefficients are positive, so is the polynomial."""
    n = len(p) - 1
    start = [
        sum((p[j] * Fraction(math.comb(i, j), math.comb(n, j)) for j in range(i + 1)), Fraction(0))
        for i in range(n + 1)
    ]
    pending = [(start, 0)]
    while pending:
        b, depth = pending.pop()
        if b[0] <= 0 or b[-1] <= 0 or depth > DEEPEST:
            return False
        if min(b) > 0:
            continue
        left, right, row = [b[0]], [b[-1]], b
        while len(row) > 1:
            row = [(x + y) / 2 for x, y in itertools.pairwise(row)]
            left.append(row[0])
            right.append(row[-1])
        pending += [(left, depth + 1), (right[::-1], depth + 1)]
    return True


def _proportional(a: Real, b: Real) -> bool:
    return len(a) == len(b) and all(x * b[-1] == y * a[-1] for x, y in zip(a, b, strict=True))


def _by_symbols(rule: UpdateRule, over: Spectra) -> sympy.Poly:
    """The characteristic polynomial from the rule's update of a game of formulas."""
    import sympy

    from ..symbolic import SymbolicGame, exact

    k, value = sympy.symbols("k value")
    own = sympy.symbols(f"x:{over.players}")
    block = sympy.Matrix(over.block(value))
    field = block * sympy.Matrix(own)
    losses = tuple(
        x * (v - block[i, i] * x / 2) for i, (x, v) in enumerate(zip(own, field, strict=True))
    )
    game = SymbolicGame(losses, tuple((x,) for x in own))
    matrix = game.update_matrix(exact(rule), at=dict.fromkeys(own, 0))
    return sympy.Poly(matrix.charpoly(k).as_expr(), k, value)
