"""The methods in training loops of one's own: the same walk as `run`, with the networks of four
libraries.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import minimax_lab as mm

TARGET = jnp.linspace(-1.0, 1.0, 4)
PLAYERS = ({"shift": jnp.array([0.5, -0.5])}, [jnp.array([1.0, 0.3])])


def losses(players, batch):
    """Of two short vectors."""
    (one, other), towards = (players[0]["shift"], players[1][0]), jnp.mean(batch)
    value = jnp.sum(one * other) - towards * jnp.sum(other) + 0.1 * jnp.sum(one**2)
    return value, -value + 0.1 * jnp.sum(other**2)


RULES = {
    "alternating": mm.Alternating(
        (mm.Cosine(0.1, 5), 0.2), mm.Adam(mm.Consensus(0.5)), order=(1, 1, 0)
    ),
    "optimistic": mm.Optimistic(0.1),  # looks at the batch before the first step
}


@pytest.mark.parametrize("name", RULES)
def test_a_stepper_walks_as_run_does(name):
    rule = RULES[name]
    init, step = mm.stepper(rule, losses)
    players, state, step = PLAYERS, init(PLAYERS, TARGET), jax.jit(step)
    for _ in range(3):
        players, state = step(players, state, TARGET)
    final = mm.run(mm.Game(losses, data=TARGET), rule, PLAYERS, 3).final
    assert isinstance(players, tuple)
    assert jax.tree.structure(players) == jax.tree.structure(PLAYERS)
    for a, b in zip(jax.tree.leaves(players), jax.tree.leaves(final), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert int(state.index) == 3


class Shaken(mm.directions.Memoryless):
    """v, and noise that every update draws anew."""

    def __call__(self, game, x, memory, tick):
        noise = jax.tree.map(
            lambda leaf: jax.random.normal(tick.key, leaf.shape, leaf.dtype), tuple(x)
        )
        return game.field(x, game.sample(None)) + mm.Profile(noise), memory

    def cost(self, players, movers):
        return mm.Cost(gradients=len(movers))


def test_a_stepper_draws_anew_at_every_step_and_again_the_same():
    init, step = mm.stepper(mm.Simultaneous(1.0, Shaken()), lambda x, y: (0 * x, 0 * y))
    players, state, seen = (0.0, 0.0), init((0.0, 0.0), key=jax.random.key(3)), [0.0]
    for _ in range(3):
        players, state = step(players, state)
        seen.append(float(players[0]))
    moves = np.diff(seen)
    assert len(set(np.round(moves, 6))) == 3
    again, _ = step((0.0, 0.0), init((0.0, 0.0), key=jax.random.key(3)))
    assert float(again[0]) == seen[1]


def test_a_stepper_keeps_precision_projects_and_takes_fresh_batches():
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), mm.Profile(PLAYERS))
    bounded = mm.stepper(mm.Simultaneous(0.5), losses, project=mm.games.Box(-0.4, 0.4))
    init, step = bounded
    state = init(single, jnp.float32(0))
    moved, state = step(single, state, jnp.float32(0))
    other, _ = step(single, init(single, jnp.float32(0)), jnp.float32(9))
    assert isinstance(moved, mm.Profile)
    assert moved.dtype == jnp.float32
    assert all(jnp.all(jnp.abs(leaf) <= 0.4 + 1e-6) for leaf in jax.tree.leaves(moved))
    assert not eqx.tree_equal(moved, other)


def test_what_a_stepper_cannot_use_is_refused():
    with pytest.raises(mm.InputError, match="rule is Gradient"):
        mm.stepper(mm.Gradient(), losses)
    with pytest.raises(mm.InputError, match="losses is 3"):
        mm.stepper(mm.Simultaneous(0.1), 3)
    init, step = mm.stepper(mm.Simultaneous(0.1), losses)
    with pytest.raises(mm.InputError, match="state is None, but must be what init"):
        step(PLAYERS, None, TARGET)
    with pytest.raises(mm.InputError, match="an array of numbers"):
        init((eqx.nn.Lambda(jnp.tanh), jnp.ones(2)), TARGET)


DIRECTIONS = {
    "momentum": mm.Momentum(0.7),
    "grafted": mm.Graft(mm.Gradient(), mm.Adam(mm.Momentum(0.3)), per_tensor=True),
    "scheduled": mm.Normalised(mm.Momentum(mm.Linear(0.5, 0.1, 3)), epsilon=0.1),
}


def alone(x, target):
    return (jnp.sum(jnp.cosh(x[0]["a"] - target)) + jnp.sum(x[0]["b"] ** 2),)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_a_direction_as_a_transform_of_optax_walks_the_same_way(name):
    direction, game = DIRECTIONS[name], mm.Game(alone, data=TARGET)
    x, transform = {"a": jnp.ones(4), "b": jnp.array(2.0)}, mm.as_optax(direction)
    transform = optax.chain(transform, optax.scale(-0.1))
    final = mm.run(game, mm.Simultaneous(0.1, direction), (x,), 3).final
    state = transform.init(x)

    @jax.jit
    def step(x, state):
        updates, state = transform.update(game.field(mm.Profile((x,)))[0], state, x)
        return optax.apply_updates(x, updates), state

    for _ in range(3):
        x, state = step(x, state)
    for a, b in zip(jax.tree.leaves(x), jax.tree.leaves(final), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_there_and_back_is_the_same_direction():
    there = optax.chain(mm.as_optax(mm.Momentum(0.7)), optax.scale(-1.0))
    back = mm.Optax(there)
    game, at = mm.games.quadratic(0.5, 1.0, 0.5), (0.0, 0.0)
    rules = (mm.Simultaneous(0.2, direction) for direction in (back, mm.Momentum(0.7)))
    one, other = (mm.update_spectrum(game, rule, at).radius for rule in rules)
    assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize(
    ("direction", "said"),
    [
        (mm.Consensus(1.0), "direction is the direction Consensus, but must be made of gradients"),
        (mm.Adam(mm.Consensus(1.0)), "the direction Adam with a Consensus inside"),
        (mm.Momentum(0.1, mm.AssistAdversary()), "Momentum with a AssistAdversary inside"),
        (mm.GapAware(ideal=1.0), "GapAware asks the game itself; use mm.stepper"),
        (mm.Simultaneous(0.1), "Rules .* wrap directions"),
    ],
)
def test_directions_that_need_a_game_are_no_transforms(direction, said):
    with pytest.raises(mm.InputError, match=said):
        mm.as_optax(direction)
