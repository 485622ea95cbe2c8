"""A small classifier of pictures, trained in seconds from a fixed seed, whose last hidden layer has
the features that distances are named by.

It knows the set it was trained on and nothing else: `frechet[mnist-5000]` compares with itself
alone. Its own accuracy on pictures it has not seen stands beside every measure.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.special import softmax

from ..adversarial.pictures import LEVELS, as_numbers
from ..checks import refuse, whole
from ..directions import Adam
from ..files import load_arrays, save_arrays, writable
from ..game import Game, Minibatch
from ..images import Images
from ..networks.layers import Layer, convolved, dense, layer, leaky
from ..profile import Profile
from ..rules import Simultaneous
from ..running.verbs import run
from ..schedules import Cosine
from .features import Bytes, Features, Rows, demand_bytes, in_parts

Parameters = tuple[Layer, ...]
WIDTHS = (16, 32)  # channels, halving the sides each time
HIDDEN = 64
BATCH = 128
RATE = 2e-3
AT_ONCE = 1024  # pictures
FORMAT = 1


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Classifier(Features):
    """classifier(pixels) are the 64 numbers of its last hidden layer; `accuracy` is that on the
    `held` pictures set apart. `seed`, `steps` and the `sha256` of the set say how it came to be.
    """

    name: str
    parameters: Parameters
    shape: tuple[int, ...]
    accuracy: float
    held: int
    seed: int
    steps: int
    sha256: str

    @property
    def quality(self) -> str:
        """How often it is right."""
        share = f"right on {100 * self.accuracy:.1f} % of {self.held:,} pictures it never saw"
        return f"a classifier, {share}"

    def __call__(self, pixels: Bytes) -> Rows:
        given = demand_bytes(pixels)
        if given.shape[1:] != self.shape:
            told = " x ".join(map(str, given.shape[1:]))
            allowed = f"of {' x '.join(map(str, self.shape))}, as those it was trained on"
            raise refuse("pixels", f"pictures of {told}", allowed)
        return in_parts(lambda part: _hidden(self.parameters, part), given, AT_ONCE)

    def probabilities(self, pixels: Bytes) -> Rows:
        """Of each class, one picture a row."""
        return self.probabilities_of(self(pixels))

    def probabilities_of(self, features: Rows) -> Rows:
        """The same from features that were taken already."""
        last = self.parameters[-1]
        logits = features @ np.asarray(last["weight"], float) + np.asarray(last["bias"], float)
        return softmax(logits, axis=1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Into an .npz archive, from which `load_classifier` has it again."""
        arrays = {
            f"{i}.{name}": np.asarray(array)
            for i, part in enumerate(self.parameters)
            for name, array in part.items()
        }
        told = {field: getattr(self, field) for field in TOLD}
        save_arrays(path, arrays, {"classifier": FORMAT, **told})


TOLD = ("name", "shape", "accuracy", "held", "seed", "steps", "sha256")


def classifier(
    images: Images,
    *,
    seed: int = 0,
    steps: int = 1000,
    kept: str | os.PathLike[str] | None = None,
) -> Classifier:
    """Two strided convolutions and a hidden layer of 64 units, by Adam, from a fixed seed.

    Arguments:
        images: a set with labels, such as `Images(pixels, labels, name)`; its test pictures judge
            the classifier, every fifth of a class where it has none.
        seed: of weights and batches; the same seed is the same classifier.
        steps: of Adam, each with 128 pictures.
        kept: a file, in which the classifier is saved, or from which it is read where it is there
            and was trained on these pictures in this way.

    Examples:
        >>> from minimax_lab import images, measures
        >>> measures.classifier(images.load("digits"), steps=20).name
        'digits'
    """
    if images.labels is None:
        allowed = "a set with labels"
        raise refuse("images", images.name, allowed, "A classifier learns from them.")
    if len(images.classes) < 2:
        raise refuse("images", f"{images.name} with one class", "a set with two classes or more")
    steps, seed = whole(steps, "steps"), whole(seed, "seed", 0)
    asked = {"seed": seed, "steps": steps, "sha256": images.sha256}
    if kept is not None and os.path.exists(kept):
        return _as_asked(load_classifier(kept), asked, kept)
    if kept is not None:
        writable(kept, "kept")
    made = _trained(images, seed, steps)
    if kept is not None:
        made.save(kept)
    return made


def _as_asked(
    found: Classifier, asked: Mapping[str, object], path: str | os.PathLike[str]
) -> Classifier:
    """A file is never trusted for another set or seed, nor written over."""
    for name, value in asked.items():
        if getattr(found, name) != value:
            shown = f"{path}, a classifier with {name} {getattr(found, name)}"
            raise refuse("kept", shown, f"one with {name} {value}", "Give another path.")
    return found


def _trained(images: Images, seed: int, steps: int) -> Classifier:
    parted = images if images.held else images.split()
    train, test = parted.train, parted.test
    key = jax.random.key(seed)
    start = _fresh(key, train.shape, len(images.classes))
    assert train.labels is not None and test.labels is not None
    alone = Game(_mistakes, data=(train.pixels, train.labels), draw=Minibatch(BATCH))
    walk = Simultaneous(Cosine(RATE, steps), Adam())  # type: ignore[arg-type]
    walked = run(alone, walk, (start,), steps, key=key, every=steps)
    known = (len(test), seed, steps, images.sha256)
    made = Classifier(images.name, walked.final[0], images.shape, 0.0, *known)
    right = made.probabilities(test.pixels).argmax(axis=1) == test.labels
    return dataclasses.replace(made, accuracy=float(right.mean()))


def load_classifier(path: str | os.PathLike[str]) -> Classifier:
    """One that was saved.

    Arguments:
        path: of the archive.

    Examples:
        >>> import pathlib, tempfile
        >>> from minimax_lab import images, measures
        >>> made = measures.classifier(images.load("digits"), steps=20)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made.save(pathlib.Path(folder) / "digits.npz")
        ...     measures.load_classifier(pathlib.Path(folder) / "digits.npz").sha256 == made.sha256
        True
    """
    what = "a classifier that was saved"
    arrays, header = load_arrays(path, what, ("classifier", *TOLD))
    if header["classifier"] != FORMAT:
        cause = f"Its format is {header['classifier']}, not {FORMAT}."
        raise refuse("path", str(path), what, cause)
    told = {field: header[field] for field in TOLD} | {"shape": tuple(header["shape"])}
    count = len(WIDTHS) + 2
    if set(arrays) != {f"{i}.{name}" for i in range(count) for name in ("weight", "bias")}:
        raise refuse("path", str(path), what, "It has other layers.")
    parameters = tuple(
        {name: jnp.asarray(arrays[f"{i}.{name}"]) for name in ("weight", "bias")}
        for i in range(count)
    )
    return Classifier(parameters=parameters, **told)


def _fresh(key: PRNGKeyArray, shape: tuple[int, ...], classes: int) -> Parameters:
    keys, channels = jax.random.split(key, len(WIDTHS) + 2), (shape[-1], *WIDTHS)
    kernels = [
        layer(k, (3, 3, channels[i], channels[i + 1]), jnp.float32)
        for i, k in enumerate(keys[: len(WIDTHS)])
    ]
    sides = [side >> len(WIDTHS) for side in shape[:2]]
    inner = layer(keys[-2], (sides[0] * sides[1] * WIDTHS[-1], HIDDEN), jnp.float32)
    return (*kernels, inner, layer(keys[-1], (HIDDEN, classes), jnp.float32))


@eqx.filter_jit
def _hidden(parameters: Parameters, pixels: Array) -> Float[Array, "count hidden"]:
    *kernels, inner, _ = parameters
    seen = as_numbers(pixels, jnp.asarray(1 / LEVELS, jnp.float32))
    # Sides are halved as often as there are kernels: what is odd is cut.
    height, width = (side >> len(kernels) << len(kernels) for side in seen.shape[1:3])
    seen = seen[:, :height, :width]
    for kernel in kernels:
        seen = leaky(convolved(kernel, seen, 2))
    return leaky(dense(inner, seen.reshape(len(seen), -1)))


def _mistakes(x: Profile, batch: tuple[Array, Array]) -> tuple[Array]:
    """The cross-entropy of one player, who has nobody to play against."""
    (parameters,), (pixels, labels) = x, batch
    logits = dense(parameters[-1], _hidden(parameters, pixels))
    return (jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels)),)
