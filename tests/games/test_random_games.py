"""Markets, and games at random with a spectrum, a gap or a margin asked for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import games
from minimax_lab.game import identity
from minimax_lab.profile import as_profile
from tests.games.test_games import field_and_jacobian, kind_of


def ensemble(make, key, count):
    """make(key) for many keys, in one program."""
    return np.asarray(jax.jit(jax.vmap(make))(jax.random.split(key, count)))


@pytest.mark.parametrize("trade", [identity, jnp.tanh], ids=["bilinear", "tanh"])
def test_market_interactions_are_antisymmetric_until_the_defect_breaks_them(trade, key):
    sizes = (1, 2, 3)
    own = np.repeat(np.arange(3), sizes)
    off = own[:, None] != own[None, :]
    x = tuple(
        jax.random.normal(k, (d,)) for k, d in zip(jax.random.split(key, 3), sizes, strict=True)
    )
    for defect, holds in ((0.0, True), (0.2, False)):
        _, J = field_and_jacobian(games.random_market(key, sizes, trade=trade, defect=defect), x)
        S, A = mm.split(J)
        assert bool(np.all(np.abs(S[off]) < 1e-12)) == holds
        assert np.abs(A[off]).min() > 1e-4
        # Legibility: along any direction the whole sentiment is the sum of the firms' own.
        blocks = np.where(off, 0, J)
        u = np.linspace(-1, 1, 6)
        assert np.isclose(u @ J @ u, u @ blocks @ u, rtol=1e-10) == holds


def test_coalitions_cancel_their_internal_trades(key):
    game = games.random_market(key, (2, 1, 2), trade=jnp.tanh)
    x = as_profile((jnp.array([0.3, -1.0]), jnp.array([0.7]), jnp.array([1.1, 0.2])))
    resources = [float(w @ M @ w) / 2 for w, M in zip(x, game.data[0], strict=True)]
    assert np.isclose(float(sum(game.losses(x, game.data))), sum(resources), atol=1e-12)
    broken = games.random_market(key, (2, 1, 2), trade=jnp.tanh, defect=0.5)
    assert not np.isclose(float(sum(broken.losses(x, broken.data))), sum(resources), atol=1e-3)


def test_stable_is_nash_in_markets_for_every_learning_rate(key):
    """S is block diagonal, so whether every firm sits at a strict maximum and whether S > 0 is one
    question.
    """
    sizes = (1, 2, 2)
    origin = mm.Profile(jnp.zeros(d) for d in sizes)
    draws = np.random.default_rng(0)
    rates = np.repeat(np.exp(draws.uniform(np.log(1e-3), np.log(1e3), (400, 3))), sizes, axis=1)
    # Own curvature taken from some firms: a market still, in which they may sit at a minimum of
    # their profit.
    taken = np.repeat(draws.choice([0, 0, 0, 1, 2], (400, 3)), sizes, axis=1)
    count = {True: 0, False: 0}
    for J, rate, less in zip(
        ensemble(lambda k: games.random_market(k, sizes).jacobian(origin), key, 400),
        rates,
        taken,
        strict=True,
    ):
        J = J - np.diag(less)
        nash = kind_of(J, sizes) == mm.Kind.NASH
        count[nash] += 1
        assert nash == (np.linalg.eigvalsh((J + J.T) / 2).min() > 0)
        if nash:
            assert np.linalg.eigvals(rate[:, None] * J).real.min() > 0
    assert min(count.values()) > 50


def test_the_minimal_examples_have_their_documented_eigenvalues():
    def spectrum(game):
        return np.sort_complex(np.linalg.eigvals(field_and_jacobian(game, (1.0, -0.5))[1]))

    assert np.allclose(spectrum(games.hamiltonian()), [-1j, 1j])
    assert np.allclose(spectrum(games.exchange(0.1)), [0.1 - 1j, 0.1 + 1j])
    assert np.allclose(spectrum(games.common_interest(0.1)), [-0.9, 1.1])
    assert np.allclose(spectrum(games.rate_dependent()), [1, 1], atol=1e-7)
    J = field_and_jacobian(games.rate_dependent(), (0.0, 0.0))[1]
    for e, stable in ((2.9, True), (3.1, False)):
        assert (np.linalg.eigvals(np.diag([e, 1.0]) @ J).real.min() > 0) == stable
    # A defect of d leaves the symmetric part definite exactly while d < 2 friction.
    for defect, definite in ((0.19, True), (0.21, False)):
        J = field_and_jacobian(games.exchange(0.1, defect), (0.0, 0.0))[1]
        assert (np.linalg.eigvalsh((J + J.T) / 2).min() > 0) == definite


def test_random_bilinear_games_have_the_spectrum_asked_for(key):
    spectrum = jnp.array([0.1, 0.7, 2.0, 3.5])
    A = games.random_bilinear(key, 4, spectrum).data[0]
    assert np.allclose(np.sort(np.linalg.svd(A, compute_uv=False)), spectrum, atol=1e-12)
    assert not np.allclose(A, games.random_bilinear(jax.random.key(1), 4, spectrum).data[0])


@pytest.mark.parametrize(("n", "m"), [(3, 3), (1, 3)])
def test_random_quadratics_are_strongly_monotone_and_lead_by_the_gap(n, m, key):
    origin = mm.Profile((jnp.zeros(n), jnp.zeros(m)))
    for J in ensemble(
        lambda k: games.random_quadratic(k, n, m, gap=0.05, step=0.2).jacobian(origin), key, 50
    ):
        assert np.linalg.eigvalsh((J + J.T) / 2).min() > 0
        update = np.linalg.eigvals(np.eye(n + m) - 0.2 * J)
        assert 0.9 <= np.abs(update).max() <= 0.97
        assert games.lead(update) >= 0.05 - 1e-12
        assert np.abs(J[:n, n:]).max() > 1e-3


def test_lead_counts_conjugates_once():
    assert np.isclose(games.lead([0.6j, -0.6j, 0.5]), 0.2)
    assert games.lead([1j, -1j]) == np.inf


def test_random_general_sum_games_keep_the_margin(key):
    sizes = (2, 1, 3)
    x = mm.Profile(jnp.ones(d) for d in sizes)
    margins = jnp.array([0.3, -0.5])
    draw = jax.jit(
        jax.vmap(lambda margin: games.random_general_sum(key, sizes, margin=margin).jacobian(x))
    )
    for J, margin in zip(np.asarray(draw(margins)), margins, strict=True):
        assert np.isclose(np.linalg.eigvalsh((J + J.T) / 2).min(), margin, atol=1e-12)
        assert np.allclose(J[3:, 3:], J[3:, 3:].T)
    assert not np.allclose(J[:2, 2:], -J[2:, :2].T, atol=0.1)
