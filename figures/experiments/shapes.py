"""Distributions on curves in the plane, where support and density part: a line, a circle and four
lines, beside a Gaussian, under the regularisers of the Dirac-GAN.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of
from figures.gans import trained
from minimax_lab import adversarial as adv
from minimax_lab import objectives

SAMPLES = 512


class Curves(adv.Source):
    """Points drawn evenly along a line, a circle or four lines; or from a normal."""

    name: str

    def __call__(self, key: PRNGKeyArray, count: int) -> Float[Array, "count 2"]:
        if self.name == "Gaussian":
            return jax.random.normal(key, (count, 2), jnp.float32)
        along, which = jax.random.uniform(key, (2, count), jnp.float32)
        if self.name == "circle":
            return jnp.stack([jnp.cos(2 * jnp.pi * along), jnp.sin(2 * jnp.pi * along)], axis=1)
        height = jnp.floor(4 * which) / 1.5 - 1 if self.name == "four lines" else 0 * which
        return jnp.stack([2 * along - 1, height], axis=1)

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)


def games(source: adv.Source, width: int, batch: int, strength: float) -> dict[str, mm.Game]:
    """One game a regulariser: networks of three hidden layers."""
    hidden = (width,) * 3
    networks = adv.Perceptron((2, *hidden, 2)), adv.Perceptron((2, *hidden, 1))
    plain = adv.gan(*networks, data=source, batch=batch)
    critic = adv.gan(*networks, objectives.Wasserstein(), data=source, batch=batch)
    return {
        "none": plain,
        "R1": adv.slope_penalty(plain, strength),
        "R2": adv.slope_penalty(plain, strength, on="fake"),
        "Wasserstein, penalty": adv.gradient_penalty(critic, strength),
        "consensus": plain,
    }


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """W_1 between two clouds of as many points, by the cheapest pairing."""
    costs = cdist(a, b)
    return float(costs[linear_sum_assignment(costs)].mean())


@experiment(
    "slow", quick={"names": ("line",), "rates": (1e-3,), "seeds": 1, "updates": 40, "pairs": 3}
)
def shapes(
    names: tuple[str, ...] = ("Gaussian", "line", "circle", "four lines"),
    rates: tuple[float, ...] = (1e-4, 1e-3),
    strength: float = 1.0,
    seeds: int = 5,
    updates: int = 5_000,
    width: int = 16,
    batch: int = 512,
    last: int = 5,
    pairs: int = 50,
):
    """W_1 to fresh samples by shape, regulariser, rate and seed: the mean over the last rows, and
    how much it still moved between them; alternating RMSProp, float32. Samples of the first seed
    are kept. `fresh` is W_1 between two clouds of fresh samples, over many pairs.
    """
    found: dict[str, Any] = {"names": np.array(names), "rates": np.array(rates)}
    every, watch = updates // 20, {"samples": adv.Sampled(adv.everything, SAMPLES)}
    for name in names:
        source = Curves(name)
        clouds = [
            np.asarray(source(jax.random.key(900 + i), SAMPLES), float) for i in range(2 * pairs)
        ]
        each = [wasserstein(a, b) for a, b in zip(clouds[::2], clouds[1::2], strict=True)]
        found[f"{name}/fresh"] = np.array(each)
        found[f"{name}/real"] = clouds[0].astype(np.float16)
        values = mm.grid(step=rates, seed=range(seeds))
        for kind, game in games(source, width, batch, strength).items():
            inner = mm.Consensus(strength) if kind == "consensus" else mm.Gradient()
            rule = mm.Alternating(values["step"], mm.RMSProp(inner, decay=0.99))
            run = trained(game, rule, keys_of(values["seed"]), updates, every, watch)
            samples = np.asarray(run.observed["samples"], float)[:, -last:]
            far = np.array(
                [[wasserstein(s, c) for s, c in zip(row, clouds, strict=False)] for row in samples]
            ).reshape(len(rates), seeds, last)
            found[f"{name}/{kind}"] = far.astype(np.float32)
            shown = samples.reshape(len(rates), seeds, last, SAMPLES, 2)[:, 0, -1]
            found[f"{name}/{kind}/samples"] = shown.astype(np.float16)
    return found | {"kinds": np.array(list(games(Curves("line"), width, batch, strength)))}
