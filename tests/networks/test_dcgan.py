"""The DCGAN pairs: shapes, sizes, what they do to a batch, what they refuse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.networks import Computed, DcganDiscriminator, DcganGenerator, convolutional, dcgan
from tests.networks.tiny import SHAPE, counted, given, trains

PAPER = {"latent": 256, "width": 64}
PLAIN = PAPER | {"batch_norm": False}
PAIRS = {
    "8 x 8": ((8, 8, 1), dcgan((8, 8, 1))),
    "28 x 28": ((28, 28, 1), dcgan((28, 28, 1))),
    "64 x 64": ((64, 64, 3), dcgan((64, 64, 3))),
    "dcgan3": ((32, 32, 3), dcgan((32, 32, 3), 3, **PAPER)),
    "dcgan3, no batch norm": ((32, 32, 3), dcgan((32, 32, 3), 3, **PLAIN)),
    "dcgan4": ((32, 32, 3), dcgan((32, 32, 3), 4, leaky=True, **PAPER)),
    "dcgan4, constant": ((32, 32, 3), dcgan((32, 32, 3), 4, leaky=True, constant=True, **PLAIN)),
    "conv3": ((32, 32, 3), convolutional((32, 32, 3), 3)),
    "conv4": ((32, 32, 3), convolutional((32, 32, 3), 4)),
}
# Weights and biases as the fact sheet lists the layers: (dense, kernels, last).
SIZES = {
    "dcgan3": (
        256 * 16 * 256 + 2 * 256 + 25 * (256 * 128 + 128 * 64 + 64 * 3) + 2 * (128 + 64) + 3,
        25 * (3 * 64 + 64 * 128 + 128 * 256) + 64 + 2 * (128 + 256) + 16 * 256 + 1,
    ),
    "dcgan3, no batch norm": (
        257 * 16 * 256 + 25 * (256 * 128 + 128 * 64 + 64 * 3) + 128 + 64 + 3,
        25 * (3 * 64 + 64 * 128 + 128 * 256) + 64 + 128 + 256 + 16 * 256 + 1,
    ),
    "dcgan4, constant": (
        257 * 4 * 64 + 25 * (3 * 64 * 64 + 64 * 3) + 3 * 64 + 3,
        25 * (3 * 64 + 3 * 64 * 64) + 4 * 64 + 4 * 64 + 1,
    ),
    "conv3": (
        257 * 16 * 64 + 25 * (2 * 64 * 64 + 64 * 3) + 2 * 64 + 3,
        25 * (3 * 64 + 2 * 64 * 64) + 3 * 64 + (16 * 64 + 1) * 512 + 513,
    ),
    "conv4": (
        257 * 512 + 513 * 4 * 64 + 25 * (3 * 64 * 64 + 64 * 3) + 3 * 64 + 3,
        25 * (3 * 64 + 3 * 64 * 64) + 4 * 64 + (4 * 64 + 1) * 512 + 513,
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_make_and_judge_pictures(name):
    shape, (generator, discriminator) = PAIRS[name]
    assert generator.gives == discriminator.takes == shape
    assert given(generator).shape == (2, *shape)
    assert given(discriminator).shape == (2, 1)


@pytest.mark.parametrize("name", SIZES)
def test_parameters_are_as_many_as_the_paper_lists(name):
    _, pair = PAIRS[name]
    assert tuple(map(counted, pair)) == SIZES[name]


def test_pictures_lie_between_minus_one_and_one(key):
    generator, _ = dcgan((8, 8, 1), width=2, latent=3)
    parameters = jax.jit(lambda k: generator.init(k, jnp.float64))(key)
    pictures = jax.jit(generator)(parameters, 100 * jnp.eye(3))
    assert pictures.dtype == jnp.float64 and np.abs(pictures).max() <= 1


@pytest.mark.parametrize("batch_norm", [True, False])
def test_with_batch_norm_a_verdict_depends_on_the_batch(key, batch_norm):
    _, judge = dcgan((8, 8, 1), width=2, batch_norm=batch_norm)
    parameters = jax.jit(lambda k: judge.init(k, jnp.float64))(key)
    real = jax.random.normal(key, (4, 8, 8, 1), jnp.float64)
    apart, among = (jax.jit(judge)(parameters, real[:n])[:2] for n in (2, 4))
    assert np.allclose(apart, among, rtol=1e-10) == (not batch_norm)
    assert np.allclose(apart, among, rtol=1e-3) == (not batch_norm)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_a_pair_trains(key, compute, batch_norm):
    pair = dcgan(SHAPE, latent=2, width=2, batch_norm=batch_norm)
    trains(*(Computed(network, compute) for network in pair), key)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: DcganGenerator((30, 30, 3), 4, 4, 3), "multiples of 8.*With layers=1 it can"),
        (lambda: DcganDiscriminator((5, 8, 1), 4, 1), "multiples of 2.*cannot be halved"),
        (lambda: DcganGenerator((28, 28), 4), "(height, width, colours)"),
        (lambda: DcganGenerator((28, 28, 0), 4, 4, 2), r"DcganGenerator.shape\[2\] is 0"),
        (lambda: dcgan((30, 30, 1)), "multiples of 4, such as 8, 28, 32 or 64"),
        (lambda: DcganGenerator((8, 8, 1), 4, 0), "DcganGenerator.width is 0"),
    ],
)
def test_pictures_that_cannot_be_made_are_refused(make, said):
    with pytest.raises(mm.InputError, match=said):
        make()
