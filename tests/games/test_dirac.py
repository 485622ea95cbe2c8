"""The Dirac-GAN against hand-derived fields, eigenvalues and trajectories.

The hand-written fields below are in the paper's sign, the direction of motion; the game's field is
minus that.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
from scipy.special import expit

import minimax_lab as mm
from minimax_lab import objectives
from minimax_lab.profile import as_profile, narrowed


def saturating(theta, psi, gamma=0.0):
    return -psi * expit(-theta * psi), theta * expit(-theta * psi) - gamma * psi


def nonsaturating(theta, psi, gamma=0.0):
    return -psi * expit(theta * psi), theta * expit(-theta * psi) - gamma * psi


def wasserstein(theta, psi, gamma=0.0, target=0.0):
    return -psi, theta - gamma * (abs(psi) - target) * np.sign(psi)


def consensus(theta, psi, gamma, share=1.0):
    """share=1/2 is the released field, which halves the second term."""
    s = theta * psi
    first, second = expit(-s), -expit(s) * expit(-s)
    slope = share * (theta**2 + psi**2) * first * second
    v = saturating(theta, psi)
    return v[0] - gamma * (theta * first**2 + psi * slope), v[1] - gamma * (
        psi * first**2 + theta * slope
    )


VARIANTS = {
    "gan": (mm.games.dirac_gan(), saturating),
    "nsgan": (mm.games.dirac_gan(objectives.NonSaturating()), nonsaturating),
    "wgan": (mm.games.dirac_gan(objectives.Wasserstein(), clip=1.0), wasserstein),
    "wgan-gp": (
        mm.games.dirac_gan(objectives.Wasserstein(), penalty=0.7, target=1.0),
        lambda theta, psi: wasserstein(theta, psi, 0.7, 1.0),
    ),
    "gp": (mm.games.dirac_gan(penalty=0.3), lambda theta, psi: saturating(theta, psi, 0.3)),
    "nsgan-gp": (
        mm.games.dirac_gan(objectives.NonSaturating(), penalty=0.3),
        lambda theta, psi: nonsaturating(theta, psi, 0.3),
    ),
}


@eqx.filter_jit
def compiled_field(game, x, key=None):
    return game.field(x, game.sample(key))


def field_at(game, point):
    return np.array(compiled_field(narrowed(game, jnp.float64), as_profile(point)).players)


@eqx.filter_jit
def compiled_jacobian(game, x):
    return game.jacobian(x)


def eigenvalues(game, point=(0.0, 0.0)):
    return np.linalg.eigvals(
        np.asarray(compiled_jacobian(narrowed(game, jnp.float64), as_profile(point)))
    )


def same_spectrum(found, wanted, tolerance=1e-8):
    return np.allclose(np.sort_complex(found), np.sort_complex(wanted), rtol=0, atol=tolerance)


def pair(centre, square):
    root = np.sqrt(complex(square))
    return np.array([centre + root, centre - root])


@pytest.mark.parametrize("name", VARIANTS)
def test_field_is_the_hand_written_one(name, key):
    game, by_hand = VARIANTS[name]
    theta, psi = 2 * jax.random.normal(key, (2, 50))
    field = eqx.filter_vmap(compiled_field, in_axes=(None, 0))(game, mm.Profile((theta, psi)))
    assert np.allclose(
        field.players, -np.array(by_hand(np.asarray(theta), np.asarray(psi))), rtol=0, atol=1e-12
    )


def test_instance_noise_by_quadrature_is_the_integral():
    def mean(g):
        def integrand(n):
            return np.exp(-n * n / 2) / np.sqrt(2 * np.pi) * g(0.7 * n)

        return scipy.integrate.quad(integrand, -12, 12, epsabs=1e-13, limit=200)[0]

    def by_hand(theta, psi):
        on_real = mean(lambda n: n * expit(n * psi))
        on_fake = mean(lambda n: (theta + n) * expit(-psi * (theta + n)))
        return -psi * mean(lambda n: expit(-psi * (theta + n))), on_fake - on_real

    game = mm.games.dirac_gan(noise=0.7)
    for point in [(1.0, 1.0), (-0.4, 1.7), (2.0, -2.0)]:
        assert np.allclose(field_at(game, point), -np.array(by_hand(*point)), rtol=0, atol=1e-10)


def test_instance_noise_by_draws_has_the_quadrature_as_its_mean(key):
    drawn, exact = mm.games.dirac_gan(noise=0.7, draws=100), mm.games.dirac_gan(noise=0.7)
    x = as_profile((0.8, -1.1))
    keys = jax.random.split(key, 400)
    fields = np.array(
        eqx.filter_vmap(compiled_field, in_axes=(None, None, 0))(drawn, x, keys).players
    )
    error = fields.mean(1) - field_at(exact, (0.8, -1.1))
    spread = fields.std(1) / 20
    assert np.all(np.abs(error) < 4 * spread)
    assert np.all(spread < 0.01)
    assert drawn.random
    one, two = drawn.sample(key), drawn.sample(key)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], drawn.sample(jax.random.key(1))[0])


def test_noise_of_a_paired_objective_averages_over_independent_pairs():
    game = mm.games.dirac_gan(objectives.Relativistic(), noise=0.7, nodes=24)
    theta, psi = 0.6, 0.9
    # The difference of two independent noises is one noise of twice the variance.
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    wanted = weights @ expit(psi * (theta + 0.7 * np.sqrt(2) * points)) * psi / weights.sum()
    assert np.isclose(field_at(game, (theta, psi))[0], wanted, atol=1e-9)


def test_eigenvalues_at_the_equilibrium_are_the_closed_forms():
    for name in ("gan", "nsgan"):
        assert same_spectrum(eigenvalues(VARIANTS[name][0]), [0.5j, -0.5j], 1e-12)
    assert same_spectrum(eigenvalues(VARIANTS["wgan"][0]), [1j, -1j], 1e-12)
    for gamma in (0.1, 0.3, 0.7, 1.5, 2.0):
        wanted = pair(gamma / 2, gamma**2 / 4 - 0.25)
        assert same_spectrum(eigenvalues(mm.games.dirac_gan(penalty=gamma)), wanted)
        assert same_spectrum(
            eigenvalues(mm.games.dirac_gan(objectives.NonSaturating(), penalty=gamma)), wanted
        )
        assert not same_spectrum(eigenvalues(mm.games.dirac_gan(penalty=gamma / 2)), wanted)
        steep = mm.games.dirac_gan(objectives.Wasserstein(), penalty=gamma)
        assert same_spectrum(eigenvalues(steep), pair(gamma / 2, gamma**2 / 4 - 1))


def test_the_critical_penalty_has_a_double_eigenvalue():
    assert same_spectrum(eigenvalues(mm.games.dirac_gan(penalty=1.0)), [0.5, 0.5], 1e-7)


def test_wgan_gp_turns_about_displaced_centres_with_the_wasserstein_eigenvalues():
    game = mm.games.dirac_gan(objectives.Wasserstein(), penalty=0.7, target=1.0)
    for psi in (0.3, -0.3):
        assert same_spectrum(eigenvalues(game, (1.0, psi)), pair(0.35, 0.35**2 - 1))
    # Of the two half planes' linear fields, each vanishes at (-+ penalty * target, 0).
    assert np.allclose(field_at(game, (-0.7, 1e-14)), 0, atol=1e-12)
    assert np.allclose(field_at(game, (0.7, -1e-14)), 0, atol=1e-12)


def test_instance_noise_damps_like_a_penalty_of_half_its_variance():
    for sigma in (0.3, 0.7, 1.0, 1.3, 1.6):
        found = eigenvalues(mm.games.dirac_gan(noise=sigma))
        assert same_spectrum(found, pair(sigma**2 / 4, sigma**4 / 16 - 0.25), 1e-10)
        assert same_spectrum(found, eigenvalues(mm.games.dirac_gan(penalty=sigma**2 / 2)), 1e-8)
        assert not same_spectrum(found, eigenvalues(mm.games.dirac_gan(penalty=sigma**2)), 1e-3)
        assert (sigma > np.sqrt(2)) == bool(np.all(np.isreal(found)))


def test_consensus_is_the_exact_gradient_and_not_the_released_one():
    @jax.jit
    def turn(z):
        x = mm.Profile((z[0], z[1]))
        return jnp.stack(
            mm.Consensus(1.0)(mm.games.dirac_gan(), x, (None, None), mm.Tick(0, None))[0].players
        )

    gain = np.array(saturating(0.7, -0.9)) + np.array(turn(jnp.array([0.7, -0.9])))
    assert np.allclose(gain, (0.4711, -0.5178), atol=5e-5)
    assert not np.allclose(gain, (0.3846, -0.4505), atol=1e-2)
    for point in [(0.7, -0.9), (1.5, 0.4), (-2.0, 1.0)]:
        assert np.allclose(
            turn(jnp.array(point)), -np.array(consensus(*point, 1.0)), rtol=0, atol=1e-12
        )
    assert same_spectrum(
        np.linalg.eigvals(jax.jit(jax.jacfwd(turn))(jnp.zeros(2))), [0.25 + 0.5j, 0.25 - 0.5j]
    )


def test_a_new_penalty_or_noise_compiles_nothing():
    traces = []

    @eqx.filter_jit
    def field(game, x):
        traces.append(1)
        return game.field(x)

    x = as_profile((1.0, 0.5))
    for value in (0.1, 0.2, 0.5):
        field(narrowed(mm.games.dirac_gan(penalty=value, noise=value), jnp.float64), x)
    assert len(traces) == 1


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"objective": "saturing"}, "Did you mean 'objectives.Saturating()'?"),
        ({"objective": objectives.Hinge}, "Call the class"),
        ({"noise": -0.1}, "noise is -0.1"),
        ({"penalty": float("nan")}, "penalty is nan"),
        ({"target": 1.0}, "Give penalty="),
        ({"draws": 10}, "Give noise="),
        ({"noise": 0.1, "draws": 0}, "draws is 0"),
        ({"noise": 0.1, "nodes": 2.5}, "nodes is 2.5"),
        ({"clip": 0.0}, "clip is 0.0"),
    ],
)
def test_bad_input_is_named(options, fragment):
    with pytest.raises(mm.InputError) as error:
        mm.games.dirac_gan(**options)
    assert fragment in str(error.value)


def test_players_that_are_not_numbers_and_missing_keys_are_refused():
    with pytest.raises(mm.InputError, match="two numbers"):
        mm.games.dirac_gan().field(mm.Profile((jnp.ones(2), jnp.ones(2))))
    with pytest.raises(mm.InputError, match="key is None"):
        mm.games.dirac_gan(noise=0.7, draws=10).sample(None)
