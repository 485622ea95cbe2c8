"""Modules of Equinox and Flax as networks of a game."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.networks import FromEquinox, FromLinen, FromNnx, Perceptron


def made(key):
    return eqx.nn.MLP(2, 1, 3, 1, key=key)


def plays(discriminator, key):
    """A run with a perceptron moves its parameters; the structure stays."""
    game = mm.adversarial.gan(
        Perceptron((2, 4, 2)), discriminator, data=mm.adversarial.ring(), batch=8
    )
    start = mm.adversarial.start(game, key)
    final = mm.run(game, mm.Alternating(0.1), start, 2, key=key).final
    assert jax.tree.structure(final) == jax.tree.structure(start)
    assert final.dtype == jnp.float32
    assert not eqx.tree_equal(final[1], start[1])


def test_an_equinox_module_plays_as_it_is(key):
    module = made(jax.random.key(3))
    network = FromEquinox(module)
    plays(network, key)
    parameters = network.init(key, jnp.float64)
    assert parameters.layers[0].weight.dtype == jnp.float64
    np.testing.assert_array_equal(parameters.layers[0].weight, module.layers[0].weight)
    inputs = jnp.ones((5, 2))
    np.testing.assert_allclose(network(parameters, inputs), jax.vmap(module)(inputs), rtol=1e-12)


def test_a_function_of_a_key_makes_fresh_ones(key):
    network = FromEquinox(made(key), made)
    keys = jax.random.split(key, 3)
    weights = [network.init(k).layers[0].weight for k in keys]
    np.testing.assert_allclose(weights[1], made(keys[1]).layers[0].weight, rtol=1e-6)
    stack = jax.vmap(network.init)(keys)
    np.testing.assert_array_equal(stack.layers[0].weight, jnp.stack(weights))


def test_an_equinox_module_with_state_is_refused(key):
    layers = [eqx.nn.Linear(2, 2, key=key), eqx.nn.BatchNorm(2, "batch", mode="batch")]
    with pytest.raises(mm.InputError, match="a module with a BatchNorm.*without state"):
        FromEquinox(eqx.nn.Sequential(layers))
    with pytest.raises(mm.InputError, match="FromEquinox.module is"):
        FromEquinox(lambda x: x)
    with pytest.raises(mm.InputError, match="FromEquinox.fresh is 3"):
        FromEquinox(made(key), 3)


def test_what_is_no_flax_module_is_refused():
    with pytest.raises(mm.InputError, match="a module of Flax's linen"):
        FromLinen(len, (2,))
    with pytest.raises(mm.InputError, match="a function from nnx.Rngs"):
        FromNnx(3)


def test_a_linen_module_plays_as_it_is(key):
    linen = pytest.importorskip("flax.linen")
    module = linen.Sequential([linen.Dense(3), linen.relu, linen.Dense(1)])
    network = FromLinen(module, (2,))
    plays(network, key)
    parameters = network.init(key, jnp.float32)
    hidden = jax.nn.relu(jnp.ones((5, 2), jnp.float32) @ parameters["layers_0"]["kernel"])
    np.testing.assert_allclose(
        network(parameters, jnp.ones((5, 2), jnp.float32)),
        hidden @ parameters["layers_2"]["kernel"],
        rtol=1e-5,
    )
    stateful = linen.BatchNorm(use_running_average=False)
    with pytest.raises(mm.InputError, match="a module with batch_stats.*without state"):
        FromLinen(stateful, (2,)).init(key)


def test_an_nnx_module_plays_as_it_is(key):
    nnx = pytest.importorskip("flax.nnx")
    network = FromNnx(lambda rngs: nnx.Linear(2, 1, rngs=rngs))
    plays(network, key)
    parameters = network.init(key, jnp.float32)
    np.testing.assert_allclose(
        network(parameters, jnp.eye(2, dtype=jnp.float32)), parameters["kernel"], rtol=1e-6
    )
    with pytest.raises(mm.InputError, match="has BatchStat.*without state"):
        FromNnx(lambda rngs: nnx.BatchNorm(2, rngs=rngs)).init(key)
