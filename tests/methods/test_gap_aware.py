"""Gap-aware steps: the schedule, the exact algorithm, what it must leave alone, and the ways in
which others got it wrong.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.directions.gap_aware import schedule, watched
from minimax_lab.profile import narrowed

LOG4 = math.log(4)
TENTH = 0.1 * LOG4
SATURATING, NOISY = (
    mm.games.dirac_gan(),
    mm.games.dirac_gan(mm.objectives.NonSaturating(), noise=0.7, draws=8),
)
START = mm.Profile(
    (jnp.asarray(0.6), jnp.asarray(-0.8))
)  # a discriminator that is wrong: its loss is above the ideal one
SEEN = {"scale": mm.step_scale, "gap": mm.loss_gap, "average": mm.smoothed_loss}


def scale_at(gap, **settings):
    return schedule(
        gap, **({"low": 0.1, "high": 2.0, "width_low": TENTH, "width_high": TENTH} | settings)
    )


def first(direction, game=SATURATING, x=START, key=None):
    """The first turn, and what is remembered of the adversary after it."""
    turn, memory = direction(game, x, direction.init(game, x, key), mm.Tick(0, key))
    return turn, watched(memory)


# The schedule.


def test_lipschitz_constants_are_the_documented_ones():
    gaps = np.linspace(-1.2 * TENTH, 1.2 * TENTH, 240_001)
    slopes = np.diff(np.asarray(scale_at(jnp.asarray(gaps)))) / np.diff(gaps)
    middle = (gaps[1:] + gaps[:-1]) / 2
    assert np.isclose(slopes[middle > 0].max(), 10.000, atol=5e-4)
    assert np.isclose(slopes[middle > 0][0], 5.000, atol=5e-4)
    assert np.isclose(slopes[middle < 0].max(), 16.6096, atol=1e-3)


def test_the_schedule_has_finite_derivatives_everywhere():
    slopes = jax.vmap(jax.grad(scale_at))(jnp.array([-1e3, -TENTH, 0.0, TENTH, 1e3]))
    assert np.all(np.isfinite(slopes))


# The algorithm.


RULES = {
    "simultaneous": lambda d: mm.Simultaneous(0.1, d),
    "alternating": lambda d: mm.Alternating(0.1, d),
    "extragradient": lambda d: mm.Extragradient(0.1, d),
    "optimistic": lambda d: mm.Averaged(mm.Optimistic(0.1, d), 0.9),
}


@eqx.filter_jit
def walked(rule, x):
    """Ten updates."""
    state = rule.init(SATURATING, x, None)
    return jax.lax.fori_loop(
        0, 10, lambda i, pair: rule.update(SATURATING, *pair, mm.Tick(i, None)), (x, state)
    )


@pytest.mark.parametrize("name", RULES)
def test_bounds_of_one_are_the_baseline_bit_for_bit(name):
    inner = mm.Momentum(0.5, mm.Consensus(0.5)) if name == "alternating" else mm.Adam()
    directions = inner, mm.GapAware(inner, low=1.0, high=1.0), mm.GapAware(inner)
    (plain, _), (aware, state), (other, _) = (
        walked(narrowed(RULES[name](d), jnp.float64), START) for d in directions
    )
    assert eqx.tree_equal(plain, aware)
    assert not eqx.tree_equal(plain, other)
    assert watched(state).scale == 1 and watched(state).gap != 0


def test_the_average_moves_with_the_adversarys_own_turns_alone():
    loss = float(SATURATING.losses(START, SATURATING.data)[1])
    once = 0.95 * LOG4 + 0.05 * loss
    for order, wanted in (((1, 0), once), ((1, 0, 0), once)):
        rule = mm.Alternating(0.1, mm.GapAware(), order=order)
        _, state = rule.update(
            SATURATING, START, rule.init(SATURATING, START, None), mm.Tick(0, None)
        )
        assert np.isclose(watched(state).average, wanted, rtol=1e-14)
    still = mm.Alternating((0.1, 1e-30), mm.GapAware(), order=(1, 1, 0))
    _, state = still.update(
        SATURATING, START, still.init(SATURATING, START, None), mm.Tick(0, None)
    )
    assert np.isclose(watched(state).average, 0.95 * once + 0.05 * loss, rtol=1e-14)


def test_the_loss_comes_with_the_gradient():
    """The compiled program has no more matrix products than that of the gradient."""
    network = mm.adversarial.Perceptron
    game = mm.adversarial.gan(
        network((2, 4, 2)), network((2, 4, 1)), data=mm.adversarial.ring(), batch=8
    )
    x = mm.adversarial.start(game, jax.random.key(0), jnp.float64)

    def products(direction):
        rule = mm.Simultaneous(0.1, direction)
        state = rule.init(game, x, jax.random.key(0))
        program = jax.jit(lambda x, state, key: rule.update(game, x, state, mm.Tick(0, key)))
        return program.lower(x, state, jax.random.key(0)).compile().as_text().count(" dot(")

    assert 0 < products(mm.GapAware()) == products(mm.Gradient())


def test_what_is_watched_is_found_in_any_rule():
    for rule in (
        mm.Averaged(mm.Alternating(0.1, mm.Momentum(0.5, mm.GapAware(mm.Adam())))),
        mm.Lookahead(mm.Optimistic(0.1, mm.Clipped(mm.GapAware()))),
    ):
        state = rule.init(SATURATING, START, None)
        _, state = rule.update(SATURATING, START, state, mm.Tick(0, None))
        assert watched(state).average != LOG4


def test_the_spectrum_at_rest_is_that_of_the_wrapped_direction_and_the_averages_decay():
    rest = mm.Profile((0.0, 0.0))
    plain = mm.update_spectrum(SATURATING, mm.Simultaneous(0.1, mm.Consensus(1.0)), rest).values
    aware = mm.update_spectrum(
        SATURATING, mm.Simultaneous(0.1, mm.GapAware(mm.Consensus(1.0))), rest
    ).values
    assert np.allclose(np.sort_complex(aware), np.sort_complex([*plain, 0.95, 0, 0]), atol=1e-12)


def test_bounds_sweep_in_one_program():
    rules = mm.stack(
        [
            mm.Simultaneous(0.1, mm.GapAware(low=low, high=high))
            for low, high in ((1.0, 1.0), (0.1, 2.0))
        ]
    )
    ends = mm.sweep(SATURATING, rules, START, 300, observe=SEEN, every=100).observed["scale"][:, -1]
    assert ends[0] == 1 and ends[1] != 1


def test_games_of_different_ideal_losses_sweep_together():
    games = [mm.games.dirac_gan(mm.objectives.DomainConfusion(share)) for share in (0.3, 0.5)]
    run = mm.sweep(
        mm.stack(games),
        mm.Simultaneous(0.1, mm.GapAware()),
        START,
        100,
        over="game",
        observe=SEEN,
        every=100,
    )
    assert np.allclose(run.observed["average"][:, 0], [game.ideal[1] for game in games], rtol=1e-15)
    assert np.all(run.observed["scale"][:, -1] != 1)


# Traps: what a zero gap does not say, and factors that go wrong in silence.


def test_a_zero_ideal_asks_for_widths_and_is_content_with_them():
    wasserstein = mm.games.dirac_gan(mm.objectives.Wasserstein())
    for rule in (
        mm.Simultaneous(0.1, mm.GapAware()),
        mm.Averaged(mm.Alternating(0.1, mm.Clipped(mm.GapAware(width_low=1.0)))),
    ):
        with pytest.raises(
            mm.InputError,
            match="is None, but must be a positive number where the ideal loss is zero",
        ):
            mm.run(wasserstein, rule, START, 10)
    _, seen = first(mm.GapAware(width_low=0.2, width_high=0.4, decay=0.0), wasserstein)
    assert np.isclose(seen.scale, 2 ** min(0.48 / 0.4, 1))


def test_a_zero_gap_does_not_make_a_discriminator_good():
    blind = mm.Profile(
        (jnp.asarray(3.0), jnp.asarray(0.0))
    )  # D = 0: the ideal loss for any generator
    for objective in (
        mm.objectives.Saturating(),
        mm.objectives.NonSaturating(),
        mm.objectives.Hinge(),
    ):
        assert first(mm.GapAware(decay=0.0), mm.games.dirac_gan(objective), blind)[1].scale == 1
    steep = mm.Profile((jnp.asarray(0.0), jnp.asarray(7.0)))  # q = p: the ideal loss for any critic
    wasserstein = mm.games.dirac_gan(mm.objectives.Wasserstein())
    assert (
        first(mm.GapAware(width_low=1.0, width_high=1.0, decay=0.0), wasserstein, steep)[1].gap == 0
    )
    hinge = mm.adversarial.gan(
        mm.adversarial.Perceptron((1, 1)),
        mm.adversarial.Perceptron((1, 1)),
        mm.objectives.Hinge(),
        data=np.zeros((1, 1)),
        batch=4,
    )
    for bias in (-1.0, 0.3, 1.0):
        weights = [
            ({"weight": jnp.zeros((1, 1)), "bias": jnp.full(1, value)},) for value in (0.0, bias)
        ]
        assert np.isclose(
            hinge.losses(mm.Profile(weights), hinge.sample(jax.random.key(0)))[1], hinge.ideal[1]
        )


def shaken(x, noise):
    """Dropout in the plainest form: a discriminator whose logits are noisy in training."""
    return mm.objectives.NonSaturating()(-x[1] * 0.0 + noise, -x[1] * x[0] - noise)


def standard_normals(data, key):
    return jax.random.normal(key, (512,))


def test_noise_inside_the_discriminator_lifts_its_loss_so_the_ideal_must_be_measured(key):
    game = mm.Game(shaken, draw=standard_normals, ideal=(math.log(2), LOG4))
    rest = mm.Profile((jnp.asarray(0.0), jnp.asarray(0.0)))
    _, seen = first(mm.GapAware(decay=0.0), game, rest, key)
    assert seen.gap > 0.1 and seen.scale > 1.5
    measured = float(
        jnp.mean(
            jax.vmap(lambda k: game.losses(rest, game.sample(k))[1])(jax.random.split(key, 200))
        )
    )
    _, seen = first(mm.GapAware(decay=0.0, ideal=measured), game, rest, key)
    assert abs(seen.scale - 1) < 0.3


def test_the_mean_of_two_means_has_half_the_ideal_loss_and_the_wrong_one_pins_s():
    halved = mm.games.dirac_gan(
        mm.objectives.Weighted(mm.objectives.NonSaturating(), discriminator=0.5)
    )
    near = mm.Profile((jnp.asarray(0.05), jnp.asarray(0.05)))
    right, wrong = (
        first(mm.GapAware(decay=0.0, ideal=ideal), halved, near)[1].scale for ideal in (None, LOG4)
    )
    assert abs(right - 1) < 0.03
    assert np.isclose(wrong, 0.1)
    confused = mm.games.dirac_gan(mm.objectives.DomainConfusion(0.5))
    assert np.isclose(first(mm.GapAware(decay=0.0, ideal=0.1), confused, near)[1].scale, 2.0)
    assert np.isclose(first(mm.GapAware(decay=0.0), confused, near)[1].scale, right)


def test_the_ideal_is_the_games_and_is_never_taken_for_zero():
    assert watched(mm.GapAware().init(SATURATING, START, None)).average == LOG4
    assert watched(mm.GapAware(ideal=1.0).init(SATURATING, START, None)).average == 1
    assert watched(mm.GapAware(adversary=0).init(NOISY, START, None)).average == math.log(2)
    smoothed = mm.games.dirac_gan(mm.objectives.NonSaturating(smoothing=0.1))
    assert np.isclose(
        watched(mm.GapAware().init(smoothed, START, None)).average,
        mm.objectives.NonSaturating(0.1).ideal[1],
    )
    with pytest.raises(mm.InputError, match="whose ideal losses are not known"):
        mm.run(mm.games.bilinear(1.0), mm.Simultaneous(0.1, mm.GapAware()), START, 10)


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (
            lambda: mm.GapAware(width_low=0.0),
            "GapAware.width_low is 0.0, but must be a finite number and greater than 0",
        ),
        (lambda: mm.GapAware(width_high=-1.0), "GapAware.width_high is -1.0"),
        (lambda: mm.GapAware(ideal=0.0), "where the ideal loss is zero"),
        (lambda: mm.GapAware(low=0.0), "GapAware.low is 0.0"),
        (lambda: mm.GapAware(low=1.5), "GapAware.low is 1.5"),
        (lambda: mm.GapAware(high=0.9), "GapAware.high is 0.9"),
        (lambda: mm.GapAware(decay=1.0), "GapAware.decay is 1.0"),
        (lambda: mm.GapAware(adversary=-1), "GapAware.adversary is -1"),
        (lambda: mm.GapAware(0.1), "must be a direction such as"),
        (
            lambda: mm.GapAware(ideal=(1.0, 2.0)),
            "GapAware.ideal is (1.0, 2.0), but must be one number",
        ),
        (lambda: mm.GapAware(mm.Momentum(0.5, mm.GapAware())), "would scale adversary 1 twice"),
        (
            lambda: mm.run(SATURATING, mm.Simultaneous(0.1, mm.GapAware(adversary=2)), START, 1),
            "GapAware.adversary is 2, but must be one of the players 0..1",
        ),
        (
            lambda: first(mm.GapAware(adversary=2)),
            "GapAware.adversary is 2, but must be one of the players 0..1",
        ),
        (
            lambda: first(mm.GapAware(adversary=0), mm.games.dirac_gan(mm.objectives.Hinge())),
            "Give GapAware(ideal=...)",
        ),
        (lambda: mm.Adam(mm.GapAware()), "The other order is meaningful: GapAware(Adam(...))"),
        (lambda: mm.RMSProp(mm.GapAware(mm.Consensus(1.0))), "would cancel the scale"),
        (
            lambda: mm.Normalised(mm.GapAware()),
            "The other order is meaningful: GapAware(Normalised(...))",
        ),
        (lambda: mm.Graft(mm.Adam(), mm.GapAware()), "would cancel the scale"),
        (
            lambda: mm.Normalised(mm.Momentum(0.5, mm.GapAware())),
            "Normalised(Momentum(...GapAware(...))) is senseless",
        ),
        (
            lambda: mm.Graft(mm.Adam(), mm.Clipped(mm.Momentum(0.5, mm.GapAware()))),
            "would cancel the scale",
        ),
        (
            lambda: mm.AssistAdversary(mm.GapAware()),
            "The other order is meaningful: GapAware(AssistAdversary(...))",
        ),
        (
            lambda: mm.step_scale(mm.View(SATURATING, START, START, (None, None), 0, None)),
            "without a GapAware",
        ),
    ],
)
def test_bad_input_is_named(make, fragment):
    with pytest.raises(mm.InputError) as error:
        make()
    assert fragment in str(error.value)


def test_of_several_adversaries_all_are_watched_in_their_order():
    both = mm.GapAware(mm.GapAware(ideal=-1.0, decay=0.0), adversary=0, ideal=-2.0, decay=0.0)
    seen = first(both)[1]
    losses = jnp.stack(SATURATING.losses(START, SATURATING.sample(None)))
    np.testing.assert_allclose(seen.average, losses)
    np.testing.assert_allclose(seen.gap, losses - jnp.asarray([-2.0, -1.0]))


def test_whoever_leaves_the_adversary_alone_may_wrap_it():
    assert mm.Normalised(mm.Momentum(0.5, mm.GapAware()), players=0).steplike
    assert mm.Normalised(mm.GapAware(adversary=0), players=1).steplike
