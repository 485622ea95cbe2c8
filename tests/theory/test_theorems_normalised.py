"""Readings of the theorems on normalising and on the game of modes say what their words say."""

import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from theory.normalised import ablations, collapse, flow, images
from theory.normalised.runs import RUNS, Told
from theory.verify import chances


def test_the_law_of_first_ratios_is_read_with_its_powers():
    d, spread = np.array(flow.DIMENSIONS, float)[:, None], np.array(flow.SPREADS)
    law = np.stack([np.log(d / spread**3), np.full((2, 2), 0.02)], axis=-1)
    assert flow.proportional(law)[0]
    assert not flow.proportional(law, unit=1.1)[0]
    assert not flow.proportional(law, spread=2.0)[0]
    assert not flow.proportional(law, dimension=1.1)[0]


def test_a_median_knows_its_error():
    numbers = np.random.default_rng(0).normal(size=2500)
    found, error = flow.middle(jnp.exp(jnp.asarray(numbers)))
    assert abs(found) < 4 * error
    assert np.isclose(error, np.sqrt(np.pi / 2 / 2500), rtol=0.3)


def told(shares, alignment=0.1, lost=False):
    """Equal runs of thirty rows: noise in the first ten, then these shares."""
    rows = np.tile(np.array([[0.0, 0, 0, 1]] * 10 + [list(shares)] * 20), (RUNS, 1, 1))
    ones = np.ones((RUNS, 30, 2))
    return Told(
        rows, np.full((RUNS, 30), alignment), ones * [1, 5e3], ones * [1, 10], np.full(RUNS, lost)
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
            collapse.recovers, collapse.low_coverage, collapse.no_mode, collapse.averaged,
            collapse.first_on_average,
        )
    }  # fmt: skip
    assert list(passed.values()) == [
        [True, False, False],
        [False, True, True],
        [False, False, True],
        [False, False, True],
        [False, False, True],
    ]
    assert collapse.recovers(told((0.4, 0.4, 0, 0), lost=True))[0] is False


def test_so_many_runs_must_do_it_and_so_many_must_be_there():
    flags = np.arange(50) >= 4
    assert collapse.counted(flags, 40, 36)[0]
    assert not collapse.counted(flags, 40, 37)[0]
    assert not collapse.counted(flags, 51, 36)[0]


def test_tests_of_several_parts_add_their_risks():
    trials = ablations.SUCCESS, ablations.FAILURE
    both = chances.together(*trials)
    assert both.risk == sum(trial.risk for trial in trials)
    assert both.power == min(trial.power for trial in trials)
    for theorem in (ablations.NS_12, ablations.NS_13):
        assert theorem.checks[0].trial.risk <= 2e-4
        assert theorem.checks[0].trial.power >= 0.95


def test_pace_is_read_from_updates_and_gradients():
    steady = told((0.4, 0.4, 0, 0))
    gradients = steady.gradients.copy()
    gradients[:, 5:, 1] = 2.0
    assert collapse.paced(steady._replace(gradients=gradients))[0]
    assert not collapse.paced(steady)[0]
    drifting = steady.moves * np.linspace(1, 2, 30)[:, None] ** [0, 1]
    assert not collapse.paced(steady._replace(gradients=gradients, moves=drifting))[0]


def test_ablations_and_grafts_are_read_as_said():
    found = {"batch 1": 60, "batch 8": 25, "population": 0, "G only": 25, "D only": 0}
    assert ablations.per_sample(found)[0]
    assert not ablations.per_sample(found | {"D only": 10})[0]
    assert not ablations.per_sample(found, recovers="population")[0]
    grafts = {"Adam": 0, "AdaLR": 60, "AdaDir": 0} | dict.fromkeys(ablations.GOOD[1:], 58)
    assert ablations.magnitude_matters(grafts)[0]
    assert not ablations.magnitude_matters(grafts | {"AdaLR": 40})[0]
    assert not ablations.magnitude_matters(grafts, good=("Adam",), bad=("AdaDir",))[0]


def test_short_runs_are_told_in_full(key):
    short = collapse.play(key, mm.Normalised(), 0.1, 0.005, (0.1, 1.0), 200)
    assert short.shares.shape == (RUNS, 3, 4)
    assert short.moves.shape == (RUNS, 3, 2)
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
        name: {"distance": np.array([[50.0] * 3, [d - 0.01, d, d + 0.01]]), "pace": np.ones((2, 3))}
        for name, d in far.items()
    }
    assert images.ranked(found)[0]
    assert images.ranked(found)[1]["SGDA"] == 1.0
    assert not images.ranked(found, near="AdaDir", far="AdaLR")[0]
    closer = found | {"AdaDir": found["AdaLR"]}
    assert not images.ranked(closer)[0]
    worse = np.array([[0.9, 2.0, 2.0]])
    assert not images.ranked(found | {"Adam": {"distance": worse, "pace": worse}})[0]
