"""The distance of Frechet: closed forms, what leaves it alone, collapse, and a name beside it."""

import numpy as np
import pytest
from scipy import linalg

import minimax_lab as mm
from minimax_lab import measures

RANDOM = np.random.default_rng(7)


def normal(count, size=4):
    return RANDOM.standard_normal((count, size))


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


def distance(real, fake):
    return float(measures.frechet(real=real, fake=fake, features="numbers"))


def test_the_distance_of_two_gaussians_is_known():
    """|m - n|^2 + tr(S + T - 2 (ST)^1/2), by the root of a matrix that is not symmetric."""
    m, n, s, t = normal(1, 3)[0], normal(1, 3)[0], covariance(), covariance()
    expected = np.sum((m - n) ** 2) + np.trace(s + t - 2 * linalg.sqrtm(s @ t).real)
    np.testing.assert_allclose(distance(exactly(m, s), exactly(n, t)), expected, rtol=1e-9)


def test_spreads_along_common_axes_are_compared_by_their_roots():
    one = measures.Moments(50, np.zeros(3), np.diag([4.0, 9.0, 0.0]))
    other = measures.Moments(50, np.full(3, 2.0), np.diag([1.0, 16.0, 25.0]))
    spreads = (2 - 1) ** 2 + (3 - 4) ** 2 + (0 - 5) ** 2
    np.testing.assert_allclose(distance(one, other), 3 * 2**2 + spreads, rtol=1e-12)


def test_the_order_and_a_rotation_change_nothing_and_a_scale_is_squared():
    real, fake = normal(300) @ covariance(4), 1 + normal(250) @ covariance(4)
    found, turn = distance(real, fake), np.linalg.qr(normal(4))[0]
    np.testing.assert_allclose(distance(fake, real), found, rtol=1e-12)
    np.testing.assert_allclose(distance(real @ turn, fake @ turn), found, rtol=1e-11)
    np.testing.assert_allclose(distance(real + 5, fake + 5), found, rtol=1e-11)
    np.testing.assert_allclose(distance(3 * real, 3 * fake), 9 * found, rtol=1e-12)


def test_nothing_is_as_near_as_itself_and_no_covariance_is_too_poor():
    real = normal(300)
    assert distance(real, real) < 1e-12
    line, point, few = np.outer(normal(300, 1), np.ones(4)), np.ones((300, 4)), normal(3)
    for poor in (line, point, few):
        assert np.isfinite(distance(real, poor))
        assert distance(real, poor) > 0.5
        assert distance(poor, poor) < 1e-12
    spread = np.trace(np.cov(real.T)) + np.sum((real.mean(axis=0) - 1) ** 2)
    np.testing.assert_allclose(distance(real, point), spread, rtol=1e-12)


def test_the_more_collapsed_the_farther():
    """Drawn towards the mean by c, what is left of the spread is c^2, and c tr S of the overlap."""
    real = normal(500)
    middle, whole = real.mean(axis=0), np.trace(np.cov(real.T))
    for c in (1.0, 0.9, 0.5, 0.1, 0.0):
        found = distance(real, middle + c * (real - middle))
        np.testing.assert_allclose(found, (1 - c) ** 2 * whole, rtol=1e-10, atol=1e-12)


def test_fewer_samples_than_features_are_measured_and_told():
    found = measures.frechet(real=normal(40, 64), fake=normal(100, 64), features="mnist")
    assert found.value > distance(normal(2000, 64), normal(2000, 64))
    assert "fewer real samples than the 64 features" in str(found)
    assert "fewer fake" not in str(found)
    enough = measures.frechet(real=normal(65, 64), fake=normal(100, 64), features="mnist")
    assert enough.notes == ()


def test_a_distance_says_its_features_and_its_counts():
    found = measures.frechet(real=np.zeros((2048, 1)), fake=np.full((1000, 1), 3.5), features="a")
    assert str(found) == "frechet[a] = 12.2 (2,048 real, 1,000 fake)"
    assert float(found) == found.value == 12.25
    with pytest.raises(TypeError, match="features"):
        measures.frechet(real=normal(9), fake=normal(9))


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_moments_of_parts_are_those_of_the_whole(size):
    rows = 1e4 + normal(400) @ covariance(4)
    parts = (rows[first : first + size] for first in range(0, len(rows), size))
    found, whole = measures.moments(parts), measures.moments(rows)
    assert found.count == whole.count == 400
    for one in (found, whole):
        np.testing.assert_allclose(one.mean, rows.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(one.covariance, np.cov(rows.T), rtol=1e-9, atol=1e-11)
    fake = 1e4 + normal(50)
    np.testing.assert_allclose(distance(found, fake), distance(rows, fake), rtol=1e-9)


@pytest.mark.parametrize(
    ("real", "fake", "said"),
    [
        (np.ones(5), np.ones((5, 1)), "real is an array of shape"),
        (np.ones((5, 2)), np.ones((5, 1)), "fake is 1 features a sample, but must be 2 a sample"),
        (normal(5), np.where(np.eye(5, 4), np.nan, 1.0), "fake is not finite in 4 of 5"),
        (np.full((5, 4), np.inf), normal(5), "real is not finite in 5 of 5"),
        (np.ones((1, 1)), np.ones((5, 1)), "real is .* at least 2"),
        (iter([np.ones((1, 1))]), np.ones((5, 1)), "real is 1 samples"),
    ],
)
def test_what_has_no_distance_is_refused_by_name(real, fake, said):
    with pytest.raises(mm.InputError, match=said):
        distance(real, fake)
