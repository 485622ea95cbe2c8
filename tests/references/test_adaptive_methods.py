"""Normalised and grafted directions walk as the papers' formulas do."""

import jax
import pytest

import minimax_lab as mm
from tests.references.adaptive_methods import adam, gradient, graft, momentum, normalised
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

SEED, STEPS = 5, 40
EPSILONS = (0.0, 0.3, 1e-8, 1.0, 0.05)


def compared(make_rule, reference, *, lengths=TWO, draws=True, walk=simultaneous, games=None):
    """The largest distance over random games, each with an epsilon of its own."""
    games = random_games(len(EPSILONS), lengths) if games is None else games
    epsilons = EPSILONS[: len(games)]
    found = library_walks(
        [make_rule(e) for e in epsilons], games, jax.random.key(SEED), STEPS, draws
    )
    return max(
        distance(
            path,
            walk(lambda e=e: reference(e), game, STEPS, 0.05, draws_of(game, SEED, STEPS, draws)),
        )
        for path, game, e in zip(found, games, epsilons, strict=True)
    )


CASES = {
    "global": (lambda e: mm.Normalised(epsilon=e), lambda e: normalised(gradient(), epsilon=e)),
    "per tensor, of Adam's steps": (
        lambda e: mm.Normalised(mm.Adam(epsilon=0.1), per_tensor=True, epsilon=e),
        lambda e: normalised(adam(gradient(), epsilon=0.1), per_tensor=True, epsilon=e),
    ),
    "the adversary alone, of moving gradients": (
        lambda e: mm.Normalised(mm.Momentum(0.5), epsilon=e, players=(1,)),
        lambda e: normalised(momentum(0.5, gradient()), epsilon=e, players=(1,)),
    ),
    "the length of Adam's steps along the gradient": (
        lambda e: mm.Graft(mm.Adam(), mm.Gradient(), epsilon=e),
        lambda e: graft(adam(gradient()), gradient(), epsilon=e),
    ),
    "the gradient's length along Adam's steps, per tensor": (
        lambda e: mm.Graft(mm.Gradient(), mm.Adam(epsilon=0.1), per_tensor=True, epsilon=e),
        lambda e: graft(gradient(), adam(gradient(), epsilon=0.1), per_tensor=True, epsilon=e),
    ),
    "two memories": (
        lambda e: mm.Graft(mm.Momentum(0.4), mm.Momentum(-0.4), epsilon=e),
        lambda e: graft(momentum(0.4, gradient()), momentum(-0.4, gradient()), epsilon=e),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_directions_of_chosen_length_walk_as_their_formulas(case):
    make, reference = CASES[case]
    assert compared(lambda e: mm.Simultaneous(0.05, make(e)), reference) < 1e-10


@pytest.mark.parametrize(
    "case", ["the gradient's length along Adam's steps, per tensor", "per tensor, of Adam's steps"]
)
def test_three_players_without_noise(case):
    make, reference = CASES[case]
    found = compared(
        lambda e: mm.Simultaneous(0.05, make(e)), reference, lengths=THREE, draws=False
    )
    assert found < 1e-10


def test_in_turns_every_player_remembers_its_own():
    make, reference = CASES["two memories"]
    assert compared(lambda e: mm.Alternating(0.05, make(e)), reference, walk=alternating) < 1e-10


@pytest.mark.parametrize("case", ["global", "per tensor, of Adam's steps"])
def test_who_is_not_pushed_does_not_move(case):
    """A player without any push, and a tensor without any beside one with."""
    make, reference = CASES[case]
    games = [random_game(3, flat=[3, 4]), random_game(4, flat=[2])]
    assert compared(lambda e: mm.Simultaneous(0.05, make(e)), reference, games=games) < 1e-10
