"""Precision, recall, density and coverage against their definitions, a package and known means."""

import sys
import tracemalloc

import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import measures

neighbours = sys.modules["minimax_lab.measures.neighbours"]
RANDOM = np.random.default_rng(11)


def normal(count, size=4, spread=1.0):
    return spread * RANDOM.standard_normal((count, size))


def by_counting(real, fake, k):
    """The definitions, a ball and a sample at a time."""

    def rim(i, side):
        others = [np.sum((side[i] - side[j]) ** 2) for j in range(len(side)) if j != i]
        return sorted(others)[k - 1]

    ours, theirs = ([rim(i, side) for i in range(len(side))] for side in (real, fake))
    apart = np.array([[np.sum((r - f) ** 2) for f in fake] for r in real])
    inside, seen = apart <= np.array(ours)[:, None], apart <= np.array(theirs)
    precision, recall = inside.any(axis=0).mean(), seen.any(axis=1).mean()
    return precision, recall, inside.sum() / (k * len(fake)), inside.any(axis=1).mean()


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("chunk", [1 << 20, 200, 1])
def test_balls_are_counted_as_they_are_defined(k, chunk, monkeypatch):
    monkeypatch.setattr(neighbours, "CHUNK", chunk)
    real, fake = normal(40, 2), normal(30, 2, spread=1.5) + 0.5
    found = measures.covered(real=real, fake=fake, neighbours=k)
    np.testing.assert_allclose(found, by_counting(real, fake, k), rtol=1e-12)


# What prdc 0.2 finds of these samples: compute_prdc(real, fake, k).
FOUND = {
    1: (0.7666666666666667, 0.3325, 1.3666666666666667, 0.4075),
    3: (0.95, 0.58, 1.3511111111111112, 0.7625),
    5: (0.9833333333333333, 0.6825, 1.404, 0.8725),
    10: (0.99, 0.7925, 1.3963333333333334, 0.9525),
}


def drawn():
    random = np.random.default_rng(20200)
    return random.standard_normal((400, 8)), 0.8 * random.standard_normal((300, 8)) + 0.3


@pytest.mark.parametrize("k", FOUND)
def test_the_package_of_density_and_coverage_finds_the_same(k):
    real, fake = drawn()
    found = measures.covered(real=real, fake=fake, neighbours=k)
    np.testing.assert_allclose(found, FOUND[k], rtol=1e-12)


def test_the_package_itself_finds_the_same():
    prdc = pytest.importorskip("prdc", reason="the recorded numbers stand for it")
    real, fake = drawn()
    theirs = prdc.compute_prdc(real, fake, 5)
    found = measures.covered(real=real, fake=fake)._asdict()
    assert found == pytest.approx(theirs, rel=1e-12)


def test_density_and_coverage_of_equal_laws_are_known_whatever_the_law():
    """Naeem et al. 2020: E density = 1, and a real ball misses n samples of the same law with the
    chance that the nearest k of all others are real.
    """
    real, fake, k, times = 30, 20, 3, 400
    sides = (
        (RANDOM.exponential(size=(real, 2)), RANDOM.exponential(size=(fake, 2)))
        for _ in range(times)
    )
    found = np.array([measures.covered(real=a, fake=b, neighbours=k)[2:] for a, b in sides])
    missed = np.prod([(real - i) / (real + fake - i) for i in range(1, k + 1)])
    errors = found.std(axis=0) / np.sqrt(times)
    assert np.all(errors < 0.02)
    assert np.all(np.abs(found.mean(axis=0) - [1, 1 - missed]) < 4 * errors)


def test_pictures_that_are_there_twice_are_within_their_own_balls():
    """Radius zero: packages that ask for less than the radius find nothing."""
    twice = np.repeat(np.arange(6.0), 2)[:, None]
    found = measures.covered(real=twice, fake=twice, neighbours=1)
    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)
    np.testing.assert_allclose(found, by_counting(twice, twice, 1))
    moved = 1e8 + twice
    np.testing.assert_allclose(measures.covered(real=moved, fake=moved, neighbours=1), found)


def test_what_lies_on_the_rim_lies_within():
    lattice = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    moved = lattice + np.array([1, 0])
    expected = by_counting(lattice, moved, 5)
    for scale in (1.0, 0.1, 1 / 3):
        found = measures.covered(real=scale * lattice, fake=scale * moved)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_features_that_differ_by_single_precision_are_the_same():
    """A program rounds a picture's features one way alone and another in a batch."""
    real = 10 + normal(50, 64)
    fake = np.repeat(real[:10], 5, axis=0)
    rounded = fake * (1 + 5e-8 * RANDOM.choice([-1, 1], fake.shape))
    found = measures.covered(real=np.repeat(real, 2, axis=0), fake=rounded, neighbours=1)
    np.testing.assert_allclose(found, (1.0, 0.2, 2.0, 0.2))


def test_one_that_flew_away_takes_no_other_with_it():
    real, fake = normal(200), 5 + normal(100)
    found = measures.covered(real=real, fake=fake)
    fake[0] = 1e12
    away = measures.covered(real=real, fake=fake)
    assert found.precision < 0.1
    assert abs(away.precision - found.precision) < 0.011
    assert away.coverage <= found.coverage


def test_precision_and_recall_are_not_exchanged():
    """A generator that has one half of what there is, makes nothing wrong and leaves half out."""
    real = np.concatenate([normal(200, 2, spread=0.1), normal(200, 2, spread=0.1) + 10])
    half = normal(400, 2, spread=0.1)
    found = measures.covered(real=real, fake=half)
    assert found.precision > 0.95
    assert found.recall < 0.55
    assert found.coverage < 0.55
    turned = measures.covered(real=half, fake=real)
    np.testing.assert_allclose((turned.precision, turned.recall), (found.recall, found.precision))


def test_many_samples_need_little_memory():
    """All distances of 5,000 to 5,000 would be 200 MB at once."""
    real, fake = normal(5000), normal(5000)
    tracemalloc.start()
    found = measures.covered(real=real, fake=fake)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert min(found) > 0.9


@pytest.mark.parametrize(
    ("real", "fake", "options", "said"),
    [
        (normal(5), normal(9), {}, "real is 5 samples, but must be more than neighbours"),
        (normal(9), normal(5), {}, "fake is 5 samples, but must be more than neighbours"),
        (normal(9), normal(9, 3), {}, "4 a sample"),
        (normal(9), normal(9), {"neighbours": 0}, "neighbours is 0"),
        (normal(9), np.full((9, 4), np.nan), {}, "fake is not finite in 9 of 9"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(real, fake, options, said):
    with pytest.raises(mm.InputError, match=said):
        measures.covered(real=real, fake=fake, **options)
