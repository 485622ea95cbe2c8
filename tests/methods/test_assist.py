"""AdvAs and its relatives: one product, the right network, and each relation between methods as an
equality.
"""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.reshaped import assisted, unrolled, weight_decay
from tests.methods.test_conformance import counted

DIRAC = mm.games.dirac_gan()
SPOT = mm.Profile((jnp.asarray(0.6), jnp.asarray(-0.8)))


class Duel(eqx.Module):
    """A generator that scales its latents, a discriminator of one layer that bends its weights."""

    objective: mm.objectives.Objective

    def __call__(self, x, sample):
        real, latent = sample
        weights = x[1] + x[1] ** 3
        return self.objective(real @ weights, (x[0] * latent) @ weights)


def batch_of_six(data, key):
    return jax.random.normal(key, (2, 6, 2))


def setting(objective=mm.objectives.NonSaturating()):
    """A general-sum game that draws its batches, the same on one batch, and a profile."""
    game = weight_decay(
        mm.Game(Duel(objective), draw=batch_of_six, ideal=objective.ideal), (0.02, 0.1)
    )
    data = game.sample(jax.random.key(2))
    x = mm.Profile((jnp.array([0.6, -0.4]), jnp.array([0.8, 0.5])))
    return game, mm.Game(game.losses, data, penalties=game.penalties, ideal=game.ideal), x


def turned(direction, game, x, key=None):
    """The direction at x from a fresh memory."""
    return direction(game, x, direction.init(game, x, key), mm.Tick(0, key))[0]


def close(a, b, tolerance=1e-12):
    return np.allclose(a.ravel()[0], b.ravel()[0], rtol=tolerance, atol=tolerance)


def stray(game, x, penalties=True):
    """r by the book: the squared norm of the gradient of the adversary's own loss."""
    losses = game.totals if penalties else game.losses
    own = jax.grad(lambda own: losses(x.replace(1, own), game.data)[1])(x[1])
    return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(own))


# The penalty.


def test_a_strength_of_zero_is_the_wrapped_direction_bit_for_bit():
    _, game, x = setting()
    assert eqx.tree_equal(turned(mm.AssistAdversary(strength=0.0), game, x), game.field(x))


def test_one_gradient_of_the_adversary_and_one_half_product_are_added_and_nothing_on_its_own_turn(
    key,
):
    """On x'Ay every gradient block and every block of a product is one product with A."""
    game = mm.zero_sum(lambda x, a: x[0] @ a @ x[1], jnp.eye(4))
    x = mm.Profile((jnp.ones(4), jnp.ones(4)))
    for paired, wanted in ((False, (2 + 1 + 1, 2 + 2)), (True, (2 + 2 + 2, 2 + 4))):
        direction = mm.AssistAdversary(strength=jnp.asarray(1.0), paired=paired)
        for rule, count in zip(
            (mm.Simultaneous(0.1, direction), mm.Alternating(0.1, direction)), wanted, strict=True
        ):
            state = rule.init(game, x, key)
            assert (
                counted(
                    lambda x, rule=rule, state=state: rule.update(game, x, state, mm.Tick(0, key)),
                    x,
                )
                == count
            )
            assert rule.cost(2).gradients + rule.cost(2).products == count
    aware = mm.Simultaneous(0.1, mm.GapAware(ideal=1.0))
    state = aware.init(game, x, key)
    assert (
        counted(lambda x: aware.update(game, x, state, mm.Tick(0, key)), x) == 2 + 1
    )  # two gradients and one loss


# Minibatches.


class Shaken(eqx.Module):
    """A linear adversary seen through noise on its one coupling: L_1 = -(theta + n) psi with n ~
    N(0, theta^2) a draw.
    """

    def __call__(self, x, noise):
        value = (1 + jnp.mean(noise)) * x[0] * x[1]
        return value, -value


def batch_of_four(data, key):
    return jax.random.normal(key, (4,))


def test_one_minibatch_is_biased_by_the_gradient_of_the_variance_and_two_are_not(key):
    """r = theta^2 here, and a batch of four adds theta^2 / 4 to its mean."""
    game = mm.Game(Shaken(), draw=batch_of_four)
    x, keys = mm.Profile((jnp.asarray(0.8), jnp.asarray(0.0))), jax.random.split(key, 40_000)

    @functools.partial(jax.jit, static_argnums=0)
    def pulls(paired):
        direction = mm.AssistAdversary(strength=1.0, paired=paired)
        return jax.vmap(lambda key: direction(game, x, (None, None), mm.Tick(0, key))[0][0])(keys)

    for paired, wanted in ((False, 1.6 * 1.25), (True, 1.6)):
        found = np.asarray(pulls(paired))
        assert abs(found.mean() - wanted) < 4 * found.std() / 200
    assert abs(np.asarray(pulls(False)).mean() - 1.6) > 20 * np.asarray(pulls(False)).std() / 200


# The normalised strength.


def test_where_the_adversary_is_optimal_nothing_is_added():
    game = mm.games.quadratic(0.5, 1.0, 0.5)
    best = mm.Profile((jnp.array([0.7]), jnp.array([1.4])))
    for normalised in (False, True):
        assert close(
            turned(mm.AssistAdversary(normalised=normalised), game, best), game.field(best)
        )
        assert np.all(
            np.isfinite(
                turned(mm.AssistAdversary(normalised=normalised), DIRAC, 0 * SPOT).ravel()[0]
            )
        )


# Relatives.


def test_nagarajan_and_kolter_is_half_a_squared_norm_in_the_generators_loss():
    """Their code: the generator minimises V + norm^2 / 2 of the discriminator's gradient."""
    _, game, x = setting(mm.objectives.Saturating())
    theirs = jax.grad(lambda x: game.totals(x, game.data)[0] + stray(game, x) / 2)(x)
    assert close(
        turned(mm.AssistAdversary(strength=0.5), game, x), game.field(x).replace(0, theirs[0])
    )


def test_it_is_the_generators_half_of_jare_and_jare_is_both_halves():
    _, game, x = setting(mm.objectives.Saturating())
    halves = [turned(mm.AssistAdversary(strength=0.3, adversary=a), game, x) for a in (1, 0)]
    assert close(halves[0], turned(mm.Smoothing((0.6, None)), game, x))
    assert close(halves[1], turned(mm.Smoothing((None, 0.6)), game, x))
    assert close(mm.Profile((halves[0][0], halves[1][1])), turned(mm.Smoothing(0.6), game, x))


def test_one_unrolled_step_is_an_assistance_of_that_strength_to_first_order():
    _, game, x = setting(mm.objectives.Saturating())
    game = mm.Game(game.losses, game.data)  # zero-sum

    def error(a):
        return (
            unrolled(game, 1, a).field(x) - turned(mm.AssistAdversary(strength=a), game, x)
        ).norm()

    errors = jax.vmap(error)(jnp.array([0.02, 0.01, 0.005]))
    assert np.allclose(errors[:-1] / errors[1:], 4, rtol=0.1)


def test_what_consensus_and_assistance_add_is_added():
    _, game, x = setting(mm.objectives.Saturating())
    both, one, other = (
        turned(d, game, x) - game.field(x)
        for d in (
            mm.AssistAdversary(mm.Consensus(0.2), 0.3),
            mm.Consensus(0.2),
            mm.AssistAdversary(strength=0.3),
        )
    )
    assert close(both, one + other)


# Together.


def test_the_two_methods_compose_with_each_other_and_with_what_wraps_directions():
    inner = mm.AssistAdversary(mm.Consensus(0.1), 0.5)
    for direction in (
        mm.GapAware(inner),
        mm.GapAware(mm.Adam(inner)),
        mm.GapAware(mm.Normalised(inner, epsilon=0.1)),
        mm.Momentum(0.3, mm.GapAware(mm.Clipped(inner))),
    ):
        turn = turned(direction, DIRAC, SPOT)
        assert (
            np.all(np.isfinite(turn.ravel()[0]))
            and turn[0] != turned(mm.GapAware(), DIRAC, SPOT)[0]
        )


def test_both_go_inside_anderson():
    inner = mm.GapAware(mm.AssistAdversary(strength=0.3))
    run = mm.run(
        DIRAC,
        mm.Anderson(mm.Alternating(0.2, inner), memory=4),
        (0.3, 0.4),
        60,
        observe={"scale": mm.step_scale},
    )
    plain = mm.run(DIRAC, mm.Alternating(0.2, inner), (0.3, 0.4), 60)
    assert run.final.norm() < 1e-3 * plain.final.norm()
    assert np.ptp(run.observed["scale"]) > 0.01


def test_both_together_are_no_slower_than_assistance_alone_on_the_dirac_gan():
    assist = mm.AssistAdversary(strength=0.5)
    ends = [
        mm.run(DIRAC, mm.Simultaneous(0.1, d), (0.3, 0.4), 1000, every=100).final.norm()
        for d in (assist, mm.GapAware(assist))
    ]
    assert ends[0] < 1e-5 and ends[1] < 1.5 * ends[0]


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda: mm.AssistAdversary(strength=-1.0), "AssistAdversary.strength is -1.0"),
        (
            lambda: mm.AssistAdversary(adversary=1.5),
            "AssistAdversary.adversary is 1.5, but must be a whole number",
        ),
        (lambda: mm.AssistAdversary(0.5), "must be a direction such as"),
        (
            lambda: mm.AssistAdversary(mm.Adam()),
            "The other order is meaningful: Adam(AssistAdversary(...))",
        ),
        (lambda: mm.AssistAdversary(mm.Normalised()), "the units differ"),
        (
            lambda: turned(mm.AssistAdversary(adversary=2), DIRAC, SPOT),
            "one of the players 0..1, beside another one",
        ),
        (
            lambda: assisted(DIRAC, adversary=2).field(SPOT),
            "adversary is 2, but must be one of the players 0..1",
        ),
        (lambda: assisted(DIRAC, -1.0), "strength is -1.0"),
        (lambda: assisted(0.5), "The game comes first"),
        (lambda: unrolled(DIRAC, 0), "steps is 0"),
        (lambda: unrolled(DIRAC, 1, 0.0), "rate is 0.0"),
        (lambda: unrolled(DIRAC, adversary=3).field(SPOT), "adversary is 3"),
        (
            lambda: mm.update_spectrum(
                DIRAC, mm.Simultaneous(0.1, mm.AssistAdversary(normalised=True)), (0.0, 0.0)
            ),
            "divides two norms that are both zero",
        ),
    ],
)
def test_bad_input_is_named(make, fragment):
    with pytest.raises(mm.InputError) as error:
        make()
    assert fragment in str(error.value)
