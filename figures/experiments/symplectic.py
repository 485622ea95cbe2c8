"""The symplectic adjustment on two neural games of Balduzzi et al. 2018: sixteen Gaussians, and a
normal in 75 dimensions.

Losses, targets, latents, batches and RMSProp are those of the released code. Its alignment divides
by the number of arrays, ours by that of parameters.
"""

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab import adversarial as adv

GRID = adv.grid()
SAMPLES = 2560


def rules(step: float, strength: float) -> dict[str, mm.UpdateRule]:
    """The two of the paper, TensorFlow 1's RMSProp in both; the adjustment has the sign of its
    alignment.
    """
    adapted = mm.RMSProp.tensorflow1
    return {
        "simultaneous": mm.Simultaneous(step, adapted()),
        "symplectic": mm.Simultaneous(step, adapted(mm.Symplectic(strength))),
    }


def trained(
    game: mm.Game, rule: mm.UpdateRule, seeds: int, steps: int, every: int, **observe: adv.Sampled
) -> mm.Run:
    """All seeds in one program, float32, each from its own start; methods share starts and
    batches.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    starts = adv.start(game, jax.vmap(lambda k: jax.random.fold_in(k, 1))(keys))
    devices = jax.devices()
    return mm.sweep(
        game,
        rule,
        starts,
        steps,
        over=("start", "key"),
        key=keys,
        observe=observe,
        every=every,
        devices=devices,
    )


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
    hidden = (width,) * depth
    game = adv.gan(
        adv.Perceptron((64, *hidden, 2)), adv.Perceptron((2, *hidden, 1)), data=GRID, batch=batch
    )
    target = GRID(jax.random.key(1), SAMPLES)
    found = {"target": density(target, half, cells), "names": np.array(methods)}
    for name in methods:
        rule = rules(step, strength)[name]
        run = trained(game, rule, seeds, steps, every, samples=adv.Sampled(adv.everything, SAMPLES))
        samples = run.observed["samples"]
        found |= {f"{name}/{part}": value for part, value in measured(samples, target).items()}
        found[f"{name}/outcomes"] = run.verdict.kind.astype(str)
        found[f"{name}/seconds"] = np.array(run.about["seconds"])
        rows = [int(np.flatnonzero(run.indices == index)[0]) for index in shown]
        found[f"{name}/densities"] = np.stack(
            [density(samples[0, row], half, cells) for row in rows]
        )
    return found | {"indices": run.indices, "shown": np.array(shown)}


@jax.jit
def measured(samples: jax.Array, target: jax.Array) -> dict[str, jax.Array]:
    """Of samples by run and row: those near each mode, narrowly and widely, and the distance to the
    target.
    """
    narrow, wide = adv.ModeCounts(GRID), adv.ModeCounts(GRID, radius=0.1)

    def one(s: jax.Array) -> dict[str, jax.Array]:
        distance = adv.maximum_mean_discrepancy(s[:1024], target[:1024].astype(s.dtype))
        return {
            "narrow": narrow(s).astype(jnp.int16),
            "wide": wide(s).astype(jnp.int16),
            "distance": distance,
        }

    return jax.lax.map(lambda row: jax.lax.map(one, row), samples)


def density(samples: jax.Array, half: float, cells: int) -> np.ndarray:
    """Kernels of an eighth of the data's own scale; half precision is more than a picture shows."""
    return adv.density(samples, half, cells, bandwidth=0.125).astype(np.float16)


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
        run = trained(game, rule, seeds, steps, every, spread=adv.Sampled(adv.spread, samples))
        found[f"{name}/spread"] = run.observed["spread"].astype(np.float32)
        found[f"{name}/outcomes"] = run.verdict.kind.astype(str)
        found[f"{name}/seconds"] = np.array(run.about["seconds"])
    return found | {"indices": run.indices}
