"""The Dirac-GAN theorems: what they predict is what is documented, and errors planted in them are
caught.
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tests.theory.trials import tried, verified
from theory.dirac import consensus, equilibrium, far, noise, steps, wasserstein
from theory.verify.results import Status


def test_the_law_of_growth_holds():
    result = verified(far.DIR_3)
    assert result.passed, str(result)


def test_limits_agree_where_the_penalty_is_critical():
    below, above = (
        steps.limits(0.5, jnp.asarray(penalty), 1.0) for penalty in (1 - 1e-12, 1 + 1e-12)
    )
    assert np.allclose(below, above, rtol=1e-5)
    assert np.isclose(below[0], 4.0, rtol=1e-5)


def test_the_amplitude_and_the_saddles_are_the_documented_ones():
    assert np.isclose(wasserstein.amplitude(0.7, 1.0), 1.32661, atol=5e-6)
    for strength, (point, _) in consensus.TABLE.items():
        assert np.allclose(consensus.predicted(strength), point, atol=5e-6)


# Planted errors.


def growth_by_the_step(instance):
    """A wrong exponent: h f'^2 in the place of h^2 f'^2."""
    x, step = instance
    found, wanted = far.growths(instance)
    return found, [x @ x + (w - x @ x) / step for w in wanted]


def gradients_flipped(instance):
    """A flipped sign before the second term."""
    return consensus.gradients(instance, -1.0)


def noise_by_half(instance):
    """A wrong constant: sigma^2 / 4."""
    (found, values), (wanted, others) = noise.noise_jacobians(instance)
    return (found, values), (wanted.at[1, 1].divide(2.0), others)


def lever_of_one_turn(cases):
    """A dropped factor: the trace as if theta had one turn."""
    found, _ = equilibrium.tables(cases)
    return found, [equilibrium.predicted(case._replace(turns=(1, case.turns[1]))) for case in cases]


def roots_of_the_step(measured):
    """A wrong constant: a cycle of radius sqrt(h)."""
    return far.root_of_twice_the_step({"radii": np.sqrt(2) * measured["radii"]})


def orbits_of_the_start(measured):
    """A wrong claim: every start keeps its radius."""
    return wasserstein.on_the_circle(measured, wasserstein.STARTS)


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (far.DIR_3, "one step", {"sides": growth_by_the_step}),
        (consensus.DIR_8, "the direction", {"sides": gradients_flipped}),
        (noise.DIR_7, "by quadrature", {"sides": noise_by_half}),
        (
            equilibrium.DIR_1,
            "updates",
            {"sides": lever_of_one_turn, "sizes": ((2, 1),)},
        ),
        (
            far.DIR_2,
            "integrated",
            {"draw": far.damped, "most": 2},
        ),
    ],
    ids=[
        "a wrong exponent",
        "a flipped sign",
        "a wrong constant",
        "a dropped factor",
        "a dropped hypothesis",
    ],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert tried(theorem, part, **fields).status is Status.VIOLATED


def test_a_dropped_hypothesis_of_the_bound_is_caught_and_its_instance_kept():
    family = dataclasses.replace(steps.CLOUDS, build=steps.undamped)
    control = steps.DIR_12.checks[-1].outside[0]
    found = tried(steps.DIR_12, "convergence", family=family, outside=(control,))
    assert found.status is Status.VIOLATED
    assert found.worst < -1e-3
    assert found.record is not None


def test_wrong_readings_of_the_same_measurements_do_not_pass():
    radii = np.sqrt(2 * np.tile(far.STEPS, 2))
    assert far.root_of_twice_the_step({"radii": radii})[0]
    assert not roots_of_the_step({"radii": radii})[0]
    circles = np.broadcast_to(np.minimum(wasserstein.STARTS, 1.0)[None, :, None], (2, 2, 4))
    measured = {"at once": np.ones((2, 2, 4)), "in turn": circles}
    assert wasserstein.on_the_circle(measured)[0]
    assert not orbits_of_the_start(measured)[0]
    assert not wasserstein.always_the_clip(measured)[0]
