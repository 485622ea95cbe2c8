"""How long the steps of both players are, beside each other, along trainings on eight Gaussians:
the ratio that normalised steps hold by construction.
"""

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, shaped
from figures.experiments.mixture_grafts import METHODS, RING
from figures.gans import plane_gan, trained
from minimax_lab import adversarial as adv

SAMPLES = 1024


@experiment("slow", quick={"steps": 40, "every": 10, "seeds": 1, "methods": ("g-nSGDA",)})
def mixture_paces(
    steps: int = 3_000,
    every: int = 25,
    seeds: int = 10,
    ratio: float = 0.3,
    width: int = 32,
    batch: int = 64,
    methods: tuple[str, ...] = ("SGDA", "Adam", "l-nSGDA", "g-nSGDA", "AdaLR", "AdaDir"),
):
    """By the discriminator's rate and seed: norms of both players' gradients and of their updates,
    and samples of 1024 near each mode at the end; the generator's rate is `ratio` times as large.
    The rates are those of `mixture_grafts`. Seeds fix start and batches; float32.
    """
    game = plane_gan(RING, (width, width), batch)
    observe = {
        "norms": mm.gradient_norms,
        "moves": mm.update_norms,
        "counts": adv.Sampled(adv.ModeCounts(RING, radius=0.1), SAMPLES),
    }
    found = {"names": np.array(methods)}
    for name in methods:
        direction, rates = METHODS[name]
        values, shape = mm.grid(step=rates, seed=range(seeds)), (len(rates), seeds)
        rule = mm.Simultaneous((ratio * values["step"], values["step"]), direction)
        keys = keys_of(1100 + values["seed"])
        run = trained(game, rule, keys, steps, every, observe)
        for part in ("norms", "moves"):
            found[f"{name}/{part}"] = shaped(run.observed[part], shape).astype(np.float32)
        found[f"{name}/counts"] = shaped(run.observed["counts"][:, -1], shape).astype(np.int16)
        found[f"{name}/rates"] = np.array(rates)
    return found | {"indices": run.indices}
