"""What looking ahead, looking back and averaging are worth on digits, around Adam."""

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.pictures import picture_gan, shown, staged, updates
from minimax_lab import adversarial as adv
from minimax_lab import networks, objectives


def rules(step: float) -> dict[str, mm.UpdateRule]:
    """Each around Adam with the first moments of its literature: a half, or none; of negative
    momentum minus a half, before the scale.
    """
    half, none = mm.Adam(first=0.5), mm.Adam(first=0.0)
    return {
        "at once": mm.Simultaneous(step, half),
        "in turn": mm.Alternating(step, half, order=(1, 0)),
        "Extra-Adam, one memory a step": mm.Extragradient(step, half),
        "Extra-Adam, both looks": mm.Extragradient(step, half, both=True),
        "past extragradient": mm.PastExtragradient(step, half),
        "optimistic": mm.Optimistic(step, half),
        "lookahead 5": mm.Lookahead(mm.Alternating(step, half, order=(1, 0)), period=5),
        "in turn, momentum 0": mm.Alternating(step, none, order=(1, 0)),
        "in turn, momentum -0.5": mm.Alternating(
            step, mm.Adam(mm.Momentum(-0.5), first=0.0), order=(1, 0)
        ),
    }


@experiment(
    "slow",
    quick={
        "budget": 80,
        "every": 10,
        "seeds": 1,
        "width": 2,
        "count": 100,
        "methods": ("in turn", "optimistic"),
    },
    gpu=(
        {
            "pictures": "data/cifar10-15000.npz",
            "losses": ("non-saturating", "WGAN-GP"),
            "budget": 12_000,
            "width": 32,
            "batch": 64,
            "every": 50,
        },
        {
            "pictures": "data/cifar10-15000.npz",
            "losses": ("non-saturating", "WGAN-GP"),
            "budget": 200_000,
            "width": 64,
            "batch": 64,
            "every": 500,
        },
    ),
)
def picture_extra(
    budget: int = 3_200,
    every: int = 20,
    seeds: int = 3,
    step: float = 5e-4,
    pictures: str = "mnist-5000",
    stages: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0),
    width: int = 8,
    batch: int = 32,
    count: int = 1000,
    losses: tuple[str, ...] = ("non-saturating",),
    methods: tuple[str, ...] = (
        "at once",
        "in turn",
        "Extra-Adam, one memory a step",
        "Extra-Adam, both looks",
        "past extragradient",
        "optimistic",
        "lookahead 5",
        "in turn, momentum 0",
        "in turn, momentum -0.5",
    ),
):
    """Equal budgets of gradient blocks from the same starts on the same batches; DCGAN,
    batch-normalised but under WGAN-GP; float32.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    found: dict[str, np.ndarray] = {
        "names": np.array(methods),
        "losses": np.array(losses),
    }
    for loss in losses:
        sloped = loss == "WGAN-GP"
        shape = shown(pictures).shape
        pair = networks.dcgan(shape, 2, latent=32, width=width, batch_norm=not sloped)
        objective = objectives.Wasserstein() if sloped else objectives.NonSaturating()
        game = picture_gan(pictures, pair, batch, objective=objective)
        game = adv.gradient_penalty(game, 10.0) if sloped else game
        for name in methods:
            rule = rules(step)[name]

            def made(game: mm.Game = game, rule: mm.UpdateRule = rule) -> dict[str, np.ndarray]:
                at = updates(rule, budget, stages, every)
                parts = staged(game, rule, keys, at, every, pictures=pictures, count=count)
                return parts | {"pictures": parts["pictures"][-1, :16]}

            found |= part(f"{loss}/{name}", made)
    return found
