"""Errors planted in statements of The Numerics of GANs are caught: wrong constants, exponents and
signs, dropped hypotheses.
"""

import dataclasses
from functools import partial

import jax.numpy as jnp
import pytest

from theory.numerics import consensus, definiteness, rmsprop
from theory.numerics import misleading as limits
from theory.theorem import Outside
from theory.verify import check
from theory.verify.falsify import Effort
from theory.verify.results import Status

BRIEF = Effort(starts=2, descent=5, wander=5)  # random instances do the work


def only(theorem, index, **changes):
    """The theorem reduced to one check, that check changed."""
    return dataclasses.replace(
        theorem, checks=(dataclasses.replace(theorem.checks[index], **changes),)
    )


def verified(theorem, instances=100, effort=BRIEF):
    (checked,) = check.verify(theorem, instances, effort=effort).checks
    assert checked.status is not Status.FAULT, checked.note
    return checked


def planted(share, instance):
    """Lemma 9's margin with the bound multiplied by a share: below one it claims too much, above
    one too little.
    """
    return 1 - (1 - consensus.ratio_margin(instance)) / share


def never(instance):
    """A control that is always violated: the theorem's own has tests of its own."""
    return -jnp.ones(())


@pytest.mark.parametrize(("share", "status"), [(0.95, Status.VIOLATED), (1.005, Status.BLUNT)])
def test_a_wrong_constant_in_lemma_9_is_refuted_or_not_sharp(share, status):
    family = dataclasses.replace(consensus.NUM_7.checks[0].family, sizes=((2, 2),))
    theorem = only(
        consensus.NUM_7,
        0,
        margin=partial(planted, share),
        family=family,
        outside=(Outside("all", claim=never),),
    )
    assert verified(theorem, 1000, Effort(starts=8, descent=50, wander=50)).status is status


def squared_tail(game):
    slope, exponent = consensus.tail(game)
    return slope, 2 * exponent


def test_a_wrong_exponent_in_the_tail_is_refuted():
    assert verified(only(consensus.NUM_7, 1, sides=squared_tail)).status is Status.VIOLATED


def test_definiteness_without_the_zero_sum_hypothesis_is_refuted():
    theorem = only(definiteness.NUM_1, 1, draw=definiteness.favoured, sizes=((2, 1),))
    assert verified(theorem).status is Status.VIOLATED


def flipped_blocks():
    S, (P, Q) = definiteness.curvatures_and_field()
    return [("J has the blocks f_xx and f_yy", S[:2, :2] - P), ("", S[2:, 2:] + Q)]


def test_a_flipped_sign_in_the_blocks_is_not_proved():
    checked = verified(only(definiteness.NUM_1, 0, derive=flipped_blocks))
    assert checked.status is Status.VIOLATED
    assert [ok for _, ok in checked.claims] == [True, False]


def test_a_nash_of_a_potential_game_refutes_corollary_2():
    assert (
        verified(only(definiteness.NUM_2, 0, draw=definiteness.shared, sizes=((1, 1),))).status
        is Status.VIOLATED
    )


def test_a_control_inside_the_hypotheses_makes_a_theorem_weak():
    inside = dataclasses.replace(rmsprop.NUM_12.checks[0].outside[0], claim=rmsprop.parity)
    assert verified(only(rmsprop.NUM_12, 0, outside=(inside,))).status is Status.WEAK


def slower(bowl):
    left, _ = rmsprop.parity(bowl)
    return left, rmsprop.by_hand(bowl, 0.99)


def test_a_wrong_start_of_the_mean_of_squares_is_refuted():
    assert verified(only(rmsprop.NUM_12, 0, sides=slower)).status is Status.VIOLATED


def test_consensus_alone_is_drawn_to_the_maximum():
    assert all(ok for _, ok in check.derived(limits.derive_maximum))
    assert not any(ok for _, ok in check.derived(limits.derive_mild))
