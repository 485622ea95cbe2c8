"""What a budget of random trials buys: the tuning claim of gap-aware steps on the ring of eight,
smaller.
"""

from typing import Any

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.gap_ring import RING, played, ring_game
from minimax_lab import adversarial as adv

SAMPLES = 2048


@experiment("slow", quick={"trials": 4, "updates": 50})
def gap_budget(
    trials: int = 400,
    slowest: float = 1e-4,
    fastest: float = 1e-1,
    updates: int = 2_000,
    width: int = 32,
    batch: int = 64,
    seed: int = 6,
):
    """Four arms on the same draws of both rates, log-uniform and independent; float32. Each trial
    has its own start and batches.

    By arm and trial: at the end, the samples of 2048 near each mode, and the sliced Wasserstein
    distance to as many real ones.
    """
    game = ring_game(width, batch)
    exponents = np.random.default_rng(seed).uniform(
        np.log10(slowest), np.log10(fastest), (2, trials)
    )
    rates, seeds = 10**exponents, 1000 * seed + np.arange(trials)
    observe = {
        "counts": adv.Sampled(adv.ModeCounts(RING), SAMPLES),
        "samples": adv.Sampled(adv.everything, SAMPLES),
    }
    real = np.asarray(RING(jax.random.key(seed), SAMPLES), np.float32)
    found: dict[str, Any] = {"rates": rates}
    for name, factor in (("baseline", 1.0), ("gap-aware", 1.0), ("third", 0.3), ("tenth", 0.1)):
        run = played(
            game,
            (rates[0], factor * rates[1]),
            seeds,
            updates,
            name == "gap-aware",
            observe,
            updates,
        )
        found[f"{name}/counts"] = run.observed["counts"][:, -1].astype(np.int16)
        found[f"{name}/distance"] = np.asarray(distances(run.observed["samples"][:, -1], real))
        found[f"{name}/lost"] = run.verdict.kind == mm.Outcome.DIVERGED
    return found


@jax.jit
def distances(drawn: jax.Array, real: jax.Array) -> jax.Array:
    """The distance of each set of samples to the real ones."""
    return jax.lax.map(lambda samples: adv.sliced_wasserstein(samples, real), drawn)
