"""Errors planted in statements of The Numerics of GANs are caught: flipped signs, dropped
hypotheses.

Wrong constants and exponents are planted by the catalogue's own rules, which move every one.
"""

import dataclasses

import pytest

from tests.theory.trials import tried
from theory.numerics import bilinear, definiteness, rmsprop, spectra
from theory.theorem import Family
from theory.verify.results import Status


def flipped_alternating(instance):
    left, right = bilinear.alternating_radii(instance)
    return left, 1 / right


def flipped_blocks():
    S, (P, Q) = definiteness.curvatures_and_field()
    return [("J has the blocks f_xx and f_yy", S[:2, :2] - P), ("", S[2:, 2:] + Q)]


INDEFINITE = Family(spectra.saddle_shapes, spectra.indefinite, ((1, 1),))
PLANTED = {
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
    "NUM-6, a dropped hypothesis": (spectra.NUM_6, 0, {"family": INDEFINITE}),
    "NUM-9, a flipped sign": (bilinear.NUM_9, 1, {"sides": flipped_alternating, "sizes": ((2,),)}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_caught(name):
    theorem, which, changes = PLANTED[name]
    assert tried(theorem, which, **changes).status is Status.VIOLATED


def test_of_two_claims_the_false_one_is_told():
    theorem, which, changes = PLANTED["NUM-1, a flipped sign in the blocks"]
    assert [ok for _, ok in tried(theorem, which, **changes).claims] == [True, False]


def test_a_control_inside_the_hypotheses_makes_a_theorem_weak():
    inside = dataclasses.replace(rmsprop.NUM_12.checks[0].outside[0], change={})
    assert tried(rmsprop.NUM_12, 0, outside=(inside,)).status is Status.WEAK
