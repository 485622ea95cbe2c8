"""The small algebra of a window of past points, at numbers one can check by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np

from minimax_lab.rules import anew, orthogonal, window


def test_small_eigenvalues_are_those_below_a_share_of_the_largest():
    values, target = np.array([1.0, 2.0, 10.0]), np.ones(3)
    weights, condition, dropped = anew._by_eigenvalues(
        jnp.diag(jnp.array(values)), jnp.array(target), 0.15
    )
    np.testing.assert_allclose(weights, [0, 1 / 2, 1 / 10], atol=1e-15)
    assert (float(condition), int(dropped)) == (10.0, 1)


def test_a_condition_counts_the_columns_that_live():
    matrix, live = jnp.diag(jnp.array([3.0, 2.0, 0.0])), jnp.array([True, True, False])
    found = orthogonal.by_singular_values(matrix, jnp.ones(3), 1e-12, live)
    assert (float(found.condition), int(found.rank)) == (1.5, 2)
    np.testing.assert_allclose(found.parts, [1 / 3, 1 / 2, 0], atol=1e-15)
    none = orthogonal.by_singular_values(0 * matrix, jnp.ones(3), 1e-12, ~live & live)
    assert float(none.condition) == 1.0


def test_the_spread_of_weights_is_that_of_the_images_they_combine():
    """f - a (f - g) - b (g - h) is (1 - a) f + (a - b) g + b h; the newest comes first."""
    a, b = 0.7, -0.4
    ring = SimpleNamespace(age=jnp.array([1, 0]))  # the newest stands second
    expected = abs(1 - a) + abs(a - b) + abs(b)
    np.testing.assert_allclose(window.spread(ring, jnp.array([b, a])), expected, rtol=1e-15)
