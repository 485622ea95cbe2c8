"""Distances with closed forms, balls counted one by one, and collapse, which ranks worst."""

import jax
import numpy as np
import pytest
from scipy import linalg

import minimax_lab as mm
from minimax_lab import images, measures

RANDOM = np.random.default_rng(7)


def normal(count, size=4, spread=1.0):
    return spread * RANDOM.standard_normal((count, size))


def exactly(mean, covariance, count=200):
    """Samples whose mean and covariance are these to rounding."""
    size = len(mean)
    raw = normal(count, size)
    raw = raw - raw.mean(axis=0)
    white = raw @ np.linalg.inv(linalg.sqrtm(raw.T @ raw / (count - 1)).real)
    return mean + white @ linalg.sqrtm(covariance).real


def covariance(size=3):
    root = normal(size, size)
    return root @ root.T + 0.1 * np.eye(size)


def test_the_distance_of_two_gaussians_is_known():
    """|m - n|^2 + tr(S + T - 2 (ST)^1/2), by the root of a matrix that is not symmetric."""
    m, n, s, t = normal(1, 3)[0], normal(1, 3)[0], covariance(), covariance()
    expected = np.sum((m - n) ** 2) + np.trace(s + t - 2 * linalg.sqrtm(s @ t).real)
    real, fake = exactly(m, s), exactly(n, t)
    found = measures.frechet(real=real, fake=fake)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(measures.frechet(real=fake, fake=real), found, rtol=1e-10)
    turn = np.linalg.qr(normal(3, 3))[0]
    np.testing.assert_allclose(measures.frechet(real=real @ turn, fake=fake @ turn), found)
    kept = measures.moments(real)
    np.testing.assert_allclose(measures.frechet(real=kept, fake=fake), found, rtol=1e-12)


def test_nothing_is_as_near_as_itself_and_no_covariance_is_too_poor():
    real = normal(300)
    assert measures.frechet(real=real, fake=real) < 1e-10
    line, point = np.outer(normal(300, 1), np.ones(4)), np.ones((300, 4))
    few = normal(3)
    for poor in (line, point, few):
        found = measures.frechet(real=real, fake=poor)
        assert np.isfinite(found)
        assert found > 0.5
        assert abs(measures.frechet(real=poor, fake=poor)) < 1e-8
    spread = np.trace(np.cov(real.T)) + np.sum((real.mean(axis=0) - 1) ** 2)
    np.testing.assert_allclose(measures.frechet(real=real, fake=point), spread, rtol=1e-10)


def by_counting(real, fake, k):
    """The definitions, a ball and a sample at a time."""

    def radius(i, side):
        others = [np.sum((side[i] - side[j]) ** 2) for j in range(len(side)) if j != i]
        return sorted(others)[k - 1]

    def within(a, b, rim):
        return np.sum((a - b) ** 2) <= rim

    balls = [radius(i, real) for i in range(len(real))]
    theirs = [radius(i, fake) for i in range(len(fake))]
    inside = [[within(f, r, rim) for r, rim in zip(real, balls, strict=True)] for f in fake]
    seen = [[within(r, f, rim) for f, rim in zip(fake, theirs, strict=True)] for r in real]
    inside = np.array(inside)
    precision, recall = inside.any(axis=1).mean(), np.array(seen).any(axis=1).mean()
    return precision, recall, inside.sum() / (k * len(fake)), inside.any(axis=0).mean()


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("chunk", [1 << 24, 200])
def test_balls_are_counted_as_they_are_defined(k, chunk, monkeypatch):
    monkeypatch.setattr(measures.neighbours, "CHUNK", chunk)
    real, fake = normal(40, 2), normal(30, 2, spread=1.5) + 0.5
    found = measures.covered(real=real, fake=fake, neighbours=k)
    np.testing.assert_allclose(found, by_counting(real, fake, k), rtol=1e-12)


def test_where_nothing_ties_the_numbers_are_those_of_prdc():
    """prdc 0.2, compute_prdc(real, fake, 5), of numbers drawn from the seed 0."""
    random = np.random.default_rng(0)
    real, fake = random.standard_normal((300, 8)), random.standard_normal((200, 8)) + 0.2
    found = measures.covered(real=real, fake=fake)
    np.testing.assert_allclose(found, (0.92, 0.91, 0.973, 0.8766666666666667), rtol=1e-12)


def test_pictures_that_are_there_twice_are_within_their_own_balls():
    twice = np.repeat(np.arange(6.0), 2)[:, None]
    found = measures.covered(real=twice, fake=twice, neighbours=1)
    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)
    np.testing.assert_allclose(found, by_counting(twice, twice, 1))
    moved = 1e8 + twice
    np.testing.assert_allclose(measures.covered(real=moved, fake=moved, neighbours=1), found)


def test_precision_and_recall_are_not_exchanged():
    """A generator that has one half of what there is, makes nothing wrong and leaves half out."""
    real = np.concatenate([normal(200, 2, spread=0.1), normal(200, 2, spread=0.1) + 10])
    half = normal(400, 2, spread=0.1)
    found = measures.covered(real=real, fake=half)
    assert found.precision > 0.95
    assert found.recall < 0.55
    assert found.coverage < 0.55


def test_the_score_of_a_classifier_is_between_one_and_its_classes():
    sure = np.eye(5)[RANDOM.permutation(np.repeat(np.arange(5), 20))]
    found = measures.classes(sure)
    assert (found.score, found.missing) == (pytest.approx(5), [])
    one = measures.classes(np.eye(5)[np.zeros(100, int)])
    assert (one.score, one.missing) == (pytest.approx(1), [1, 2, 3, 4])
    assert measures.classes(np.full((50, 5), 0.2)).missing == [0, 1, 2, 3, 4]
    rare = np.eye(5)[np.r_[np.zeros(99, int), 1]]
    assert list(measures.classes(rare).covered) == [0]
    assert list(measures.classes(rare, share=0.0).covered) == [0, 1]
    p = RANDOM.dirichlet(np.ones(3), 50)
    kl = np.mean(
        [sum(a * np.log(a / b) for a, b in zip(r, p.mean(axis=0), strict=True)) for r in p]
    )
    np.testing.assert_allclose(measures.classes(p).score, np.exp(kl), rtol=1e-10)


@pytest.fixture(scope="module")
def digits():
    return images.load("digits")


@pytest.fixture(scope="module")
def judge(digits):
    return measures.classifier(digits, epochs=8)


def test_a_classifier_is_right_about_what_it_never_saw_and_the_same_again(digits, judge):
    assert judge.accuracy > 0.9
    again = measures.classifier(digits, epochs=8)
    for ours, theirs in zip(judge.parameters, again.parameters, strict=True):
        jax.tree.map(np.testing.assert_array_equal, ours, theirs)
    features = judge.features(digits.pixels[:1500])
    assert features.shape == (1500, 64)
    np.testing.assert_allclose(judge.features(digits.pixels[1200:1210]), features[1200:1210], 1e-5)
    shown = judge.probabilities(digits.pixels[:50]).sum(axis=1)
    np.testing.assert_allclose(shown, 1, rtol=1e-5)


def test_every_measure_ranks_what_is_broken_below_what_is_real(digits, judge):
    real, other = digits.pixels[:1000], digits.pixels[1000:1500]
    noise = RANDOM.integers(0, 256, other.shape, dtype=np.uint8)
    cases = {
        "real": other,
        "one class": digits.pixels[digits.labels == 3][:150],
        "one picture": np.repeat(other[:1], 500, axis=0),
        "noise": noise,
    }
    found = {name: measures.judged(judge, real=real, fake=fake) for name, fake in cases.items()}
    best = found.pop("real")
    assert best.frechet < 2 * best.best
    assert len(best.classes.covered) == 10
    assert (best.real, best.fake, best.singular) == (500, 500, False)
    assert str(best).startswith("frechet[digits] ")
    for bad in found.values():
        assert np.isfinite(bad.frechet)
        assert bad.frechet > 20 * best.frechet
        assert bad.covered.recall < 0.7 * best.covered.recall
        assert bad.covered.coverage < 0.5 * best.covered.coverage
        assert bad.classes.score < 0.8 * best.classes.score
    assert found["one picture"].covered.recall == 0
    assert found["noise"].covered.precision < 0.1
    assert list(found["one class"].classes.covered) == [3]
    assert "singular" in str(measures.judged(judge, real=real[:60], fake=other))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: measures.frechet(real=np.ones(5), fake=np.ones((5, 1))), "real is an array of"),
        (lambda: measures.frechet(real=np.ones((5, 2)), fake=np.ones((5, 1))), "2 a sample"),
        (lambda: measures.frechet(real=normal(5), fake=np.nan * normal(5)), "in 5 of 5"),
        (lambda: measures.frechet(real=np.ones((1, 1)), fake=np.ones((5, 1))), "at least 2"),
        (
            lambda: measures.covered(real=normal(5), fake=normal(9)),
            "real is 5 samples, but must be",
        ),
        (lambda: measures.covered(real=normal(9), fake=normal(9, 3)), "4 a sample"),
        (lambda: measures.classes(np.ones((3, 2))), "do not add up to one"),
        (lambda: measures.classifier(images.Images(np.zeros((9, 4, 4, 1), np.uint8))), "labels"),
    ],
)
def test_what_cannot_be_measured_is_refused(act, said):
    with pytest.raises(mm.InputError, match=said):
        act()


def test_pictures_are_bytes(judge):
    with pytest.raises(mm.InputError, match="pixels is an array of float64"):
        judge.features(np.zeros((3, 8, 8, 1)))
