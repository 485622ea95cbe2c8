"""The small algebra of a window of past points, at numbers one can check by hand."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
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


def test_the_bound_on_a_condition_is_that_of_frobenius():
    """|R| |R^-1| of unit columns: sqrt(n) for R, over the columns that live."""
    triangle, live = 1.0 * jnp.eye(3), jnp.array([True, True, True])
    assert float(window.inverted(triangle, live, lower=True)[1]) == 3.0
    assert float(window.inverted(triangle, live.at[1].set(False), lower=True)[1]) == 2.0
    assert float(window.inverted(triangle, jnp.array([True, False, False]), lower=True)[1]) == 1.0
    halved = triangle.at[2, 2].set(0.5)
    assert float(window.inverted(halved, live, lower=False)[1]) == pytest.approx(18**0.5)


def window_of(columns, target, solver, kind):
    """A window of given differences of residuals, twice as large ones of images."""
    ring = window.opened(len(target), columns.shape[1], solver, target.dtype, kind)
    ring = window.pushed(ring, jnp.zeros(len(target)), jnp.zeros(len(target)), solver, kind)
    for column in columns.T:
        ring = ring._replace(residual=jnp.zeros(len(target)), image=jnp.zeros(len(target)))
        ring = window.pushed(ring, jnp.asarray(column), 2 * jnp.asarray(column), solver, kind)
    return window.pushed(ring, target, target, solver, kind, told=False)


@pytest.mark.parametrize("solver", [mm.Gram(), mm.Orthogonal()])
def test_the_condition_told_is_that_bound(solver):
    ring = window_of(3.0 * np.eye(5)[:, :3], jnp.ones(5), solver, 2)
    assert float(solver.weights(ring, 2).condition) == pytest.approx(3.0)


def test_a_basis_made_of_the_whole_window_is_that_which_was_kept():
    """Of six columns in a ring of four."""
    solver, columns = mm.Orthogonal(), np.random.default_rng(3).normal(size=(9, 6))
    target = jnp.arange(9.0)
    ring = window.opened(9, 4, solver, target.dtype)
    ring = window.pushed(ring, jnp.zeros(9), jnp.zeros(9), solver, 2)
    for column in columns.T:
        ring = window.pushed(ring, ring.residual + column, ring.image, solver, 2)
    ring = ring._replace(residual=target)
    anew = ring._replace(products=solver.renewed(ring))
    kept, made = solver.weights(ring, 2), solver.weights(anew, 2)
    np.testing.assert_allclose(made.values, kept.values, rtol=1e-12)
    best = np.linalg.lstsq(columns[:, 2:], target, rcond=None)[0]
    np.testing.assert_allclose(
        ring.combined(made.values), target - columns[:, 2:] @ best, atol=1e-12
    )


def test_weights_are_refined_where_little_of_the_residual_is_left():
    """Columns of condition 2e4, and a residual that but for 1e-9 of it is a combination of them."""
    first, second, beside = np.eye(6)[:3]
    columns = np.stack([first, first + 1e-4 * second], 1)
    target = jnp.asarray(columns @ [0.3, 0.7] + 1e-9 * beside)
    ring = window_of(columns, target, mm.Gram(), 2)
    left = ring.combined(mm.Gram().weights(ring, 2).values)
    np.testing.assert_allclose(left, 1e-9 * beside, atol=1e-13)


COLUMNS = np.array([[1.0, 1.0], [0.0, 0.1], [0.0, 0.0]])  # the second lies along the first
TARGET = jnp.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(("cutoff", "rank"), [(None, 2), (1e-3, 2), (0.3, 1)])
def test_a_projection_leaves_out_what_lies_below_its_cutoff(cutoff, rank):
    """Of the matrix of the scaled columns' products, 1 and 1.005 apart, the smaller singular value
    is 0.005 of the larger; the cutoff is squared, as for the columns.
    """
    solver = mm.Gram(cutoff=cutoff)
    assert int(solver.weights(window_of(COLUMNS, TARGET, solver, 1), 1).rank) == rank


@pytest.mark.parametrize("cutoff", [0.5, 0.1, 1e-3])
def test_without_a_fallback_a_cutoff_damps_the_scaled_columns(cutoff):
    """|f - DF y|^2 + cutoff^2 sum |df_i|^2 y_i^2 is smallest."""
    solver = mm.Gram(cutoff=cutoff, fallback=None)
    found = solver.weights(window_of(COLUMNS, TARGET, solver, 2), 2).values
    lengths = np.diag(np.linalg.norm(COLUMNS, axis=0))
    stacked = np.concatenate([COLUMNS, cutoff * lengths])
    expected = np.linalg.lstsq(stacked, np.concatenate([TARGET, np.zeros(2)]), rcond=None)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_the_spread_of_weights_is_that_of_the_images_they_combine():
    """f - a (f - g) - b (g - h) is (1 - a) f + (a - b) g + b h; the newest comes first."""
    a, b = 0.7, -0.4
    ring = SimpleNamespace(age=jnp.array([1, 0]))  # the newest stands second
    expected = abs(1 - a) + abs(a - b) + abs(b)
    np.testing.assert_allclose(window.spread(ring, jnp.array([b, a])), expected, rtol=1e-15)
