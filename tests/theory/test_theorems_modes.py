"""Errors planted in the theorems on normalising and on the game of modes are caught; readings say
what their words say.
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from theory.normalised import collapse as modes_collapse
from theory.normalised import flow as modes_flow
from theory.normalised import images as normalised_images
from theory.normalised import lengths as normalised
from theory.normalised.runs import Told
from theory.verify import check
from theory.verify.falsify import Effort
from theory.verify.results import Status


def verified(theorem, index, **changes):
    theorem = dataclasses.replace(
        theorem, checks=(dataclasses.replace(theorem.checks[index], **changes),)
    )
    (checked,) = check.verify(theorem, 50, effort=Effort(starts=2, descent=5, wander=5)).checks
    assert checked.status is not Status.FAULT, checked.note
    return checked


def swapped_lengths(place):
    return normalised.lengths(place)[0], (jnp.ones(2), jnp.full(4, 0.5))


def doubled_slope(place):
    return modes_flow.derivatives(place), modes_flow.formulas(
        place, lambda t: 2 * modes_flow.slope(t)
    )


@pytest.mark.parametrize(
    ("theorem", "index", "sides"),
    [(normalised.NS_2, 0, swapped_lengths), (modes_flow.NS_4, 0, doubled_slope)],
)
def test_wrong_constants_are_refuted(theorem, index, sides):
    assert verified(theorem, index, sides=sides).status is Status.VIOLATED


def test_the_competition_of_modes_is_proved_and_another_threshold_is_not():
    checked = verified(modes_flow.NS_6, 0)
    assert checked.status is Status.PROVED
    assert len(checked.claims) == 8
    assert [ok for _, ok in check.derived(modes_flow.derive_half)] == [False]


def test_the_law_of_first_ratios_is_read_with_its_power():
    d = np.array(modes_flow.DIMENSIONS, float)
    law = np.stack([d, d], axis=-1)[:, None]
    assert modes_flow.proportional(law)[0]
    assert not modes_flow.proportional(law * np.array([1.2, 1.0]))[0]
    assert not modes_flow.proportional(np.stack([d**1.1 / 64**0.1, d], axis=-1)[:, None])[0]


def told(shares, alignment=0.1, lost=False):
    """Sixteen equal runs of thirty rows: noise in the first ten, then these shares."""
    rows = np.tile(np.array([[0.0, 0, 0, 1]] * 10 + [list(shares)] * 20), (16, 1, 1))
    ones = np.ones((16, 30, 2))
    return Told(
        rows, np.full((16, 30), alignment), ones * [1, 5e3], ones * [1, 10], np.full(16, lost)
    )


def test_readings_tell_recovery_low_coverage_and_collapse_apart():
    both, few, average = (
        told((0.4, 0.4, 0, 0)),
        told((0.0625, 0.125, 0, 0.8)),
        told((0, 0, 0.0625, 0.9), 0.99),
    )
    passed = {
        reading: [reading(t)[0] for t in (both, few, average)]
        for reading in (
            modes_collapse.recovers, modes_collapse.both_modes, modes_collapse.low_coverage,
            modes_collapse.never_a_mode, modes_collapse.averaged, modes_collapse.first_on_average,
        )
    }  # fmt: skip
    assert list(passed.values()) == [
        [True, False, False],
        [True, True, False],
        [False, True, True],
        [False, False, True],
        [False, False, True],
        [False, False, True],
    ]
    assert modes_collapse.recovers(told((0.4, 0.4, 0, 0), lost=True))[0] is False


def test_pace_is_read_from_updates_and_gradients():
    steady = told((0.4, 0.4, 0, 0))
    gradients = steady.gradients.copy()
    gradients[:, 5:, 1] = 2.0
    assert modes_collapse.paced(steady._replace(gradients=gradients))[0]
    assert not modes_collapse.paced(steady)[0]
    drifting = steady.moves * np.linspace(1, 2, 30)[:, None] ** [0, 1]
    assert not modes_collapse.paced(steady._replace(gradients=gradients, moves=drifting))[0]


def test_ablations_and_grafts_are_read_as_said():
    found = {"batch 1": 16, "batch 8": 5, "population": 0, "G only": 5, "D only": 0}
    assert modes_collapse.per_sample(found)[0]
    assert not modes_collapse.per_sample(found | {"D only": 3})[0]
    assert not modes_collapse.pace_alone(found)[0]
    grafts = {
        "Adam": 0,
        "AdaLR": 15,
        "AdaDir": 0,
        "layer-wise, a trained": 14,
        "global, a trained": 14,
    }
    assert modes_collapse.magnitude_matters(grafts)[0]
    assert not modes_collapse.magnitude_matters(grafts | {"AdaLR": 10})[0]
    assert not modes_collapse.adam_recovers(grafts)[0]


def test_sixteen_short_runs_are_told_in_full(key):
    short = modes_collapse.play(key, mm.Normalised(), 0.1, 0.005, (0.1, 1.0), 200)
    assert short.shares.shape == (16, 3, 4)
    assert short.moves.shape == (16, 3, 2)
    np.testing.assert_allclose(short.moves[:, 1:, 1], 0.005, rtol=1e-9)
    np.testing.assert_allclose(short.moves[:2, 1:, 0], [[0.0005] * 2, [0.005] * 2], rtol=1e-9)
    assert not short.lost.any()


def test_frechet_distance_is_that_of_the_moments():
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(50, 3)) @ numbers.normal(size=(3, 3))
    assert abs(normalised_images.frechet(x, x)) < 1e-9
    np.testing.assert_allclose(normalised_images.frechet(np.add(x, [1, 2, 0]), x), 5)
    spread = np.trace(np.cov(x.T))
    np.testing.assert_allclose(
        normalised_images.frechet(3 * (x - x.mean(0)), x - x.mean(0)), 4 * spread
    )
    assert normalised_images.frechet(x * np.nan, x) == np.inf


def test_every_image_shows_one_spot_inside(key):
    images = np.asarray(normalised_images.Spots()(key, 64)).reshape(64, 8, 8)
    rows, columns = np.divmod(images.reshape(64, -1).argmax(1), 8)
    assert images.max(axis=(1, 2)).min() > 0.8
    assert {*rows} | {*columns} <= {1, 2, 3, 4, 5, 6}
    assert len({*zip(rows.tolist(), columns.tolist(), strict=True)}) > 8


def test_rankings_are_read_at_each_methods_best_rate():
    far = {"SGDA": 1.0, "Adam": 0.2, "AdaLR": 0.3, "AdaDir": 0.9, "l-nSGDA": 0.8}
    found = {
        name: {"distance": np.array([[50.0] * 3, [d - 0.01, d, np.inf]]), "pace": np.ones((2, 3))}
        for name, d in far.items()
    }
    assert normalised_images.ranked(found)[0]
    assert normalised_images.ranked(found)[1]["SGDA"] == 1.0
    assert not normalised_images.turned(found)[0]
    closer = found | {"AdaDir": found["AdaLR"]}
    assert not normalised_images.ranked(closer)[0]
    spread = np.array([[0.1, 0.2, 0.7]])
    assert not normalised_images.layers_like_adam(
        found | {"Adam": {"distance": spread, "pace": spread}}
    )[0]
    assert normalised_images.layers_like_adam(
        found | {"Adam": {"distance": spread + 0.15, "pace": spread}}
    )[0]
