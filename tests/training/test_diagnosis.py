"""Runs that are made to fail in each known way are told what is wrong with them; runs that do well
are told that nothing is.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab.training import diagnose
from minimax_lab.training.trainer import WATCHED

ROTATION, LEAPING, UNEVEN = "rotation", "step too large", "imbalance of the players"
STRONG, WEAK, COLLAPSE = "discriminator too strong", "discriminator too weak", "mode collapse"
DIVERGED, YOUNG = "divergence", "not yet trained"

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
    # After a thousand updates its networks may be dead, and what is seen is that.
    "too large a step, Adam": on_ring(adam(1.0, 1.0), 200, LEAPING),
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
    case = (PLANTED | HEALTHY)[name]
    x, state, lines = case.start, None, [{"step": 0, "verdict": "running"}]
    if case.steps:
        every = max(1, case.steps // 40)
        run = mm.run(
            case.game,
            case.rule,
            x,
            case.steps,
            key=jax.random.key(3),
            observe=WATCHED,
            every=every,
        )
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


@pytest.mark.parametrize("name", PLANTED)
def test_the_planted_fault_is_named(name):
    told = diagnosed(name)
    assert PLANTED[name].fault in told.faults, str(told)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_has_no_fault(name):
    told = diagnosed(name)
    assert told.faults == [], str(told)
