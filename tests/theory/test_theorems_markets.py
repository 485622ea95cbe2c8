"""Errors planted in statements about markets are caught: constants, signs, hypotheses."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from tests.theory.trials import tried
from theory.draws import markets
from theory.draws.market_flows import TIMES
from theory.draws.matrices import definite, truth
from theory.draws.points import own_curvatures
from theory.markets import flow, point, steps
from theory.theorem import Family
from theory.verify.results import Status

# Planted errors.


def symmetric_trades():
    """The sign of the shape turned round: J_ij = J_ji'."""
    A = point.abstract_market((2, 1)).split()[1]
    return [("A vanishes across firms", A[:2, 2:])]


def favourite(instance):
    """Nash taken to need the first firm's optimum alone."""
    (_, *rest), right = point.verdicts(instance)
    game, x = instance
    return (truth(definite(own_curvatures(game, x)[0])[0] > 0), *rest), right


def largest_rate(instance):
    """The largest rate in place of the smallest."""
    game, x, rates, least = instance
    most = jnp.max(jnp.stack(rates)) / jnp.min(jnp.stack(rates))
    return steps.pull_in((game, x, rates, least * most))


def doubled_step(instance):
    """A limit of 4m/L^2."""
    game, x, least, fraction = instance
    return steps.contracts((game, x, least, 2 * fraction))


RATED = Family(steps.rated_shapes, steps.rated, ((1, 1),))
STEPPED = Family(steps.stepped_shapes, steps.stepped, ((1, 1),))
PLANTED = {
    "a flipped sign in the shape": (point.SM_1, 0, {"derive": symmetric_trades, "outside": ()}),
    "trades that are not zero-sum": (
        point.SM_1,
        1,
        {"draw": point.near_market, "sizes": ((1, 2),)},
    ),
    "one firm at its optimum": (point.SM_2, 1, {"sides": favourite, "sizes": ((1, 2),)}),
    "the largest rate": (steps.SM_3, 1, {"margin": largest_rate, "family": RATED}),
    "twice the step limit": (steps.SM_6, 1, {"margin": doubled_step, "family": STEPPED}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_caught(name):
    theorem, which, changes = PLANTED[name]
    assert tried(theorem, which, **changes).status is Status.VIOLATED


def test_a_control_inside_the_hypotheses_is_too_weak():
    inside = dataclasses.replace(point.SM_1.checks[1].outside[0], family=point.any_market)
    assert tried(point.SM_1, 1, sizes=((1, 2),), outside=(inside,)).status is Status.WEAK


def test_wrong_readings_of_flows_do_not_pass(key):
    decay, wells = flow.flowing(key), flow.wells(key)
    assert flow.decayed(decay)[0] and flow.bounded(wells)[0]
    assert not flow.decayed({"field": decay["field"] * np.exp(flow.LEAST * TIMES)})[0]
    assert not flow.bounded({"position": 1.001 * wells["position"]})[0]


# What the proofs and instances rest on.


def test_coalitions_have_the_field_of_the_game_between_coalitions(key):
    p = markets.normals(key, 1, 2, 1)
    game, x = markets.traded(p, markets.convex(p), jnp.tanh), markets.place(p)
    allied = jnp.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])

    def between_coalitions(y, sample):
        one, other, third = game.losses(mm.Profile((y[0][0], y[1], y[0][1])), game.data)
        return one + third, other

    field = eqx.filter_jit(mm.Game(between_coalitions).field)(mm.Profile(((x[0], x[2]), x[1])))
    merged = eqx.filter_jit(markets.merged(game, allied).field)(x)
    for left, right in zip((field[0][0], field[1], field[0][1]), merged, strict=True):
        assert np.allclose(left, right, atol=1e-14)


def test_markets_of_up_to_eight_firms_are_connected():
    for firms in range(2, 9):
        reached = {0}
        for _ in range(firms):
            reached |= {i for pair in markets.graph(firms) if reached & set(pair) for i in pair}
        assert reached == set(range(firms))
