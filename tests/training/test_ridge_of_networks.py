"""What following the ridge does to networks, whose Hessians are nearly singular."""

import jax
import jax.numpy as jnp
import lineax as lx
import pytest

import minimax_lab as mm
from minimax_lab import adversarial
from tests.training.combinations import RIDGE, STEP, game_of

GMRES = mm.FollowTheRidge(STEP, solver=lx.GMRES(1e-2, 1e-2, max_steps=20))


def moves(rule, seed):
    """Of both players in the first two updates."""
    key = jax.random.key(seed)
    game = game_of("saturating", "plain", "float32")
    start = adversarial.start(game, key, jnp.float32)
    return mm.run(game, rule, start, 2, key=key, observe={"moved": mm.update_norms}).observed[
        "moved"
    ][1:]


@pytest.mark.parametrize("seed", [0, 1, 20171])
def test_an_exact_ridge_throws_the_follower_away_and_a_few_conjugate_gradients_do_not(seed):
    """Finding 102; `-s` shows the lengths of the first two updates."""
    solvers = {"least squares": mm.FollowTheRidge(STEP), "GMRES": GMRES, "conjugate": RIDGE}
    found = {name: moves(rule, seed) for name, rule in solvers.items()}
    print(seed, {name: lengths.round(4).tolist() for name, lengths in found.items()})
    for name in ("least squares", "GMRES"):
        leader, follower = found[name][0]
        assert follower > 100 * leader
    assert all(follower < 10 * leader for leader, follower in found["conjugate"])
