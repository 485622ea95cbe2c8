"""Fields, Jacobian products and the arithmetic of profiles, on games whose strategies are nested
pytrees.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

import minimax_lab as mm
from minimax_lab.game import demand_keys
from minimax_lab.profile import as_profile, narrowed


class Networks(eqx.Module):
    """Three players, each a small network read by the others: no symmetry, no zero sum."""

    coupling: float = 1.0

    def __call__(self, x, data):
        one, two, three = (self.apply(p, data) for p in x)
        return (
            jnp.mean(one**2 + self.coupling * one * two),
            jnp.mean(jnp.sin(two) * three - one * two),
            jnp.mean((three - one) ** 2 + two),
        )

    @staticmethod
    def apply(parameters, data):
        for layer in parameters["hidden"]:
            data = jnp.tanh(data @ layer["weight"] + layer["bias"])
        return (data @ parameters["out"][0])[:, 0]


def network(key, width):
    keys = jax.random.split(key, 4)
    return {
        "hidden": [
            {
                "weight": jax.random.normal(keys[0], (2, width)),
                "bias": jax.random.normal(keys[1], (width,)),
            },
            {"weight": jax.random.normal(keys[2], (width, 3)), "bias": jnp.zeros(3)},
        ],
        "out": (jax.random.normal(keys[3], (3, 1)),),
    }


@pytest.fixture
def networks(key):
    keys = jax.random.split(key, 5)
    x = mm.Profile(network(k, width) for k, width in zip(keys[:3], (2, 3, 4), strict=True))
    return mm.Game(Networks(), data=jax.random.normal(keys[3], (5, 2))), x, keys[4]


@eqx.filter_jit
def products(game, x, tangent, covector):
    return game.field(x), game.push(x, tangent), game.pull(x, covector), game.jacobian(x)


@eqx.filter_jit
def field(game, x):
    return game.field(x)


@eqx.filter_jit
def totals(game, x):
    return game.totals(x)


def like(key, x):
    flat, unravel = x.ravel()
    return unravel(jax.random.normal(key, flat.shape))


def test_field_push_pull_and_jacobian_agree_with_each_other_and_with_finite_differences(networks):
    game, x, key = networks
    tangent, covector = like(jax.random.fold_in(key, 0), x), like(jax.random.fold_in(key, 1), x)
    v, pushed, pulled, jacobian = products(game, x, tangent, covector)
    t, c = tangent.ravel()[0], covector.ravel()[0]
    np.testing.assert_allclose(pushed.ravel()[0], jacobian @ t, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(pulled.ravel()[0], jacobian.T @ c, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(covector @ pushed, pulled @ tangent, rtol=1e-12)
    for i in range(3):
        alone = (0 * covector).replace(i, covector[i]).ravel()[0]
        rows = game.pull(x, covector, of=i).ravel()[0]
        np.testing.assert_allclose(rows, jacobian.T @ alone, rtol=1e-12, atol=1e-12)
    step = 1e-6
    slope = (1 / (2 * step)) * (field(game, x + step * tangent) - field(game, x - step * tangent))
    np.testing.assert_allclose(pushed.ravel()[0], slope.ravel()[0], rtol=1e-6, atol=1e-7)
    for i in range(3):  # each block is the derivative of that player's own total, and of no other's
        alone = tangent.replace((i + 1) % 3, jax.tree.map(jnp.zeros_like, x[(i + 1) % 3]))
        alone = alone.replace((i + 2) % 3, jax.tree.map(jnp.zeros_like, x[(i + 2) % 3]))
        rise = (totals(game, x + step * alone)[i] - totals(game, x - step * alone)[i]) / (2 * step)
        np.testing.assert_allclose(rise, v @ alone, rtol=1e-6, atol=1e-8)


def test_the_jacobian_is_right_whatever_its_size_is_modulo_the_chunk():
    for size in (1, 3, 8, 9, 17):
        matrix = np.random.default_rng(size).normal(size=(size, size))
        game = mm.zero_sum(bilinear_value, jnp.asarray(matrix))
        j = game.jacobian(mm.Profile((jnp.ones(size), jnp.ones(size))))
        zero = np.zeros_like(matrix)
        np.testing.assert_allclose(j, np.block([[zero, matrix], [-matrix.T, zero]]), atol=1e-14)


def bilinear_value(x, matrix):
    return x[0] @ matrix @ x[1]


def test_split_gives_the_symmetric_and_antisymmetric_parts(networks):
    game, x, _ = networks
    j = products(game, x, x, x)[3]
    s, a = mm.split(j)
    np.testing.assert_array_equal(s, s.T)
    np.testing.assert_array_equal(a, -a.T)
    np.testing.assert_allclose(s + a, j, atol=1e-15)
    with pytest.raises(mm.InputError, match="square"):
        mm.split(j[:2])


def test_penalties_add_to_the_field_but_not_to_the_losses(networks):
    game, x, _ = networks
    decay = eqx.tree_at(lambda g: g.penalties, game, squares, is_leaf=lambda leaf: leaf is None)
    np.testing.assert_allclose(
        field(decay, x).ravel()[0], (field(game, x) + 2 * x).ravel()[0], rtol=1e-12
    )
    assert eqx.tree_equal(decay.losses, game.losses)


def squares(x, sample):
    return tuple(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(p)) for p in x)


def test_a_minibatch_is_a_draw_of_rows_and_the_same_key_is_the_same_sample(key):
    data = {"image": jnp.arange(40.0).reshape(20, 2), "label": jnp.arange(20)}
    game = mm.Game(Networks(), data=data, draw=mm.Minibatch(7))
    sample, again = game.sample(key), game.sample(key)
    assert sample["image"].shape == (7, 2)
    np.testing.assert_array_equal(sample["image"][:, 0], 2 * sample["label"])
    np.testing.assert_array_equal(sample["label"], again["label"])
    assert game.random
    assert not mm.Game(Networks(), data=data).random


def test_profiles_form_a_vector_space_in_the_precision_of_their_leaves():
    x = mm.Profile(({"a": jnp.array([3.0, 4.0], jnp.float32)}, jnp.float32(2)))
    y = np.float64(0.5) * x  # NumPy scalars must not broadcast into the pytree
    assert isinstance(y, mm.Profile)
    assert y[1].dtype == y[0]["a"].dtype == x.dtype == jnp.float32
    np.testing.assert_allclose((x + x - 2 * x).norm(), 0)
    np.testing.assert_allclose(((1, 10) * x)[1], 20)
    np.testing.assert_allclose(x.norms()[0], 5)
    np.testing.assert_allclose(-x[1], (-x)[1])
    assert len(x) == 2
    assert x.replace(1, jnp.zeros(()))[1] == 0
    vector, back = mm.Profile((jnp.ones(2), jnp.zeros(3))).ravel()
    assert vector.shape == (5,)
    assert back(vector)[0].shape == (2,)


def test_profiles_carry_symbols():
    a, b, h = sympy.symbols("a b h")
    x = mm.Profile(((a,), (b,)))
    moved = x - h * mm.Profile(((b,), (-a,)))
    assert moved[0][0] == a - h * b
    assert (x @ x) == a**2 + b**2


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda x: (0.1, 0.2, 0.3) * x, "2 numbers for 2 players"),
        (lambda x: jnp.ones(3) * x, r"shape \(3,\).*sweep"),
        (lambda x: mm.Linear(1, 2, 3) * x, "schedule is resolved by the loop"),
        (lambda x: x + mm.Profile((jnp.ones(2),)), "different structure"),
        (lambda x: x + 1, "must be a Profile"),
        (lambda x: as_profile(jnp.ones(2)), "one strategy per player"),
        (lambda x: as_profile((1.0, float("nan"))), r"start\[1\].*nan.*finite"),
        (lambda x: as_profile((1.0, "up")), "array of numbers"),
        (lambda x: as_profile(()), "at least one player"),
        (lambda x: mm.Game(one_loss).field(x), "returning 1 values.*returning 2"),
        (lambda x: mm.Game(vector_losses).field(x), r"losses\[0\].*shape \(2,\).*scalar"),
        (lambda x: mm.Game(Networks(), draw=mm.Minibatch(2)).field(x), "sample is None"),
    ],
)
def test_bad_input_is_named(action, message):
    with pytest.raises(mm.InputError, match=message):
        action(mm.Profile((jnp.ones(2), jnp.ones(2))))


@pytest.mark.parametrize(
    "key", [0, None, np.zeros(2, np.uint32), jnp.zeros(2, jnp.uint32), jnp.zeros(())]
)
def test_only_keys_are_keys(key):
    with pytest.raises(mm.InputError, match=r"key is .*jax\.random\.key"):
        demand_keys(key)


def test_one_key_and_an_array_of_them_are_keys(key):
    demand_keys(key)
    demand_keys(jax.random.split(key, 3))


def one_loss(x, sample):
    return jnp.sum(x[0])


def vector_losses(x, sample):
    return x[0], x[1]


def test_integers_become_floats_and_hyper_parameters_take_the_precision_of_the_profile():
    assert as_profile((1, [2, 3]))[0].dtype == jnp.float64
    rule = narrowed(mm.Simultaneous((0.1, 1), mm.Adam()), jnp.float32)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(rule))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_numbers_and_float_arrays_take_one_precision_and_all_else_stays_as_it_is(dtype):
    floats = [0.5, np.float64(0.5), np.float32(0.5), jnp.ones(2), jnp.ones(2, jnp.float32)]
    assert {leaf.dtype for leaf in narrowed([*floats, np.ones(2)], dtype)} == {jnp.dtype(dtype)}
    kept = [jnp.ones(2, jnp.bfloat16), np.ones(2, np.float16), jnp.arange(2), np.array([True])]
    assert [leaf.dtype for leaf in narrowed(kept, dtype)] == [leaf.dtype for leaf in kept]
    plain = [3, True, 1j, "word", None]
    assert narrowed(plain, dtype) == plain
