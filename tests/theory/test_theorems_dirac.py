"""The Dirac-GAN theorems: what they predict is what is documented, and errors planted in them are
caught.
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from theory.catalogue import theorems
from theory.dirac import consensus as dirac_consensus
from theory.dirac import equilibrium as dirac
from theory.dirac import far as dirac_global
from theory.dirac import noise as dirac_noise
from theory.dirac import steps as dirac_steps
from theory.dirac import wasserstein as dirac_wasserstein
from theory.theorem import Outside
from theory.verify.check import verify
from theory.verify.falsify import Effort
from theory.verify.results import Status

BRIEF = Effort(starts=2, descent=5, wander=5)  # random instances do the work


def never_equal(instance):
    return jnp.zeros(()), jnp.ones(())


NEVER = (
    Outside("never equal", claim=never_equal),
)  # a control that costs nothing: here the check itself is on trial


def planted(theorem, part, **fields):
    """The theorem with nothing but one check, and in it an error."""
    [check] = [check for check in theorem.checks if check.part == part and check.kind != "proof"]
    [found] = verify(
        dataclasses.replace(theorem, checks=(dataclasses.replace(check, **fields),)),
        100,
        effort=BRIEF,
    ).checks
    assert found.status is not Status.FAULT, found.note
    return found


def test_all_twelve_are_in_the_catalogue():
    assert [name for name in theorems() if name.startswith("DIR-")] == [
        f"DIR-{k}" for k in range(1, 13)
    ]


def test_the_law_of_growth_holds():
    result = verify(dirac_global.DIR_3, 100)
    assert result.passed, str(result)


def test_limits_agree_where_the_penalty_is_critical():
    below, above = (
        dirac_steps.limits(0.5, jnp.asarray(penalty), 1.0) for penalty in (1 - 1e-12, 1 + 1e-12)
    )
    assert np.allclose(below, above, rtol=1e-5)
    assert np.isclose(below[0], 4.0, rtol=1e-5)


def test_the_amplitude_and_the_saddles_are_the_documented_ones():
    assert np.isclose(dirac_wasserstein.amplitude(0.7, 1.0), 1.32661, atol=5e-6)
    for strength, (point, _) in dirac_consensus.TABLE.items():
        assert np.allclose(dirac_consensus.predicted(strength), point, atol=5e-6)


# Planted errors.


def growth_by_the_step(instance):
    """A wrong exponent: h f'^2 in the place of h^2 f'^2."""
    x, step = instance
    found, wanted = dirac_global.growths(instance)
    return found, [x @ x + (w - x @ x) / step for w in wanted]


def gradients_flipped(instance):
    """A flipped sign before the second term."""
    return dirac_consensus.gradients(instance, -1.0)


def noise_by_half(instance):
    """A wrong constant: sigma^2 / 4."""
    (found, values), (wanted, others) = dirac_noise.noise_jacobians(instance)
    return (found, values), (wanted.at[1, 1].divide(2.0), others)


def lever_of_one_turn(cases):
    """A dropped factor: the trace as if theta had one turn."""
    found, _ = dirac.tables(cases)
    return found, [dirac.predicted(case._replace(turns=(1, case.turns[1]))) for case in cases]


def roots_of_the_step(measured):
    """A wrong constant: a cycle of radius sqrt(h)."""
    return dirac_global.root_of_twice_the_step({"radii": np.sqrt(2) * measured["radii"]})


def orbits_of_the_start(measured):
    """A wrong claim: every start keeps its radius."""
    return dirac_wasserstein.on_the_circle(measured, dirac_wasserstein.STARTS)


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (dirac_global.DIR_3, "one step", {"sides": growth_by_the_step, "outside": NEVER}),
        (dirac_consensus.DIR_8, "the direction", {"sides": gradients_flipped, "outside": NEVER}),
        (dirac_noise.DIR_7, "by quadrature", {"sides": noise_by_half, "outside": NEVER}),
        (
            dirac.DIR_1,
            "updates",
            {"sides": lever_of_one_turn, "outside": NEVER, "sizes": ((2, 1),)},
        ),
        (
            dirac_global.DIR_2,
            "integrated",
            {"draw": dirac_global.damped, "outside": NEVER, "most": 2},
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
    assert planted(theorem, part, **fields).status is Status.VIOLATED


def test_a_dropped_hypothesis_of_the_bound_is_caught_and_its_instance_kept():
    family = dataclasses.replace(dirac_steps.CLOUDS, build=dirac_steps.undamped)
    control = dirac_steps.DIR_12.checks[-1].outside[0]
    found = planted(dirac_steps.DIR_12, "convergence", family=family, outside=(control,))
    assert found.status is Status.VIOLATED
    assert found.worst < -1e-3
    assert found.record is not None


def test_wrong_readings_of_the_same_measurements_do_not_pass():
    radii = np.sqrt(2 * np.tile(dirac_global.STEPS, 2))
    assert dirac_global.root_of_twice_the_step({"radii": radii})[0]
    assert not roots_of_the_step({"radii": radii})[0]
    circles = np.broadcast_to(np.minimum(dirac_wasserstein.STARTS, 1.0)[None, :, None], (2, 2, 4))
    measured = {"at once": np.ones((2, 2, 4)), "in turn": circles}
    assert dirac_wasserstein.on_the_circle(measured)[0]
    assert not orbits_of_the_start(measured)[0]
    assert not dirac_wasserstein.always_the_clip(measured)[0]
