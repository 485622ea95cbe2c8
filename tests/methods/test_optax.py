"""Transforms of optax as directions: the walk of optax's own loop, and what trying one tells."""

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


# Made once: a transform made again is tried, and compiled, again.
LION, ADAM, SGD = optax.lion(1e-2), optax.adam(1e-2), optax.sgd(0.2)
MASKED = optax.adamw(optax.linear_schedule(0.0, 0.1, 2), weight_decay=0.3, mask=matrices)
slow = pytest.mark.slow
TRANSFORMS = [
    pytest.param((LION, MASKED), id="one a player"),
    pytest.param(optax.contrib.muon(1e-2), id="muon", marks=slow),
    pytest.param(optax.chain(optax.clip_by_global_norm(0.1), ADAM), id="chain", marks=slow),
    pytest.param(optax.sgd(optax.cosine_decay_schedule(0.1, 2), 0.9), id="schedule", marks=slow),
    pytest.param(optax.partition({"long": LION, "short": SGD}, labelled), id="parts", marks=slow),
]


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


@pytest.mark.parametrize("given", TRANSFORMS)
def test_with_step_one_it_is_the_loop_of_optax(given):
    expected = optax_loop((given, given) if hasattr(given, "update") else given, 3)
    final = mm.run(GAME, mm.Simultaneous(1.0, mm.Optax(given)), START, 3).final
    assert jax.tree.structure(final) == jax.tree.structure(START)
    for a, b in zip(jax.tree.leaves(final), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_the_rule_s_step_is_a_factor_one_a_player():
    direction, x = mm.Optax(SGD), START
    turn, _ = direction(GAME, x, direction.init(GAME, x, None), mm.Tick(0, None))
    for a, b in zip(jax.tree.leaves(turn), jax.tree.leaves(GAME.field(x)), strict=True):
        np.testing.assert_allclose(a, 0.2 * b, rtol=1e-12)


QUADRATIC = mm.games.quadratic(0.5, 1.0, 0.5)


@functools.cache
def radius(direction, step=1.0):
    return mm.update_spectrum(QUADRATIC, mm.Alternating(step, direction), (0.0, 0.0)).radius


def test_its_spectrum_is_that_of_the_same_method_written_here():
    one, other = HEAVY, optax.chain(optax.clip_by_global_norm(1.0), SGD)
    written = mm.Momentum((0.4, 0.0))
    assert radius(mm.Optax((one, other))) == pytest.approx(radius(written, 0.2), rel=1e-12)


HEAVY = optax.sgd(0.2, momentum=0.4)
JUMPS = [
    pytest.param(LION, "answers the smallest push out of proportion", id="lion"),
    pytest.param(ADAM, "has no derivative where nothing pushes", id="adam"),
    pytest.param(MASKED, "has no derivative where nothing pushes", id="adamw"),
    pytest.param(optax.masked(SGD, {"w": True}), "could not be tried on plain", id="mask"),
    pytest.param(
        optax.sgd(optax.linear_schedule(1.0, 0.1, 9)), "changes with the number of", id="schedule"
    ),
    pytest.param(
        optax.noisy_sgd(1e-2, key=0), "moves where nothing pushes", id="noise", marks=slow
    ),
    pytest.param(
        optax.contrib.muon(1e-2), "has no derivative where nothing", id="muon", marks=slow
    ),
]


@pytest.mark.parametrize(("transform", "said"), JUMPS)
def test_what_is_not_linear_at_rest_has_no_spectrum_and_says_why(transform, said):
    with pytest.raises(mm.InputError, match=f"no update spectrum: Optax's transform {said}"):
        radius(mm.Optax(transform))


def test_trying_a_transform_tells_what_becomes_of_units():
    told = {
        "keeps": (SGD, HEAVY),
        "forgets": (ADAM, LION, MASKED),
    }
    for name, transforms in told.items():
        for transform in transforms:
            tried = found(transform)
            assert (tried.keeps, tried.forgets) == (name == "keeps", name == "forgets")
    assert not mm.Optax(SGD).steplike
    assert mm.Optax(LION).steplike
    with pytest.raises(mm.InputError, match=r"Optax\(Normalised\(...\)\) is senseless"):
        mm.Optax(ADAM, mm.Normalised())
    assert mm.Optax(SGD, mm.Normalised()).steplike
    with pytest.raises(mm.InputError, match=r"Adam\(Optax\(...\)\) is senseless"):
        mm.Adam(mm.Optax(LION))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "Optax.transform is 3, but must be an optax transform"),
        (optax.adam, "Optax.transform is <function adam"),
        ((), r"Optax.transform is \(\), but must be an optax transform"),
        (optax.scale_by_adam(), "is a transform that moves along the gradient.*whole optimiser"),
        (optax.masked(SGD, matrices), "moves along the gradient.*what optax.masked"),
        ((SGD, optax.identity()), r"Optax.transform\[1\] is a transform that moves"),
        (optax.polyak_sgd(), "is one that asks for 'value'"),
    ],
)
def test_what_no_direction_could_be_is_refused(given, said):
    with pytest.raises(mm.InputError, match=said):
        mm.Optax(given)


def test_one_a_player_are_as_many_as_players():
    rule = mm.Simultaneous(1.0, mm.Optax((SGD,) * 3))
    with pytest.raises(mm.InputError, match="one transform, or 2 for 2 players"):
        rule.init(QUADRATIC, mm.Profile((1.0, 1.0)), None)


def test_optax_s_schedules_stand_wherever_a_number_does():
    falling = optax.exponential_decay(0.3, 2, 0.5)
    rule = mm.Simultaneous(mm.Scheduled(falling), mm.Momentum(mm.Scheduled(lambda k: k / 10)))
    x, past = np.ones(2), np.zeros(2)
    for k in range(4):
        past = np.array([[0.5, 1.0], [-1.0, 0.5]]) @ x + k / 10 * past
        x = x - float(falling(k)) * past
    np.testing.assert_allclose(mm.run(QUADRATIC, rule, (1.0, 1.0), 4).final.players, x, rtol=1e-12)
    doubled = mm.at(mm.Simultaneous(mm.Scheduled(falling, jnp.array([1.0, 2.0]))), 2)
    np.testing.assert_allclose(doubled.step, [0.15, 0.3], rtol=1e-12)
    with pytest.raises(mm.InputError, match=r"Wrap a function of the update's index: mm.Scheduled"):
        mm.Simultaneous(falling)
    with pytest.raises(mm.InputError, match="Scheduled.function is 3"):
        mm.Scheduled(3)
