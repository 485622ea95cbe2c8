"""What a budget of random trials buys on digits, with steps that follow the gap and with slower
ones: Hazimeh, Ponomareva 2023.
"""

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.common import EACH, keys_of
from figures.pictures import picture_gan, shown, staged
from minimax_lab import networks

# By what the discriminator's rate is multiplied, and the bounds of s; (1, 1) is a constant rate.
ARMS = {
    "constant": (1.0, 1.0, 1.0),
    "gap-aware": (1.0, 0.1, 2.0),
    "constant, a tenth": (0.1, 1.0, 1.0),
}
OBSERVE = {"losses": mm.losses, "scale": mm.step_scale}


@experiment(
    "slow",
    quick={"trials": 2, "steps": 20, "every": 10, "width": 2, "count": 100},
    gpu=(
        {
            "pictures": "data/cifar10-15000.npz",
            "steps": 2_000,
            "width": 32,
            "batch": 64,
            "every": 50,
        },
        {
            "pictures": "data/cifar10-15000.npz",
            "trials": 100,
            "steps": 20_000,
            "width": 64,
            "batch": 128,
            "every": 500,
        },
    ),
)
def picture_gaps(
    trials: int = 40,
    slowest: float = 1e-5,
    fastest: float = 1e-1,
    steps: int = 600,
    every: int = 20,
    pictures: str = "mnist-5000",
    width: int = 8,
    batch: int = 32,
    count: int = 1000,
    seed: int = 6,
):
    """Three arms on the same draws of both players' rates, log-uniform and independent; Adam,
    simultaneous, non-saturating, DCGAN with batch normalisation, float32. Each trial has its own
    start and batches, the same in all arms.

    By arm and trial the distance and the classes at the end; along the way losses of the batch
    and the scale s.
    """
    exponents = np.random.default_rng(seed).uniform(
        np.log10(slowest), np.log10(fastest), (2, trials)
    )
    rates, keys = 10**exponents, keys_of(1000 * seed + np.arange(trials))
    pair = networks.dcgan(shown(pictures).shape, 2, latent=32, width=width)
    game = picture_gan(pictures, pair, batch)
    found: dict[str, np.ndarray] = {"names": np.array(list(ARMS)), "rates": rates}
    for name, (factor, low, high) in ARMS.items():
        bounds = {"low": np.full(trials, low), "high": np.full(trials, high)}
        direction = mm.GapAware(mm.Adam(first=0.5), **bounds)
        rule = mm.Simultaneous((rates[0], factor * rates[1]), direction)

        def made(rule: mm.UpdateRule = rule) -> dict[str, np.ndarray]:
            how = {"over": EACH, "observe": OBSERVE, "count": count}
            parts = staged(game, rule, keys, (steps,), every, pictures=pictures, **how)
            ends = {name: parts[name][:, -1] for name in ("distance", "covered")}
            return ends | {name: parts[name] for name in (*OBSERVE, "outcomes", "indices")}

        found |= part(name, made)
    return found
