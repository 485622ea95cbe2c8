"""Adversarial objectives: ideal losses, best discriminators, and what each induces on the
Dirac-GAN.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import objectives as ob

EVERY = [
    ob.Saturating(),
    ob.NonSaturating(),
    ob.NonSaturating(smoothing=0.1),
    ob.Wasserstein(),
    ob.LeastSquares(),
    ob.LeastSquares(-1.0, 1.0, 0.0),
    ob.Hinge(),
    ob.Relativistic(),
    ob.DomainConfusion(0.3),
    ob.Weighted(ob.NonSaturating(), discriminator=0.5),
    ob.Weighted(ob.LeastSquares(), 0.5, 0.5),
]
NAMES = [repr(objective) for objective in EVERY]

# Two distributions on four atoms, as counts of twelve: repeating a logit `count` times makes means
# expectations.
P = np.array([1, 2, 3, 6])
Q = np.array([4, 4, 3, 1])


def losses(objective, logits, p=P, q=Q):
    """Both players' losses for a discriminator given by its logit on each atom."""
    return objective(
        jnp.repeat(logits, p, total_repeat_length=12), jnp.repeat(logits, q, total_repeat_length=12)
    )


@pytest.mark.parametrize("objective", EVERY, ids=NAMES)
def test_ideal_losses_are_those_of_the_best_discriminator_between_equal_distributions(objective):
    # Gradient descent on the logits finds the best discriminator; for objectives blind to it, zero
    # is one.
    descend = jax.grad(lambda logits: losses(objective, logits, P, P)[1])
    best = jax.lax.fori_loop(
        0, 2000, lambda _, logits: logits - 0.5 * descend(logits), jnp.zeros(4)
    )
    for ideal, found in zip(objective.ideal, losses(objective, best, P, P), strict=True):
        assert ideal is None or np.isclose(ideal, found, atol=1e-9)


def test_several_domains_have_the_entropy_of_their_shares():
    three, uneven = ob.Domains(3), ob.Domains((0.2, 0.5, 0.3))
    assert np.isclose(three.ideal[1], np.log(3))
    assert np.isclose(uneven.ideal[1], -sum(w * np.log(w) for w in (0.2, 0.5, 0.3)))
    best = tuple(jnp.broadcast_to(jnp.log(jnp.array([0.2, 0.5, 0.3])), (5, 3)) for _ in range(3))
    assert np.isclose(uneven(best)[1], uneven.ideal[1]) and uneven(best)[0] == -uneven(best)[1]
    assert np.linalg.norm(jax.grad(lambda logits: uneven((logits,) * 3)[1])(best[0])) < 1e-12
    real, fake = jnp.array([0.5, -1.0, 2.0]), jnp.array([1.5, -0.5, 0.2])
    two = ob.Domains((0.3, 0.7))(tuple(jnp.stack([u, 0 * u], axis=1) for u in (real, fake)))
    assert np.allclose(two, ob.DomainConfusion(0.3)(real, fake))


@pytest.mark.parametrize("excess", [1e-3, -1e-3])
def test_shares_that_do_not_add_up_are_refused(excess):
    with pytest.raises(mm.InputError, match="shares"):
        ob.Domains((0.2, 0.5, 0.3 + excess))


def test_best_discriminators_measure_the_known_divergences():
    p, q = P / 12, Q / 12
    middle = (p + q) / 2
    jsd = (p @ np.log(p / middle) + q @ np.log(q / middle)) / 2
    ratio = jnp.asarray(np.log(p / q))
    assert np.isclose(losses(ob.NonSaturating(), ratio)[1], np.log(4) - 2 * jsd)
    assert np.isclose(
        losses(ob.LeastSquares(), jnp.asarray(p / (p + q)))[1], np.sum(p * q / (p + q))
    )
    assert np.isclose(
        losses(ob.LeastSquares(-1.0, 1.0), jnp.asarray((p - q) / (p + q)))[1],
        4 * np.sum(p * q / (p + q)),
    )
    assert np.isclose(losses(ob.Hinge(), jnp.sign(ratio))[1], 2 * np.minimum(p, q).sum())
    # On the line 0, 1, 2, 3 the best 1-Lipschitz function has slope +-1 by the sign of the
    # difference of the tails.
    tails = np.cumsum(q - p)[:-1]
    potential = jnp.asarray(np.concatenate([[0], np.cumsum(np.sign(tails))]))
    assert np.isclose(losses(ob.Wasserstein(), potential)[1], -np.abs(tails).sum())


def test_a_constant_discriminator_has_the_ideal_loss_for_any_generator():
    for objective in (
        ob.Saturating(),
        ob.NonSaturating(),
        ob.Wasserstein(),
        ob.Hinge(),
        ob.Relativistic(),
    ):
        assert np.isclose(losses(objective, jnp.zeros(4))[1], objective.ideal[1])
        assert not np.isclose(losses(objective, jnp.arange(4.0))[1], objective.ideal[1], atol=0.05)


def test_objectives_are_values():
    assert ob.Saturating() == ob.Saturating()
    assert ob.LeastSquares(-1.0, 1.0) != ob.LeastSquares()
    assert hash(ob.Hinge()) == hash(ob.Hinge())


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda: ob.NonSaturating(1.0), "NonSaturating.smoothing is 1.0"),
        (lambda: ob.DomainConfusion(0.0), "DomainConfusion.share is 0.0"),
        (lambda: ob.LeastSquares(1.0, 1.0), "two different labels"),
        (lambda: ob.Relativistic()(jnp.ones(3), jnp.ones(2)), "compared in pairs"),
        (lambda: ob.demand_objective("wasserstien"), "Did you mean 'objectives.Wasserstein()'?"),
        (lambda: ob.demand_objective(3), "an objective such as"),
        (lambda: ob.Weighted(ob.Hinge(), 0.0), "Weighted.generator is 0.0"),
        (lambda: ob.Weighted(2.0), "Weighted.objective is 2.0"),
        (lambda: ob.Domains(1), "Domains.shares is"),
        (lambda: ob.Domains((0.5, 0.4)), "They sum to 0.9."),
        (
            lambda: ob.Domains(3)((jnp.ones((2, 3)), jnp.ones((2, 2)), jnp.ones((2, 3)))),
            "3 arrays, one a domain",
        ),
    ],
)
def test_bad_input_is_named(make, fragment):
    with pytest.raises(mm.InputError) as error:
        make()
    assert fragment in str(error.value)
