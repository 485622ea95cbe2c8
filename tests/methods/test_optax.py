"""Transforms of optax as directions: the same walk as optax's own loop, and what trying one tells."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest

import minimax_lab as mm
from minimax_lab.directions.tried import found


def value(x, target):
    """A matrix and a shift against a matrix and a number."""
    generated = jnp.tanh(target @ x[0]["weight"] + x[0]["shift"])
    return jnp.sum(generated * x[1]["critic"]) * x[1]["size"] - jnp.sum(x[1]["critic"] ** 2)


GAME = mm.zero_sum(value, jnp.linspace(-1, 1, 6).reshape(3, 2))
START = mm.Profile(
    (
        {"weight": jnp.array([[0.3, -0.2], [0.1, 0.5]]), "shift": jnp.array([0.1, -0.4])},
        {"critic": jnp.array([[0.2, -0.1], [0.4, 0.3], [0.6, -0.5]]), "size": jnp.array(1.5)},
    )
)


def matrices(tree):
    return jax.tree.map(lambda leaf: leaf.ndim == 2, tree)


def labelled(tree):
    return jax.tree.map(lambda leaf: "long" if leaf.ndim == 2 else "short", tree)


TRANSFORMS = {
    "lion": optax.lion(1e-2),
    "adamw": optax.adamw(1e-2, weight_decay=0.1),
    "muon": optax.contrib.muon(1e-2),
    "chain": optax.chain(optax.clip_by_global_norm(0.1), optax.adam(1e-2)),
    "mask": optax.adamw(1e-2, weight_decay=0.3, mask=matrices),
    "schedule": optax.sgd(optax.warmup_cosine_decay_schedule(0.0, 0.1, 2, 6), momentum=0.9),
    "partition": optax.partition({"long": optax.lion(1e-2), "short": optax.sgd(0.1)}, labelled),
    "one a player": (optax.lion(1e-2), optax.adamw(2e-2)),
}


def optax_loop(transforms, updates):
    """Everybody at once, as one would write it with optax alone."""

    @jax.jit
    def step(x, states):
        moved, after = [], []
        turn = GAME.field(mm.Profile(x))
        for transform, state, d, p in zip(transforms, states, turn, x, strict=True):
            added, state = transform.update(d, state, p)
            moved.append(optax.apply_updates(p, added))
            after.append(state)
        return tuple(moved), after

    x = tuple(START)
    with jax.numpy_dtype_promotion("standard"):
        states = [transform.init(p) for transform, p in zip(transforms, x, strict=True)]
        for _ in range(updates):
            x, states = step(x, states)
    return mm.Profile(x)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_with_step_one_it_is_the_loop_of_optax(name):
    given = TRANSFORMS[name]
    each = given if name == "one a player" else (given, given)
    expected = optax_loop(each, 3)
    final = mm.run(GAME, mm.Simultaneous(1.0, mm.Optax(given)), START, 3).final
    assert jax.tree.structure(final) == jax.tree.structure(START)
    for a, b in zip(jax.tree.leaves(final), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_the_rule_s_step_is_a_factor_one_a_player():
    lion = mm.Optax(optax.lion(1.0, weight_decay=0.0))
    moved = mm.run(GAME, mm.Simultaneous((0.01, 0.03), lion), START, 1).final - START
    for step, player in zip((0.01, 0.03), moved, strict=True):
        np.testing.assert_allclose(np.abs(jax.tree.leaves(player)[0]), step, rtol=1e-9)


QUADRATIC = mm.games.quadratic(0.5, 1.0, 0.5)


@functools.cache
def radius(direction, step=1.0):
    return mm.update_spectrum(QUADRATIC, mm.Alternating(step, direction), (0.0, 0.0)).radius


def test_its_spectrum_is_that_of_the_same_method_written_here():
    heavy = mm.Optax(optax.sgd(0.2, momentum=0.4))
    assert radius(heavy) == pytest.approx(radius(mm.Momentum(0.4), 0.2), rel=1e-12)
    bounded = mm.Optax(optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.2)))
    assert radius(bounded) == pytest.approx(radius(mm.Gradient(), 0.2), rel=1e-12)
    mixed = mm.Optax((optax.sgd(0.1), optax.sgd(0.3)))
    assert radius(mixed) == pytest.approx(radius(mm.Gradient(), (0.1, 0.3)), rel=1e-12)


JUMPS = {
    "lion": (optax.lion(1e-2), "answers the smallest push out of proportion"),
    "adam": (optax.adam(1e-2), "has no derivative where nothing pushes"),
    "muon": (optax.contrib.muon(1e-2), "has no derivative where nothing pushes"),
    "noise": (optax.noisy_sgd(1e-2, key=0), "moves where nothing pushes"),
    "schedule": (optax.sgd(optax.linear_schedule(1.0, 0.1, 10)), "changes with the number of"),
    "mask of a tree": (optax.masked(optax.sgd(1.0), {"w": True}), "could not be tried on plain"),
}


@pytest.mark.parametrize("name", JUMPS)
def test_what_is_not_linear_at_rest_has_no_spectrum_and_says_why(name):
    transform, said = JUMPS[name]
    with pytest.raises(mm.InputError, match=f"no update spectrum: Optax's transform {said}"):
        radius(mm.Optax(transform))


def test_trying_a_transform_tells_what_becomes_of_units():
    told = {
        "keeps": (optax.sgd(0.1), optax.chain(optax.clip(1.0), optax.sgd(0.1)), optax.adagrad(0.1)),
        "forgets": (optax.adam(0.1), optax.lion(0.1), optax.sign_sgd(0.1)),
    }
    for name, transforms in told.items():
        for transform in transforms:
            tried = found(transform)
            assert (tried.keeps, tried.forgets) == (name == "keeps", name == "forgets")
    assert not mm.Optax(optax.sgd(0.1)).steplike
    assert mm.Optax(optax.lion(0.1)).steplike
    with pytest.raises(mm.InputError, match=r"Optax\(Normalised\(...\)\) is senseless"):
        mm.Optax(optax.adam(0.1), mm.Normalised())
    assert mm.Optax(optax.sgd(0.1), mm.Normalised()).steplike
    with pytest.raises(mm.InputError, match=r"Adam\(Optax\(...\)\) is senseless"):
        mm.Adam(mm.Optax(optax.lion(0.1)))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "Optax.transform is 3, but must be an optax transform"),
        (optax.adam, "Optax.transform is <function adam"),
        ((), r"Optax.transform is \(\), but must be an optax transform"),
        (optax.scale_by_adam(), "is a transform that moves along the gradient.*whole optimiser"),
        (optax.masked(optax.sgd(0.1), matrices), "moves along the gradient.*what optax.masked"),
        ((optax.sgd(1.0), optax.trace(0.9)), r"Optax.transform\[1\] is a transform that moves"),
        (optax.polyak_sgd(), "is one that asks for 'value'"),
    ],
)
def test_what_no_direction_could_be_is_refused(given, said):
    with pytest.raises(mm.InputError, match=said):
        mm.Optax(given)


def test_one_a_player_are_as_many_as_players():
    rule = mm.Simultaneous(1.0, mm.Optax((optax.sgd(0.1),) * 3))
    with pytest.raises(mm.InputError, match="one transform, or 2 for 2 players"):
        mm.run(QUADRATIC, rule, (1.0, 1.0), 1)


def test_optax_s_schedules_stand_wherever_a_number_does():
    falling = optax.exponential_decay(0.3, 2, 0.5)
    rule = mm.Simultaneous(mm.Scheduled(falling), mm.Momentum(mm.Scheduled(lambda k: k / 10)))
    x, past = np.ones(2), np.zeros(2)
    for k in range(4):
        past = np.array([[0.5, 1.0], [-1.0, 0.5]]) @ x + k / 10 * past
        x = x - float(falling(k)) * past
    np.testing.assert_allclose(mm.run(QUADRATIC, rule, (1.0, 1.0), 4).final.players, x, rtol=1e-12)
    scaled = mm.Simultaneous(mm.Scheduled(falling, jnp.array([1.0, 0.0])))
    ends = mm.sweep(QUADRATIC, scaled, (1.0, 1.0), 4).final
    assert float(ends[0][0]) != 1.0
    assert float(ends[0][1]) == 1.0
    with pytest.raises(mm.InputError, match=r"Wrap a function of the update's index: mm.Scheduled"):
        mm.Simultaneous(falling)
    with pytest.raises(mm.InputError, match="Scheduled.function is 3"):
        mm.Scheduled(3)
