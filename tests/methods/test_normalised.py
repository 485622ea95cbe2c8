"""Steps of a chosen length: what normalising and grafting promise, on a game of several tensors a
player.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm

STEP = 0.01
KEY = jax.random.key(3)
PARTS = jax.random.normal(KEY, (4, 3, 3))
START = mm.Profile(({"weight": PARTS[0], "bias": PARTS[1, 0]}, [PARTS[2], PARTS[3, 0]]))
L_NSGDA, G_NSGDA = mm.Normalised(per_tensor=True), mm.Normalised()
ADALR, ADADIR = mm.Graft(mm.Adam(), mm.Gradient()), mm.Graft(mm.Gradient(), mm.Adam())


def value(x, scale):
    """Two layers against two, every tensor with a gradient of its own size."""
    (generator, critic), target = x, jnp.ones((3, 3))
    generated = jnp.tanh(target @ generator["weight"] + 3 * generator["bias"])
    return scale * jnp.sum(jnp.sin(generated @ critic[0]) * (1 + critic[1]) + generated**2)


def game(scale=1.0):
    return mm.zero_sum(value, jnp.asarray(scale))


def turns(direction, count=1, scale=1.0, x=START):
    """The last of `count` directions along its own walk, one program a call."""

    @jax.jit
    def walk(scale):
        g, y = game(scale), x
        memory = direction.init(g, y, KEY)
        for index in range(count):
            turn, memory = direction(g, y, memory, mm.Tick(index, KEY))
            y = y - STEP * turn
        return turn

    return walk(jnp.asarray(scale))


GRADIENT = game().field(START)


def test_zero_gradients_give_zero_updates_and_finite_derivatives():
    still = 0 * START
    for direction in (
        L_NSGDA,
        G_NSGDA,
        ADALR,
        ADADIR,
        mm.Graft(mm.Gradient(), mm.Gradient(), epsilon=1e-8),
    ):
        assert float(turns(direction, x=still, scale=0.0).norm()) == 0.0
    slopes = jax.jacobian(
        lambda scale: direct(mm.Graft(mm.Gradient(), mm.Normalised()), scale).ravel()[0]
    )(0.0)
    assert np.all(np.isfinite(slopes))


def direct(direction, scale):
    g = game(scale)
    return direction(g, START, direction.init(g, START, KEY), mm.Tick(0, KEY))[0]


@pytest.mark.parametrize(
    "direction", [mm.Normalised(), mm.Graft(mm.Gradient(), mm.Gradient()), mm.Clipped()]
)
def test_lengths_that_overflow_are_a_divergence_and_not_a_standstill(direction):
    steep = mm.Game(lambda x, _: (jnp.sum(jnp.exp(x[0] ** 2)), jnp.sum(x[1] ** 2)))
    run = mm.run(steep, mm.Simultaneous(0.1, direction), (jnp.full(2, 20.0), jnp.ones(2)), 3)
    assert run.verdict.kind == "diverged"


def test_one_player_alone_can_be_normalised():
    turn = turns(mm.Normalised(players=0))
    np.testing.assert_allclose(turn.norms()[0], 1, rtol=1e-12)
    np.testing.assert_allclose(turn.norms()[1], GRADIENT.norms()[1], rtol=1e-12)
    assert mm.Normalised(players=(0, 1)).players == (0, 1)


def test_spectra_refuse_with_the_reason():
    square = mm.games.quadratic(1.0, 1.0, 1.0)
    for direction in (mm.Normalised(), mm.Graft(mm.Gradient(), mm.Gradient())):
        with pytest.raises(mm.InputError, match="norm that is zero at an equilibrium"):
            mm.update_spectrum(square, mm.Simultaneous(0.1, direction), ([0.0], [0.0]))


class Lopsided(mm.Gradient):
    """A direction that forgets a tensor."""

    def __call__(self, game, x, memory, tick):
        turn, memory = mm.Gradient()(game, x, memory, tick)
        return turn.replace(0, turn[0]["weight"]), memory


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: mm.Normalised(0.1), "Normalised.direction is 0.1.*direction"),
        (lambda: mm.Normalised(mm.Simultaneous(0.1)), "Rules .* wrap directions"),
        (lambda: mm.Normalised(epsilon=-1), "Normalised.epsilon is -1.*at least 0"),
        (lambda: mm.Normalised(players=(0, 0)), "Normalised.players is .0, 0.*once"),
        (lambda: mm.Normalised(players=-1), "Normalised.players is -1"),
        (lambda: turns(mm.Normalised(players=2)), r"Normalised.players is \(2,\).*0 to 1"),
        (lambda: turns(mm.Normalised(players=(0, 2))), r"Normalised.players is \(0, 2\).*0 to 1"),
        (lambda: mm.Graft(mm.Adam(), "gradient"), "Graft.direction is gradient"),
        (lambda: mm.Graft(None, mm.Adam()), "Graft.magnitude is None"),
        (
            lambda: turns(mm.Graft(Lopsided(), mm.Gradient())),
            "Graft.magnitude is a direction of shapes.*Graft.direction",
        ),
        (lambda: mm.Adam(mm.Normalised()), r"senseless.*Normalised\(Adam"),
    ],
)
def test_bad_input_is_named(action, message):
    with pytest.raises(mm.InputError, match=message):
        action()


def test_labels_tell_the_two_grafts_apart():
    assert mm.label(ADALR) == "graft, Adam, gradient"
    assert mm.label(ADADIR) == "graft, gradient, Adam"
    one, other = mm.Normalised(), mm.Momentum(0.5)
    inner = mm.Graft(mm.Graft(mm.Adam(), one), other), mm.Graft(mm.Adam(), mm.Graft(one, other))
    left, right = map(mm.label, inner)
    assert left == "graft, (graft, Adam, normalised), momentum 0.5"
    assert right == "graft, Adam, (graft, normalised, momentum 0.5)"
