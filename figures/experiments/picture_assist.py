"""AdvAs on digits: what helping the critic is worth when it has one, two or five turns, and what a
draw or two, a bound on the help and the critic's penalty have to do with it.
"""

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.pictures import picture_gan, shown, staged, updates
from minimax_lab import adversarial as adv
from minimax_lab import networks, objectives

# The help, and how many turns the critic has for each of the generator's.
HELPS = {
    "none": None,
    "bounded": mm.AssistAdversary(normalised=True),
    "two draws": mm.AssistAdversary(normalised=True, paired=True),
    "fixed strength": mm.AssistAdversary(strength=0.1),
    "without penalty": mm.AssistAdversary(normalised=True, penalties=False),
}


def rule(step: float, help_: mm.Direction | None, turns: int) -> mm.UpdateRule:
    """Adam around the help, the critic first."""
    adam = mm.Adam(first=0.5) if help_ is None else mm.Adam(help_, first=0.5)
    return mm.Alternating(step, adam, order=(1,) * turns + (0,))


@experiment(
    "slow",
    quick={
        "budget": 120,
        "seeds": 1,
        "width": 2,
        "turns": (1,),
        "losses": ("hinge",),
        "every": 5,
        "count": 100,
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
def picture_assist(
    budget: int = 1_600,
    every: int = 10,
    seeds: int = 3,
    step: float = 5e-4,
    pictures: str = "mnist-5000",
    turns: tuple[int, ...] = (1, 2, 5),
    losses: tuple[str, ...] = ("hinge", "WGAN-GP"),
    width: int = 8,
    batch: int = 32,
    count: int = 1000,
):
    """Equal budgets of gradient blocks, a product counted as two: hinge, and Wasserstein with a
    gradient penalty of 10; every estimator at one turn of the critic, the bounded one at all.
    DCGAN without batch normalisation, float32.

    By arm and seed the distance at a half and at the end; along the way losses and the norms of
    both gradients.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    pair = networks.dcgan(shown(pictures).shape, 2, latent=32, width=width, batch_norm=False)
    hinge = picture_gan(pictures, pair, batch, objective=objectives.Hinge())
    sloped = picture_gan(pictures, pair, batch, objective=objectives.Wasserstein())
    sloped = adv.gradient_penalty(sloped, 10.0)
    arms = [
        (loss, name, count_)
        for loss in losses
        for name in HELPS
        for count_ in turns
        if name in ("none", "bounded") or (count_ == turns[0] and _differs(loss, name))
    ]
    found: dict[str, np.ndarray] = {"arms": np.array(["/".join(map(str, arm)) for arm in arms])}
    for loss, name, count_ in arms:
        game, walk = (hinge if loss == "hinge" else sloped), rule(step, HELPS[name], count_)

        def made(game: mm.Game = game, walk: mm.UpdateRule = walk) -> dict[str, np.ndarray]:
            at = updates(walk, budget, (0.5, 1.0), every)
            parts = staged(game, walk, keys, at, every, pictures=pictures, count=count)
            return parts | {"pictures": parts["pictures"][-1, :16]}

        found |= part(f"{loss}/{name}/{count_}", made)
    return found


def _differs(loss: str, name: str) -> bool:
    """Without a penalty there is none to leave out."""
    return loss != "hinge" or name != "without penalty"
