"""Which rows a minibatch holds, how often each, and from which key.

The keys are fixed, so these tests give one answer; a right program would fail one of their
chi-square tests by chance for one choice of keys in a thousand.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import minimax_lab as mm
from minimax_lab import adversarial

ROWS, SIZE, DRAWS = 7, 3, 6000
RARE = 1e-3


def uniform(counts):
    """Whether these cells are filled as evenly as chance would."""
    return stats.chisquare(np.ravel(counts)).pvalue > RARE


def drawn(sample, count=DRAWS):
    """The samples of so many keys, in one program."""
    return jax.jit(jax.vmap(sample))(jax.random.split(jax.random.key(11), count))


def test_every_row_is_drawn_equally_often_in_every_place_with_replacement():
    rows = np.asarray(drawn(lambda key: mm.Minibatch(SIZE)(jnp.arange(ROWS), key)))
    assert rows.shape == (DRAWS, SIZE)
    assert set(rows.ravel()) == set(range(ROWS))  # the last one too
    for place in range(SIZE):
        assert uniform(np.bincount(rows[:, place], minlength=ROWS))
    for one, two in ((0, 1), (1, 2), (0, 2)):  # places do not know of each other
        assert uniform(np.bincount(ROWS * rows[:, one] + rows[:, two], minlength=ROWS**2))
    differ = np.mean([len(set(batch)) == SIZE for batch in rows])
    chance = (ROWS - 1) * (ROWS - 2) / ROWS**2
    assert abs(differ - chance) < 3.3 * np.sqrt(chance * (1 - chance) / DRAWS)


def test_a_batch_holds_the_same_rows_of_every_array():
    data = {"square": jnp.arange(ROWS) ** 2, "row": jnp.arange(ROWS)}
    sample = drawn(lambda key: mm.Minibatch(SIZE)(data, key), 50)
    np.testing.assert_array_equal(sample["square"], sample["row"] ** 2)


def test_one_row_is_drawn_again_and_again_and_a_batch_may_be_longer_than_the_data():
    np.testing.assert_array_equal(mm.Minibatch(4)(jnp.array([5.0]), jax.random.key(0)), [5.0] * 4)
    assert len(mm.Minibatch(50)(jnp.arange(3), jax.random.key(0))) == 50


def test_a_gan_draws_its_data_evenly_and_normal_latents_beside_it():
    networks = adversarial.Perceptron((2, 1)), adversarial.Perceptron((1, 1))
    data = np.arange(float(ROWS))[:, None]
    game = adversarial.gan(*networks, data=data, batch=SIZE)
    sample = drawn(game.sample)
    assert sample.real.shape == (DRAWS, SIZE, 1) and sample.latent.shape == (DRAWS, SIZE, 2)
    assert uniform(np.bincount(np.ravel(sample.real).astype(int), minlength=ROWS))
    assert stats.kstest(np.ravel(sample.latent), "norm").pvalue > RARE


def test_a_gan_s_latents_do_not_know_its_data():
    networks = adversarial.Perceptron((2, 2)), adversarial.Perceptron((2, 1))
    sample = drawn(adversarial.gan(*networks, data=adversarial.normal(2), batch=SIZE).sample)
    one, two = np.ravel(sample.real - jnp.mean(sample.real)), np.ravel(sample.latent)
    assert stats.pearsonr(one, two).pvalue > RARE


def test_two_domains_are_drawn_evenly_and_apart():
    networks = [adversarial.Perceptron(widths) for widths in ((1, 2), (2, ROWS), (2, 1))]
    rows = np.arange(float(ROWS))[:, None]
    data = adversarial.DomainData(rows, np.arange(ROWS), rows)
    game = adversarial.domain_game(*networks, data, batch=(2, 2))
    sample = drawn(game.sample)
    np.testing.assert_array_equal(sample.source[..., 0], sample.labels)
    source, target = (
        np.asarray(part)[:, 0, 0].astype(int) for part in (sample.source, sample.target)
    )
    assert uniform(np.bincount(ROWS * source + target, minlength=ROWS**2))


def shown_to(x, shown):
    """Each player's number goes down by what it was shown."""
    return tuple(jnp.mean(shown) * p for p in x)


STEPS = 25
DATA = jnp.array([1.0, 10.0, 100.0, 1000.0, 1e4])
GAME = mm.Game(shown_to, data=DATA, draw=mm.Minibatch(2))


def shown(rule, key):
    """By how much each player's number went down in each update of a run."""
    run = mm.run(
        GAME, rule, (0.0, 0.0), STEPS, key=key, observe={"x": lambda view: view.after.ravel()[0]}
    )
    return -np.diff(run.observed["x"], axis=0), run


@functools.cache
def means(turns):
    """The mean of the batch of every update's key and of each of its turns."""
    key = jax.random.key(3)
    updates = [jax.random.fold_in(key, index) for index in range(STEPS)]
    keys = [[u, *(jax.random.fold_in(u, turn) for turn in range(turns))] for u in updates]
    return np.array([[jnp.mean(mm.Minibatch(2)(DATA, k)) for k in several] for several in keys])


def test_all_who_move_at_once_see_the_draw_of_the_update_s_key():
    found, run = shown(mm.Simultaneous(1.0), jax.random.key(3))
    wanted = means(3)[:, 0]
    np.testing.assert_allclose(found, np.stack([wanted, wanted], 1), rtol=1e-9)
    # The residual is taken on a draw that no update sees.
    unseen = jax.random.fold_in(jax.random.key(3), np.uint32(2**32 - 1))
    mean = float(jnp.mean(mm.Minibatch(2)(DATA, unseen)))
    assert run.verdict.residual == pytest.approx(np.sqrt(2) * mean)


def test_each_turn_has_a_draw_of_its_own():
    found, _ = shown(mm.Alternating(1.0), jax.random.key(3))
    np.testing.assert_allclose(found, means(3)[:, 1:3], rtol=1e-9)
    found, _ = shown(mm.Alternating(1.0, order=(1, 1, 0)), jax.random.key(3))
    first, second, third = means(3)[:, 1:].T
    np.testing.assert_allclose(found, np.stack([third, first + second], 1), rtol=1e-9)
