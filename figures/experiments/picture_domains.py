"""From digits to digits on patches of photographs: domain-adversarial training whose discriminator
of domains has constant or gap-aware steps.
"""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, trained
from figures.pictures import shown
from minimax_lab import adversarial as adv
from minimax_lab.networks import layers

# The share of the ramp, and the bounds of s.
ARMS = {
    "source only": (0.0, 1.0, 1.0),
    "constant": (1.0, 1.0, 1.0),
    "gap-aware": (1.0, 0.1, 2.0),
}


class Convolved(eqx.Module):
    """Two strided convolutions and a dense layer, all rectified: pictures in, features out."""

    shape: tuple[int, ...] = eqx.field(static=True)
    width: int = eqx.field(static=True)
    features: int = eqx.field(static=True)

    def init(self, key: Any, dtype: Any = jnp.float32) -> Any:
        one, two, three = jax.random.split(key, 3)
        height, across, colours = self.shape
        flat = (height // 4) * (across // 4) * 2 * self.width
        return (
            layers.layer(one, (5, 5, colours, self.width), dtype),
            layers.layer(two, (5, 5, self.width, 2 * self.width), dtype),
            layers.layer(three, (flat, self.features), dtype),
        )

    def __call__(self, parameters: Any, inputs: Any) -> Any:
        *kernels, last = parameters
        for kernel in kernels:
            inputs = layers.leaky(layers.convolved(kernel, inputs, 2))
        return jax.nn.relu(layers.dense(last, inputs.reshape(len(inputs), -1)))


def patched(pixels: np.ndarray, seed: int) -> np.ndarray:
    """|digit - patch|, the patch cut at random from two photographs in grey, each in [0, 1]: as
    MNIST-M is made, whose photographs are others.
    """
    random, side = np.random.default_rng(seed), pixels.shape[1]
    made = np.empty(pixels.shape, np.float32)
    for i, picture in enumerate(pixels):
        photo = photographs()[random.integers(2)]
        top, left = (random.integers(room - side + 1) for room in photo.shape)
        patch = photo[top : top + side, left : left + side, None]
        made[i] = np.abs(picture / 255 - patch)
    return 2 * made - 1


@functools.cache
def photographs() -> tuple[np.ndarray, ...]:
    """The two that come with scikit-learn, in grey."""
    from sklearn.datasets import load_sample_images

    return tuple(photo.mean(-1) / 255 for photo in load_sample_images().images)


@experiment(
    "slow",
    quick={"steps": 20, "every": 10, "seeds": 1, "rates": (0.001,), "width": 2, "tested": 50},
    gpu=(
        {"steps": 3_000, "seeds": 16, "width": 16, "batch": 64, "every": 100},
        {"steps": 20_000, "seeds": 24, "width": 32, "batch": 128, "every": 500},
    ),
)
def picture_domains(
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01),
    steps: int = 1_000,
    every: int = 50,
    seeds: int = 8,
    learner: float = 0.001,
    pictures: str = "mnist-5000",
    width: int = 8,
    features: int = 64,
    batch: int = 32,
    tested: int = 1000,
):
    """2,000 digits with labels, 2,000 others on patches without; Adam, simultaneous, the learner's
    rate constant and the weight of confusion growing as DANN has it, float32.

    By arm, seed and row: accuracy on digits on patches that nobody has seen, both losses of the
    batch, the scale s. Seeds fix starts and batches, the same in all arms.
    """
    train, test = shown(pictures).train, shown(pictures).test
    half = len(train) // 2
    data = adv.DomainData(
        (train.pixels[:half] / 127.5 - 1).astype(np.float32),
        np.asarray(train.labels[:half]),
        patched(train.pixels[half:], 1),
    )
    unseen = patched(test.pixels[:tested], 2)
    game = adv.domain_game(
        Convolved(train.shape, width, features),
        adv.Perceptron((features, 10)),
        adv.Perceptron((features, 64, 1)),
        data,
        batch=batch,
    )
    arms = [("source only", learner)]
    arms += [(name, rate) for name in ("constant", "gap-aware") for rate in rates]
    share, low, high = (
        jnp.repeat(jnp.array([ARMS[name][part] for name, _ in arms]), seeds) for part in range(3)
    )
    ramped = adv.Reversal(adv.Reversal(factor=adv.Ramp(steps)), factor=share)
    direction = mm.GapAware(mm.Adam(ramped), low=low, high=high)
    rule = mm.Simultaneous((learner, jnp.repeat(jnp.array([r for _, r in arms]), seeds)), direction)
    observe = {
        "accuracy": adv.Accuracy(unseen, np.asarray(test.labels[:tested])),
        "losses": mm.losses,
        "scale": mm.step_scale,
    }
    keys = keys_of(jnp.tile(jnp.arange(seeds), len(arms)))
    run = trained(adv.domain_start, game, rule, keys, steps, every, observe)
    shape = (len(arms), seeds)
    found = {
        name: np.asarray(seen, np.float32).reshape(*shape, *seen.shape[1:])
        for name, seen in run.observed.items()
    }
    return found | {
        "names": np.array([name for name, _ in arms]),
        "rates": np.array([rate for _, rate in arms]),
        "outcomes": run.verdict.kind.astype(str).reshape(shape),
        "examples": adv.as_bytes(data.target[:12]),
        "indices": run.indices,
    }
