"""Eight Gaussians and two networks of 2003 parameters, with the settings of the code of Mescheder,
Nowozin, Geiger 2017.
"""

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import shaped
from figures.gans import densities, density, ending, measure, plane_gan, trained
from minimax_lab import adversarial as adv

RING = adv.ring(8, deviation=0.01)
SAMPLES = 2560  # five batches, as the paper's densities
OBSERVE = {"samples": adv.Sampled(adv.everything, SAMPLES)}


def networks(width: int = 16) -> mm.Game:
    """The game of the two networks, four hidden layers each: 1122 and 881 parameters at the paper's
    width.
    """
    return plane_gan(RING, (width,) * 4, 512, latents=16)


GAME, measured = networks(), measure(RING)


def rules(step: float, strength: float, bound: float) -> dict[str, mm.UpdateRule]:
    """The paper's three, and the two baselines its reviewers asked for; TensorFlow 1's RMSProp in
    all.
    """
    adapted = mm.RMSProp.tensorflow1
    return {
        "simultaneous": mm.Simultaneous(step, adapted()),
        "alternating": mm.Alternating(step, adapted(), order=(1, 0)),
        "consensus": mm.Simultaneous(step, adapted(mm.Consensus(strength))),
        "smooth": mm.Simultaneous(step, adapted(mm.Smoothing((None, strength)))),
        "clip": mm.Simultaneous(step, adapted(mm.Clipped(mm.Gradient(), bound))),
    }


@experiment(
    "slow",
    quick={
        "steps": 60,
        "every": 20,
        "seeds": 2,
        "cells": 60,
        "shown": (0, 20, 40, 60),
        "methods": ("simultaneous", "consensus"),
    },
)
def mixtures(
    steps: int = 20_000,
    every: int = 500,
    seeds: int = 8,
    step: float = 1e-4,
    strength: float = 10.0,
    bound: float = 1.0,
    shown: tuple[int, ...] = (0, 5_000, 10_000, 20_000),
    half: float = 1.6,
    cells: int = 160,
    methods: tuple[str, ...] = ("simultaneous", "alternating", "consensus", "smooth", "clip"),
):
    """Five methods from the same starts on the same batches: all seeds of a method in one program,
    float32.

    Densities are those of the first seed. Modes are counted within three standard deviations and
    within 0.1.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    observe = OBSERVE | {"norms": mm.gradient_norms, "losses": mm.losses}
    target = RING(jax.random.key(1), SAMPLES)
    found = {"target": density(target, half, cells), "names": np.array(methods)}
    for name in methods:
        rule = rules(step, strength, bound)[name]
        run = trained(GAME, rule, keys, steps, every, observe, over=("start", "key"))
        parts = measured(run.observed["samples"], target) | ending(run)
        found |= {f"{name}/{part}": value for part, value in parts.items()}
        found[f"{name}/norms"] = run.observed["norms"].astype(np.float32)
        found[f"{name}/losses"] = run.observed["losses"].astype(np.float32)
        found[f"{name}/densities"] = densities(run, shown, half, cells)
    return found | {"indices": run.indices, "shown": np.array(shown)}


@experiment("slow", quick={"frames": (0, 50), "curved": (0, 50), "batches": 2, "width": 4})
def mixture_spectra(
    frames: tuple[int, ...] = (0, 500, 2_000, 5_000, 10_000, 20_000),
    curved: tuple[int, ...] = (0, 20_000),
    batches: int = 10,
    step: float = 1e-4,
    strength: float = 10.0,
    width: int = 16,
):
    """Eigenvalues of the field's Jacobian J along training, of J + strength J'J, and of the
    consensus field where `curved`.

    The first seed of `mixtures`, trained in float32; Jacobians are means over ten batches, in
    float64, of the descent field.
    """
    game, key = networks(width), jax.random.split(jax.random.key(0), 8)[0]
    draws = adv.batches(game, jax.random.key(2), batches)
    found = {"frames": np.array(frames), "curved": np.array(curved), "strength": np.array(strength)}
    for name in ("simultaneous", "consensus"):
        x, state, reached = adv.start(game, jax.random.fold_in(key, 1)), None, 0
        for frame in frames:
            if frame > reached:
                run = mm.run(
                    game, rules(step, strength, 1.0)[name], x, frame - reached, key=key, state=state
                )
                x, state, reached = run.final, run.state, frame
            if name == "simultaneous" or frame > 0:
                bent = frame in curved and (name == "consensus" or frame == 0)
                found |= spectra(game, x, draws, strength, bent, f"{name}/{frame}")
    return found


def spectra(
    game: mm.Game, x: mm.Profile, draws: adv.Batch, strength: float, bent: bool, name: str
) -> dict[str, np.ndarray]:
    """The eigenvalues at one profile in half the digits they were computed in."""
    wide = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), x)
    d = adv.derivatives(game, wide, draws, curvature=bent)
    matrices = {"field": d.jacobian, "regularised": d.regularised(strength)}
    if bent:
        matrices["consensus"] = d.consensus(strength)
    values = {
        f"{name}/{part}": adv.eigenvalues(matrix).astype(np.complex64)
        for part, matrix in matrices.items()
    }
    return values | {f"{name}/norm": np.array(np.linalg.norm(d.field))}


@experiment("slow", quick={"steps": 20, "seeds": 1, "step": (1e-4, 1e-3), "strength": (0.0, 10.0)})
def mixture_sweep(
    steps: int = 10_000,
    seeds: int = 2,
    step: tuple[float, ...] = (1e-5, 1e-4, 1e-3),
    strength: tuple[float, ...] = (0.0, 0.1, 1.0, 10.0),
):
    """Learning rate by strength of consensus (zero is simultaneous descent), every pair and seed in
    one program, float32.
    """
    values = mm.grid(step=step, strength=strength, seed=range(seeds))
    keys = jax.random.split(jax.random.key(0), max(8, seeds))[values["seed"].astype(int)]
    rule = mm.Simultaneous(values["step"], mm.RMSProp.tensorflow1(mm.Consensus(values["strength"])))
    run = trained(GAME, rule, keys, steps, steps, OBSERVE)
    parts = measured(run.observed["samples"], RING(jax.random.key(1), SAMPLES))
    shape = (len(step), len(strength), seeds)
    found = {part: shaped(value[:, -1], shape) for part, value in parts.items()}
    outcomes = run.verdict.kind.astype(str).reshape(shape)
    return found | {"outcomes": outcomes, "step": np.array(step), "strength": np.array(strength)}
