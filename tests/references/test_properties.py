"""What must hold of every method whatever its formula: games that are the same by another name are
walked the same way, and samples are fair.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

import minimax_lab as mm
from tests.references.beside import ROWS, STEPS, drawn, walks, world
from tests.references.test_mixing import RULES

STEP = (0.05, 0.08)
# These measure by lengths and angles alone; Adam and RMSProp go number by number.
ROUND = {
    "aligned symplectic": mm.Simultaneous(STEP, mm.Symplectic(0.5)),
    "paired consensus": mm.Simultaneous(STEP, mm.Consensus(0.5, paired=True)),
    "smoothing": mm.Simultaneous(STEP, mm.Smoothing(0.5)),
    "clipped": mm.Simultaneous(STEP, mm.Clipped(bound=0.7)),
    "anderson": RULES["guarded against growth"],
    "follow the ridge": mm.FollowTheRidge(STEP),
}


def close(a, b):
    return np.testing.assert_allclose(a, b, rtol=0, atol=1e-10 * max(np.abs(b).max(), 1))


def renamed(games, R):
    """The games in coordinates w = R u."""
    Q, c = games.data
    losses = eqx.tree_at(lambda cubic: cubic.a, games.losses, games.losses.a @ R)
    data = jnp.einsum("nk,...nm,ml->...kl", R, Q, R), c @ R
    return eqx.tree_at(lambda games: (games.losses, games.data), games, (losses, data))


def rotation(rng, size):
    return np.linalg.qr(rng.normal(size=(size, size)))[0]


@pytest.mark.parametrize("name", ROUND)
def test_a_turn_of_each_players_strategies_turns_the_walk(name):
    games, starts, keys, _ = world("roomy")
    rng = np.random.default_rng(3)
    blocks = [rotation(rng, 3), rotation(rng, 2)]
    R = jnp.asarray(np.block([[blocks[0], np.zeros((3, 2))], [np.zeros((2, 3)), blocks[1]]]))
    begun = mm.Profile(start @ block for start, block in zip(starts, blocks, strict=True))
    turned = walks(ROUND[name], renamed(games, R), begun, keys)
    close(turned @ R.T, walks(ROUND[name], games, starts, keys))


@pytest.mark.parametrize("name", ROUND)
def test_a_constant_added_to_a_loss_changes_nothing(name):
    games, starts, keys, _ = world("roomy")
    constants = jnp.broadcast_to(jnp.array([1e3, -2e3]), games.losses.constants.shape)
    moved = eqx.tree_at(lambda games: games.losses.constants, games, constants)
    found, wanted = (walks(ROUND[name], g, starts, keys) for g in (moved, games))
    np.testing.assert_array_equal(found, wanted)


# What walks the same on losses of four times the size: steps and strengths are of their inverse
# size, or of none.
PRICED = {
    "optimistic": lambda c: mm.Optimistic(0.1 / c),
    "consensus": lambda c: mm.Alternating(0.1 / c, mm.Consensus(0.5 / c, paired=True)),
    "symplectic": lambda c: mm.Simultaneous(0.1 / c, mm.Symplectic(0.5 / c, align=False)),
    "clipped": lambda c: mm.Simultaneous(0.1 / c, mm.Clipped(bound=0.7 * c)),
    "normalised": lambda c: mm.Simultaneous(0.02, mm.Normalised(mm.Momentum(0.3))),
    "adam": lambda c: mm.Simultaneous(0.02, mm.Adam(epsilon=1e-8 * c)),
    "rmsprop": lambda c: mm.Simultaneous(0.02, mm.RMSProp(epsilon=1e-8 * c**2)),
    "gap-aware": lambda c: mm.Simultaneous(0.1 / c, mm.GapAware(ideal=0.5 * c)),
    "follow the ridge": lambda c: mm.FollowTheRidge(0.1 / c),
    "anderson": lambda c: mm.Anderson(mm.Alternating(0.2 / c), 3, remedy=None),
}


def in_other_money(games, rate):
    """The games whose every loss and penalty is so many times as large."""

    def paid(games):
        losses = games.losses
        return games.data, losses.s, losses.constants, games.penalties.m

    return eqx.tree_at(paid, games, jax.tree.map(lambda a: rate * a, paid(games)))


@pytest.mark.parametrize("name", PRICED)
def test_losses_in_other_money_are_walked_the_same(name):
    games, starts, keys, _ = world("roomy")
    found = walks(PRICED[name](4.0), in_other_money(games, 4.0), starts, keys)
    wanted = walks(PRICED[name](1.0), games, starts, keys)
    close(found, wanted)
    unpriced = walks(PRICED[name](1.0), in_other_money(games, 4.0), starts, keys)
    free = name in ("normalised", "adam", "rmsprop")
    assert np.allclose(unpriced, wanted, rtol=0, atol=1e-4) == free


SWAPPED = {
    "consensus": lambda a, b: mm.Simultaneous((a, b), mm.Consensus((a, b))),
    "smoothing": lambda a, b: mm.Simultaneous((a, b), mm.Smoothing((a, b))),
    "adam": lambda a, b: mm.Optimistic((a, b), mm.Momentum((a, b), mm.Adam())),
    "follow the ridge": lambda a, b: mm.FollowTheRidge((a, b), leader=int(a < b)),
}


@pytest.mark.parametrize("name", SWAPPED)
def test_players_who_change_names_walk_the_same(name):
    games, starts, keys, _ = world("idle")
    R = jnp.eye(6)[jnp.array([3, 4, 5, 0, 1, 2])]
    other = renamed(games, R)
    Q, c = other.data
    cubes, penalties = other.losses, other.penalties
    other = eqx.tree_at(
        lambda games: (games.data, games.losses.s, games.penalties.m),
        other,
        ((Q[:, :, ::-1], c[:, :, ::-1]), cubes.s[:, ::-1], penalties.m[:, ::-1]),
    )
    found = walks(SWAPPED[name](0.3, 0.1), other, mm.Profile((starts[1], starts[0])), keys)
    close(found @ R.T, walks(SWAPPED[name](0.1, 0.3), games, starts, keys))


def test_a_look_outside_the_set_shows():
    """The control of all comparisons on games in sets: there losses are not numbers outside."""
    games, starts, keys, _ = world("two")
    bounds = games.project.box
    wide = mm.games.Box(9 * bounds.low, 9 * bounds.high)
    unbound = eqx.tree_at(lambda games: games.project.box, games, wide)
    assert np.isnan(walks(mm.Simultaneous(STEP), unbound, starts, keys)).any()


def test_every_row_is_drawn_equally_often_and_every_turn_draws_anew():
    """Chi-square over the turns of 40 runs: each row, and each pair of rows of a turn and the next,
    or of one sample. A fair draw fails for one seed in a thousand.
    """
    runs = [drawn(jax.random.key(seed)) for seed in range(40)]
    turns = np.array([[rows((i, 0)), rows((i, 1))] for rows in runs for i in range(STEPS)])
    first, second, next_turn = turns[:, 0, 0], turns[:, 0, 1], turns[:, 1, 0]
    for seen, kinds in (
        (turns.ravel(), ROWS),
        (first * ROWS + second, ROWS**2),
        (first * ROWS + next_turn, ROWS**2),
    ):
        counts = np.bincount(seen, minlength=kinds)
        assert scipy.stats.chisquare(counts).pvalue > 1e-3, counts
