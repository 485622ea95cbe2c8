"""The Dirac-GAN theorems: what they predict is what is documented, and errors planted in them are
caught.
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tests.theory.trials import tried, verified
from theory.dirac import consensus, equilibrium, far, steps, wasserstein
from theory.draws.points import spurious
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
        assert np.allclose(spurious(strength).players, point, atol=5e-6)


# Planted errors.


def gradients_flipped(instance):
    """A flipped sign before the second term."""
    return consensus.gradients(instance, share=-1.0)


def lever_of_one_turn(cases):
    """A dropped factor: the trace as if theta had one turn."""
    found, _ = equilibrium.tables(cases)
    return found, [equilibrium.predicted(case._replace(turns=(1, case.turns[1]))) for case in cases]


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (consensus.DIR_8, "the direction", {"sides": gradients_flipped}),
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
        "a flipped sign",
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


def test_rings_and_their_readings():
    """Nothing that keeps to its ring is refused, and what leaves it by a millionth is."""
    angles = np.zeros((2, 4))
    inner, outer = wasserstein.rings(angles, 0.5, np.array([[0.5], [1.0]]))
    measured = {
        "at once": np.stack(
            [np.ones((2, 4)), np.tile(wasserstein.farthest(wasserstein.STEPS), (2, 1))]
        ),
        "in turn": np.stack([inner, outer]),
        "angles": angles,
    }
    assert wasserstein.on_the_circle(measured)[0]
    for name in ("at once", "in turn"):
        wider = measured[name] * np.array([1.0, 1 + 1e-6])[:, None, None]
        assert not wasserstein.on_the_circle(measured | {name: wider})[0]
