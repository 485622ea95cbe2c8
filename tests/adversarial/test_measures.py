"""Where samples come from and how they are measured: mixtures, modes, distances, densities, the
sign test.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from minimax_lab import adversarial as adv


def test_every_batch_of_the_ring_has_sixty_four_samples_of_each_mode(key):
    ring = adv.ring()
    samples = np.asarray(ring(key, 512))
    angles = 2 * np.pi * np.arange(8) / 8
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(ring.centres, centres, atol=1e-15)
    modes = np.argmin(np.linalg.norm(samples[:, None] - centres, axis=-1), axis=1)
    np.testing.assert_array_equal(modes, np.arange(512) % 8)
    noise = samples - centres[modes]
    np.testing.assert_allclose(
        noise.std(), 0.01, rtol=0.12
    )  # 1024 numbers: five standard errors are 11 %
    assert abs(noise.mean()) < 5 * 0.01 / 32


def test_grids_lie_where_they_were_published():
    assert {tuple(c) for c in adv.grid().centres} == {
        (a, b) for a in (-1.5, -0.5, 0.5, 1.5) for b in (-1.5, -0.5, 0.5, 1.5)
    }
    assert {tuple(c) for c in adv.grid(5, 2.0).centres} == {
        (a, b) for a in range(-4, 5, 2) for b in range(-4, 5, 2)
    }
    assert adv.normal(75).centres.shape == (1, 75)


@pytest.mark.parametrize(
    "source", [adv.ring(3), adv.Rows(np.arange(10.0).reshape(5, 2)), adv.normal(2)]
)
def test_a_source_is_a_function_of_its_key(source, key):
    one, again, other = source(key, 64), source(key, 64), source(jax.random.fold_in(key, 1), 64)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.shape == (64, *source.shape) == (64, 2)


def test_eigenvalues_come_sorted_and_complete(key):
    matrix = np.array([[0.0, -2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    np.testing.assert_allclose(adv.eigenvalues(matrix), [-1, -2j, 2j], atol=1e-12)


def test_modes_are_counted_at_the_nearest_centre_within_the_radius():
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    samples = jnp.array([[0.0, 0.05], [0.0, -0.05], [0.9, 0.0], [0.5, 0.0], [3.0, 3.0]])
    np.testing.assert_array_equal(adv.mode_counts(samples, centres, 0.11), [2, 1, 0])
    np.testing.assert_array_equal(adv.mode_counts(samples, centres, 0.04), [0, 0, 0])
    assert adv.covered(np.array([[5, 4, 0], [100, 0, 0]]), 500).tolist() == [1, 1]
    assert adv.covered(np.array([5, 5, 0]), 500) == 2


def test_a_mixtures_own_samples_cover_all_its_modes_within_three_deviations(key):
    counts = adv.ModeCounts(adv.ring())(adv.ring()(key, 2560))
    # A planar Gaussian lies within three deviations with probability 1 - exp(-9/2) = 0.9889.
    np.testing.assert_allclose(counts.sum() / 2560, 1 - np.exp(-4.5), atol=0.011)
    assert adv.covered(counts, 2560) == 8


def test_distances_vanish_between_equal_laws_and_see_a_missing_mode(key):
    one, two, three = (adv.ring()(k, 512) for k in jax.random.split(key, 3))
    missing = jnp.where((jnp.arange(512) % 8 == 0)[:, None], jnp.roll(three, 1, axis=0), three)
    for distance in (adv.maximum_mean_discrepancy, adv.sliced_wasserstein):
        assert abs(distance(one, two)) < 0.05 * distance(one, missing), distance


def test_sliced_distance_of_a_translation_is_its_length_over_the_root_of_the_dimension(key):
    samples = jax.random.normal(key, (100, 2))
    np.testing.assert_allclose(
        adv.sliced_wasserstein(samples, samples + jnp.array([3.0, 4.0])), 5 / np.sqrt(2), rtol=1e-10
    )


def test_discrepancy_of_two_points_is_known_in_closed_form():
    a, b = jnp.zeros((2, 2)), jnp.full((3, 2), 1.0)
    expected = 2 - 2 * np.exp(-2 / (2 * 0.5**2))
    np.testing.assert_allclose(adv.maximum_mean_discrepancy(a, b, (0.5,)), expected, rtol=1e-12)


def test_spread_is_one_for_the_standard_normal_and_zero_for_what_has_collapsed(key):
    samples = adv.normal(5)(key, 40_000)
    np.testing.assert_allclose(adv.spread(samples), np.ones(5), atol=0.05)
    flat = samples.at[:, 0].set(0.0)
    np.testing.assert_allclose(adv.spread(flat)[-1], 0, atol=1e-12)
    np.testing.assert_allclose(adv.spread(samples + 7.0), adv.spread(samples), rtol=1e-9)


def test_a_density_integrates_to_one_and_survives_collapse(key):
    cell = (6.4 / 159) ** 2
    found = adv.density(adv.ring()(key, 400), 3.2)
    np.testing.assert_allclose(found.sum() * cell, 1, rtol=1e-3)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert found.shape == (160, 160)
    assert np.isfinite(adv.density(np.zeros((50, 2)))).all()
    assert abs(np.hypot(row - 79.5, column - 79.5) * 6.4 / 159 - 1) < 0.3


def test_the_sign_test_counts_pairs_that_differ():
    assert adv.sign_test([3, 2, 5, 1, 4, 0], [1, 1, 1, 1, 1, 1]) == (
        4,
        1,
        6 / 32,
    )  # (5 + 1) of 2^5 outcomes have four wins or more
    assert adv.sign_test([1, 1], [1, 1]) == (0, 0, 1.0)
