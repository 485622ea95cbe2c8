"""Runs that are made to fail in each known way are told what is wrong with them; runs that do well
are told that nothing is.
"""

import dataclasses
import functools
import json
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab.running.record import Saved
from minimax_lab.training import diagnose, leading_field
from minimax_lab.training.eigenvalues import Leading
from minimax_lab.training.findings import findings
from minimax_lab.training.trainer import WATCHED
from tests.dear import but

ROTATION, LEAPING, UNEVEN = "rotation", "step too large", "imbalance of the players"
STRONG, WEAK, COLLAPSE = "discriminator too strong", "discriminator too weak", "mode collapse"
DIVERGED, YOUNG = "divergence", "not yet trained"

LATE = [{"step": 100, "verdict": "running"}]
WIDTH = 24
NETWORKS = adv.Perceptron((4, WIDTH, WIDTH, 2)), adv.Perceptron((2, WIDTH, WIDTH, 1))
TOY, MODES = (1.0, 1.0), mm.games.two_mode()


class Case(NamedTuple):
    """A run, and what is wrong with it."""

    game: mm.Game
    rule: mm.UpdateRule
    start: object
    steps: int
    fault: str | None = None
    change: object = None


def ring(r1=0.0):
    """One program for all strengths of the penalty."""
    return adv.slope_penalty(adv.gan(*NETWORKS, data=adv.ring(), batch=128), r1)


def started():
    return adv.start(ring(), jax.random.key(0), jnp.float64)


def adam(generator, discriminator):
    return mm.Alternating((generator, discriminator), mm.Adam(first=0.5))


def pointed(x):
    """A generator that makes one and the same point."""
    *before, last = x[0]
    last = {"weight": 0 * last["weight"], "bias": jnp.array([1.0, 0.0])}
    return x.replace(0, (*before, last))


def on_ring(rule, steps=1000, fault=None, change=None, r1=0.0):
    return Case(ring(r1), rule, started(), steps, fault, change)


PLANTED = {
    "rotation, simultaneous": Case(mm.games.bilinear(1.0), mm.Simultaneous(0.3), TOY, 40, ROTATION),
    "rotation, alternating": Case(mm.games.bilinear(1.0), mm.Alternating(0.3), TOY, 40, ROTATION),
    "rotation, Wasserstein": Case(
        mm.games.dirac_gan(mm.objectives.Wasserstein()), mm.Simultaneous(0.1), TOY, 100, ROTATION
    ),
    "too large a step, by curvature": Case(
        mm.games.quadratic(1.0, 1.0, 0.1), mm.Simultaneous(2.3), TOY, 20, LEAPING
    ),
    "too large a step, Adam": on_ring(adam(1.0, 1.0), 200, LEAPING),
    "a generator killed by it": on_ring(adam(1.0, 1.0), fault=LEAPING),
    "too large a step, descent": on_ring(mm.Alternating(20.0), 50, LEAPING),
    "slow generator": Case(
        MODES,
        mm.Simultaneous((1e-5, 0.1)),
        mm.games.modes_start(MODES, jax.random.key(0), dtype=jnp.float64),
        200,
        UNEVEN,
    ),
    "discriminator that wins": on_ring(adam(1e-6, 1e-2), fault=STRONG),
    "discriminator that sleeps": on_ring(adam(1e-3, 1e-30), fault=WEAK),
    "discriminator that crawls": on_ring(adam(1e-3, 1e-6), fault=WEAK),
    "one point": on_ring(adam(1e-3, 1e-3), fault=COLLAPSE, change=pointed),
    "fast discriminator": on_ring(adam(1e-3, 3e-2), 2000, COLLAPSE),
    "no update": on_ring(adam(1e-3, 1e-3), 0, YOUNG),
}

HEALTHY = {
    "contraction": Case(mm.games.quadratic(1.0, 1.0, 0.5), mm.Simultaneous(0.2), TOY, 50),
    "R1 on the Dirac-GAN": Case(mm.games.dirac_gan(penalty=1.0), mm.Simultaneous(0.1), TOY, 50),
    "negative momentum": Case(
        mm.games.bilinear(1.0), mm.Alternating(0.5, mm.Momentum(-0.5)), TOY, 50
    ),
    "ring with R1": on_ring(adam(2e-3, 2e-3), 4000, r1=0.1),
    "averaged": on_ring(mm.Averaged(adam(2e-3, 2e-3), decay=(0.995, 0.0)), 4000, r1=0.1),
}


@functools.cache
def diagnosed(name):
    return of((PLANTED | HEALTHY)[name], 3)


def of(case, seed):
    x, state, lines = case.start, None, [{"step": 0, "verdict": "running"}]
    if case.steps:
        every, key = max(1, case.steps // 40), jax.random.key(seed)
        run = mm.run(case.game, case.rule, x, case.steps, key=key, observe=WATCHED, every=every)
        x, state, lines = run.final, run.state, rows(run)
    x = case.change(x) if case.change else x
    return diagnose(case.game, case.rule, x, state, key=jax.random.key(5), lines=lines)


def rows(run):
    """As a run's folder has them."""
    verdict = str(run.verdict.kind)
    return [
        {"step": int(step), "verdict": verdict}
        | {name: np.asarray(seen[i]).tolist() for name, seen in run.observed.items()}
        for i, step in enumerate(run.indices)
    ]


@pytest.mark.parametrize(
    "name",
    but(PLANTED, {"too large a step, Adam", "fast discriminator", "too large a step, descent"}),
)
def test_the_planted_fault_is_named(name):
    told = diagnosed(name)
    assert PLANTED[name].fault in told.faults, str(told)
    assert not {STRONG, WEAK} <= set(told.faults)


@pytest.mark.parametrize("name", but(HEALTHY, {"ring with R1", "averaged"}))
def test_a_healthy_run_has_no_fault(name):
    told = diagnosed(name)
    assert told.faults == [], str(told)


def test_what_was_planted_stands_in_words_and_numbers():
    told = diagnosed("rotation, simultaneous")
    text = str(told)
    assert "found: rotation" in text
    assert "farthest from 1" in text
    assert "1+0.3i" in told["rotation"].evidence  # 1 - 0.3 (+-i)
    assert "Consensus" in text.splitlines()[text.splitlines().index("found: rotation") + 2]
    assert "no fault found" in str(diagnosed("contraction"))
    with pytest.raises(mm.InputError, match="one of divergence, not yet trained, rotation"):
        told["weather"]


@pytest.mark.parametrize("name", ["rotation, simultaneous", "one point"])
def test_a_diagnosis_is_plain_json(name):
    told = diagnosed(name)
    again = json.loads(json.dumps(told.plain(), allow_nan=False))
    assert again["found"] == told.faults
    assert len(again["facts"]["field"]["values"]) == len(told.facts.field)
    assert {finding["mechanism"] for finding in again["findings"]} >= {ROTATION, COLLAPSE}


def test_the_eigenvalues_of_a_small_game_are_all_of_them():
    case = HEALTHY["contraction"]
    facts = diagnosed("contraction").facts
    run = mm.run(case.game, case.rule, case.start, case.steps)
    field = mm.field_spectrum(case.game, run.final)
    update = mm.update_spectrum(case.game, case.rule, run.final)
    for found, dense in ((facts.field, field), (facts.update, update)):
        np.testing.assert_allclose(np.sort(found.values), np.sort(dense.values), atol=1e-10)
    assert facts.field.step_limit == pytest.approx(mm.step_limit(case.game, run.final))


def test_an_average_has_the_eigenvalues_of_its_walker():
    """x^4/12 + xy - y^4/12, whose Jacobian is x^2 and y^2 beside a turn."""
    game = mm.zero_sum(lambda x, _: x[0] ** 4 / 12 + x[0] * x[1] - x[1] ** 4 / 12)
    rule, key = mm.Averaged(mm.Simultaneous(0.05), decay=0.99), jax.random.key(0)
    run = mm.run(game, rule, (3.0, 0.5), 20)
    for carry, (x, y) in ((run.state, run.state.state.walker), (None, run.final)):
        found = leading_field(game, rule, run.final, carry, key=key).values
        exact = np.linalg.eigvals(np.array([[x**2, 1.0], [-1.0, y**2]]))
        np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(exact), rtol=1e-6)


def test_without_a_state_the_scale_of_adam_is_not_known():
    game, rule = mm.games.quadratic(1.0, 1.0, 0.5), mm.Simultaneous(0.1, mm.Adam())
    told = diagnose(game, rule, TOY, key=jax.random.key(0))
    assert told.facts.update is None
    assert told["rotation"].verdict == "cannot tell"
    assert "nothing is known of what the rule remembers" in told["rotation"].evidence
    assert told["not yet trained"].verdict == "cannot tell"
    assert told["discriminator too strong"].verdict == "cannot tell"


def test_a_rule_that_mixes_has_no_map():
    game, rule = mm.games.bilinear(1.0), mm.Anderson(mm.Alternating(0.5), 3)
    run = mm.run(game, rule, TOY, 1)
    told = diagnose(game, rule, run.final, run.state, key=jax.random.key(0))
    assert told["rotation"].verdict == "cannot tell"
    assert "Anderson" in told["rotation"].evidence


def test_a_state_from_a_file_says_the_same():
    game, rule = mm.games.quadratic(1.0, 1.0, 0.5), mm.Simultaneous(0.1, mm.Adam())
    run = mm.run(game, rule, TOY, 10)
    saved = Saved(tuple(np.asarray(leaf) for leaf in jax.tree.leaves(run.state)))
    one, other = (
        diagnose(game, rule, run.final, state, key=jax.random.key(0))
        for state in (run.state, saved)
    )
    assert one.plain() == other.plain()
    with pytest.raises(mm.InputError, match="the .state of a run"):
        diagnose(game, rule, run.final, (1, 2), key=jax.random.key(0))


def changed(name, **facts):
    """Findings on the facts of a run, some of them replaced."""
    told = findings(dataclasses.replace(diagnosed(name).facts, **facts))
    return {finding.mechanism: finding for finding in told}


@pytest.mark.slow
def test_what_turns_in_a_run_that_does_well_is_told_and_not_blamed():
    pair = np.array([0.98 + 0.32j, 0.98 - 0.32j])
    growing = Leading("the update map", 1.0, 9, pair, np.zeros(2))
    harmless = changed("ring with R1", update=growing)[ROTATION]
    assert harmless.verdict == "no"
    assert "does no harm" in harmless.evidence
    assert changed("ring with R1", update=growing, coverage=(3, 8))[ROTATION].verdict == "yes"
    flipping = dataclasses.replace(growing, values=np.array([-1.3]), residuals=np.zeros(1))
    assert changed("ring with R1", update=flipping, coverage=(3, 8))[LEAPING].verdict == "yes"
    flipping = dataclasses.replace(flipping, values=np.array([-1.1]))
    assert changed("ring with R1", update=flipping, coverage=(3, 8))[LEAPING].verdict == "no"


def test_a_critic_without_an_ideal_loss_is_not_judged_by_it():
    told = changed("one point", ideal=(0.0, 0.0))
    assert told[WEAK].verdict == "cannot tell"
    assert told[STRONG].verdict == "no"


def test_modes_may_be_told_or_counted_by_the_caller():
    case = HEALTHY["R1 on the Dirac-GAN"]
    for covered in ((1, 2), lambda x: (1, 2)):
        told = diagnose(
            case.game, case.rule, case.start, key=jax.random.key(0), covered=covered, lines=LATE
        )
        assert told.faults == [COLLAPSE]
        assert "1 of 2 modes" in told[COLLAPSE].evidence


def test_a_run_that_was_stopped_is_a_divergence():
    told = changed("contraction", verdict="diverged")
    assert told[DIVERGED].verdict == "yes"
    assert changed("contraction", losses=(np.nan, 1.0))[DIVERGED].verdict == "yes"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_of_wider_networks(seed):
    """Seeds and widths at which no threshold was set: faults in nine of ten, none where all is
    well.
    """
    networks = adv.Perceptron((4, 64, 64, 2)), adv.Perceptron((2, 64, 64, 1))
    named = []
    for name, case in (PLANTED | HEALTHY).items():
        if case.game.ideal is None or case.steps < 500:
            continue
        game = adv.gan(*networks, data=adv.ring(), batch=128)
        game = adv.slope_penalty(game, 0.1 if name in HEALTHY else 0.0)
        start = adv.start(game, jax.random.key(seed), jnp.float64)
        told = of(case._replace(game=game, start=start), 100 + seed)
        if name in HEALTHY:
            assert told.faults == [], f"{name}: {told}"
        else:
            named.append(case.fault in told.faults)
    assert len(named) == 6 and np.mean(named) >= 0.9
