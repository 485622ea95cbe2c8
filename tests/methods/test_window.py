"""The window of past points and its least squares: at numbers one can check by hand, and against
LAPACK's as columns come and go.
"""

from types import SimpleNamespace

import equinox as eqx
import jax
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


@eqx.filter_jit
def weighed(solver, columns, target, kind=2):
    """The weights of such a window."""
    return solver.weights(window_of(columns, target, solver, kind), kind)


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


def windows(condition, size, memory, generator):
    """Columns of a given condition, badly scaled besides, and a right side nearly in their span."""
    left = np.linalg.qr(generator.normal(size=(size, memory)))[0]
    right = np.linalg.qr(generator.normal(size=(memory, memory)))[0]
    columns = (
        left
        * np.geomspace(1, 1 / condition, memory)
        @ right.T
        * generator.permutation(np.geomspace(1, 1e-6, memory))
    )
    return columns, left @ generator.normal(size=memory) + 1e-8 * generator.normal(size=size)


@pytest.mark.parametrize("condition", [1e2, 1e4, 1e6, 1e8, 1e10])
def test_nearly_parallel_columns_cost_the_default_no_accuracy(condition):
    columns, target = windows(condition, 120, 12, np.random.default_rng(5))
    scaled = columns / np.linalg.norm(columns, axis=0)
    weights = np.linalg.lstsq(scaled, target, rcond=1e-15)[0]
    best, rounding = (
        np.linalg.norm(target - scaled @ weights),
        50 * np.finfo(float).eps * np.linalg.norm(weights),
    )
    reached = {}
    for name, solver in {
        "default": mm.Gram(),
        "careful": mm.Orthogonal(),
        "quick": mm.Gram(fallback=None),
    }.items():
        reached[name] = np.linalg.norm(
            target - columns @ weighed(solver, *map(jnp.asarray, (columns, target))).values
        )
    assert reached["default"] < best * (1 + 1e-9) + rounding
    assert reached["careful"] < best * (1 + 1e-9) + rounding
    assert (reached["quick"] > 2 * best + rounding) == (
        condition >= 1e8
    )  # what the second road of the default is for


@pytest.mark.parametrize("solver", [mm.Gram(), mm.Orthogonal()])
@pytest.mark.parametrize("emptied", [False, True])
@pytest.mark.parametrize("scale", [1.0, 2.0**-20])
def test_columns_come_and_go_as_if_all_were_taken_anew(solver, emptied, scale):
    """Thirty columns through a window of eight, some of them nearly parallel to the one before;
    at the end one that tells nothing.
    """
    generator = np.random.default_rng(8)
    columns, target = scale * generator.normal(size=(30, 40)), scale * generator.normal(size=40)
    columns[1::4] = columns[0:-1:4] + 1e-3 * columns[1::4]
    sums = np.cumsum([target, *columns], axis=0)

    @eqx.filter_jit
    def walked(sums):
        def more(ring, given):
            total, last = given
            ring = window.pushed(ring, total, 2 * total, solver, 2)
            return window.cleared(ring, last, True), None

        lasts = emptied & (np.arange(len(sums)) == 25)
        ring = window.opened(40, 8, solver, sums.dtype)
        ring, _ = jax.lax.scan(more, ring, (sums, jnp.asarray(lasts)))
        ring = window.pushed(ring, sums[-1] + scale * 1e-17, 2 * sums[-1], solver, 2, told=False)
        return ring, solver.weights(ring, 2)

    ring, weights = walked(jnp.asarray(sums))
    last = columns[-(5 if emptied else 8) :].T
    expected = sums[-1] - last @ np.linalg.lstsq(last, sums[-1], rcond=None)[0]
    np.testing.assert_allclose(ring.combined(weights.values), expected, atol=1e-11 * scale)
    assert weights.rank == last.shape[1]


def test_a_window_of_two_goes_to_the_columns_and_back():
    """After columns at right angles one that is nearly the last, then again others."""
    generator = np.random.default_rng(4)
    solver, target = mm.Gram(), jnp.asarray(generator.normal(size=7))
    columns = np.linalg.qr(generator.normal(size=(7, 5)))[0]
    columns[:, 3] = columns[:, 2] + 1e-9 * columns[:, 3]
    ring = window.opened(7, 2, solver, target.dtype)
    ring = window.pushed(ring, jnp.zeros(7), jnp.zeros(7), solver, 2)
    for k, column in enumerate(columns.T):
        ring = window.pushed(ring, ring.residual + column, ring.image, solver, 2)
        held = columns[:, max(k - 1, 0) : k + 1]
        seen = window.pushed(ring, target, ring.image, solver, 2, told=False)
        best = target - held @ np.linalg.lstsq(held, target, rcond=1e-15)[0]
        left = seen.combined(solver.weights(seen, 2).values)
        np.testing.assert_allclose(left, best, atol=1e-6 if k == 3 else 1e-13)


def test_the_directions_of_a_basis_are_orthonormal_whatever_its_columns():
    """Once taking a part away leaves rounding as large as what is left."""
    generator, solver = np.random.default_rng(6), mm.Orthogonal()
    columns = generator.normal(size=(30, 9))
    columns[:, 1::2] = columns[:, :-1:2] + 1e-9 * columns[:, 1::2]
    ring = window.opened(30, 5, solver, columns.dtype)
    ring = window.pushed(ring, jnp.zeros(30), jnp.zeros(30), solver, 2)
    for column in columns.T:
        ring = window.pushed(ring, ring.residual + column, ring.image, solver, 2)
    directions = np.asarray(ring.products.directions)
    np.testing.assert_allclose(directions @ directions.T, np.eye(5), atol=1e-13)


def test_a_small_ridge_is_all_that_is_added():
    """To the diagonal of DF'DF, in the share that it is of the squares of both differences."""
    first, second = np.eye(6)[:2]
    columns, ridge = np.stack([first, first + 1e-5 * second], 1), 1e-13
    found = weighed(mm.Gram(ridge=ridge), jnp.asarray(columns), jnp.asarray(second)).values
    added = ridge * 2 * np.sum(columns**2)  # residuals, and images without them, are as long
    expected = np.linalg.solve(columns.T @ columns + added * np.eye(2), columns.T @ second)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_the_spread_of_weights_is_that_of_the_images_they_combine():
    """f - a (f - g) - b (g - h) is (1 - a) f + (a - b) g + b h; the newest comes first."""
    a, b = 0.7, -0.4
    ring = SimpleNamespace(age=jnp.array([1, 0]))  # the newest stands second
    expected = abs(1 - a) + abs(a - b) + abs(b)
    np.testing.assert_allclose(window.spread(ring, jnp.array([b, a])), expected, rtol=1e-15)
