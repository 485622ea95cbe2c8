"""Networks around networks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.networks import Computed, Flattened, Painted, Perceptron
from tests.networks.tiny import SHAPE, game


def test_a_perceptron_sees_and_paints_pictures(key):
    painter = Painted(Perceptron((3, 5, 16)), SHAPE)
    critic = Flattened(Perceptron((16, 5, 1)), SHAPE)
    parameters = painter.init(key, jnp.float64)
    latent = jax.random.normal(key, (2, 3), jnp.float64)
    pictures = painter(parameters, latent)
    flat = jnp.tanh(Perceptron((3, 5, 16))(parameters, latent))
    np.testing.assert_array_equal(pictures, flat.reshape(2, 4, 4, 1))
    weights = critic.init(key, jnp.float64)
    np.testing.assert_array_equal(critic(weights, pictures), Perceptron((16, 5, 1))(weights, flat))
    played = game(painter, critic)
    start = mm.adversarial.start(played, key)
    assert mm.run(played, mm.Simultaneous(0.1), start, 2, key=key).final.dtype == jnp.float32


def test_a_network_computes_in_half_and_gives_in_its_parameters_precision(key):
    """Eight bits of mantissa are lost on the way and the gradient is that of the rounded map."""
    plain = Perceptron((3, 8, 1), "tanh")
    half = Computed(plain)
    parameters = plain.init(key, jnp.float32)
    inputs = jax.random.normal(key, (5, 3), jnp.float32)

    def loss(network, parameters):
        return jnp.mean((network(parameters, inputs) - 3) ** 2)

    found = [
        jax.jit(jax.value_and_grad(loss, 1), static_argnums=0)(n, parameters) for n in (half, plain)
    ]
    values, slopes = zip(*found, strict=True)
    assert half(parameters, inputs).dtype == jnp.float32
    assert 1e-6 < abs(values[0] / values[1] - 1) < 2**-5
    for rounded, exact in zip(*map(jax.tree.leaves, slopes), strict=True):
        assert rounded.dtype == jnp.float32
        assert np.linalg.norm(rounded - exact) < 2**-3 * np.linalg.norm(exact)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Flattened(Perceptron((15, 1)), SHAPE), "a shape of 15 numbers"),
        (lambda: Painted(Perceptron((3, 15)), SHAPE), "a shape of 15 numbers"),
        (lambda: Painted(len, SHAPE), "Painted.network"),
        (lambda: Painted(Perceptron((3, 16)), ()), "Painted.shape"),
        (lambda: Computed(Perceptron((3, 16)), "int8"), "Computed.precision"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(make, said):
    with pytest.raises(mm.InputError, match=said):
        make()
