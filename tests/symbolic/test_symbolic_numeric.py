"""The numeric game a symbolic one becomes, and what it keeps of numbers and shapes."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from sympy import Rational

import minimax_lab as mm
from tests.symbolic.test_symbolic import BILINEAR, ORIGIN, PENALISED, PLANES, gamma, h, s, x, y, z


def test_a_new_parameter_value_compiles_nothing():
    traces = 0

    @eqx.filter_jit
    def field(game, point):
        nonlocal traces
        traces += 1
        return game.field(point)

    def build(value):
        loss = s * sympy.Symbol("x", real=True) ** 2 * y
        return mm.SymbolicGame((loss, -loss), ((x,), (y,)), project={y: sympy.Min(s, y)}).numeric(
            {s: value}
        )

    point = mm.Profile((jnp.asarray(2.0), jnp.asarray(3.0)))
    first, second = (field(build(value), point) for value in (1.0, 2.5))
    assert traces == 1
    assert (float(first[0]), float(second[0])) == (12.0, 30.0)
    assert build(1.0) == build(1)
    assert build(1.0).losses == build(2.0).losses
    many = eqx.filter_vmap(field, in_axes=(eqx.if_array(0), None))(
        build(jnp.array([1.0, 2.5])), point
    )
    assert np.array_equal(many[0], [12.0, 30.0])


def test_a_matrix_may_be_a_parameter():
    payoff = sympy.MatrixSymbol("A", 1, 2)
    value = x * (payoff[0, 0] * y + payoff[0, 1] * z)
    game = mm.SymbolicGame((value, -value), ((x,), (y, z)))
    assert game.update(mm.Simultaneous(h))[0][0] == (x - h * (payoff[0, 0] * y + payoff[0, 1] * z),)
    numeric = game.numeric({payoff: np.array([[2.0, 3.0]])})
    field = numeric.field(mm.Profile((jnp.float64(1.0), jnp.ones(2))))
    assert np.array_equal(field.ravel()[0], [5.0, -2.0, -3.0])


def test_players_may_be_any_pytree_with_as_many_entries(key):
    numeric = PLANES.numeric()
    field = jax.jit(numeric.field)
    plain = field(mm.Profile((jnp.array([0.3, -0.2]), jnp.array([0.5, 0.7]))))
    nested = field(
        mm.Profile(
            (
                {"a": jnp.asarray(0.3), "b": jnp.array([[-0.2]])},
                (jnp.asarray(0.5), jnp.asarray(0.7)),
            )
        )
    )
    assert np.array_equal(plain.ravel()[0], nested.ravel()[0])
    with pytest.raises(mm.InputError, match="strategy of player 1 is of 3 numbers"):
        numeric.field(mm.Profile((jnp.ones(2), jnp.ones(3))))
    with pytest.raises(mm.InputError, match="one of 2, as the formulas have"):
        numeric.field(mm.Profile((jnp.ones(2), jnp.ones(2), jnp.ones(1))))


def test_single_precision_and_whole_numbers_in_formulas_stay_in_the_profiles_precision():
    game = mm.SymbolicGame(
        (3, sympy.erf(y) + sympy.Max(x, 0) * y / 3 + sympy.pi * 0.5), ((x,), (y,))
    ).numeric()
    point = mm.Profile((jnp.float32(0.5), jnp.float32(0.25)))
    assert {leaf.dtype for leaf in jax.tree.leaves((game.totals(point), game.field(point)))} == {
        jnp.dtype("float32")
    }
    slope = 2 / math.sqrt(math.pi) * math.exp(-(0.25**2)) + 0.5 / 3
    assert math.isclose(game.field(point)[1], slope, rel_tol=1e-6)


def test_projections_hold_on_symbols_and_on_numbers():
    clip = sympy.Max(-gamma, sympy.Min(gamma, y))
    symbolic = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)), project={y: clip})
    moved, _ = symbolic.update(mm.Alternating(h))
    assert sympy.expand(moved[1][0].args[1].args[1] - (y + h * (x - h * y))) == 0
    assert moved[1][0].func is sympy.Max
    numeric = symbolic.numeric({gamma: 0.5})
    start = mm.Profile((jnp.array([2.0]), jnp.array([0.4])))
    after, _ = mm.Alternating(1.0).update(numeric, start, (None, None), mm.Tick(0, None))
    assert np.array_equal(after.ravel()[0], [1.6, 0.5])
    assert jax.tree.structure(after) == jax.tree.structure(start)
    # Inside the clipping the update is the plain one.
    assert symbolic.update_matrix(mm.Simultaneous(h), ORIGIN) == sympy.Matrix([[1, -h], [h, 1]])


def test_numbers_stay_as_given_unless_made_exact():
    rule = mm.Optimistic((0.1, 0.3), mm.Momentum(-0.5))
    kept = BILINEAR.update(rule)[0][0][0]
    assert kept.has(sympy.Float)
    exact = mm.exact(rule)
    step, whole = mm.exact((s, 3))  # what is no float stays what it is
    assert step is s and type(whole) is int
    assert exact.step == (Rational(1, 10), Rational(3, 10))
    assert not BILINEAR.update(exact)[0][0][0].has(sympy.Float)
    assert BILINEAR.update_eigenvalues(mm.Simultaneous(0.1), ORIGIN)[0].atoms(sympy.Float) == set()
    arrays = jax.tree.map(jnp.asarray, mm.Simultaneous(0.25))
    assert BILINEAR.update(arrays)[0][0][0] == x - 0.25 * s * y


def test_a_game_prints_its_formulas():
    game = PENALISED
    assert (
        repr(BILINEAR)
        == "SymbolicGame of 2 players\n  player 0 minimises s*x*y over x\n  player 1 minimises "
        "-s*x*y over y"
    )
    assert "gamma*y**2/2" in repr(game)
    assert r"\min_{y}" in game._repr_latex_()
    assert r"\frac{\gamma y^{2}}{2}" in game._repr_latex_()
