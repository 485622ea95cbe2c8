"""Digits and convolutions without batch normalisation under the methods of Mescheder, Nowozin,
Geiger 2017.
"""

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.pictures import picture_gan, shown, staged, updates
from minimax_lab import networks


def rules(step: float, strengths: tuple[float, ...]) -> dict[str, mm.UpdateRule]:
    """The paper's three, TensorFlow 1's RMSProp in all."""
    adapted = mm.RMSProp.tensorflow1
    return {
        "simultaneous": mm.Simultaneous(step, adapted()),
        "alternating": mm.Alternating(step, adapted(), order=(1, 0)),
        "alternating, batch norm": mm.Alternating(step, adapted(), order=(1, 0)),
        **{
            f"consensus {strength:g}": mm.Simultaneous(step, adapted(mm.Consensus(strength)))
            for strength in strengths
        },
    }


@experiment(
    "slow",
    quick={
        "budget": 80,
        "every": 10,
        "seeds": 1,
        "width": 2,
        "strengths": (1.0,),
        "count": 100,
        "leading": 2,
    },
    gpu=(
        {
            "pictures": "data/cifar10-15000.npz",
            "budget": 16_000,
            "width": 64,
            "batch": 64,
            "every": 100,
        },
        {
            "pictures": "data/cifar10-15000.npz",
            "budget": 300_000,
            "width": 64,
            "batch": 64,
            "step": 1e-4,
            "every": 1_000,
        },
    ),
)
def picture_consensus(
    budget: int = 6_400,
    every: int = 20,
    stages: tuple[float, ...] = (0.0, 0.125, 0.25, 0.5, 1.0),
    seeds: int = 4,
    step: float = 5e-4,
    pictures: str = "mnist-5000",
    strengths: tuple[float, ...] = (0.1, 1.0, 10.0),
    width: int = 12,
    batch: int = 32,
    count: int = 1000,
    leading: int = 8,
):
    """Equal budgets of gradient blocks, from the same starts on the same batches, float32; seeds of
    a method in one program. Constant width, but for the DCGAN pair with batch normalisation.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    size = {"latent": 32, "width": width}
    shape = shown(pictures).shape
    plain = picture_gan(pictures, networks.convolutional(shape, 2, hidden=64, **size), batch)
    normed = picture_gan(pictures, networks.dcgan(shape, 2, **size), batch)
    found: dict[str, np.ndarray] = {}
    for name, rule in rules(step, strengths).items():
        game = normed if "norm" in name else plain

        def made(game: mm.Game = game, rule: mm.UpdateRule = rule) -> dict[str, np.ndarray]:
            at, known = updates(rule, budget, stages, every), {"count": count, "leading": leading}
            return staged(game, rule, keys, at, every, pictures=pictures, **known)

        found |= part(name, made)
    return found | {"names": np.array(list(rules(step, strengths)))}
