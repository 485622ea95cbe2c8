"""Adaptive, grafted and normalised steps on digits: the methods of Jelassi et al. 2022 at a grid of
rates, under two losses.
"""

from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.common import EACH, keys_of, shaped
from figures.experiments import mixture_grafts
from figures.pictures import picture_gan, shown, staged
from minimax_lab import adversarial as adv
from minimax_lab import networks, objectives

METHODS = mixture_grafts.METHODS | {
    "l-nSGDA, decaying": (mm.Normalised(per_tensor=True), mixture_grafts.PLAIN)
}
OBSERVE = {"norms": mm.gradient_norms, "moves": mm.update_norms}


@experiment(
    "slow",
    quick={"steps": 20, "every": 10, "seeds": 1, "width": 2, "methods": ("AdaLR",), "count": 100},
    gpu=(
        {
            "pictures": "data/cifar10-15000.npz",
            "steps": 2_000,
            "width": 32,
            "batch": 64,
            "every": 100,
        },
        {
            "pictures": "data/cifar10-15000.npz",
            "steps": 20_000,
            "width": 64,
            "batch": 64,
            "every": 1_000,
        },
    ),
)
def picture_grafts(
    steps: int = 1_000,
    every: int = 50,
    seeds: int = 3,
    pictures: str = "mnist-5000",
    width: int = 8,
    batch: int = 32,
    count: int = 1000,
    methods: tuple[str, ...] = (
        "SGDA",
        "Adam",
        "l-nSGDA",
        "g-nSGDA",
        "AdaLR",
        "AdaDir",
        "l-nSGDA, decaying",
    ),
    losses: tuple[str, ...] = ("non-saturating", "WGAN-GP"),
):
    """Seven methods at five rates half a decade apart, simultaneous, both players at one rate that
    stays, or falls as a cosine; a program a method and loss, float32. Each update costs two
    gradient blocks in all.

    By rate and seed the distance and the classes at the end, and along the way the norms of
    gradients and of updates. Seeds fix start and batches.
    """
    found: dict[str, np.ndarray] = {"names": np.array(methods), "losses": np.array(losses)}
    pair = networks.dcgan(shown(pictures).shape, 2, latent=32, width=width, batch_norm=False)
    for loss in losses:
        objective = objectives.Wasserstein() if loss == "WGAN-GP" else objectives.NonSaturating()
        game = picture_gan(pictures, pair, batch, objective=objective)
        game = adv.gradient_penalty(game, 10.0) if loss == "WGAN-GP" else game
        for name in methods:
            direction, rates = METHODS[name]
            values = mm.grid(step=rates, seed=range(seeds))
            step = values["step"]
            step = mm.Cosine(step, steps) if "decaying" in name else step
            rule = mm.Simultaneous(step, direction)
            shape = (len(rates), seeds)

            def made(
                game: mm.Game = game,
                rule: mm.UpdateRule = rule,
                keys: Any = keys_of(1700 + values["seed"]),
                shape: tuple[int, int] = shape,
            ) -> dict[str, np.ndarray]:
                how = {"over": EACH, "observe": OBSERVE, "count": count}
                parts = staged(game, rule, keys, (steps,), every, pictures=pictures, **how)
                ends = {name: parts[name][:, -1] for name in ("distance", "covered")}
                seen = {name: parts[name] for name in (*OBSERVE, "outcomes")}
                return {name: shaped(array, shape) for name, array in (ends | seen).items()}

            found |= part(f"{loss}/{name}", made)
            found[f"{loss}/{name}/rates"] = np.array(rates)
    return found | {"indices": np.arange(0, steps + 1, every)}
