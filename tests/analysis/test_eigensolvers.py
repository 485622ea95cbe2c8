"""Parts of spectra, matrix-free: residuals, memory, what they cannot know, and what is said of
values that do not converge.
"""

import functools
import resource

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

import minimax_lab as mm
from minimax_lab.analysis.eigensolvers import leading_values
from tests.analysis.test_spectrum import distance


@functools.partial(jax.jit, static_argnums=2)
def arnoldi(matrix, start, depth):
    return mm.arnoldi_values(lambda t: mm.Profile((matrix @ t[0],)), mm.Profile((start,)), depth)


def test_arnoldi_residuals_are_those_of_the_ritz_vectors_and_spare_values_are_missing():
    matrix = (
        np.diag([5.0, 3.0, 2.0, 1.0, 0.5, 0.1])
        + np.triu(np.random.default_rng(0).standard_normal((6, 6)), 1) / 4
    )
    values, residuals = arnoldi(matrix, jnp.arange(1.0, 7.0), 3)
    # A value is an eigenvalue of a matrix as near as its residual: sigma_min(J - value) <=
    # residual.
    smallest = [np.linalg.svd(matrix - value * np.eye(6))[1][-1] for value in np.asarray(values)]
    assert np.all(np.asarray(smallest) <= np.asarray(residuals) * (1 + 1e-9))
    assert np.max(residuals) > 1e-3
    # This start lies in the invariant span of the first two eigenvectors.
    values, residuals = arnoldi(matrix, jnp.asarray([1.0, 1.0, 0, 0, 0, 0]), 5)
    assert distance(values[:2], [5, 3]) < 1e-10
    assert np.all(np.isnan(values[2:]))
    assert np.all(np.isnan(residuals[2:]))


def test_part_of_a_spectrum_does_not_claim_what_it_cannot_know():
    game, x = mm.Game(diagonal_losses, data=jnp.arange(1.0, 13.0)), (jnp.zeros(12),)
    assert mm.field_spectrum(game, x, leading=3).stable is None
    assert mm.field_spectrum(game, x, leading=3, leftmost=True).stable is True
    assert mm.field_spectrum(game, x, leading=3, leftmost=True).abscissa == pytest.approx(1)
    assert mm.update_spectrum(game, mm.Simultaneous(0.1), x, leading=3).stable is True
    assert (
        mm.field_spectrum(mm.Game(diagonal_losses, data=-game.data), x, leading=3).stable is False
    )
    assert mm.field_spectrum(game, x, leading=3).conditions is None


def test_the_leftmost_are_those_of_the_least_real_part_where_a_pair_is_cut():
    """Asked for three, ARPACK finds four, so that no pair is halved."""
    pairs = [(1, 3), (2, 1), *((k, 2) for k in range(5, 15))]
    matrix = scipy.linalg.block_diag(*([[a, b], [-b, a]] for a, b in pairs))
    values, residuals = leading_values(lambda v: matrix @ v, len(matrix), 3, "leftmost", 1e-16)
    np.testing.assert_allclose(values.real, [1, 1, 2], atol=1e-8)
    assert residuals.max() < 1e-8


def planted(x, sample):
    """min max of sum p a^2/2 + b a c - p c^2/2 in coordinates a, c reflected at the hyperplanes
    orthogonal to u and w.
    """
    p, b, u, w = sample
    a, c = x[0] - 2 * (u @ x[0]) * u, x[1] - 2 * (w @ x[1]) * w
    return jnp.sum(p * a**2 / 2 + b * a * c - p * c**2 / 2)


def test_twenty_leading_values_of_two_hundred_thousand_parameters():
    half, r = 100_000, np.random.default_rng(5)
    p, b = r.uniform(0, 1.5, half), r.uniform(-1, 1, half)
    angles = np.linspace(0.1, 1.4, 10)
    p[:10], b[:10] = (
        np.linspace(10, 5.5, 10) * np.cos(angles),
        np.linspace(10, 5.5, 10) * np.sin(angles),
    )
    u, w = (v / np.linalg.norm(v) for v in r.standard_normal((2, half)))
    game = mm.zero_sum(planted, tuple(map(jnp.asarray, (p, b, u, w))))
    x = mm.Profile((jnp.zeros(half), jnp.zeros(half)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spectrum = mm.field_spectrum(game, x, leading=20)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    wanted = [p[i] + sign * 1j * b[i] for i in range(10) for sign in (1, -1)]
    assert distance(spectrum.values, wanted) < 1e-6
    assert np.max(spectrum.residuals) < 1e-6
    assert spectrum.matrix is None
    assert (
        grown < 1e-3 * 8 * (2 * half) ** 2
    )  # 320 MB, of the 320 GB that the dense matrix would take
    assert spectrum.size == 2 * half


def test_unconverged_values_are_left_out_and_said_to_be(monkeypatch):
    """Hundreds of values crowded at the left end, which a few restarts do not separate."""
    monkeypatch.setattr("minimax_lab.analysis.eigensolvers.RESTARTS", 40)
    crowd = np.concatenate([1 + 1e-7 * np.arange(300), np.linspace(2, 1e3, 98), [1e3, 1e3]])
    game, x = mm.Game(diagonal_losses, data=jnp.asarray(crowd)), (jnp.zeros(400),)
    with pytest.raises(RuntimeError, match="none of the 5 leftmost"):
        mm.field_spectrum(game, x, leading=5, leftmost=True)
    crowd[-2:] = 0.1, 0.2
    with pytest.warns(UserWarning, match="only 2 of the 5 leftmost") as said:
        spectrum = mm.field_spectrum(
            mm.Game(diagonal_losses, data=jnp.asarray(crowd)), x, leading=5, leftmost=True
        )
    assert said[0].filename == __file__
    assert spectrum.values == pytest.approx([0.1, 0.2])


def diagonal_losses(x, sample):
    return (jnp.sum(sample * x[0] ** 2) / 2,)
