"""Closed forms found by the very rules on symbols: spectra, step limits, splits, stationary
points.
"""

import itertools
import math
import random

import numpy as np
import pytest
import sympy
from sympy import Rational

import minimax_lab as mm
from tests.symbolic.test_symbolic import (
    BILINEAR,
    COUPLED,
    DIRAC,
    ORIGIN,
    PAIR,
    PENALISED,
    SLOPE,
    beta,
    gamma,
    h,
    rationals,
    s,
    u,
    x,
    y,
    z,
)

SLOPE_SYMBOL = sympy.Symbol("slope", real=True)


def assert_formulas(found, wanted):
    """The same formulas in any order: matched by their values at one point, then proved equal."""
    pairs = [
        [sympy.sympify(e).xreplace({SLOPE: SLOPE_SYMBOL}) for e in formulas]
        for formulas in (found, wanted)
    ]
    values = rationals(
        sorted(set().union(*(e.free_symbols for e in itertools.chain(*pairs))), key=str), 5
    )
    found, wanted = (sorted(e, key=lambda e: complex_key(e.xreplace(values))) for e in pairs)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        difference = sympy.expand(one - other)
        assert difference == 0 or sympy.simplify(difference) == 0, (one, other)


def complex_key(number):
    number = complex(number)
    return round(number.real, 9), round(number.imag, 9)


def test_dirac_gan_spectra_are_the_papers():
    slope = SLOPE
    assert_formulas(DIRAC.eigenvalues(ORIGIN), [sympy.I * slope, -sympy.I * slope])
    consensus = DIRAC.update_eigenvalues(mm.Simultaneous(h, mm.Consensus(gamma)), ORIGIN)
    assert_formulas(
        consensus, [1 + h * (-gamma * slope**2 + sign * sympy.I * slope) for sign in (1, -1)]
    )
    penalised = mm.SymbolicGame(DIRAC.losses, DIRAC.players, (0, gamma * y**2 / 2))
    root = sympy.sqrt(gamma**2 / 4 - slope**2)
    assert_formulas(penalised.eigenvalues(ORIGIN), [gamma / 2 + root, gamma / 2 - root])
    # The paper's f has the slope 1/2: oscillating below the critical penalty 1, where the limit is
    # gamma / slope^2.
    limit = PENALISED.step_limit(ORIGIN)
    assert limit.subs(gamma, Rational(3, 10)) == Rational(6, 5)
    assert sympy.simplify(limit.subs(gamma, 2) - 2 / (1 + sympy.sqrt(3) / 2)) == 0


def test_alternating_dirac_traces_and_determinants_are_the_papers():
    slope = SLOPE_SYMBOL
    a, c = h * slope, h * gamma * slope**2
    penalised = mm.SymbolicGame(DIRAC.losses, DIRAC.players, (0, gamma * y**2 / 2))
    left = 1 - h * gamma
    slow = sympy.Symbol("h_g", positive=True)
    kicks = a * (1 - left**2) / (1 - left)
    rows = [
        (DIRAC, mm.Alternating(h), 2 - a**2, 1),
        (DIRAC, mm.Alternating(h, order=(1, 0)), 2 - a**2, 1),
        (DIRAC, mm.Alternating(h, order=(0, 1, 1)), 2 - 2 * a**2, 1),
        (DIRAC, mm.Alternating((slow, h)), 2 - a * slow * slope, 1),
        (penalised, mm.Alternating(h), 2 - h * gamma - a**2, left),
        (penalised, mm.Alternating(h, order=(0, 1, 1)), 1 + left**2 - a * kicks, left**2),
        (DIRAC, mm.Alternating(h, mm.Consensus(gamma)), 2 * (1 - c) - a**2, (1 - c) ** 2),
    ]
    for game, rule, trace, determinant in rows:
        matrix = game.update_matrix(rule, ORIGIN).xreplace({SLOPE: slope})
        assert sympy.cancel(matrix.trace() - trace) == 0, rule
        assert sympy.cancel(matrix.det() - determinant) == 0, rule


TURN = sympy.I * h * s
ROOT = sympy.sqrt(1 - 4 * h**2 * s**2) / 2
SWING = h * s * sympy.sqrt(h**2 * s**2 - 4) / 2
BOTH = (1, -1)
PAST = [Rational(1, 2) + i * TURN + j * ROOT for i, j in itertools.product(BOTH, BOTH)]


PER_SINGULAR_VALUE = [
    (mm.Simultaneous(h), [1 + i * TURN for i in BOTH]),
    (mm.Alternating(h), [1 - h**2 * s**2 / 2 + i * SWING for i in BOTH]),
    (mm.Extragradient(h), [1 - h**2 * s**2 + i * TURN for i in BOTH]),
    (mm.Optimistic(h), PAST),
    (mm.PastExtragradient(h), PAST),
    (mm.Simultaneous(h, mm.Consensus(gamma)), [1 - h * gamma * s**2 + i * TURN for i in BOTH]),
    (
        mm.Simultaneous(h, mm.Symplectic(gamma, align=False)),
        [1 - h * gamma * s**2 + i * TURN for i in BOTH],
    ),
    (mm.Averaged(mm.Simultaneous(h), decay=beta), [beta, beta, 1 + TURN, 1 - TURN]),
    (
        mm.Lookahead(mm.Simultaneous(h), 2, weight=beta),
        [0, 0, *(1 - beta + beta * (1 + i * TURN) ** 2 for i in BOTH)],
    ),
]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    PER_SINGULAR_VALUE,
    ids=lambda value: "" if isinstance(value, list) else repr(value),
)
def test_bilinear_update_spectra_are_the_formulas_per_singular_value(rule, wanted):
    assert_formulas(BILINEAR.update_eigenvalues(rule, ORIGIN), wanted)


def test_negative_momentum_has_its_quartic_and_says_that_it_has_no_formula():
    rule = mm.Alternating(h, mm.Momentum(beta))
    found = BILINEAR.update_matrix(rule, ORIGIN).charpoly()
    unknown = found.gen
    assert (
        sympy.expand(
            found.as_expr()
            - ((unknown - 1) ** 2 * (unknown - beta) ** 2 + h**2 * s**2 * unknown**3)
        )
        == 0
    )
    with pytest.raises(mm.InputError, match="degree 4"):
        BILINEAR.update_eigenvalues(rule, ORIGIN)
    half = mm.Alternating(0.5, mm.Momentum(-0.5))
    numbers = BILINEAR.update_eigenvalues(half, {x: 0, y: 0, s: 1})
    assert max(abs(complex(value)) for value in numbers) < 1
    assert np.allclose(
        sorted(map(abs, np.roots([1, -1 + 0.25, -0.75, 0.5, 0.25]))),
        sorted(abs(complex(v)) for v in numbers),
    )


def test_several_singular_values_and_players_give_a_union_of_spectra():
    t = sympy.Symbol("t", positive=True)
    game = mm.SymbolicGame((s * x * z + t * y * u, -s * x * z - t * y * u), ((x, y), (z, u)))
    origin = dict.fromkeys((x, y, z, u), 0)
    wanted = [1 - h**2 * v**2 + i * sympy.I * h * v for v in (s, t) for i in BOTH]
    assert_formulas(game.update_eigenvalues(mm.Extragradient(h), origin), wanted)
    ring = mm.SymbolicGame((x * y - x * z, y * z - y * x, z * x - z * y), (x, y, z))
    assert_formulas(
        ring.eigenvalues(dict.fromkeys((x, y, z), 0)),
        [0, sympy.sqrt(3) * sympy.I, -sympy.sqrt(3) * sympy.I],
    )


def test_parameters_on_the_diagonals_take_the_quadratic_formula():
    """Over Q(i) the first polynomial is (unknown - a)^2 + 1, in which SymPy's factoring never
    ends.
    """
    a, b, c = sympy.symbols("a b c", real=True)
    same = mm.SymbolicGame((x * y + a * x**2 / 2, -x * y + a * y**2 / 2), PAIR)
    assert_formulas(same.eigenvalues(ORIGIN), [a - sympy.I, a + sympy.I])
    assert sympy.simplify(same.step_limit(ORIGIN) - 2 * a / (a**2 + 1)) == 0
    assert_formulas(
        same.update_eigenvalues(mm.Simultaneous(h), ORIGIN),
        [1 - h * a - h * sympy.I, 1 - h * a + h * sympy.I],
    )
    general = mm.SymbolicGame((b * x * y + a * x**2 / 2, -b * x * y + c * y**2 / 2), PAIR)
    root = sympy.sqrt((a - c) ** 2 / 4 - b**2)
    assert_formulas(general.eigenvalues(ORIGIN), [(a + c) / 2 - root, (a + c) / 2 + root])
    assert_formulas(
        general.update_eigenvalues(mm.Simultaneous(h), ORIGIN),
        [1 - h * (a + c) / 2 + i * h * root for i in (1, -1)],
    )
    # A quartic that splits over Q(i), and one that does not.
    e = a + sympy.I
    roots = [
        sympy.Rational(1, 2) - h * v + i * sympy.sqrt(1 + 4 * h**2 * v**2) / 2
        for v in (e, a - sympy.I)
        for i in (1, -1)
    ]
    assert_formulas(same.update_eigenvalues(mm.Optimistic(h), ORIGIN), roots)
    with pytest.raises(mm.InputError, match="degree 4"):
        general.update_eigenvalues(mm.Optimistic(h), ORIGIN)


def test_step_limits_are_those_of_the_numeric_eigenvalues(key):
    for size, seed in ((2, 0), (3, 1), (4, 2)):
        draw = random.Random(seed)
        entries = [[draw.randint(-9, 9) + 12 * (i == j) for j in range(size)] for i in range(size)]
        symbols = sympy.symbols(f"q:{size}", real=True)
        losses = [
            p * (sum(c * q for c, q in zip(row, symbols, strict=True)) - row[i] * p / 2)
            for i, (p, row) in enumerate(zip(symbols, entries, strict=True))
        ]
        game = mm.SymbolicGame(losses, symbols)
        assert game.jacobian() == sympy.Matrix(entries)
        values = np.linalg.eigvals(np.array(entries, float))
        assert math.isclose(
            game.step_limit(), np.min(2 * values.real / abs(values) ** 2), rel_tol=1e-12
        )


def test_symmetric_and_antisymmetric_part_add_up():
    symmetric, turning = COUPLED.split()
    assert symmetric == symmetric.T
    assert turning == -turning.T
    assert sympy.expand(symmetric + turning - COUPLED.jacobian()) == sympy.zeros(3)


def test_stationary_points_are_solved_for_and_only_real_ones_kept():
    golden = (sympy.sqrt(5) - 1) / 2
    found = mm.SymbolicGame((x**3 / 3 - x + x * y, y**2 / 2 - x * y), ((x,), (y,))).stationary()
    assert {(point[x], point[y]) for point in found} == {
        (golden, golden),
        (-1 - golden, -1 - golden),
    }
    assert mm.SymbolicGame((x**4 / 4 + x**2 / 2,), ((x,),)).stationary() == [{x: 0}]
    assert mm.SymbolicGame((x**2 / 2, 0), ((x,), (y,))).stationary() == [{x: 0, y: y}]
    with pytest.raises(mm.InputError, match="SymPy cannot solve"):
        mm.SymbolicGame((x**2 * sympy.exp(x) + sympy.sin(x),), ((x,),)).stationary()
