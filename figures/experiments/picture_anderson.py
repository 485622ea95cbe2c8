"""Anderson mixing around Adam and around extragradient on digits, at every update and at every
tenth: He, Zhao, Xi, Ho, Saad 2022.
"""

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.pictures import picture_gan, shown, staged, updates
from minimax_lab import networks


def rules(step: float, depth: int, often: int) -> dict[str, mm.UpdateRule]:
    """Two maps, each alone, mixed at every update, and at every `often`-th."""
    adam = mm.Adam(first=0.0, second=0.9)
    maps = {
        "Adam": mm.Alternating(step, adam, order=(1, 0)),
        "extragradient": mm.Extragradient(step, adam),
    }
    return {
        f"{name}{how}": rule
        for name, plain in maps.items()
        for how, rule in (
            ("", plain),
            (", mixed", mm.Anderson(plain, depth, remedy=None)),
            (f", mixed every {often}", mm.Anderson(plain, depth, every=often, remedy=None)),
            (
                ", mixed, ridge 1",
                mm.Anderson(plain, depth, solver=mm.Gram(ridge=1.0), remedy=None),
            ),
        )
    }


@experiment(
    "slow",
    quick={
        "budget": 80,
        "every": 10,
        "seeds": 1,
        "width": 2,
        "count": 100,
        "methods": ("Adam", "Adam, mixed", "extragradient"),
    },
    gpu=(
        {
            "pictures": "data/cifar10-15000.npz",
            "budget": 12_000,
            "width": 32,
            "batch": 64,
            "every": 50,
        },
        {
            "pictures": "data/cifar10-15000.npz",
            "budget": 200_000,
            "width": 64,
            "batch": 64,
            "every": 500,
        },
    ),
)
def picture_anderson(
    budget: int = 3_200,
    every: int = 20,
    seeds: int = 3,
    step: float = 5e-4,
    pictures: str = "mnist-5000",
    depth: int = 5,
    often: int = 10,
    stages: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0),
    width: int = 8,
    batch: int = 32,
    count: int = 1000,
    methods: tuple[str, ...] = (
        "Adam",
        "Adam, mixed",
        "Adam, mixed every 10",
        "Adam, mixed, ridge 1",
        "extragradient",
        "extragradient, mixed",
        "extragradient, mixed every 10",
        "extragradient, mixed, ridge 1",
    ),
):
    """Equal budgets of gradient blocks from the same starts on the same batches; Adam without
    first moments in all, as the study's one public GAN has it; non-saturating, DCGAN with batch
    normalisation, float32.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    pair = networks.dcgan(shown(pictures).shape, 2, latent=32, width=width)
    game, named = picture_gan(pictures, pair, batch), rules(step, depth, often)
    found: dict[str, np.ndarray] = {"names": np.array(methods)}
    for name in methods:
        rule = named[name]

        def made(rule: mm.UpdateRule = rule) -> dict[str, np.ndarray]:
            at = updates(rule, budget, stages, every)
            parts = staged(game, rule, keys, at, every, pictures=pictures, count=count)
            return parts | {"pictures": parts["pictures"][-1, :16]}

        found |= part(name, made)
    return found
