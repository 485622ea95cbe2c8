"""A small classifier of pictures, trained in seconds from a fixed seed, whose last hidden layer has
the features that distances are named by.

It knows the set it was trained on and nothing else: `frechet[mnist-5000]` compares with itself
alone. Its own accuracy on pictures it has not seen stands beside every measure.
"""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray, UInt8

from ..adversarial.pictures import LEVELS, as_numbers
from ..checks import refuse, whole
from ..directions import Adam
from ..game import Game, Minibatch
from ..images import Images
from ..networks.layers import Layer, convolved, dense, layer, leaky
from ..profile import Profile
from ..rules import Simultaneous
from ..running.verbs import run

Parameters = tuple[Layer, ...]
WIDTHS = (16, 32)  # channels, halving the sides each time
HIDDEN = 64
BATCH = 128
RATE = 2e-3
AT_ONCE = 1024  # pictures


@dataclasses.dataclass(frozen=True, eq=False)
class Classifier:
    """`features(pixels)` and `probabilities(pixels)` of pictures as bytes; `accuracy` is that on
    the pictures set apart.
    """

    name: str
    parameters: Parameters
    accuracy: float

    def __repr__(self) -> str:
        return f"Classifier({self.name}, right on {100 * self.accuracy:.1f} % of what it never saw)"

    def features(self, pixels: UInt8[np.ndarray, "count height width colours"]) -> np.ndarray:
        """The numbers in the last hidden layer, one picture a row."""
        return self._each(pixels)[0]

    def probabilities(self, pixels: UInt8[np.ndarray, "count height width colours"]) -> np.ndarray:
        """Of each class, one picture a row."""
        return self._each(pixels)[1]

    def _each(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pixels = np.asarray(pixels)
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or not len(pixels):
            allowed = "bytes of shape (count, height, width, colours)"
            raise refuse("pixels", f"an array of {pixels.dtype}, shape {pixels.shape}", allowed)
        parts = [
            _seen(self.parameters, jnp.asarray(pixels[first : first + AT_ONCE]))
            for first in range(0, len(pixels), AT_ONCE)
        ]
        return tuple(np.concatenate([np.asarray(part[i], float) for part in parts]) for i in (0, 1))  # type: ignore[return-value]


def classifier(images: Images, *, seed: int = 0, epochs: int = 20) -> Classifier:
    """Two strided convolutions and a hidden layer of 64 units, by Adam, from a fixed seed.

    Arguments:
        images: a set with labels; its test pictures judge the classifier, every fifth of a class
            where it has none.
        seed: of weights and batches; the same seed is the same classifier.
        epochs: how often every picture is seen.

    Examples:
        >>> from minimax_lab import images, measures
        >>> measures.classifier(images.load("digits"), epochs=1).name
        'digits'
    """
    if images.labels is None:
        allowed = "a set with labels"
        raise refuse("images", images.name, allowed, "A classifier learns from them.")
    parted = images if images.held else images.split()
    train, test = parted.train, parted.test
    key = jax.random.key(whole(seed, "seed", 0))
    steps = max(1, whole(epochs, "epochs") * len(train) // BATCH)
    start = _fresh(key, train.shape, len(images.classes))
    assert train.labels is not None and test.labels is not None
    alone = Game(_mistakes, data=(train.pixels, train.labels), draw=Minibatch(BATCH))
    walked = run(alone, Simultaneous(RATE, Adam()), (start,), steps, key=key, every=steps)
    made = Classifier(images.name, walked.final[0], 0.0)
    right = made.probabilities(test.pixels).argmax(axis=1) == test.labels
    return dataclasses.replace(made, accuracy=float(right.mean()))


def _fresh(key: PRNGKeyArray, shape: tuple[int, ...], classes: int) -> Parameters:
    keys, channels = jax.random.split(key, len(WIDTHS) + 2), (shape[-1], *WIDTHS)
    kernels = [
        layer(k, (3, 3, channels[i], channels[i + 1]), jnp.float32)
        for i, k in enumerate(keys[: len(WIDTHS)])
    ]
    sides = [side >> len(WIDTHS) for side in shape[:2]]
    inner = layer(keys[-2], (sides[0] * sides[1] * WIDTHS[-1], HIDDEN), jnp.float32)
    return (*kernels, inner, layer(keys[-1], (HIDDEN, classes), jnp.float32))


def _hidden(parameters: Parameters, pixels: Array) -> Float[Array, "count hidden"]:
    *kernels, inner, _ = parameters
    seen = as_numbers(pixels, jnp.asarray(1 / LEVELS, jnp.float32))
    # Sides are halved as often as there are kernels: what is odd is cut.
    height, width = (side >> len(kernels) << len(kernels) for side in seen.shape[1:3])
    seen = seen[:, :height, :width]
    for kernel in kernels:
        seen = leaky(convolved(kernel, seen, 2))
    return leaky(dense(inner, seen.reshape(len(seen), -1)))


@eqx.filter_jit
def _seen(parameters: Parameters, pixels: Array) -> tuple[Array, Array]:
    hidden = _hidden(parameters, pixels)
    return hidden, jax.nn.softmax(dense(parameters[-1], hidden))


def _mistakes(x: Profile, batch: tuple[Array, Array]) -> tuple[Array]:
    """The cross-entropy of one player, who has nobody to play against."""
    (parameters,), (pixels, labels) = x, batch
    logits = dense(parameters[-1], _hidden(parameters, pixels))
    return (jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels)),)
