"""Errors planted in statements of The Numerics of GANs are caught: wrong constants, exponents and
signs, dropped hypotheses.
"""

import dataclasses

import jax
import pytest

from tests.theory.trials import tried
from theory.draws.formulas import planar
from theory.numerics import bilinear, consensus, definiteness, misleading, rmsprop, spectra
from theory.theorem import Family
from theory.verify.falsify import Effort, falsify
from theory.verify.proofs import derived
from theory.verify.results import Status


def test_a_wrong_constant_in_lemma_9_is_refuted_or_not_sharp():
    """The search gets to equality: so a bound a twentieth lower is violated, and one half a
    hundredth higher is not reached.
    """
    check = consensus.NUM_7.checks[0]
    found = falsify(check.family, check.margin, (2, 2), jax.random.key(0), effort=Effort(8, 50, 50))
    lower, higher = (1 - (1 - found.margin) / share for share in (0.95, 1.005))
    assert lower < -check.rounding < found.margin
    assert found.margin < check.sharpness < higher


def squared_tail(game):
    slope, exponent = consensus.tail(game)
    return slope, 2 * exponent


def late_limit(instance):
    return spectra.step_limit_margin(instance, constant=2.02)


def flipped_alternating(instance):
    left, right = bilinear.alternating_radii(instance)
    return left, 1 / right


def slower(bowl):
    left, _ = rmsprop.parity(bowl)
    return left, rmsprop.by_hand(bowl, 0.99)


def flipped_blocks():
    S, (P, Q) = definiteness.curvatures_and_field()
    return [("J has the blocks f_xx and f_yy", S[:2, :2] - P), ("", S[2:, 2:] + Q)]


def unsquared_modulus():
    (first, value), *_ = bilinear.derive_consensus_modulus()
    s, h, strength = planar()[2]
    return [(first, value + 2 * h * strength * s**2 - 2 * h * strength * s)]


PAIRS = Family(spectra.spectral_shapes, spectra.spectral, ((1,),))
INDEFINITE = Family(spectra.saddle_shapes, spectra.indefinite, ((1, 1),))
PLANTED = {
    "Lemma 9, a wrong exponent in the tail": (consensus.NUM_7, 1, {"sides": squared_tail}),
    "NUM-1, not zero-sum": (
        definiteness.NUM_1,
        1,
        {"draw": definiteness.favoured, "sizes": ((2, 1),)},
    ),
    "NUM-1, a flipped sign in the blocks": (definiteness.NUM_1, 0, {"derive": flipped_blocks}),
    "NUM-2, a potential game": (
        definiteness.NUM_2,
        0,
        {"draw": definiteness.shared, "sizes": ((1, 1),)},
    ),
    "NUM-3, a wrong constant": (
        spectra.NUM_3,
        0,
        {"family": PAIRS, "margin": late_limit, "instances": 1000},
    ),
    "NUM-6, a dropped hypothesis": (spectra.NUM_6, 0, {"family": INDEFINITE}),
    "NUM-8, a wrong exponent": (bilinear.NUM_8, 0, {"derive": unsquared_modulus}),
    "NUM-9, a flipped sign": (bilinear.NUM_9, 1, {"sides": flipped_alternating, "sizes": ((2,),)}),
    "NUM-12, a wrong start of the mean of squares": (rmsprop.NUM_12, 0, {"sides": slower}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_caught(name):
    theorem, which, changes = PLANTED[name]
    assert tried(theorem, which, **changes).status is Status.VIOLATED


def test_of_two_claims_the_false_one_is_told():
    theorem, which, changes = PLANTED["NUM-1, a flipped sign in the blocks"]
    assert [ok for _, ok in tried(theorem, which, **changes).claims] == [True, False]


def test_a_control_inside_the_hypotheses_makes_a_theorem_weak():
    inside = dataclasses.replace(rmsprop.NUM_12.checks[0].outside[0], claim=rmsprop.parity)
    assert tried(rmsprop.NUM_12, 0, outside=(inside,)).status is Status.WEAK


def test_consensus_alone_is_drawn_to_the_maximum():
    assert all(ok for _, ok in derived(misleading.derive_maximum))
    assert not any(ok for _, ok in derived(misleading.derive_mild))
