"""Assistance walks as the paper's penalty does, from one draw and from two."""

import jax
import pytest

import minimax_lab as mm
from tests.references.adaptive_methods import adam, gradient, momentum
from tests.references.adversarial_assist import assist
from tests.references.polynomials import (
    THREE,
    TWO,
    alternating,
    distance,
    draws_of,
    library_walks,
    random_game,
    random_games,
    simultaneous,
)

SEED, STEPS = 7, 40
STRENGTHS = (0.3, 0.05, 0.8, 0.0, 0.2)


def compared(
    make_rule, reference, *, lengths=TWO, draws=True, walk=simultaneous, games=None, step=0.02
):
    """The largest distance over random games, each with a strength of its own."""
    games = random_games(len(STRENGTHS), lengths, seed=40) if games is None else games
    strengths = STRENGTHS[: len(games)]
    found = library_walks(
        [make_rule(step, s) for s in strengths], games, jax.random.key(SEED), STEPS, draws
    )
    wanted = [
        walk(lambda s=s: reference(s), game, STEPS, step, draws_of(game, SEED, STEPS, draws))
        for game, s in zip(games, strengths, strict=True)
    ]
    return max(map(distance, found, wanted))


@pytest.mark.parametrize(
    ("normalised", "paired", "penalties"),  # every pair of settings once
    [(True, True, True), (True, False, False), (False, True, False), (False, False, True)],
)
def test_the_generator_descends_the_adversary_s_gradient_norm(normalised, paired, penalties):
    kept = {"normalised": normalised, "paired": paired, "penalties": penalties}
    found = compared(
        lambda step, s: mm.Simultaneous(step, mm.AssistAdversary(strength=s, **kept)),
        lambda s: assist(gradient(), strength=s, **kept),
    )
    assert found < 1e-10


@pytest.mark.parametrize(("adversary", "paired"), [(0, False), (2, True)])
def test_everyone_but_the_adversary_assists(adversary, paired):
    kept = {"adversary": adversary, "paired": paired, "normalised": True}
    found = compared(
        lambda step, s: mm.Simultaneous(step, mm.AssistAdversary(strength=s, **kept)),
        lambda s: assist(gradient(), strength=s, **kept),
        lengths=THREE,
        draws=False,
    )
    assert found < 1e-10


def test_the_penalty_comes_on_top_of_what_is_wrapped():
    found = compared(
        lambda step, s: mm.Alternating(
            step,
            mm.AssistAdversary(mm.Momentum(0.5), strength=s, normalised=True, paired=True),
        ),
        lambda s: assist(momentum(0.5, gradient()), strength=s, normalised=True, paired=True),
        walk=alternating,
    )
    assert found < 1e-10


def test_adam_around_assistance_sees_the_sum():
    found = compared(
        lambda step, s: mm.Simultaneous(step, mm.Adam(mm.AssistAdversary(strength=s), epsilon=0.1)),
        lambda s: adam(assist(gradient(), strength=s), epsilon=0.1),
    )
    assert found < 1e-10


@pytest.mark.parametrize("normalised", [True, False])
def test_where_no_one_can_help_no_one_is_moved(normalised):
    """A generator that no loss depends on, the adversary's least of all."""
    games = [random_game(3, flat=[0, 1, 2]), random_game(4, flat=[3, 4])]
    found = compared(
        lambda step, s: mm.Simultaneous(
            step, mm.AssistAdversary(strength=s, normalised=normalised)
        ),
        lambda s: assist(gradient(), strength=s, normalised=normalised),
        games=games,
    )
    assert found < 1e-10
