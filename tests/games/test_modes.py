"""The game of modes: its gradients against the formulas, its draws against their law, and what is
watched of it.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.games.game_of_modes import cubic
from minimax_lab.running.observables import update_norms

G = mm.games
KEY = jax.random.key(11)
SMALL = {"dimension": 12, "neurons": 5, "latents": 4}


def activation(t, cut):
    return np.where(np.abs(t) <= cut, t**3, np.sign(t) * (3 * cut**2 * np.abs(t) - 2 * cut**3))


def slope(t, cut):
    return 3 * np.minimum(np.abs(t), cut) ** 2


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def ascents(x, real, latent, cut, a, b, saturating=True):
    """The sheet's formulas for one pair (X, z), written in numpy: ascent for D, descent on log(1 -
    D) for G.
    """
    V, W = np.asarray(x[0]), np.asarray(x[1]["neurons"])
    fake = latent @ V
    on_real, on_fake = W @ real, W @ fake
    p, q = (sigmoid(a * activation(t, cut).sum() + b) for t in (on_real, on_fake))
    neurons = (1 - p) * a * np.outer(slope(on_real, cut), real) - q * a * np.outer(
        slope(on_fake, cut), fake
    )
    columns = (q if saturating else 1 - q) * a * np.outer(latent, slope(on_fake, cut) @ W)
    scale = (1 - p) * activation(on_real, cut).sum() - q * activation(on_fake, cut).sum()
    return columns, neurons, scale, (1 - p) - q


def spread_out(game, size=3.0):
    """A place where some neurons are beyond the cut."""
    return size * G.modes_start(game, KEY, spread=3.0)


@pytest.mark.parametrize(
    "objective",
    [mm.objectives.Saturating(), mm.objectives.NonSaturating()],
    ids=["minimax", "non-saturating"],
)
def test_gradients_are_the_sheets_formulas(objective):
    game = G.two_mode(
        0.3,
        **SMALL,
        objective=objective,
        trainable=("bias", "scale"),
        scale=0.8,
        bias=0.2,
        extra=0.2,
    )
    x = spread_out(game)
    x = x.replace(1, x[1] | {"scale": jnp.asarray(0.8), "bias": jnp.asarray(0.2)})
    cut, beyond, field = 12**0.2, 0, eqx.filter_jit(game.field)
    for key in jax.random.split(KEY, 4):
        seen = game.sample(key)
        found = field(x, seen)
        real, latent = np.asarray(seen.real[0]), np.asarray(seen.latent[0])
        columns, neurons, scale, bias = ascents(
            x, real, latent, cut, 0.8, 0.2, isinstance(objective, mm.objectives.Saturating)
        )
        np.testing.assert_allclose(-found[0], columns, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(-found[1]["neurons"], neurons, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            [-found[1]["scale"], -found[1]["bias"]], [scale, bias], rtol=1e-9, atol=1e-12
        )
        beyond += np.sum(np.abs(np.asarray(x[1]["neurons"]) @ real) > cut)
    assert beyond > 0


def test_the_activation_is_continuous_with_its_slope_at_the_cut():
    cut, h = jnp.asarray(2.3), 1e-12
    f = jax.value_and_grad(lambda t: cubic(t, cut))
    for sign in (-1, 1):
        (low, below), (high, above) = f(sign * (cut - h)), f(sign * (cut + h))
        assert abs(low - high) < 1e-10
        assert abs(below - above) < 1e-10
        np.testing.assert_allclose(f(sign * cut)[1], 3 * cut**2, rtol=1e-12)
    t = jnp.linspace(-5, 5, 41)
    np.testing.assert_allclose(cubic(t, cut), activation(np.asarray(t), 2.3), rtol=1e-12)


def test_the_population_is_the_mean_of_all_pairs():
    game = G.modes(3, 0.2, **SMALL, batch=None, shares=(1, 2, 3), latent_shares=(4, 3, 2, 1))
    x = spread_out(game, 1.0)
    found, expected, field = game.field(x), 0 * x, eqx.filter_jit(game.field)
    for i, r in enumerate(np.array([1, 2, 3]) / 6):
        for j, s in enumerate(np.array([4, 3, 2, 1]) / 10):
            one = game.data._replace(
                real=game.data.real[i][None], latent=np.eye(4)[j][None], pairs=None
            )
            expected = expected + float(r * s) * field(x, one)
    np.testing.assert_allclose(found.ravel()[0], expected.ravel()[0], rtol=1e-10, atol=1e-14)


def test_draws_follow_their_shares():
    count = 40_000
    game = G.modes(3, 0.2, **SMALL, batch=count, shares=(1, 2, 3), latent_shares=(4, 3, 2, 1))
    seen = game.sample(KEY)
    modes = np.mean(
        np.all(np.asarray(seen.real)[:, None] == np.asarray(game.data.real), axis=-1), axis=0
    )
    np.testing.assert_allclose(modes, np.array([1, 2, 3]) / 6, atol=0.01)
    np.testing.assert_allclose(np.mean(seen.latent, axis=0), np.array([4, 3, 2, 1]) / 10, atol=0.01)
    assert np.all(np.sum(seen.latent, axis=1) == 1)
    sparse = np.asarray(G.two_mode(0.1, **SMALL, batch=count, extra=0.1).sample(KEY).latent)
    np.testing.assert_allclose(sparse.mean(0), 0.25 + 0.75 * 0.1, atol=0.01)
    assert sparse.sum(1).min() == 1


def test_modes_have_unit_length_and_their_correlation():
    for count in (1, 2, 4):
        real = np.asarray(G.modes(count, 0.3, **SMALL).data.real)
        np.testing.assert_allclose(real @ real.T, 0.7 * np.eye(count) + 0.3, atol=1e-12)
    first, second = np.asarray(G.two_mode(0.1, **SMALL).data.real)
    np.testing.assert_allclose(
        [first[0], second[0], second[1]], [1, 0.1, np.sqrt(0.99)], rtol=1e-12
    )


def test_starts_have_the_stated_spread():
    game = G.two_mode(0.1, dimension=1024, neurons=40, latents=32)
    x = G.modes_start(game, jax.random.split(KEY, 2))
    np.testing.assert_allclose(np.std(x[0]), 0.3 / 1024, rtol=0.02)
    np.testing.assert_allclose(np.std(x[1]["neurons"]), 0.3 / 32, rtol=0.02)
    assert x[0].shape == (2, 32, 1024)
    assert G.modes_start(game, KEY, dtype=jnp.float32).dtype == jnp.float32


def view_of(game, columns, neurons):
    x = mm.Profile((jnp.asarray(columns), {"neurons": jnp.asarray(neurons)}))
    return mm.View(game, x, x, None, 0, KEY)


def test_columns_and_neurons_are_labelled():
    game = G.two_mode(0.1, **SMALL)
    u, v = np.asarray(game.data.real)
    noise, between = np.eye(12)[5], u + np.eye(12)[6]
    view = view_of(
        game,
        np.stack([3 * u, 0.1 * (u + v), noise, between]),
        np.stack([0.1 * u, 2 * u, 0.5 * v, noise, -noise]),
    )
    np.testing.assert_allclose(G.column_shares(view), [0.25, 0, 0.25, 0.25])
    np.testing.assert_allclose(G.column_cosines(view)[0], [1, 0.1, np.sqrt(0.55)], rtol=1e-12)
    np.testing.assert_allclose(G.neuron_cosines(view)[2], [0.1, 1, np.sqrt(0.55)], rtol=1e-12)
    np.testing.assert_allclose([G.alignment(view), G.neuron_strength(view)], [0.1, 2.0], rtol=1e-12)
    assert float(G.least_share(view)) == 0
    average = view_of(game, np.stack([u, v, u, v]), np.stack([u + v] * 5))
    np.testing.assert_allclose(
        [G.alignment(average), G.least_share(average), G.coverage(average)], [1, 0.5, 1], rtol=1e-12
    )
    assert np.all(
        np.isfinite(G.column_cosines(view_of(game, np.zeros((4, 12)), np.zeros((5, 12)))))
    )


def test_first_growth_is_the_first_row_that_has_grown():
    grown = [[False, True, False], [False, False, False]]
    np.testing.assert_array_equal(G.first_growth([0, 10, 20], grown), [10, np.inf])


def test_diverging_runs_are_stopped_and_classed_beside_others():
    game = G.two_mode(0.1, **SMALL)
    starts = G.modes_start(game, jax.random.split(KEY, 3))
    step = (jnp.array([1e-3, 1e-3, 50.0]), jnp.array([1e-3, 1e-3, 50.0]))
    sweep = mm.sweep(
        game,
        mm.Simultaneous(step),
        starts,
        400,
        over=("rule", "start", "key"),
        key=jax.random.split(KEY, 3),
        observe={"shares": G.column_shares, "moved": update_norms},
        every=100,
        judge=mm.Judge(bound=100.0),
    )
    assert list(sweep.verdict.kind == "diverged") == [False, False, True]
    assert sweep.verdict.steps[2] < 400
    assert sweep.observed["shares"].shape == (3, 5, 4)
    assert sweep.observed["moved"].shape == (3, 5, 2)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: G.two_mode(1.0), "correlation is 1.0.*less than 1"),
        (lambda: G.two_mode(-0.1), "correlation is -0.1.*at least 0"),
        (lambda: G.two_mode(np.array([0.1, 0.9])), "correlation is.*one number.*stack games"),
        (lambda: G.modes(5, dimension=4), "dimension is 4.*at least 5"),
        (lambda: G.two_mode(shares=(1, 0)), "shares is.*positive"),
        (lambda: G.two_mode(latents=2, latent_shares=(1, 0)), "latent_shares.*never on"),
        (lambda: G.two_mode(latents=3, latent_shares=(1, 1)), "latent_shares.*3 positive"),
        (lambda: G.two_mode(extra=0.0), "extra is 0.0.*greater than 0"),
        (lambda: G.two_mode(extra=0.1, batch=None), "extra is 0.1.*population"),
        (lambda: G.two_mode(batch=0), "batch is 0"),
        (lambda: G.two_mode(trainable="scales"), "trainable is scales.*'scale'"),
        (lambda: G.two_mode(objective="saturating"), "objective is saturating.*Saturating"),
        (lambda: G.two_mode(cut=0), "cut is 0"),
        (lambda: G.modes_start(G.bilinear(1.0), KEY), "game is.*games.modes"),
        (lambda: G.modes_start(G.two_mode(), 0), "key is 0"),
        (lambda: G.modes_start(G.two_mode(), KEY, spread=0), "spread is 0"),
        (lambda: G.two_mode().sample(None), "key is None"),
        (lambda: G.first_growth([0, 1], [[True]]), "grown is an array"),
        (
            lambda: G.coverage(view_of(G.bilinear(1.0), np.ones((1, 1)), np.ones((1, 1)))),
            "the game is.*games.modes",
        ),
    ],
)
def test_bad_input_is_named(action, message):
    with pytest.raises(mm.InputError, match=message):
        action()
