"""Small networks and games for the tests of this room."""

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

SHAPE = (4, 4, 1)


def pixels(shape=SHAPE, count=12, seed=3):
    """Bytes drawn at random, as a source wants them."""
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def game(generator, discriminator, *, batch=4, **options):
    """A GAN of two networks on random pictures."""
    data = mm.adversarial.Pictures(pixels(discriminator.takes))
    return mm.adversarial.gan(generator, discriminator, data=data, batch=batch, **options)


def size(parameters):
    """How many numbers there are."""
    return sum(leaf.size for leaf in jax.tree.leaves(parameters))


def counted(network):
    """How many parameters a network has, without making them."""
    return size(jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.float32)))


def given(network, count=2):
    """The shape and precision of what a network makes of a batch, without making it."""
    parameters = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.float32))
    batch = jax.ShapeDtypeStruct((count, *network.takes), jnp.float32)
    return jax.eval_shape(network, parameters, batch)


def trains(generator, discriminator, key, rule=None):
    """Three updates keep the structure and the precision of the parameters, move every weight and
    meet no NaN; in half precision the derivatives of a bias may cancel.
    """
    played = game(generator, discriminator)
    start = jax.jit(lambda key: mm.adversarial.start(played, key))(key)
    rule = mm.Alternating(1e-2, mm.Adam()) if rule is None else rule
    end = mm.run(played, rule, start, 3, key=key).final
    assert jax.tree.map(kind, end) == jax.tree.map(kind, start)
    pairs = zip(jax.tree.leaves(start), jax.tree.leaves(end), strict=True)
    for old, new in pairs:
        assert np.all(np.isfinite(new))
        assert new.ndim < 2 or not np.array_equal(old, new)


def kind(leaf):
    """The shape and precision of an array."""
    return leaf.shape, leaf.dtype
