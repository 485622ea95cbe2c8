"""Spectra and kinds as arrays: equal to what the host says, mapped, compiled, differentiated."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import minimax_lab as mm

ORIGIN = mm.Profile((0.0, 0.0))
GAME = mm.games.quadratic(0.5, 1.0, 0.5)
RULES = (
    mm.Simultaneous(0.2),
    mm.Alternating((0.2, 0.3), mm.Momentum(-0.3)),
    mm.Optimistic(0.2),
    mm.Averaged(mm.Extragradient(0.3), 0.9),
    mm.Lookahead(mm.Alternating(0.2, mm.Consensus(0.5)), 3),
    mm.Simultaneous(0.2, mm.RMSProp(inside=True, epsilon=1e-2)),
    mm.Simultaneous(1.0, mm.Optax(optax.sgd(0.2, momentum=0.4))),
)


@pytest.mark.parametrize("rule", RULES, ids=mm.label)
def test_an_update_has_the_values_that_the_host_finds(rule):
    values = jax.jit(lambda: mm.update_values(GAME, rule, ORIGIN))()
    np.testing.assert_allclose(values, mm.update_spectrum(GAME, rule, ORIGIN).values, atol=1e-7)


def test_a_field_has_the_values_that_the_host_finds_at_a_sample_of_a_random_game(key):
    game = mm.zero_sum(lambda x, b: x[0] @ x[1] * jnp.mean(b), jnp.arange(4.0), mm.Minibatch(2))
    x = (jnp.array([1.0, 2.0]), jnp.array([0.5, 0.1]))
    sample = game.sample(key)
    there = mm.field_spectrum(game, x, sample).values
    np.testing.assert_allclose(mm.field_values(game, x, sample), there, atol=1e-12)


def test_the_best_of_many_steps_is_one_map_and_agrees_with_tune():
    def radius(step):
        return jnp.abs(mm.update_values(GAME, mm.Optimistic(step), ORIGIN)).max()

    steps = jnp.linspace(0.05, 1.0, 96)
    radii = jax.jit(jax.vmap(radius))(steps)
    best = mm.tune(GAME, mm.Optimistic(0.1))
    assert abs(steps[radii.argmin()] - best.settings["step"]) <= 0.01
    assert best.radius <= radii.min() + 1e-9 <= best.radius + 0.01


def settled_trace(strength):
    """At a point off rest, where the state is not the one the rule starts with."""
    rule = mm.Simultaneous(0.2, mm.RMSProp(mm.Consensus(strength), inside=True))
    return mm.update_values(GAME, rule, (1.0, 2.0)).real.sum()


@pytest.mark.parametrize(
    "function",
    [
        lambda p: jnp.abs(mm.update_values(GAME, mm.Simultaneous(p), ORIGIN)).max(),
        lambda p: jnp.abs(
            mm.update_values(GAME, mm.Alternating(0.3, mm.Momentum(-p)), ORIGIN)
        ).max(),
        lambda p: mm.field_values(mm.games.quadratic(p, 1.0, 0.2), ORIGIN).real[0],
        settled_trace,
    ],
    ids=["a step", "a decay", "data of the game", "a settled memory"],
)
def test_a_derivative_is_the_slope(function):
    p, h = 0.3, 1e-5
    slope = (function(p + h) - function(p - h)) / (2 * h)
    assert abs(slope) > 1e-3
    assert jax.grad(function)(p) == pytest.approx(float(slope), rel=1e-5)


def kinds():
    quadratic = mm.games.quadratic
    nash, minimax, saddle = (quadratic(c, 1.0, 0.5) for c in (0.5, -0.3, -3.0))
    source, centre = quadratic(-1.0, 0.1, -1.0), mm.games.bilinear(1.0)
    private = mm.Game(lambda a, b: (2 * a**2 + 4 * a * b, -(b**2) / 2 - 4 * a * b))
    return (nash, minimax, saddle, source, centre, private)


def test_every_kind_is_told_as_the_host_tells_it():
    said = [mm.classify(game, ORIGIN) for game in kinds()]
    assert set(said) == set(mm.Kind)
    for game in kinds():
        for leader in (0, 1):
            index = mm.kind_index(game, ORIGIN, leader)
            assert tuple(mm.Kind)[int(index)] == mm.classify(game, ORIGIN, leader)


def test_kinds_are_mapped_over_games_and_stay_out_of_derivatives():
    def kind(curvature):
        return mm.kind_index(mm.games.quadratic(curvature, 1.0, 0.5), ORIGIN)

    indices = jax.vmap(kind)(jnp.array([0.5, -0.3, -3.0]))
    assert [tuple(mm.Kind)[i] for i in indices] == [mm.Kind.NASH, mm.Kind.MINIMAX, mm.Kind.SADDLE]
    assert jax.grad(lambda c: jnp.where(kind(c) == 0, c, 0.0))(0.5) == 1


def test_what_is_not_stationary_finite_or_settled_is_told_by_value():
    assert mm.kind_index(GAME, (1.0, 1.0)) == -1
    rooted = mm.zero_sum(lambda x: jnp.sqrt(jnp.abs(x[0])) * x[1])
    assert mm.kind_index(rooted, ORIGIN) == -1
    assert np.all(np.isnan(mm.field_values(rooted, ORIGIN)))


@pytest.mark.parametrize(
    ("verb", "instead"),
    [
        (lambda p: mm.update_spectrum(GAME, mm.Simultaneous(p), ORIGIN), "mm.update_values"),
        (lambda p: mm.field_spectrum(GAME, (p, 0.0)), "mm.field_values"),
        (lambda p: mm.classify(GAME, mm.Profile((p, p))), "mm.kind_index"),
    ],
)
def test_a_verb_of_the_host_says_what_to_call_inside_a_program(verb, instead):
    with pytest.raises(mm.InputError, match=f"answers on the host. Inside of them {instead}"):
        jax.jit(lambda p: verb(p))(0.1)


def test_what_has_no_spectrum_is_refused_as_on_the_host():
    with pytest.raises(mm.InputError, match="has no update spectrum"):
        mm.update_values(GAME, mm.Simultaneous(0.1, mm.Adam()), ORIGIN)
    with pytest.raises(mm.InputError, match="leader is 2"):
        mm.kind_index(GAME, ORIGIN, 2)
