"""Rates with their intervals and the periods of cycles are what their definitions say."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.analysis import cycles
from minimax_lab.directions import Rest
from tests.references.rates_and_rounds import cycle, extent, rate, round_trip


def records(count):
    """Errors that shrink with a swing, with noise that resembles itself, or with both; observed at
    every update or at some.
    """
    for seed in range(count):
        rng = np.random.default_rng(seed)
        length = int(rng.integers(20, 200))
        indices = np.cumsum(rng.integers(1, 4, length)).astype(float)
        noise, likeness = np.zeros(length), rng.uniform(-0.5, 0.98)
        for i in range(1, length):
            noise[i] = likeness * noise[i - 1] + 10 ** rng.uniform(-6, -1) * rng.standard_normal()
        turning, depth = rng.uniform(0.01, 1.5), rng.uniform(0, 0.9) * (seed % 2)
        swing = np.log(1 + depth * np.cos(2 * turning * indices + 1)) / 2
        yield np.exp(-0.1 * indices + swing + noise * (seed % 3)), indices, turning


def test_rates_and_their_intervals_are_what_they_are_said_to_be():
    fitted = 0
    for errors, indices, _ in records(150):
        found, wanted = mm.measured_rate(errors, indices), rate(errors, indices)
        assert (wanted is None) == math.isnan(found.value)
        if wanted is not None:
            slope, half = wanted
            scale = max(abs(slope), half)
            assert abs(found.value - slope) <= 1e-10 * scale
            assert np.abs(found.interval - np.array([slope - half, slope + half])).max() <= (
                1e-8 * half + 1e-13 * abs(slope)
            )
            fitted += 1
    assert fitted > 100


def test_residuals_below_a_billionth_are_rounding_whatever_they_resemble():
    """To the digits that the rounding of the errors themselves leaves."""
    k = np.arange(100.0)
    noise = np.random.default_rng(6).standard_normal(100)
    for size in (0.8e-9, 1e-9, 1.3e-9):
        errors = np.exp(-0.1 * k - 10 + size * noise)
        slope, half = rate(errors, k)
        low, high = mm.measured_rate(errors).interval
        np.testing.assert_allclose((high - low, high + low), (2 * half, 2 * slope), rtol=1e-4)


def test_the_swing_is_the_best_of_all_spirals():
    """Where noise is small beside the swing; the library minimises over the rate alone, to eight
    digits.
    """
    k = np.arange(180.0)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        turning, depth = rng.uniform(0.05, 1.5), rng.uniform(0.2, 0.9)
        spiral = np.log(1 + depth * np.cos(2 * turning * k + rng.uniform(0, 6))) / 2
        errors = np.exp(-0.1 * k + spiral + 1e-3 * rng.standard_normal(180))
        slope, half = rate(errors, k, low=1e-7, high=0.5, turning=turning)
        found = mm.measured_rate(errors, k, low=1e-7, high=0.5, turning=turning)
        assert found.value == pytest.approx(slope, rel=1e-7)
        assert np.diff(found.interval)[0] == pytest.approx(2 * half, rel=1e-4)
        assert abs(slope + 0.1) < 1e-4


def test_errors_on_the_bounds_and_eight_of_them_are_enough():
    errors = np.geomspace(1e-4, 1e-12, 8)
    errors[[0, -1]] = 1e-4, 1e-12
    assert mm.measured_rate(errors).points == 8
    assert math.isfinite(mm.measured_rate(errors).value)
    for end, factor in ((0, 1 + 1e-9), (-1, 1 - 1e-9)):
        beyond = errors.copy()
        beyond[end] *= factor
        assert mm.measured_rate(beyond).points == 7
        assert "a fit needs 8" in mm.measured_rate(beyond).reason


def walks():
    """Recorded walks: round, slowly and quickly, in ellipses and figures of eight, out and back."""
    k = np.arange(400)
    for turn in (0.04, 0.05, 0.3, 1.3, 2.9):  # the first in two rounds, too few
        yield np.stack([np.cos(turn * k), np.sin(turn * k)], 1)
        yield np.stack([3 * np.cos(turn * k + 1), 0.2 * np.sin(turn * k + 1)], 1)
        yield np.stack([np.cos(turn * k), np.sin(2 * turn * k)], 1)
        yield np.stack([np.cos(turn * k), np.sin(turn * k)], 1) * 1.001 ** k[:, None]
    for wobble in (0.5, 1.0, 2.0, 4.0):
        angle = 0.3 * k + wobble * np.sin(0.37 * k)
        yield np.stack([np.cos(angle), np.sin(angle)], 1)
    rng = np.random.default_rng(0)
    for noise in (0.02, 0.1, 0.3):
        yield np.stack([np.cos(0.2 * k), np.sin(0.2 * k)], 1) + noise * rng.normal(size=(400, 2))


def test_the_time_of_a_round_is_that_between_crossings_near_the_first():
    periods = []
    for points in walks():
        period, rounds = round_trip(points)
        found, seen = cycles._period(points)
        np.testing.assert_allclose(found, period, rtol=1e-12)
        np.testing.assert_allclose(cycles._extent(points), extent(points), rtol=1e-12)
        assert seen == rounds
        periods.append(period)
    assert 5 < np.sum(np.isfinite(periods)) < len(periods)


class Planar(mm.UpdateRule):
    """A turn about the origin; then the radius r becomes growth r + pull (1 - r)."""

    turn: jax.Array
    growth: jax.Array
    pull: jax.Array

    def init(self, game, x, key):
        return ()

    def update(self, game, x, state, tick):
        cos, sin = jnp.cos(self.turn), jnp.sin(self.turn)
        radius = x.norm()
        scale = self.growth + self.pull * (1 - radius) / radius
        return scale * mm.Profile((cos * x[0] - sin * x[1], sin * x[0] + cos * x[1])), state

    def cost(self, players):
        return mm.Cost()

    @property
    def rest(self):
        return Rest()


def planar_walk(turn, growth, pull):
    """The same in NumPy."""

    def walk(start, steps):
        path, across = (
            [np.array(start)],
            [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]],
        )
        for _ in range(steps):
            radius = np.linalg.norm(path[-1])
            path.append((growth + pull * (1 - radius) / radius) * (across @ path[-1]))
        return np.array(path)

    return walk


def test_a_cycle_keeps_its_extent_and_attracts_what_starts_farther_out():
    """A record of 200 updates; over it a spiral's extent changes by 0 to 2 %, and of a start 5 %
    farther out 0.5 to 1.5 % are left when it has settled.
    """
    spirals = [(1 + change / 100_000, 0.0) for change in range(-20, 21, 2)]
    attracted = [(1.0, 1 - (left / 0.05) ** (1 / 200)) for left in np.linspace(0.005, 0.015, 7)]
    verdicts = []
    for growth, pull in spirals + attracted:
        numbers = 0.31, growth, pull
        wanted = cycle(planar_walk(*numbers), (1.0, 0.0), 200, 200)
        rule = Planar(*map(jnp.asarray, numbers))
        found = mm.find_cycle(mm.games.bilinear(1.0), rule, (1.0, 0.0), settle=200, steps=200)
        verdicts.append("none" if wanted is None else wanted[-1])
        assert (found is None) == (wanted is None)
        if found is not None:
            seen = found.period, found.extent, found.rounds, found.attracting
            np.testing.assert_allclose(seen, wanted, rtol=1e-9)
    assert {verdicts.count(kind) > 2 for kind in ("none", True, False)} == {True}
