"""The gap-aware scheduler walks as the released algorithm does, whichever way the loss lies."""

import jax
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.directions.gap_aware import schedule as the_library_s
from tests.references.adaptive_methods import adam, gradient, momentum, normalised
from tests.references.gap_aware import gap_aware, schedule
from tests.references.polynomials import (
    THREE,
    TWO,
    alternating,
    distance,
    draws_of,
    library_walks,
    random_games,
    simultaneous,
)

SEED, STEPS = 6, 40
# Ideal losses of either sign, above and below what the walks see; widths given, in part and not at
# all; averages of every length.
SETTINGS = [
    {"ideal": 1.3, "decay": 0.95},
    {"ideal": -2.0, "decay": 0.5},
    {"ideal": -0.4, "width_low": 3.0, "width_high": 0.2, "decay": 0.0},
    {"ideal": 0.0, "width_low": 0.9, "width_high": 1.7, "low": 0.3, "high": 1.5, "decay": 0.8},
    {"ideal": -9.0, "high": 3.0, "decay": 0.99},
    {"ideal": 20.0, "low": 0.5, "decay": 0.9},
    {"ideal": 3.0, "width_low": 5.0, "width_high": 4.0, "high": 4.0, "low": 0.02, "decay": 0.7},
]
GIVEN = ("width_low", "width_high")


def compared(
    make_rule, reference, *, settings, lengths=TWO, draws=True, walk=simultaneous, games=None
):
    """The largest distance over random games, each with settings of its own."""
    games = random_games(len(settings), lengths, seed=20) if games is None else games
    found = library_walks(
        [make_rule(**kept) for kept in settings], games, jax.random.key(SEED), STEPS, draws
    )
    wanted = [
        walk(lambda kept=kept: reference(**kept), g, STEPS, 0.05, draws_of(g, SEED, STEPS, draws))
        for g, kept in zip(games, settings, strict=True)
    ]
    return max(map(distance, found, wanted))


def alike(*names):
    """The settings that give just these widths; None is no number to stack beside one."""
    return [kept for kept in SETTINGS if set(kept) & set(GIVEN) == set(names)]


@pytest.mark.parametrize("widths", [(), GIVEN], ids=["a tenth of the ideal loss", "given"])
def test_the_adversary_s_step_follows_its_gap(widths):
    found = compared(
        lambda **kept: mm.Simultaneous(0.05, mm.GapAware(**kept)),
        lambda **kept: gap_aware(gradient(), **kept),
        settings=alike(*widths),
    )
    assert found < 1e-10


def test_moments_inside_are_those_of_an_unscaled_run():
    found = compared(
        lambda **kept: mm.Simultaneous(0.05, mm.GapAware(mm.Adam(epsilon=0.1), **kept)),
        lambda **kept: gap_aware(adam(gradient(), epsilon=0.1), **kept),
        settings=alike(*GIVEN),
    )
    assert found < 1e-10


@pytest.mark.parametrize("adversary", [0, 2])
def test_any_of_three_players_can_be_the_adversary(adversary):
    found = compared(
        lambda **kept: mm.Simultaneous(0.05, mm.GapAware(adversary=adversary, **kept)),
        lambda **kept: gap_aware(gradient(), adversary=adversary, **kept),
        settings=alike(*GIVEN),
        lengths=THREE,
        draws=False,
    )
    assert found < 1e-10


def test_what_is_not_given_is_asked_of_the_game():
    games = random_games(4, seed=30)
    for game, ideal in zip(games, (1.0, -0.7, 5.0, -3.0), strict=True):
        game.ideal = (ideal + 10, ideal)
    found = compared(
        lambda **kept: mm.Simultaneous(0.05, mm.GapAware(**kept)),
        lambda **kept: gap_aware(gradient(), **kept),
        settings=[{"decay": decay} for decay in (0.0, 0.5, 0.9, 0.95)],
        games=games,
    )
    assert found < 1e-10


def test_in_turns_the_average_moves_at_the_adversary_s_own():
    found = compared(
        lambda **kept: mm.Alternating(0.05, mm.GapAware(mm.Momentum(0.5), **kept)),
        lambda **kept: gap_aware(momentum(0.5, gradient()), **kept),
        settings=alike(*GIVEN),
        walk=alternating,
    )
    assert found < 1e-10


def test_a_normalised_step_can_be_scaled():
    found = compared(
        lambda **kept: mm.Simultaneous(0.05, mm.GapAware(mm.Normalised(epsilon=0.1), **kept)),
        lambda **kept: gap_aware(normalised(gradient(), epsilon=0.1), **kept),
        settings=alike(),
    )
    assert found < 1e-10


def test_the_schedule_is_two_exponentials_between_its_widths():
    """At the ends of both branches, a hair inside and a hair outside, and far beyond."""
    low, high, width_low, width_high = 0.1, 2.0, 0.3, 0.7
    ends = np.array([-width_low, 0.0, width_high])
    gaps = np.concatenate([ends, ends - 1e-9, ends + 1e-9, np.linspace(-3, 3, 61)])
    wanted = [schedule(gap, low, high, width_low, width_high) for gap in gaps]
    found = [float(the_library_s(gap, low, high, width_low, width_high)) for gap in gaps]
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert wanted[:3] == [low, 1, high]
    assert [the_library_s(gap, low, high, width_low, width_high) for gap in (-1e9, 1e9)] == [
        low,
        high,
    ]


def test_what_is_observed_is_what_the_step_was_made_with():
    game, ideal = mm.games.dirac_gan(), np.log(4)
    seen = {"x": mm.position, "average": mm.smoothed_loss, "gap": mm.loss_gap, "s": mm.step_scale}
    rule = mm.Simultaneous(0.3, mm.GapAware(mm.Adam(), decay=0.6))
    told = mm.run(game, rule, (0.6, -0.8), 30, observe=seen).observed
    # A discriminator of logits -psi x loses log 2 + log(1 + e^(-theta psi)) there.
    losses = np.log(2) + np.logaddexp(0, -told["x"][0] * told["x"][1])
    averages = [ideal]
    for loss in losses[:-1]:
        averages.append(0.6 * averages[-1] + 0.4 * loss)
    gaps = np.array(averages) - ideal
    scales = [schedule(gap, 0.1, 2.0, ideal / 10, ideal / 10) for gap in gaps]
    np.testing.assert_allclose(told["average"], averages, rtol=1e-12)
    np.testing.assert_allclose(told["gap"], gaps, atol=1e-12)
    np.testing.assert_allclose(told["s"], scales, rtol=1e-11)
    assert min(scales) < 0.5 and max(scales) > 1.5
