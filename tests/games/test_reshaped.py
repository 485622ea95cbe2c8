"""Games made from games: weight decay, penalties, noise."""

import jax
import jax.numpy as jnp
import numpy as np

from minimax_lab import games
from minimax_lab.profile import as_profile


def first_pays(x, sample):
    """A penalty of player 0 alone."""
    return jnp.sum(x[0] ** 4), 0 * x[1].sum()


def test_penalties_add_up_and_losses_stay_as_they_are():
    game = games.penalised(games.weight_decay(games.bilinear(np.eye(2)), 1.0), first_pays)
    x = as_profile((jnp.array([1.0, 2.0]), jnp.array([3.0, -1.0])))
    assert np.allclose(game.field(x)[0], x[1] + x[0] + 4 * x[0] ** 3)
    assert np.allclose(game.losses(x, game.data)[0], 1.0)


def test_noise_is_gaussian_of_the_asked_size_and_fixed_by_the_key(key):
    exact = games.weight_decay(games.exchange(0.2), 0.1)
    noisy = games.noisy(exact, 0.3)
    x = as_profile((1.0, -2.0))

    @jax.jit
    @jax.vmap
    def error(key):
        return (noisy.field(x, noisy.sample(key)) - exact.field(x)).ravel()[0]

    errors = np.asarray(error(jax.random.split(key, 4000)))
    assert np.all(np.abs(errors.mean(0)) < 4 * 0.3 / np.sqrt(4000))
    assert np.allclose(errors.std(0), 0.3, rtol=0.05)
    assert abs(np.corrcoef(errors.T)[0, 1]) < 0.06
    assert np.isclose(np.mean(errors**4), 3 * 0.3**4, rtol=0.15)
    assert np.array_equal(error(key[None]), error(key[None]))
    sample = noisy.sample(key)
    assert np.allclose(noisy.jacobian(x, sample), exact.jacobian(x))
    assert noisy.random


def test_noise_wraps_games_that_draw_and_keeps_the_rest(key):
    game = games.noisy(games.noisy(games.dirac_gan(noise=0.7, draws=5, clip=1.0), 0.1), 0.1)
    assert game.field(as_profile((1.0, 1.0)), game.sample(key)).norm() > 0
    assert game.ideal == games.dirac_gan().ideal
    assert float(game.project(as_profile((5.0, 5.0)))[1]) == 1.0
