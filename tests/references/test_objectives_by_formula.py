"""Objectives, penalties and games made of games are the formulas of the papers."""

import functools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

import minimax_lab as mm
from minimax_lab import adversarial, games, reshaped
from minimax_lab import objectives as ob
from tests.references import objectives as formulas
from tests.references.objectives import AT_EQUILIBRIUM, IDEALS, REFERENCES
from tests.references.polynomials import THREE, TWO, random_game

CASES = {
    ob.Saturating(): formulas.saturating,
    ob.NonSaturating(): formulas.non_saturating,
    ob.NonSaturating(0.2): functools.partial(formulas.non_saturating, smoothing=0.2),
    ob.Wasserstein(): formulas.wasserstein,
    ob.LeastSquares(): formulas.least_squares,
    ob.LeastSquares(-1.0, 2.0, 0.5): functools.partial(
        formulas.least_squares, a=-1.0, b=2.0, c=0.5
    ),
    ob.Hinge(): formulas.hinge,
    ob.Relativistic(): formulas.relativistic,
    ob.DomainConfusion(): formulas.domain_confusion,
    ob.DomainConfusion(0.3): functools.partial(formulas.domain_confusion, share=0.3),
    ob.Weighted(ob.NonSaturating(0.2), 3.0, 0.5): formulas.weighted(
        functools.partial(formulas.non_saturating, smoothing=0.2), 3.0, 0.5
    ),
}


def batches():
    """Logits near zero, ordinary and extreme ones, as many real as fake ones and fewer."""
    rng = np.random.default_rng(1)
    for size in (1e-8, 1.0, 30.0, 1e3):
        yield size * rng.normal(size=5), size * rng.normal(size=5)
        yield size * rng.normal(size=(3, 2)), size * rng.normal(size=(4, 1))
    yield np.array([750.0, -750.0, 0.0]), np.array([-750.0, 750.0, 0.0])


@jax.jit
def evaluated(real, fake):
    """Losses of every objective and their derivatives, in one program."""

    def one(objective):
        return objective(real, fake), jax.jacobian(objective, argnums=(0, 1))(real, fake)

    fitting = [o for o in CASES if o.separable or real.shape == fake.shape]
    return [one(objective) for objective in fitting]


def close(found, wanted):
    """To a few roundings of each number."""
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-300)


def test_losses_and_their_derivatives_are_the_formulas():
    for real, fake in batches():
        pairs = [c for o, c in CASES.items() if o.separable or real.shape == fake.shape]
        for (losses, slopes), formula in zip(evaluated(real, fake), pairs, strict=True):
            wanted, derivatives = formula(real, fake)
            np.testing.assert_allclose(losses, wanted, rtol=1e-13)
            for found, derivative in zip(slopes, derivatives, strict=True):
                close(found[0], derivative[0])
                close(found[1], derivative[1])


def test_separable_objectives_are_those_that_see_no_pairs():
    for objective in CASES:
        assert objective.separable == (objective != ob.Relativistic())
    assert not ob.Weighted(ob.Relativistic()).separable


def test_domains_are_told_apart_by_cross_entropy():
    rng, shares = np.random.default_rng(2), (0.2, 0.5, 0.3)
    for size in (1.0, 500.0):
        blocks = tuple(size * rng.normal(size=(n, 3)) for n in (4, 2, 5))
        loss, slopes = formulas.domains(blocks, shares)
        found = ob.Domains(shares)(blocks)
        close(found, (-loss, loss))
        gradients = jax.grad(lambda blocks: ob.Domains(shares)(blocks)[1])(blocks)
        for gradient, slope in zip(gradients, slopes, strict=True):
            np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("objective", IDEALS, ids=repr)
def test_ideal_losses_are_those_of_the_sheets(objective):
    for found, wanted in zip(objective.ideal, IDEALS[objective], strict=True):
        assert found == wanted if wanted is None else math.isclose(found, wanted, rel_tol=1e-14)


def test_turning_and_damping_at_the_equilibrium():
    for objective, pair in AT_EQUILIBRIUM.items():
        np.testing.assert_allclose((ob.slope(objective), ob.curvature(objective)), pair, atol=1e-14)


def test_the_dirac_discriminator_gains_what_it_does_not_lose_at_minus_t():
    for objective, formula in CASES.items():
        for t in (-2.0, 0.3, 1.7):
            losses, slopes = formula(np.zeros(1), np.array([-t]))
            close(objective.payoff(jnp.asarray(t)), -losses[1])
            x = mm.Profile((jnp.asarray(t / 0.8), jnp.asarray(0.8)))
            v = games.dirac_gan(objective).field(x)
            # theta moves the fake logit -psi theta by -psi; psi moves it by -theta.
            close(v[0], -0.8 * slopes[0][1][0])
            close(v[1], -t / 0.8 * slopes[1][1][0])
        assert games.dirac_gan(objective).ideal == objective.ideal


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("psi", [-1.6, 0.3])
def test_the_dirac_gradient_penalty(psi, target):
    plain, penalised = (
        games.dirac_gan(penalty=p, target=t) for p, t in ((0.0, 0.0), (0.7, target))
    )
    x = mm.Profile((jnp.asarray(0.4), jnp.asarray(psi)))
    value, slope = formulas.dirac_penalty(psi, 0.7, target)
    close(penalised.totals(x, penalised.data)[1] - plain.totals(x, plain.data)[1], value)
    np.testing.assert_allclose(penalised.field(x)[1] - plain.field(x)[1], slope, rtol=1e-12)
    assert penalised.field(x)[0] == plain.field(x)[0]


def networks():
    """A GAN on five numbers with an uneven discriminator, parameters and a sample."""
    generator = adversarial.Perceptron((2, 4, 3), "tanh")
    discriminator = adversarial.Perceptron((3, 5, 1), "tanh")
    data = np.random.default_rng(3).normal(size=(6, 3))
    game = adversarial.gan(generator, discriminator, data=data, batch=4)
    x = adversarial.start(game, jax.random.key(0), jnp.float64)
    x = jax.tree.map(lambda leaf: leaf + 0.1, x)  # biases too
    return game, x, game.sample(jax.random.key(1))


def test_a_gan_loses_by_its_logits_and_pays_for_slopes():
    game, x, sample = networks()
    fake = formulas.perceptron(x[0], sample.latent)[0]
    logits = [formulas.perceptron(x[1], seen)[0] for seen in (sample.real, fake)]
    np.testing.assert_allclose(
        game.totals(x, sample), formulas.non_saturating(*logits)[0], rtol=1e-13
    )
    for on, seen in (("real", sample.real), ("fake", fake)):
        pays = adversarial.slope_penalty(game, 0.7, on).penalties(x, sample)
        np.testing.assert_allclose(pays, (0, formulas.slope_penalty(x[1], seen, 0.7)), rtol=1e-13)


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_gan_pays_for_slopes_between_real_and_fake(target):
    game, x, sample = networks()
    fake = formulas.perceptron(x[0], sample.latent)[0]
    between = np.asarray(sample.between)
    assert between.min() >= 0 and between.max() <= 1 and len(set(between.tolist())) == len(fake)
    given = (np.asarray(sample.real), fake, between)
    pays = adversarial.gradient_penalty(game, 0.7, target).penalties(x, sample)
    owed = formulas.gradient_penalty(x[1], *given, 0.7, target)
    np.testing.assert_allclose(pays, (0, owed), rtol=1e-12)


def test_between_equal_distributions_only_a_penalty_that_asks_for_slope_costs_more_than_ideal():
    """D(a) = psi a on a = -1 and 1, as real as fake, loses s(psi) + s(-psi) = 2 log(2 cosh(psi/2)),
    whose slope is tanh(psi/2).
    """
    linear = adversarial.Perceptron((1, 1))
    sign = jnp.array([[-1.0], [1.0]])
    equal = adversarial.Batch(sign, sign, jnp.array([0.2, 0.7]))
    plain = adversarial.gan(linear, linear, data=sign, batch=2)
    critic = adversarial.gan(linear, linear, ob.Wasserstein(), data=sign, batch=2)
    flat = [
        adversarial.slope_penalty(plain, 2.0),
        adversarial.slope_penalty(plain, 2.0, "fake"),
        adversarial.gradient_penalty(plain, 2.0, target=0.0),
        reshaped.weight_decay(plain, 2.0),
    ]
    sloping = [adversarial.gradient_penalty(game, 2.0) for game in (plain, critic)]

    def paid(game, psi):
        weights = ({"weight": jnp.full((1, 1), one), "bias": jnp.zeros(1)} for one in (1.0, psi))
        x = mm.Profile(tuple((layer,) for layer in weights))
        return game.losses(x, equal)[1], game.penalties(x, equal)[1]

    @jax.jit
    def told(psi):
        games = [*flat, *sloping]
        slopes = [jax.grad(lambda psi, game=game: sum(paid(game, psi)))(psi) for game in games]
        return jnp.array([paid(game, psi) for game in games]), jnp.array(slopes)

    (at_zero, no_slopes), (at_one, _) = told(0.0), told(1.0)
    np.testing.assert_allclose(no_slopes[:4], 0, atol=1e-15)
    np.testing.assert_allclose(at_zero[:4], [(game.ideal[1], 0) for game in flat], atol=1e-15)
    np.testing.assert_allclose(at_one[5], (critic.ideal[1], 0), atol=1e-15)

    psi = scipy.optimize.brentq(lambda t: math.tanh(t / 2) - 4 * (1 - t), 0, 1, xtol=1e-15)
    at_best, slopes = told(psi)
    np.testing.assert_allclose(slopes[4], 0, atol=1e-14)
    np.testing.assert_allclose(at_best[4, 0], 2 * math.log(2 * math.cosh(psi / 2)), rtol=1e-14)
    assert at_best[4, 0] > sloping[0].ideal[1] + 0.1


def places(game, count=3):
    rng = np.random.default_rng(5)
    return [
        (
            rng.normal(size=len(game.numbers["start"])),
            rng.normal(size=(3, len(game.numbers["start"]))),
        )
        for _ in range(count)
    ]


@eqx.filter_jit
def fields(games, profiles, rows):
    return [
        jax.vmap(lambda x, r, game=game: game.field(x, r).ravel()[0])(profiles, rows)
        for game in games
    ]


RESHAPED = {
    "decayed": (
        lambda game: reshaped.weight_decay(game, (0.3, 0.7)),
        lambda game: formulas.decayed(game, (0.3, 0.7)),
        TWO,
    ),
    "decayed twice": (
        lambda game: reshaped.weight_decay(reshaped.weight_decay(game, 0.3), (0.1, 0.2, 0.0)),
        lambda game: formulas.decayed(game, (0.4, 0.5, 0.3)),
        THREE,
    ),
    "assisted": (
        lambda game: reshaped.assisted(game, 0.4),
        lambda game: formulas.assisted(game, 0.4, 1, True),
        TWO,
    ),
    "assisted, by the loss alone": (
        lambda game: reshaped.assisted(game, 0.4, adversary=0, penalties=False),
        lambda game: formulas.assisted(game, 0.4, 0, False),
        THREE,
    ),
    "unrolled once": (
        lambda game: reshaped.unrolled(game),
        lambda game: formulas.unrolled(game, 1, 0.1, 1),
        TWO,
    ),
    "unrolled": (
        lambda game: reshaped.unrolled(game, 4, 0.05, adversary=2),
        lambda game: formulas.unrolled(game, 4, 0.05, 2),
        THREE,
    ),
    "without penalties": (
        reshaped.unpenalised,
        lambda game: lambda x, rows: game.field(x, rows, penalties=False),
        TWO,
    ),
}


@pytest.mark.parametrize("lengths", [TWO, THREE], ids=["two players", "three"])
def test_games_made_of_games_have_the_fields_of_their_formulas(lengths):
    game = random_game(9, lengths, cubic=0.5, noise=1.0)
    chosen = {name: case for name, case in RESHAPED.items() if case[2] == lengths}
    points = places(game)
    made = [make(game.game(draws=False)) for make, _, _ in chosen.values()]
    found = fields(
        made, mm.stack([game.profile(x) for x, _ in points]), np.array([r for _, r in points])
    )
    for (name, (_, reference, _)), several in zip(chosen.items(), found, strict=True):
        wanted = [reference(game)(x, rows) for x, rows in points]
        np.testing.assert_allclose(several, wanted, rtol=1e-11, atol=1e-11, err_msg=name)


def test_what_is_reshaped_keeps_its_data_its_set_and_its_ideal_losses():
    game = random_game(9, side=0.3)
    game.ideal = (1.0, None)
    plain = game.game(draws=True)
    for make, _, lengths in RESHAPED.values():
        if lengths == TWO:
            made = make(plain)
            assert made.draw == plain.draw and made.ideal == plain.ideal
            assert made.project is plain.project and made.data is plain.data


def test_noise_is_added_to_each_gradient_whatever_the_profile(key):
    game = random_game(9, cubic=0.5, noise=1.0)
    noisy = reshaped.noisy(game.game(draws=True), 0.3)
    sample = noisy.sample(key)
    rows, noise_key = sample
    halves = jax.random.split(key)
    assert any(np.array_equal(rows, noisy.draw.draw(noisy.data, half)) for half in halves)
    assert noise_key in list(halves)
    assert not np.array_equal(rows, noisy.draw.draw(noisy.data, noise_key))
    errors = [
        noisy.field(game.profile(x), sample).ravel()[0] - game.field(x, np.asarray(rows))
        for x, _ in places(game)
    ]
    np.testing.assert_allclose(errors, [errors[0]] * 3, atol=1e-12)
    assert len(set(np.abs(errors[0]).round(12))) == 5  # every number has a noise of its own


def test_every_objective_of_the_module_has_a_formula():
    kinds = {kind for kind in vars(ob).values() if isinstance(kind, type)}
    objectives = {k for k in kinds if issubclass(k, ob.Objective) and k is not ob.Objective}
    assert objectives | {ob.Domains} <= set(REFERENCES)
