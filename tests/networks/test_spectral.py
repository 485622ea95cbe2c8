"""Spectral normalisation: what it divides by, who moves its vector, and that all rules live with
it.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.game import identity
from minimax_lab.networks import (
    Bounded,
    Computed,
    DcganGenerator,
    Flattened,
    Perceptron,
    SpectralCritic,
    dcgan,
    spectral,
)
from minimax_lab.networks.spectral_norm import normalised, refreshed
from tests.dear import but
from tests.networks.tiny import SHAPE, counted, game, given, trains

MAKER = DcganGenerator(SHAPE, 2, 2, 1, batch_norm=False, kernel=2)
CRITIC = SpectralCritic(SHAPE, 2, 1)


def vectors(parameters):
    return [layer["u"] for layer in parameters]


def test_the_papers_critic(key):
    """For 32 x 32: 64, 64, 128, 128, 256, 256 and 512 channels."""
    _, critic = spectral((32, 32, 3))
    outputs = [layer["bias"].size for layer in jax.eval_shape(critic.init, key)]
    assert outputs == [64, 64, 128, 128, 256, 256, 512, 1]
    assert given(critic).shape == (2, 1)
    shapes = [(9, 3, 64), (16, 64, 64), (9, 64, 128), (16, 128, 128), (9, 128, 256)]
    shapes += [(16, 256, 256), (9, 256, 512), (1, 16 * 512, 1)]
    assert counted(critic) == sum(k * inputs * out + 2 * out for k, inputs, out in shapes)


@pytest.mark.parametrize("shape", [(3, 3, 4, 5), (4, 4, 1, 2), (7, 3), (6, 1)])
def test_the_estimate_converges_to_the_largest_singular_value(shape):
    weight = jnp.asarray(np.random.default_rng(2).normal(size=shape))
    layer = {"weight": weight, "u": jnp.ones(shape[-1]) / np.sqrt(shape[-1])}
    for _ in range(300):
        layer = refreshed(layer)
    matrix = np.asarray(weight).reshape(-1, shape[-1]).T  # (outputs, everything else)
    sigma = np.linalg.norm(matrix, 2)
    np.testing.assert_allclose(normalised(layer)["weight"], weight / sigma, rtol=1e-10)


def test_the_derivative_is_that_of_the_paper():
    """d(W / sigma) = (dW - <u v', dW> W / sigma) / sigma: u and v are constants, sigma is not."""
    draw = np.random.default_rng(3).normal
    weight, tangent, u = (jnp.asarray(draw(size=shape)) for shape in ((4, 3), (4, 3), (3,)))
    found = jax.jvp(lambda w: normalised({"weight": w, "u": u})["weight"], (weight,), (tangent,))[1]
    v = weight @ u / jnp.linalg.norm(weight @ u)
    after = v @ weight / jnp.linalg.norm(v @ weight)
    sigma = v @ weight @ after
    expected = (tangent - (v @ tangent @ after) * weight / sigma) / sigma
    np.testing.assert_allclose(found, expected, rtol=1e-12)


RULES = {
    "adam": mm.Alternating(1e-2, mm.Adam()),
    "consensus": mm.Simultaneous(1e-2, mm.RMSProp.tensorflow1(mm.Consensus(0.1))),
    "extragradient": mm.Extragradient(1e-2, mm.Adam()),
}


@pytest.mark.parametrize("name", but(RULES, {"consensus", "extragradient"}))
def test_no_rule_moves_the_vector_which_is_left_to_the_projection(key, name):
    played = game(MAKER, CRITIC)
    start = mm.adversarial.start(played, key, jnp.float64)
    unprojected = mm.Game(played.losses, data=played.data, draw=played.draw)
    end = mm.run(unprojected, RULES[name], start, 2, key=key).final
    assert np.all(np.isfinite(end.ravel()[0]))
    assert not np.array_equal(start[1][0]["weight"], end[1][0]["weight"])
    for before, after in zip(vectors(start[1]), vectors(end[1]), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-15)


def test_no_gradient_of_any_order_reaches_the_vector(key):
    played = game(MAKER, CRITIC)
    x = mm.adversarial.start(played, key, jnp.float64)
    sample = played.sample(jax.random.key(1))
    field, pulled = jax.jit(lambda x: (v := played.field(x, sample), played.pull(x, v, sample)))(x)
    for turn in (field, pulled):
        assert not any(map(np.any, vectors(turn[1])))


def test_a_run_refreshes_the_vector(key):
    """After many updates that hardly move the weights, every sigma is right."""
    played = game(MAKER, CRITIC)
    start = mm.adversarial.start(played, key, jnp.float64)
    final = mm.run(played, mm.Simultaneous(1e-9), start, 200, key=key).final
    for layer in final[1]:
        matrix = np.asarray(normalised(layer)["weight"]).reshape(-1, layer["u"].size)
        np.testing.assert_allclose(np.linalg.norm(matrix, 2), 1, rtol=1e-6)


@pytest.mark.parametrize("compute", but(["float32", "bfloat16"], {"bfloat16"}))
def test_a_pair_trains(key, compute):
    trains(MAKER, Computed(CRITIC, compute), key)


def test_weights_are_clipped_by_the_game(key):
    critic = Bounded(Flattened(Perceptron((16, 4, 1)), SHAPE), 0.05)
    played = game(MAKER, critic, objective=mm.objectives.Wasserstein())
    start = mm.adversarial.start(played, key)
    final = mm.run(played, mm.Alternating(1.0), start, 3, key=key).final
    largest = [max(float(np.abs(leaf).max()) for leaf in jax.tree.leaves(p)) for p in final]
    assert largest[0] > 0.1 and largest[1] == np.float32(0.05)


def test_a_clipped_critic_keeps_its_vectors_fresh_too(key):
    parameters = CRITIC.init(key, jnp.float64)
    both = Bounded(CRITIC, 0.3).project(parameters)
    np.testing.assert_array_equal(both[0]["u"], np.clip(refreshed(parameters[0])["u"], -0.3, 0.3))


def test_networks_without_a_set_leave_the_game_the_whole_space():
    assert game(*dcgan(SHAPE, width=2)).project is identity
    assert game(MAKER, Computed(CRITIC)).project is not identity
