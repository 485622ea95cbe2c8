"""Normalised and grafted steps on eight Gaussians: the very directions of the game of modes,
training two networks.
"""

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, shaped
from figures.gans import plane_gan, trained
from minimax_lab import adversarial as adv

RING = adv.ring(8, deviation=0.01)
SAMPLES = 1024
ADAM = mm.Adam(first=0.0)
PLAIN, SMALL = (0.003, 0.01, 0.03, 0.1, 0.3), (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
METHODS: dict[str, tuple[mm.Direction, tuple[float, ...]]] = {
    "SGDA": (mm.Gradient(), PLAIN),
    "Adam": (ADAM, SMALL),
    "l-nSGDA": (mm.Normalised(per_tensor=True), PLAIN),
    "g-nSGDA": (mm.Normalised(), PLAIN),
    "AdaLR": (mm.Graft(ADAM, mm.Gradient(), per_tensor=True), SMALL),
    "AdaDir": (mm.Graft(mm.Gradient(), ADAM, per_tensor=True), PLAIN),
}


@experiment("slow", quick={"steps": 30, "every": 10, "seeds": 1, "methods": ("AdaLR",)})
def mixture_grafts(
    steps: int = 3_000,
    every: int = 500,
    seeds: int = 10,
    width: int = 32,
    batch: int = 64,
    methods: tuple[str, ...] = ("SGDA", "Adam", "l-nSGDA", "g-nSGDA", "AdaLR", "AdaDir"),
):
    """Six methods at five rates half a decade apart, simultaneous, both players at one rate; a
    program a method, float32.

    Of 1024 samples by rate, seed and row: those within 0.1 of each mode. Seeds fix start and
    batches.
    """
    game = plane_gan(RING, (width, width), batch)
    observe, counted = {"samples": adv.Sampled(adv.everything, SAMPLES)}, jax.jit(_counted)
    found = {"names": np.array(methods)}
    for name in methods:
        direction, rates = METHODS[name]
        values = mm.grid(step=rates, seed=range(seeds))
        rule, keys = mm.Simultaneous(values["step"], direction), keys_of(1100 + values["seed"])
        run = trained(game, rule, keys, steps, every, observe)
        shape = (len(rates), seeds)
        wide = np.asarray(counted(run.observed["samples"]), np.int16)
        found[f"{name}/wide"] = shaped(wide, shape)
        found[f"{name}/diverged"] = (run.verdict.kind == mm.Outcome.DIVERGED).reshape(shape)
        found[f"{name}/rates"] = np.array(rates)
    return found | {"indices": run.indices}


def _counted(samples: jax.Array) -> jax.Array:
    near = adv.ModeCounts(RING, radius=0.1)
    return jax.lax.map(lambda row: jax.lax.map(near, row), samples)
