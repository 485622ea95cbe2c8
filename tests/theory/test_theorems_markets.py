"""Errors planted in statements about markets and the symplectic adjustment are caught: constants,
powers, signs, hypotheses.
"""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from theory.catalogue import theorems
from theory.draws import market_flows as flows
from theory.draws import markets as trading
from theory.markets import flow as market_flow
from theory.markets import point as markets
from theory.markets import steps as market_steps
from theory.symplectic import flow as symplectic_flow
from theory.symplectic import split as symplectic
from theory.verify.check import verify
from theory.verify.falsify import Effort
from theory.verify.results import Status

BRIEF = Effort(starts=2, descent=3, wander=3)  # random instances do the work
BROAD = Effort(starts=8, descent=100, wander=20)


def only(theorem, index, **changes):
    """The theorem reduced to one check, that check changed."""
    return dataclasses.replace(
        theorem, checks=(dataclasses.replace(theorem.checks[index], **changes),)
    )


def verified(theorem, instances=100, effort=BRIEF):
    (checked,) = verify(theorem, instances, effort=effort).checks
    assert checked.status is not Status.FAULT, checked.note
    return checked


def test_every_statement_has_its_id():
    assert {f"SM-{i}" for i in range(1, 8)} | {f"SGA-{i}" for i in range(1, 6)} <= set(theorems())


# Planted errors.


def symmetric_trades():
    """The sign of the shape turned round: J_ij = J_ji'."""
    A = markets.abstract_market((2, 1)).split()[1]
    return [("A vanishes across firms", A[:2, 2:])]


def test_a_flipped_sign_in_the_shape_is_not_proved():
    assert (
        verified(only(markets.SM_1, 0, derive=symmetric_trades, outside=())).status
        is Status.VIOLATED
    )


def test_a_dropped_zero_sum_hypothesis_is_refuted():
    theorem = only(markets.SM_1, 1, draw=markets.near_market, sizes=((1, 2),))
    assert verified(theorem).status is Status.VIOLATED


def favourite(instance):
    """Nash taken to need the first firm's optimum alone."""
    (_, *rest), right = markets.verdicts(instance)
    game, x = instance
    return (
        jnp.where(markets.definite(trading.own_curvatures(game, x)[0])[0] > 0, 1.0, 0.0),
        *rest,
    ), right


def test_one_firm_at_its_optimum_makes_no_nash():
    assert (
        verified(only(markets.SM_2, 1, sides=favourite, sizes=((1, 2),))).status is Status.VIOLATED
    )


def largest_rate(instance):
    """The largest rate in place of the smallest."""
    game, x, rates, least = instance
    most = jnp.max(jnp.stack(rates)) / jnp.min(jnp.stack(rates))
    return market_steps.pull_in((game, x, rates, least * most))


def test_the_wrong_rate_is_refuted():
    family = dataclasses.replace(market_steps.SM_3.checks[1].family, sizes=((1, 1),))
    assert (
        verified(only(market_steps.SM_3, 1, margin=largest_rate, family=family)).status
        is Status.VIOLATED
    )


def doubled_step(instance):
    """A limit of 4m/L^2."""
    game, x, least, fraction = instance
    return market_steps.contracts((game, x, least, 2 * fraction))


def test_a_wrong_step_limit_is_refuted():
    check = market_steps.SM_6.checks[1]
    family = dataclasses.replace(check.family, sizes=((1, 1),))
    theorem = only(
        market_steps.SM_6, 1, margin=doubled_step, family=family, outside=check.outside[:1]
    )
    assert verified(theorem).status is Status.VIOLATED


def full_loss(instance):
    """kappa/2 in place of kappa/4: twice as much room as is needed."""
    return (1 + symplectic.alignment_kept(instance)) / 2


def tight_loss(instance):
    """kappa/5 in place of kappa/4."""
    return 1 - (1 - symplectic.alignment_kept(instance)) * 5 / 4


@pytest.mark.parametrize(
    ("margin", "status"),
    [(tight_loss, Status.VIOLATED), (full_loss, Status.BLUNT)],
    ids=["bold", "timid"],
)
def test_a_wrong_constant_in_the_strength_is_refuted_or_not_sharp(margin, status):
    check = symplectic.SGA_2.checks[0]
    family = dataclasses.replace(check.family, sizes=((2,),))
    theorem = only(symplectic.SGA_2, 0, margin=margin, family=family, outside=check.outside[2:])
    assert verified(theorem, effort=BROAD).status is status


def strengthened(instance):
    """D3 with strength^2."""
    left, right = symplectic.promises(instance)
    return left[-1], right[-1] * instance[-1]


def test_a_wrong_power_of_the_strength_is_refuted():
    theorem = only(
        symplectic.SGA_1,
        1,
        sides=strengthened,
        sizes=((1, 2),),
        outside=symplectic.SGA_1.checks[1].outside[:1],
    )
    assert verified(theorem).status is Status.VIOLATED


def test_the_flipped_sign_rule_is_refuted():
    check = symplectic_flow.SGA_3.checks[0]
    family = dataclasses.replace(check.family, sizes=((2,),))
    theorem = only(
        symplectic_flow.SGA_3,
        0,
        margin=symplectic_flow.aligned_backwards,
        family=family,
        outside=check.outside[:1],
    )
    assert verified(theorem).status is Status.VIOLATED


def test_a_control_inside_the_hypotheses_is_too_weak():
    inside = dataclasses.replace(markets.SM_1.checks[1].outside[0], family=markets.any_market)
    assert verified(only(markets.SM_1, 1, sizes=((1, 2),), outside=(inside,))).status is Status.WEAK


def test_wrong_readings_of_flows_do_not_pass(key):
    decay, wells, spin = (
        market_flow.flowing(key),
        market_flow.wells(key),
        symplectic_flow.spinning(key),
    )
    assert (
        market_flow.decayed(decay)[0]
        and market_flow.bounded(wells)[0]
        and symplectic_flow.kept(spin)[0]
    )
    assert not market_flow.decayed(
        {"field": decay["field"] * np.exp(market_flow.LEAST * flows.TIMES)}
    )[0]
    assert not market_flow.bounded({"position": 1.001 * wells["position"]})[0]
    assert not symplectic_flow.kept(spin * np.exp(1e-6 * flows.TIMES))[0]


# What the proofs and instances rest on.


def test_coalitions_have_the_field_of_the_game_between_coalitions(key):
    p = trading.normals(key, 1, 2, 1)
    game, x = trading.traded(p, trading.convex(p), jnp.tanh), trading.place(p)
    allied = jnp.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])

    def between_coalitions(y, sample):
        one, other, third = game.losses(mm.Profile((y[0][0], y[1], y[0][1])), game.data)
        return one + third, other

    field = eqx.filter_jit(mm.Game(between_coalitions).field)(mm.Profile(((x[0], x[2]), x[1])))
    merged = eqx.filter_jit(trading.merged(game, allied).field)(x)
    for left, right in zip((field[0][0], field[1], field[0][1]), merged, strict=True):
        assert np.allclose(left, right, atol=1e-14)


def test_markets_of_up_to_eight_firms_are_connected():
    for firms in range(2, 9):
        reached = {0}
        for _ in range(firms):
            reached |= {i for pair in trading.graph(firms) if reached & set(pair) for i in pair}
        assert reached == set(range(firms))
