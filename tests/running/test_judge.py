"""Verdicts: what is converged, diverged, cycling or stalled, and what is none of these."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from tests.running.test_verbs import CURVED, GAME, START, curved, noisy, value


@pytest.mark.parametrize(
    ("game", "rule", "steps", "kind"),
    [
        (CURVED, mm.Simultaneous(0.1), 10_000, "converged"),
        (GAME, mm.Simultaneous(1.0), 10_000, "diverged"),
        (GAME, mm.Alternating(0.3), 10_000, "cycling"),
        (CURVED, mm.Simultaneous(0.1), 100, "running"),
        (GAME, mm.Simultaneous(0.02), 10_000, "running"),  # a slow spiral outwards is no cycle,
        (GAME, mm.Simultaneous(0.007), 16_000, "running"),  # even one of an eighth a window
        (GAME, mm.Alternating(2**0.5), 1000, "cycling"),  # a cycle of four,
    ],
)
def test_verdicts_name_what_became_of_the_run(game, rule, steps, kind):
    verdict = mm.run(game, rule, START, steps).verdict
    assert verdict.kind == kind, verdict
    assert str(verdict).startswith(kind)


def test_looks_that_fall_on_the_same_spot_of_an_orbit_are_no_standstill():
    assert mm.run(GAME, mm.Alternating(2**0.5), START, 1000, every=4).verdict.kind == "running"
    assert (
        mm.run(CURVED, mm.Lookahead(mm.Simultaneous(0.01), period=300), START, 200).verdict.kind
        == "running"
    )


def test_a_field_that_has_faded_is_no_equilibrium():
    """Simultaneous steps drive the saturating Dirac-GAN out to where every number underflows."""
    for step in (1.0, 2.0, 4.0):
        verdict = mm.run(mm.games.dirac_gan(), mm.Simultaneous(step), (1.0, 1.0), 20_000).verdict
        assert verdict.residual < 1e-10
        assert verdict.kind == "stalled"
    flat = mm.zero_sum(value, 1e-12 * jnp.eye(2))
    assert mm.run(flat, mm.Simultaneous(0.1), START, 100).verdict.kind == "stalled"
    assert mm.run(flat, mm.Simultaneous(0.1), 0 * START, 100).verdict.kind == "converged"


def test_a_run_that_stands_still_off_an_equilibrium_is_stalled():
    verdict = mm.run(GAME, mm.Simultaneous(mm.Linear(0.1, 0.0, 50)), START, 2000).verdict
    assert verdict.kind == mm.Outcome.STALLED
    assert verdict.residual > 1


def test_the_period_of_alternating_descent_is_found():
    step = 0.3
    verdict = mm.run(GAME, mm.Alternating(step), START, 10_000).verdict
    np.testing.assert_allclose(verdict.period, 2 * np.pi / np.arccos(1 - step**2 / 2), rtol=2e-3)


def test_looks_too_rare_to_follow_an_orbit_claim_no_period():
    rules = mm.Alternating(
        jnp.array([0.05, 1.0])
    )  # periods 125.7 and 6, looked at every 32 updates
    verdict = mm.sweep(GAME, rules, START, 6400, every=32).verdict
    assert list(verdict.kind) == ["cycling", "running"]
    np.testing.assert_allclose(verdict.period[0], 125.6, rtol=0.01)


def test_noise_around_an_equilibrium_is_not_called_a_cycle(key):
    game = mm.zero_sum(pushed, jnp.zeros(2), noisy)
    verdicts = mm.sweep(
        game, mm.Simultaneous(0.1), START, 5000, over="key", key=jax.random.split(key, 20)
    ).verdict
    assert list(verdicts.kind) == ["running"] * 20


def pushed(x, noise):
    return curved(x, jnp.eye(2)) + noise @ (x[0] + x[1])


@pytest.mark.parametrize(("period", "window"), [(5, 32), (20, 40)])
def test_the_window_reaches_over_two_periods_of_a_rule(monkeypatch, period, window):
    def watch(judge, w, x, index, last, before, updates):
        raise LookedError(judge.window)

    monkeypatch.setattr(mm.Judge, "watch", watch)
    rule = mm.Lookahead(mm.Simultaneous(0.1), period=period)
    with pytest.raises(LookedError) as looked:
        mm.run(GAME, rule, START, 7)
    assert looked.value.args == (window,)


class LookedError(Exception):
    """Raised by a judge who is asked to look."""


@pytest.mark.parametrize(
    ("every", "apart"), [(1, 1), (96, 96), (127, 127), (128, 128), (129, 43), (256, 128), (262, 2)]
)
def test_looks_divide_a_row_and_are_at_most_128_updates_apart(monkeypatch, every, apart):
    def watch(judge, w, x, index, last, before, updates):
        raise LookedError(updates)

    monkeypatch.setattr(mm.Judge, "watch", watch)
    game = mm.zero_sum(lambda x, _: x[0] * x[1])
    with pytest.raises(LookedError) as looked:
        mm.run(game, mm.Simultaneous(0.1), (1.0, 1.0), every, every=every)
    assert looked.value.args == (apart,)
