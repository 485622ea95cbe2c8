"""The residual pairs: of "The Numerics of GANs" and of WGAN-GP."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.networks import Computed, residual, wgan_gp
from minimax_lab.networks.layers import convolved, leaky
from tests.networks.tiny import SHAPE, counted, given, trains

PAIRS = {
    "Numerics": ((64, 64, 3), residual((64, 64, 3), width=128)),
    "Numerics, doubling": ((32, 32, 3), residual((32, 32, 3), constant=False)),
    "WGAN-GP": ((32, 32, 3), wgan_gp((32, 32, 3))),
    "WGAN-GP, 28 x 28": ((28, 28, 1), wgan_gp((28, 28, 1))),
}


def kernels(size, *channels):
    """Weights and biases of convolutions one after another."""
    return sum(
        (size * size * before + 1) * behind for before, behind in itertools.pairwise(channels)
    )


def block(before, middle, behind):
    """A strided convolution and its residual."""
    return kernels(5, before, behind) + kernels(3, behind, middle, behind)


SIZES = {
    "Numerics": (
        257 * 16 * 128 + 3 * block(128, 64, 128) + kernels(5, 128, 3),
        block(3, 128, 128) + 3 * block(128, 64, 128) + 16 * 128 + 1,
    ),
    "Numerics, doubling": (
        257 * 4 * 512
        + (block(512, 128, 256) + block(256, 64, 128) + block(128, 32, 64))
        + kernels(5, 64, 3),
        (block(3, 32, 64) + block(64, 64, 128) + block(128, 128, 256) + block(256, 256, 512))
        + 4 * 512
        + 1,
    ),
    # What is normalised has no bias: two kernels and a place's, two scales and shifts.
    "WGAN-GP": (
        129 * 16 * 128 + 3 * (2 * 9 * 128**2 + 128**2 + 6 * 128) + 2 * 128 + kernels(3, 128, 3),
        (kernels(3, 3, 128, 128) + kernels(1, 3, 128))
        + (kernels(3, 128, 128, 128) + kernels(1, 128, 128))
        + 2 * kernels(3, 128, 128, 128)
        + 129,
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_make_and_judge_pictures(name):
    shape, (generator, discriminator) = PAIRS[name]
    assert generator.gives == discriminator.takes == shape
    assert given(generator).shape == (2, *shape)
    assert given(discriminator).shape == (2, 1)


@pytest.mark.parametrize("name", SIZES)
def test_parameters_are_as_many_as_the_layers_listed(name):
    _, pair = PAIRS[name]
    assert tuple(map(counted, pair)) == SIZES[name]


@pytest.mark.parametrize(
    ("pair", "compute"),
    [
        (residual(SHAPE, 2, latent=2, width=2), "bfloat16"),
        (wgan_gp(SHAPE, latent=2, width=2), "float32"),
    ],
    ids=["Numerics", "WGAN-GP"],
)
def test_a_pair_trains(key, pair, compute):
    trains(*(Computed(network, compute) for network in pair), key)


def test_a_tenth_of_a_residual_is_added(key):
    """Doubling the last kernel of a residual adds another tenth."""
    _, judge = residual((2, 2, 1), 1, width=2)
    block, _ = judge.init(key, jnp.float64)
    pictures = jax.random.normal(key, (3, 2, 2, 1), jnp.float64)

    def places(scale):
        out = {"weight": scale * block["out"]["weight"], "bias": block["out"]["bias"]}
        seen = judge((block | {"out": out}, {"weight": jnp.eye(2), "bias": jnp.zeros(2)}), pictures)
        return jnp.where(seen < 0, 5 * seen, seen)

    none, one, two = map(places, (0.0, 1.0, 2.0))
    np.testing.assert_allclose(two - one, one - none, rtol=1e-10)
    hidden = none.reshape(3, 1, 1, 2)  # what the strided layer gives, the biases being zero
    inner = leaky(convolved(block["in"], leaky(hidden)))
    added = convolved(block["out"], inner).reshape(none.shape)
    np.testing.assert_allclose(one - none, added / 10, rtol=1e-10)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: residual((28, 28, 1)), "multiples of 16.*With layers=2 it can be made"),
        (lambda: wgan_gp((30, 32, 1)), "multiples of 4"),
        (lambda: wgan_gp((32, 32, 3), width=0), "WganGpGenerator.width is 0"),
    ],
)
def test_pictures_that_cannot_be_made_are_refused(make, said):
    with pytest.raises(mm.InputError, match=said):
        make()
