"""The symplectic adjustment on two neural games of Balduzzi et al. 2018: sixteen Gaussians, and a
normal in 75 dimensions.

Losses, targets, latents, batches and RMSProp are those of the released code. Its alignment divides
by the number of arrays, ours by that of parameters.
"""

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.gans import densities, density, ending, measure, plane_gan, trained
from minimax_lab import adversarial as adv

GRID = adv.grid()
SAMPLES = 2560
measured = measure(GRID)
KERNEL = {"bandwidth": 0.125}  # an eighth of the data's own scale


def rules(step: float, strength: float) -> dict[str, mm.UpdateRule]:
    """The two of the paper, TensorFlow 1's RMSProp in both; the adjustment has the sign of its
    alignment.
    """
    adapted = mm.RMSProp.tensorflow1
    return {
        "simultaneous": mm.Simultaneous(step, adapted()),
        "symplectic": mm.Simultaneous(step, adapted(mm.Symplectic(strength))),
    }


def seeded(
    game: mm.Game, rule: mm.UpdateRule, seeds: int, steps: int, every: int, **observe: adv.Sampled
) -> mm.Run:
    """All seeds in one program, float32; methods share starts and batches."""
    keys = jax.random.split(jax.random.key(0), seeds)
    return trained(game, rule, keys, steps, every, observe, over=("start", "key"))


@experiment(
    "slow",
    quick={
        "steps": 40,
        "every": 10,
        "seeds": 2,
        "width": 8,
        "depth": 1,
        "batch": 32,
        "shown": (0, 20, 40),
        "cells": 40,
    },
)
def symplectic_grid(
    steps: int = 5_000,
    every: int = 250,
    seeds: int = 6,
    width: int = 64,
    depth: int = 6,
    batch: int = 256,
    step: float = 6e-4,
    strength: float = 1.0,
    shown: tuple[int, ...] = (0, 1_000, 2_000, 3_000, 5_000),
    half: float = 2.0,
    cells: int = 120,
    methods: tuple[str, ...] = ("simultaneous", "symplectic"),
):
    """Sixteen Gaussians on a grid: modes within three deviations and within 0.1; densities are
    those of the first seed.
    """
    game = plane_gan(GRID, (width,) * depth, batch, latents=64)
    target = GRID(jax.random.key(1), SAMPLES)
    found = {"target": density(target, half, cells, **KERNEL), "names": np.array(methods)}
    for name in methods:
        rule = rules(step, strength)[name]
        run = seeded(game, rule, seeds, steps, every, samples=adv.Sampled(adv.everything, SAMPLES))
        parts = measured(run.observed["samples"], target) | ending(run)
        found |= {f"{name}/{part}": value for part, value in parts.items()}
        found[f"{name}/densities"] = densities(run, shown, half, cells, **KERNEL)
    return found | {"indices": run.indices, "shown": np.array(shown)}


@experiment(
    "slow",
    quick={"steps": 40, "every": 10, "seeds": 2, "dimension": 10, "width": 16, "samples": 256},
)
def symplectic_normal(
    steps: int = 4_000,
    every: int = 250,
    seeds: int = 4,
    dimension: int = 75,
    width: int = 200,
    batch: int = 64,
    step: float = 2e-4,
    strength: float = 1.0,
    samples: int = 32_768,
    methods: tuple[str, ...] = ("simultaneous", "symplectic"),
):
    """A standard normal: singular values of the covariance of the generator's samples, all one
    where it is learned.
    """
    generator = adv.Perceptron((width, width, width, dimension))
    game = adv.gan(
        generator,
        adv.Perceptron((dimension, width, width, 1)),
        data=adv.normal(dimension),
        batch=batch,
    )
    truth = adv.spread(adv.normal(dimension)(jax.random.key(1), samples))
    found = {"names": np.array(methods), "truth": truth}
    for name in methods:
        rule = rules(step, strength)[name]
        run = seeded(game, rule, seeds, steps, every, spread=adv.Sampled(adv.spread, samples))
        parts = ending(run) | {"spread": run.observed["spread"].astype(np.float32)}
        found |= {f"{name}/{part}": value for part, value in parts.items()}
    return found | {"indices": run.indices}
