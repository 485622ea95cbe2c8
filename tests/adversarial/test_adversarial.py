"""Neural GANs are games like any other: networks, sources, losses, measures and Jacobians against
formulas written out here.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab.objectives import LeastSquares, NonSaturating, Saturating
from minimax_lab.profile import narrowed
from minimax_lab.running.program import advance

WIDE = adv.Perceptron((16, 16, 16, 16, 16, 2)), adv.Perceptron((2, 16, 16, 16, 16, 1))
NETS = adv.Perceptron((3, 6, 2), "tanh"), adv.Perceptron((2, 6, 1), "tanh")
GAME = adv.gan(*NETS, data=adv.ring(4, deviation=0.1), batch=8)
TRAINED = mm.Simultaneous(0.01, mm.RMSProp.tensorflow1())


@pytest.fixture
def x(key):
    return adv.start(GAME, key, jnp.float64)


@pytest.fixture
def sample(key):
    return GAME.sample(jax.random.fold_in(key, 1))


def perceptron(parameters, inputs, function):
    """The network once more, in NumPy."""
    hidden = np.asarray(inputs)
    for layer in parameters[:-1]:
        hidden = function(hidden @ np.asarray(layer["weight"]) + np.asarray(layer["bias"]))
    return hidden @ np.asarray(parameters[-1]["weight"]) + np.asarray(parameters[-1]["bias"])


def softplus(t):
    return np.logaddexp(0, t)


def test_the_networks_of_the_eight_gaussians_have_1122_and_881_parameters(key):
    start = adv.start(adv.gan(*WIDE, data=adv.ring()), key)
    sizes = [sum(leaf.size for leaf in jax.tree.leaves(player)) for player in start]
    assert sizes == [WIDE[0].size, WIDE[1].size] == [1122, 881]
    assert start.dtype == jnp.float32


def test_weights_start_uniform_within_glorot_bounds_and_biases_at_zero(key):
    layer, *_ = adv.Perceptron((300, 200, 1)).init(key, jnp.float64)
    bound = np.sqrt(6 / 500)
    assert np.all(layer["bias"] == 0)
    assert np.abs(layer["weight"]).max() < bound
    # U(-a, a) has variance a^2 / 3; of 60,000 draws the sample variance is within 2 % (five
    # standard errors are 1.8 %).
    np.testing.assert_allclose(np.var(layer["weight"]), bound**2 / 3, rtol=0.02)


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ("relu", lambda t: np.maximum(t, 0)),
        ("tanh", np.tanh),
        ("softplus", softplus),
        ("leaky_relu", lambda t: np.where(t > 0, t, 0.01 * t)),
    ],
)
def test_a_network_is_its_formula(activation, function, key):
    network = adv.Perceptron((3, 5, 4, 2), activation)
    inputs = jax.random.normal(key, (6, 3))
    parameters = network.init(key, jnp.float64)
    parameters = jax.tree.map(lambda p: p + 0.1, parameters)  # biases too must count
    np.testing.assert_allclose(
        network(parameters, inputs), perceptron(parameters, inputs, function), rtol=1e-12
    )


def test_equal_networks_are_equal_and_share_a_program(x, key):
    assert adv.Perceptron((3, 6, 2), "tanh") == NETS[0] != adv.Perceptron((3, 6, 2))
    mm.run(GAME, TRAINED, x, 4, key=key)
    before = advance._cached._cache_size()
    again = adv.gan(
        adv.Perceptron((3, 6, 2), "tanh"),
        adv.Perceptron((2, 6, 1), "tanh"),
        data=adv.ring(4),
        batch=8,
    )
    mm.run(again, mm.Simultaneous(0.2, mm.RMSProp.tensorflow1()), x, 4, key=key)
    assert advance._cached._cache_size() == before


@pytest.mark.parametrize("objective", [NonSaturating(), Saturating(), LeastSquares()])
def test_losses_are_the_objective_of_the_two_networks(objective, x, sample):
    game = adv.gan(*NETS, objective, data=adv.ring(4), batch=8)
    real = perceptron(x[1], sample.real, np.tanh)
    fake = perceptron(x[1], perceptron(x[0], sample.latent, np.tanh), np.tanh)
    expected = {
        "NonSaturating": (softplus(-fake).mean(), softplus(-real).mean() + softplus(fake).mean()),
        "Saturating": (
            -softplus(-real).mean() - softplus(fake).mean(),
            softplus(-real).mean() + softplus(fake).mean(),
        ),
        "LeastSquares": (((fake - 1) ** 2).mean(), ((real - 1) ** 2).mean() + (fake**2).mean()),
    }[type(objective).__name__]
    np.testing.assert_allclose(game.losses(x, sample), expected, rtol=1e-12)
    assert game.ideal == objective.ideal


def test_a_run_is_the_training_loop_one_would_write(x, key):
    """TF1's RMSProp: the mean square starts at one and 1e-10 stands under the root; one batch
    serves both players.
    """
    run = mm.run(GAME, TRAINED, x, 12, key=key)

    @jax.jit
    def step(players, squares, index):
        sample = GAME.sample(jax.random.fold_in(key, index))
        generator, discriminator = players
        slopes = (
            jax.grad(lambda p: GAME.losses(mm.Profile((p, discriminator)), sample)[0])(generator),
            jax.grad(lambda p: GAME.losses(mm.Profile((generator, p)), sample)[1])(discriminator),
        )
        squares = jax.tree.map(lambda u, g: 0.9 * u + 0.1 * g**2, squares, slopes)
        return jax.tree.map(
            lambda p, g, u: p - 0.01 * g / jnp.sqrt(u + 1e-10), players, slopes, squares
        ), squares

    players, squares = x.players, jax.tree.map(jnp.ones_like, x.players)
    for index in range(12):
        players, squares = step(players, squares, index)
    np.testing.assert_allclose(
        run.final.ravel()[0], mm.Profile(players).ravel()[0], rtol=1e-9, atol=1e-12
    )


def test_seeds_in_one_program_are_the_seeds_one_by_one(key):
    keys = jax.random.split(key, 3)
    starts = adv.start(GAME, keys, jnp.float64)
    rule = mm.Simultaneous(0.05, mm.RMSProp.tensorflow1())
    seen = {"modes": adv.Sampled(adv.ModeCounts(adv.ring(4), radius=0.8), 64)}
    together = mm.sweep(
        GAME, rule, starts, 6, over=("start", "key"), key=keys, observe=seen, every=3
    )
    alone = mm.run(
        GAME,
        rule,
        jax.tree.map(lambda leaf: leaf[1], starts),
        6,
        key=keys[1],
        observe=seen,
        every=3,
    )
    np.testing.assert_allclose(
        jax.vmap(lambda p: p.ravel()[0])(together.final)[1],
        alone.final.ravel()[0],
        rtol=1e-9,
        atol=1e-12,
    )
    np.testing.assert_array_equal(together.observed["modes"][1], alone.observed["modes"])
    assert together.observed["modes"].shape == (3, 3, 4)


def test_float32_networks_stay_float32(key):
    x, rule = (
        adv.start(GAME, key),
        mm.Simultaneous(1e-2, mm.RMSProp.tensorflow1(mm.Consensus(10.0))),
    )

    def trained(key):
        game, walk = narrowed(GAME, x.dtype), narrowed(rule, x.dtype)
        return walk.update(game, x, walk.init(game, x, key), mm.Tick(0, key))

    program, shapes = jax.make_jaxpr(trained, return_shape=True)(key)
    assert {leaf.dtype for leaf in jax.tree.leaves(shapes)} == {jnp.dtype(jnp.float32)}
    assert "f64" not in str(program)


def turn_of(direction, x, key):
    return direction(GAME, x, direction.init(GAME, x, key), mm.Tick(0, key))[0]


def test_smoothing_gives_the_discriminator_the_slope_of_the_generators_squared_gradient(x, key):
    sample = GAME.sample(key)

    @jax.jit
    @jax.grad
    def slope_of_half_the_square(strategy):
        slopes = jax.grad(lambda p: GAME.losses(mm.Profile((p, strategy)), sample)[0])(x[0])
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(slopes)) / 2

    plain = GAME.field(x, sample)
    turn = turn_of(mm.Smoothing((None, 10.0)), x, key)
    added = (turn - plain).players
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(added[0]))
    for found, slope in zip(
        jax.tree.leaves(added[1]), jax.tree.leaves(slope_of_half_the_square(x[1])), strict=True
    ):
        np.testing.assert_allclose(found, 10 * slope, rtol=1e-10, atol=1e-14)


def test_clipped_shortens_each_players_gradient_to_the_bound(x, key):
    plain = GAME.field(x, GAME.sample(key))
    bound = float(
        plain.norms().min() * 0.5 + plain.norms().max() * 0.5
    )  # between the two norms: one is cut, one is not
    turn = turn_of(mm.Clipped(mm.Gradient(), bound), x, key)
    np.testing.assert_allclose(turn.norms(), np.minimum(plain.norms(), bound), rtol=1e-12)
    for i in range(2):
        cosine = (
            mm.Profile((turn[i],)) @ mm.Profile((plain[i],)) / (turn.norms()[i] * plain.norms()[i])
        )
        np.testing.assert_allclose(cosine, 1, rtol=1e-12)


@pytest.mark.parametrize("on", ["real", "fake"])
def test_slope_penalties_charge_the_discriminator_for_its_slope_where_they_say(on, x, sample):
    game = adv.slope_penalty(GAME, 3.0, on)
    points = np.asarray(sample.real if on == "real" else NETS[0](x[0], sample.latent))
    first, last = (np.asarray(layer["weight"]) for layer in x[1])
    biases = np.asarray(x[1][0]["bias"])
    slopes = ((1 - np.tanh(points @ first + biases) ** 2) * last[:, 0]) @ first.T
    np.testing.assert_allclose(
        game.penalties(x, sample), (0, 1.5 * np.mean(np.sum(slopes**2, axis=1))), rtol=1e-12
    )
    # The generator does not pay, though under R2 what it does changes the price.
    change = game.field(x, sample) - GAME.field(x, sample)
    assert change.norms()[0] == 0 < change.norms()[1]


def test_a_flat_discriminator_pays_the_whole_target_and_has_a_derivative(x, sample):
    """Where the slope is zero its norm has none, and a NaN would come of it."""
    flat = x.replace(1, jax.tree.map(jnp.zeros_like, x[1]))
    game = adv.gradient_penalty(GAME, 3.0, 2.0)
    np.testing.assert_allclose(game.penalties(flat, sample)[1], 3.0 * 2.0**2)
    assert np.all(np.isfinite(game.field(flat, sample).ravel()[0]))


def test_logits_are_the_means_on_real_and_on_fake_samples(x, sample, key):
    view = mm.View(GAME, x, x, None, 1, key)
    real, fake = (NETS[1](x[1], seen) for seen in (view.sample.real, adv_fakes(x, view.sample)))
    np.testing.assert_allclose(adv.logits(view), [real.mean(), fake.mean()], rtol=1e-12)


def adv_fakes(x, sample):
    return NETS[0](x[0], sample.latent)


def test_what_is_reshaped_still_starts_and_generates(x, key):
    noisy = mm.games.noisy(mm.games.weight_decay(GAME, 0.1), 0.01)
    np.testing.assert_array_equal(adv.start(noisy, key, jnp.float64).ravel()[0], x.ravel()[0])
    np.testing.assert_array_equal(adv.generate(noisy, x, key, 5), adv.generate(GAME, x, key, 5))


def test_mean_jacobians_are_the_derivatives_of_the_mean_field_and_of_the_consensus_field(x, key):
    """Three batches of eight are one batch of twenty-four, on which the fields are differentiated
    as they stand.
    """
    batches = adv.batches(GAME, key, 3)
    together = jax.tree.map(lambda leaf: leaf.reshape(-1, leaf.shape[-1]), batches)
    found = adv.derivatives(GAME, x, batches, curvature=True)
    flat, unravel = x.ravel()

    def field(z):
        return GAME.field(unravel(z), together).ravel()[0]

    def consensus(z):
        v, pull = jax.vjp(field, z)
        return v + 10 * pull(v)[0]

    v, jacobian, curved = jax.jit(
        lambda z: (field(z), jax.jacfwd(field)(z), jax.jacfwd(consensus)(z))
    )(flat)
    np.testing.assert_allclose(found.field, v, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found.jacobian, jacobian, atol=1e-13)
    np.testing.assert_allclose(found.consensus(10.0), curved, atol=1e-12)
    np.testing.assert_allclose(found.curvature, found.curvature.T, atol=1e-14)
    assert (
        np.abs(found.consensus(10.0) - found.regularised(10.0)).max() > 1e-3
    )  # they differ: x is no equilibrium


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: adv.Perceptron((2,)), "two or more widths"),
        (lambda: adv.Perceptron((2, 0, 1)), r"widths\[1\] is 0"),
        (lambda: adv.Perceptron((2, 1), "rellu"), "Did you mean 'relu'"),
        (lambda: adv.Perceptron((2, 1), jnp.tanh), "a name"),
        (lambda: adv.gan(*NETS, data=adv.grid(4).centres[0]), "one sample a row"),
        (lambda: adv.gan(*NETS, data=np.full((3, 2), np.nan)), "finite"),
        (lambda: adv.gan(*NETS, data=adv.normal(3)), "one with 3, as the data has"),
        (lambda: adv.gan(NETS[0], NETS[0], data=adv.ring()), "one with 2, as the data has"),
        (lambda: adv.gan(NETS[0], adv.Perceptron((2, 2)), data=adv.ring()), "a single logit"),
        (lambda: adv.gan(*NETS, data=adv.ring(), latent=4), "latent is 4, but must be 3"),
        (lambda: adv.gan(*NETS, data=adv.ring(), batch=0), "batch is 0"),
        (lambda: adv.gan(*NETS, "NonSaturing", data=adv.ring()), "NonSaturating"),
        (lambda: adv.gan(None, NETS[1], data=adv.ring()), "generator is None"),
        (lambda: adv.gan(jnp.tanh, NETS[1], data=adv.ring()), "the width of z"),
        (lambda: adv.start(mm.games.hamiltonian(), jax.random.key(0)), "made by adversarial.gan"),
        (lambda: adv.start(GAME, 0), "key is 0"),
        (lambda: adv.start(GAME, jax.random.key(0), jnp.int32), "floating"),
        (lambda: adv.slope_penalty(GAME, -1.0), "strength"),
        (lambda: adv.slope_penalty(GAME, 1.0, "reel"), '"real" or "fake"'),
        (lambda: GAME.sample(None), "key is None"),
        (lambda: adv.ring(0), "modes is 0"),
        (lambda: adv.ring(8, -1.0), "radius is -1"),
        (lambda: adv.density(np.zeros((5, 3))), "points of the plane"),
        (lambda: adv.sliced_wasserstein(jnp.zeros((2, 2)), jnp.zeros((3, 2))), "equally many"),
        (lambda: adv.sign_test([1, 2], [1]), "pair by pair"),
        (lambda: adv.Derivatives(np.zeros(1), np.eye(1)).consensus(1.0), "curvature=True"),
        (lambda: mm.Smoothing(-1.0), "Smoothing.strength"),
        (
            lambda: turn_of(
                mm.Smoothing((1.0,)), adv.start(GAME, jax.random.key(0)), jax.random.key(0)
            ),
            "2 players",
        ),
    ],
)
def test_bad_input_is_answered_in_words(act, words):
    with pytest.raises(mm.InputError, match=words):
        act()


def test_a_mixed_rule_trains_the_ring_and_resumes_bit_for_bit(key):
    mixed = mm.Anderson(mm.Alternating(1e-2, mm.Adam(first=0.0), order=(1, 0)), 4, every=2, delay=2)
    start = adv.start(GAME, key, jnp.float64)
    whole = mm.run(GAME, mixed, start, 24, key=key)
    half = mm.run(GAME, mixed, start, 12, key=key)
    rest = mm.run(GAME, mixed, half.final, 12, key=key, state=half.state)
    for a, b in zip(
        jax.tree.leaves((whole.final, whole.state)),
        jax.tree.leaves((rest.final, rest.state)),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    last = whole.state.state.last
    assert last.rank == 4
    assert last.coefficients > 1  # the points are truly mixed
    assert np.all(np.isfinite(whole.final.ravel()[0]))
