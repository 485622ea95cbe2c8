"""The sets that strategies live in: simplices and boxes."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

import minimax_lab as mm
from minimax_lab import games
from minimax_lab.profile import as_profile


def test_the_simplex_projection_is_the_nearest_distribution(key):
    points = 3 * jax.random.normal(key, (40, 5))
    found = jax.jit(jax.vmap(lambda p: games.Simplexes()(mm.Profile((p,)))[0]))(points)
    with jax.numpy_dtype_promotion("standard"):
        wanted = jax.jit(jax.vmap(optax.projections.projection_simplex))(points)
    assert np.allclose(found, wanted, rtol=0, atol=1e-14)
    assert games.Simplexes()(as_profile((jnp.ones(3, jnp.float32),))).dtype == jnp.float32


def test_matrix_games_stay_in_their_set_and_know_best_responses():
    game = games.matrix([[0.0, 3.0], [1.0, -1.0]])
    x = game.project(as_profile((jnp.array([3.0, 2.5]), jnp.array([-1.0, 0.1]))))
    assert np.allclose(x[0], [0.75, 0.25])
    assert np.allclose(x[1], [0.0, 1.0], atol=0.1)
    v = game.field(x)
    best = game.project.best_response(v)
    pure = np.eye(2)
    for i in range(2):
        gains = [float(v[i] @ (x[i] - z)) for z in pure]
        assert np.isclose(float(v[i] @ (x[i] - best[i])), max(gains))
    # The gap closes at the equilibrium, where 4/5 of neither player's vertices help.
    solution = as_profile((jnp.array([0.4, 0.6]), jnp.array([0.8, 0.2])))
    v = game.field(solution)
    assert np.isclose(float(v @ (solution - game.project.best_response(v))), 0, atol=1e-15)


def test_boxes_confine_each_player_to_its_own_bounds():
    box = games.Box((-np.inf, -1), (np.inf, 0.5))
    x = as_profile((jnp.array([7.0, -9.0]), jnp.array([7.0, -9.0])))
    assert np.allclose(box(x)[0], [7, -9])
    assert np.allclose(box(x)[1], [0.5, -1])
    assert np.allclose(games.Box(-2.0, 3.0).best_response(x)[0], [-2, 3])
    assert np.allclose(games.Box(-2.0, 3.0).best_response(0 * x)[0], 0)
    game = games.matrix(np.eye(2), games.Box())
    assert np.allclose(game.project(x)[0], [1, -1])
