"""Every rule and every direction on every game: what all of them promise, asked of each."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import jaxpr_as_fun, jaxprs_in_params
from jax.interpreters import partial_eval

import minimax_lab as mm
from minimax_lab.games import catalogue
from minimax_lab.profile import as_profile, narrowed
from tests.dear import but
from tests.methods.covering import pairwise
from tests.methods.every import DIRECTIONS, WALKS, WRAPPERS, rules

RULES = rules()
METHODS = RULES | {
    f"simultaneous {name}": mm.Simultaneous(0.1, direction)
    for name, direction in DIRECTIONS.items()
}
IN_TURN = {
    f"alternating {name}": mm.Alternating(0.1, direction) for name, direction in DIRECTIONS.items()
}


def layers(x, batch):
    """Two small networks with parameters in dictionaries and lists, on minibatches."""
    generated = jnp.tanh(batch @ x[0]["weight"] + x[0]["bias"])
    scores = generated @ x[1][0]["critic"] - jnp.tanh(batch) @ x[1][0]["critic"]
    return jnp.mean(scores) - jnp.sum(x[1][0]["critic"] ** 2)


@functools.cache
def game_of(name):
    """The game and a start."""
    if name != "networks":
        entry = catalogue()[name]
        return entry.make(), entry.start
    game = mm.zero_sum(layers, jnp.linspace(-1, 1, 8).reshape(4, 2), mm.Minibatch(3))
    return game, (
        {"weight": 0.3 * jnp.ones((2, 2)), "bias": jnp.array([0.1, -0.2])},
        [{"critic": jnp.array([0.5, -1.0])}],
    )


NAMES = [*catalogue(), "networks"]


def update(game, rule, x, state, key):
    """One update as the loop makes it."""
    index = jnp.zeros((), jnp.int32)
    return mm.at(rule, index).update(game, x, state, mm.Tick(index, key))


def prepared(game, start, rule, dtype):
    x = jax.tree.map(lambda leaf: leaf.astype(dtype), as_profile(start))
    return narrowed(game, dtype), narrowed(rule, dtype), x


def shapes(tree):
    return jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree), jax.tree.structure(tree)


SEEN = {"quadratic", "ring", "dirac_gp", "box_bilinear", "noisy_exchange", "market", "networks"}


@pytest.mark.parametrize("name", but(NAMES, set(NAMES) - SEEN))
def test_every_method_keeps_structure_and_dtype_and_brings_no_float64_into_a_float32_program(
    name, key
):
    for label, method in METHODS.items():
        game, rule, x = prepared(*game_of(name), method, jnp.float32)
        arrays, rest = eqx.partition((game, rule, x), eqx.is_array)

        def program(arrays, key, rest=rest):
            game, rule, x = eqx.combine(arrays, rest)
            state = rule.init(game, x, key)
            return state, update(game, rule, x, state, key)

        jaxpr, (before, (after, state)) = jax.make_jaxpr(program, return_shape=True)(arrays, key)
        assert shapes(after) == shapes(x), (label, name)
        assert shapes(state) == shapes(before), (label, name)
        assert "f64" not in str(jaxpr), (label, name)


def frozen(function, *examples):
    """The function traced once; called again it does what it did, without any Python in between."""
    jaxpr, shape = jax.make_jaxpr(function, return_shape=True)(*examples)

    def call(*arguments):
        answers = jaxpr_as_fun(jaxpr)(*jax.tree.leaves(arguments))
        return jax.tree.unflatten(jax.tree.structure(shape), answers)

    return call


def twice(game, rule, x, key):
    """Two updates from a fresh state, as a function of the start and the key."""
    begin = frozen(lambda x, key: rule.init(game, x, key), x, key)
    index = jnp.zeros((), jnp.int32)

    def once(x, state, key):
        return mm.at(rule, index).update(game, x, state, mm.Tick(index, key))

    once = frozen(once, x, begin(x, key), key)
    return lambda x, key: once(*once(x, begin(x, key), key), key)[0]


COVERED = ["box_bilinear", "ring", "dirac_gp", "noisy_exchange", "networks"]
TURNS = [
    name for name in DIRECTIONS if name not in ("gradient", "rmsprop")
]  # the plain one, and tensorflow's twin
SETTINGS = ("extragradient, both", "exponential mean")  # of the walk and the wrapper before them
PACES = [name for name in WALKS if name not in SETTINGS]
AROUND = {"": lambda rule: rule} | {
    f"{name} of ": wrap for name, wrap in WRAPPERS.items() if name not in SETTINGS
}


def covering():
    """Walks, directions, games and wrappers such that every pair of them occurs."""
    rows = pairwise(PACES, TURNS, COVERED, list(AROUND))
    found = {
        f"{r}{w} {d}, {g}": (AROUND[r](WALKS[w](0.1, DIRECTIONS[d])), g) for w, d, g, r in rows
    }
    return found | {f"follow the ridge, {g}": (mm.FollowTheRidge(0.1), g) for g in COVERED}


CASES = covering()
# Mixing takes longest to compile. Wrapped in the others, every second does here.
MIXED = [case for case in CASES if case.startswith("anderson of")]
WRAPPED = [case for case in CASES if case.startswith(("twice of", "mean of", "lookahead of"))]


@pytest.mark.parametrize("case", but(CASES, MIXED[3:] + WRAPPED[1::2]))
def test_mapped_is_one_by_one_and_the_same_key_is_the_same_result(case, key):
    rule, name = CASES[case]
    game, start = game_of(name)
    game, rule, x = prepared(game, start, rule, jnp.float64)
    starts, other = mm.stack([x, 0.9 * x, x, x]), jax.random.fold_in(key, 1)
    program = twice(game, rule, x, key)
    found = jax.vmap(program)(starts, jnp.stack([key, key, key, other]))
    alone = program(x, key)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(alone), strict=True):
        np.testing.assert_allclose(a[0], b, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(a[0], a[2])
    if game.random and "lookahead" not in case:  # which so early stands where it began
        same = all(np.array_equal(a[0], a[3]) for a in jax.tree.leaves(found))
        assert not same, f"{case} gives one result for two keys: does it see the game's sample?"


SMOOTH = [name for name, entry in catalogue().items() if entry.known and not entry.make().random]


@pytest.mark.parametrize("name", but(SMOOTH, {"ring"}))
def test_an_equilibrium_is_a_fixed_point(name, key):
    """Every method on the plainest game or on three players, two walks on all others."""
    game, _ = game_of(name)
    methods = {"quadratic": METHODS, "ring": IN_TURN}.get(
        name, {n: RULES[n] for n in ("alternating", "extragradient")}
    )
    points = [as_profile(point) for point, _ in catalogue()[name].known]
    for label, method in methods.items():
        game, rule, x = prepared(game, points[0], method, jnp.float64)
        program = twice(game, rule, x, key)
        for point in points:
            moved = program(point, key).ravel()[0]
            np.testing.assert_allclose(moved, point.ravel()[0], atol=1e-9, err_msg=label)


def counted(function, *arguments):
    """How many products with a matrix are left in a program once what nobody reads is dropped."""
    jaxpr = jax.make_jaxpr(function)(*arguments).jaxpr
    jaxpr, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
    return _products(jaxpr)


def _products(jaxpr):
    total = 0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            total += max(v.aval.ndim for v in equation.invars) == 2
        for inner in jaxprs_in_params(equation.params):
            total += equation.params.get("length", 1) * _products(inner)
    return total


# Counted otherwise, in tests of their own: a look at a loss is a product here too, and the window
# of Anderson mixing has products of its own.
APART = ("ridge", "gap-aware", "anderson")
ROWS = ("assisted", "smoothing")  # whose products are of one player's rows


@pytest.mark.parametrize(
    "label", [label for label in METHODS | IN_TURN if not any(word in label for word in APART)]
)
def test_declared_costs_are_what_the_program_contains(label, key):
    """On x'Ay a gradient block is one product with A, a Jacobian product one a player, or the
    mover's alone.
    """
    rule = (METHODS | IN_TURN)[label]
    game = mm.zero_sum(lambda x, a: x[0] @ a @ x[1], jnp.eye(4))
    game, rule, x = prepared(game, mm.Profile((jnp.ones(4), jnp.ones(4))), rule, jnp.float64)
    state = rule.init(game, x, key)
    cost = rule.cost(2)
    # The aligned direction reads its whole adjustment for the sign, whoever moves.
    one = "alternating" in label or any(word in label for word in ROWS)
    blocks = 1 if one and "aligned" not in label else 2
    found = counted(lambda x, state: update(game, rule, x, state, key), x, state)
    if label == "simultaneous assisted":  # around consensus, whose product has both players' rows
        found -= 1
    assert found == cost.gradients + blocks * cost.products, (found, cost)
