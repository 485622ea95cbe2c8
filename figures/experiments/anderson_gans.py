"""Anderson mixing around Adam on two mixtures and the Swiss roll, as in the GDA-AM study's one
public GAN, made smaller.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import starts
from figures.experiments.anderson_costs import seconds
from minimax_lab import adversarial as adv
from minimax_lab.directions.base import Memories, Memoryless, Turn
from minimax_lab.profile import narrowed


class Leaking(Memoryless):
    """v, to whose second block the gradient of the first player's loss is added, as a missing
    zeroing of gradients does.

    So the released loop trains its discriminator: a backward pass of the generator's loss is left
    in its gradients.
    """

    def __call__(self, game: mm.Game, x: mm.Profile, memory: Memories, tick: mm.Tick) -> Turn:
        sample = game.sample(tick.key)
        turn = game.field(x, sample)
        extra = jax.grad(lambda block: game.losses(x.replace(1, block), sample)[0])(x[1])
        return turn.replace(1, jax.tree.map(lambda a, b: a + b, turn[1], extra)), memory

    def cost(self, players: int, movers: Sequence[int]) -> mm.Cost:
        return mm.Cost(gradients=blocks + 1)


def swiss_roll(rows: int = 20_000, noise: float = 0.25, scale: float = 7.5) -> np.ndarray:
    """(t cos t, t sin t) with t uniform from 1.5 pi to 4.5 pi, and normal noise, scaled down."""
    random = np.random.RandomState(0)
    t = 1.5 * np.pi * (1 + 2 * random.rand(rows))
    return (
        np.stack([t * np.cos(t), t * np.sin(t)], axis=1) + noise * random.randn(rows, 2)
    ) / scale


SOURCES = {
    "grid": adv.grid(5, 2 / 2.828, 0.05 / 2.828),
    "ring": adv.ring(8, 2 / 1.414, 0.1 / 1.414),
    "roll": swiss_roll(),
}


def rules(step: float, depth: int) -> dict[str, mm.UpdateRule]:
    """Adam in turn, discriminator first; mixed every update and every tenth, lightly and with the
    released ridge of one.
    """
    adam, leaking = mm.Adam(first=0.0, second=0.9), mm.Adam(Leaking(), first=0.0, second=0.9)
    plain = mm.Alternating(step, adam, order=(1, 0))
    return {
        "Adam": plain,
        "mixed": mm.Anderson(plain, depth, remedy=None),
        "mixed, every 10": mm.Anderson(plain, depth, every=10, remedy=None),
        "mixed, ridge 1": mm.Anderson(plain, depth, solver=mm.Gram(ridge=1.0), remedy=None),
        "ridge 1, leaking": mm.Anderson(
            mm.Alternating(step, leaking, order=(1, 0)),
            depth,
            solver=mm.Gram(ridge=1.0),
            remedy=None,
        ),
    }


@experiment(
    "slow",
    quick={
        "steps": 20,
        "every": 10,
        "seeds": 1,
        "width": 8,
        "sources": ("ring",),
        "samples": 256,
        "methods": ("Adam", "mixed"),
    },
)
def anderson_gans(
    sources: tuple[str, ...] = ("grid", "ring", "roll"),
    steps: int = 1200,
    every: int = 120,
    seeds: int = 3,
    step: float = 1e-3,
    depth: int = 10,
    width: int = 48,
    batch: int = 200,
    samples: int = 2000,
    timed: int = 30,
    methods: tuple[str, ...] = (
        "Adam",
        "mixed",
        "mixed, every 10",
        "mixed, ridge 1",
        "ridge 1, leaking",
    ),
):
    """From the same starts on the same batches: samples, modes covered, share near a mode, and
    seconds of an update.
    """
    saved: dict[str, Any] = {"sources": np.array(sources), "names": np.array(methods)}
    for source in sources:
        hidden = (width,) * 2
        networks = adv.Perceptron((8, width, *hidden, 2)), adv.Perceptron((2, *hidden, 1), "tanh")
        game = adv.gan(*networks, data=SOURCES[source], batch=batch)
        keys = jax.random.split(jax.random.key(0), seeds)
        begun = starts(adv.start, game, keys)
        target = adv.Rows(SOURCES[source]) if source == "roll" else SOURCES[source]
        real = target(jax.random.key(1), samples)
        saved[f"{source}/real"] = np.asarray(real, np.float16)
        for name in methods:
            rule = rules(step, depth)[name]
            observe = {"samples": adv.Sampled(adv.everything, samples)}
            run = mm.sweep(
                game,
                rule,
                begun,
                steps,
                over=("start", "key"),
                key=keys,
                observe=observe,
                every=every,
            )
            drawn = run.observed["samples"]
            saved |= {
                f"{source}/{name}/{part}": value
                for part, value in measured(drawn, real, target).items()
            }
            saved[f"{source}/{name}/samples"] = drawn[0, -1, :1000].astype(np.float16)
            if source == sources[-1]:
                one = jax.tree.map(lambda leaf: leaf[0], begun)
                saved[f"{name}/seconds"] = np.array(
                    seconds(game, narrowed(rule, one.dtype), one, timed, keys[0])
                )
    return saved | {"indices": run.indices}


def measured(drawn: np.ndarray, real: Any, target: Any) -> dict[str, np.ndarray]:
    """By seed and row: the distance to the real samples; of mixtures, modes covered and the share
    within three deviations.
    """
    seeds, rows, count, _ = drawn.shape
    flat = drawn.reshape(-1, count, 2)
    real = np.asarray(real, drawn.dtype)
    distance = np.array([float(adv.sliced_wasserstein(each, real)) for each in flat]).reshape(
        seeds, rows
    )
    if not isinstance(target, adv.Mixture):
        return {"distance": distance}
    counts = np.array([np.asarray(adv.ModeCounts(target)(each)) for each in flat])
    modes = adv.covered(counts, count).reshape(seeds, rows)
    return {
        "distance": distance,
        "modes": modes,
        "near": (counts.sum(1) / count).reshape(seeds, rows),
    }
