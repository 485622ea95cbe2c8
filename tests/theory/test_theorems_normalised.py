"""Errors planted in the theorems on normalising and on the game of modes are caught; readings say
what their words say.
"""

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from tests.theory.trials import tried
from theory.normalised import collapse, flow, images, lengths
from theory.normalised.runs import Told
from theory.verify.proofs import derived
from theory.verify.results import Status


def swapped_lengths(place):
    return lengths.lengths(place)[0], (jnp.ones(2), jnp.full(4, 0.5))


def doubled_slope(place):
    return flow.derivatives(place), flow.formulas(place, lambda t: 2 * flow.slope(t))


@pytest.mark.parametrize(
    ("theorem", "index", "sides"),
    [(lengths.NS_2, 0, swapped_lengths), (flow.NS_4, 0, doubled_slope)],
)
def test_wrong_constants_are_refuted(theorem, index, sides):
    assert tried(theorem, index, sides=sides).status is Status.VIOLATED


def test_the_competition_of_modes_is_proved_and_another_threshold_is_not():
    checked = tried(flow.NS_6, 0)
    assert checked.status is Status.PROVED
    assert len(checked.claims) == 8
    assert [ok for _, ok in derived(flow.derive_half)] == [False]


def test_the_law_of_first_ratios_is_read_with_its_power():
    d = np.array(flow.DIMENSIONS, float)
    law = np.stack([d, d], axis=-1)[:, None]
    assert flow.proportional(law)[0]
    assert not flow.proportional(law * np.array([1.2, 1.0]))[0]
    assert not flow.proportional(np.stack([d**1.1 / 64**0.1, d], axis=-1)[:, None])[0]


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
            collapse.recovers, collapse.both_modes, collapse.low_coverage,
            collapse.never_a_mode, collapse.averaged, collapse.first_on_average,
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
    assert collapse.recovers(told((0.4, 0.4, 0, 0), lost=True))[0] is False


def test_pace_is_read_from_updates_and_gradients():
    steady = told((0.4, 0.4, 0, 0))
    gradients = steady.gradients.copy()
    gradients[:, 5:, 1] = 2.0
    assert collapse.paced(steady._replace(gradients=gradients))[0]
    assert not collapse.paced(steady)[0]
    drifting = steady.moves * np.linspace(1, 2, 30)[:, None] ** [0, 1]
    assert not collapse.paced(steady._replace(gradients=gradients, moves=drifting))[0]


def test_ablations_and_grafts_are_read_as_said():
    found = {"batch 1": 16, "batch 8": 5, "population": 0, "G only": 5, "D only": 0}
    assert collapse.per_sample(found)[0]
    assert not collapse.per_sample(found | {"D only": 3})[0]
    assert not collapse.pace_alone(found)[0]
    grafts = {
        "Adam": 0,
        "AdaLR": 15,
        "AdaDir": 0,
        "layer-wise, a trained": 14,
        "global, a trained": 14,
    }
    assert collapse.magnitude_matters(grafts)[0]
    assert not collapse.magnitude_matters(grafts | {"AdaLR": 10})[0]
    assert not collapse.adam_recovers(grafts)[0]


def test_sixteen_short_runs_are_told_in_full(key):
    short = collapse.play(key, mm.Normalised(), 0.1, 0.005, (0.1, 1.0), 200)
    assert short.shares.shape == (16, 3, 4)
    assert short.moves.shape == (16, 3, 2)
    np.testing.assert_allclose(short.moves[:, 1:, 1], 0.005, rtol=1e-9)
    np.testing.assert_allclose(short.moves[:2, 1:, 0], [[0.0005] * 2, [0.005] * 2], rtol=1e-9)
    assert not short.lost.any()


def test_frechet_distance_is_that_of_the_moments():
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(50, 3)) @ numbers.normal(size=(3, 3))
    assert abs(images.frechet(x, x)) < 1e-9
    np.testing.assert_allclose(images.frechet(np.add(x, [1, 2, 0]), x), 5)
    spread = np.trace(np.cov(x.T))
    np.testing.assert_allclose(images.frechet(3 * (x - x.mean(0)), x - x.mean(0)), 4 * spread)
    assert images.frechet(x * np.nan, x) == np.inf


def test_every_image_shows_one_spot_inside(key):
    spots = np.asarray(images.Spots()(key, 64)).reshape(64, 8, 8)
    rows, columns = np.divmod(spots.reshape(64, -1).argmax(1), 8)
    assert spots.max(axis=(1, 2)).min() > 0.8
    assert {*rows} | {*columns} <= {1, 2, 3, 4, 5, 6}
    assert len({*zip(rows.tolist(), columns.tolist(), strict=True)}) > 8


def test_rankings_are_read_at_each_methods_best_rate():
    far = {"SGDA": 1.0, "Adam": 0.2, "AdaLR": 0.3, "AdaDir": 0.9, "l-nSGDA": 0.8}
    found = {
        name: {"distance": np.array([[50.0] * 3, [d - 0.01, d, np.inf]]), "pace": np.ones((2, 3))}
        for name, d in far.items()
    }
    assert images.ranked(found)[0]
    assert images.ranked(found)[1]["SGDA"] == 1.0
    assert not images.turned(found)[0]
    closer = found | {"AdaDir": found["AdaLR"]}
    assert not images.ranked(closer)[0]
    spread = np.array([[0.1, 0.2, 0.7]])
    assert not images.layers_like_adam(found | {"Adam": {"distance": spread, "pace": spread}})[0]
    assert images.layers_like_adam(found | {"Adam": {"distance": spread + 0.15, "pace": spread}})[0]
