"""What a set of pictures is here: bytes, and what is known about them."""

from __future__ import annotations

import dataclasses
import functools
import hashlib

import numpy as np
from jaxtyping import Int32, UInt8

from ..checks import refuse, whole

Pixels = UInt8[np.ndarray, "count height width colours"]
Labels = Int32[np.ndarray, " count"]
MOST = 1 << 16  # classes


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Images:
    """Pictures as bytes, channels last; the last `held` of them are for tests.

    `labels` has one number a picture, which `classes` names, or is None. `source` says in words
    where they come from.

    Examples:
        >>> import numpy as np
        >>> from minimax_lab import images
        >>> made = images.Images(np.zeros((10, 2, 2, 1), np.uint8), np.arange(10) % 2, "made")
        >>> made
        <made: 10 pictures of 2 x 2 x 1, 2 classes>
        >>> made.split(every=5).test
        <made: 2 pictures of 2 x 2 x 1, 2 classes>
    """

    pixels: Pixels
    labels: Labels | None = None
    name: str = "images"
    classes: tuple[str, ...] = ()
    source: str = ""
    held: int = 0

    def __post_init__(self) -> None:
        pixels = _pixels(self.pixels)
        labels = None if self.labels is None else _labels(self.labels, len(pixels))
        classes = tuple(map(str, self.classes))
        if labels is None:
            classes = ()
        elif not classes:
            classes = tuple(map(str, range(labels.max() + 1)))
        elif labels.max() >= len(classes):
            allowed = f"below {len(classes)}, the number of classes"
            raise refuse("labels", f"up to {labels.max()}", allowed)
        if whole(self.held, "held", 0) >= len(pixels):
            raise refuse("held", self.held, f"less than {len(pixels)}, the number of pictures")
        for name, value in (("pixels", pixels), ("labels", labels), ("classes", classes)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.pixels)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.shape))
        parts = [f"{len(self)} pictures of {size}"]
        parts += [f"{len(self.classes)} classes"] if self.classes else []
        parts += [f"{self.held} of them for tests"] if self.held else []
        return f"<{self.name}: {', '.join(parts)}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one picture: height, width, colours."""
        return self.pixels.shape[1:]

    @property
    def train(self) -> Images:
        """Those that are not for tests."""
        return self._part(slice(0, len(self) - self.held))

    @property
    def test(self) -> Images:
        """Those for tests."""
        if not self.held:
            cause = "`split` sets every fifth of a class apart."
            raise refuse(self.name, "a set without a test part", "one with it", cause)
        return self._part(slice(len(self) - self.held, None))

    def split(self, every: int = 5) -> Images:
        """The same pictures with every fifth of each class for tests, classes in turn: each stretch
        of them has all.
        """
        every = whole(every, "every", 2)
        kinds = np.zeros(len(self), np.int32) if self.labels is None else self.labels
        turn = _turns(kinds)
        tests = turn % every == every - 1
        order = np.lexsort((kinds, turn, tests))
        labels = None if self.labels is None else self.labels[order]
        held = int(tests.sum())
        if not held:
            raise refuse("every", every, f"smaller: {self.name} has too few pictures of each class")
        return dataclasses.replace(self, pixels=self.pixels[order], labels=labels, held=held)

    def reduced(self, count: int) -> Images:
        """So many of them, called `name-count`: of every class as many, and the same share for
        tests, each the first of its class.
        """
        count = whole(count, "count", 1)
        if count > len(self):
            raise refuse("count", count, f"at most {len(self)}, as many as {self.name} has")
        held = round(count * self.held / len(self))
        kinds = np.zeros(len(self), np.int32) if self.labels is None else self.labels
        edge = len(self) - self.held
        first = [
            np.sort(begins + np.argsort(_turns(part), kind="stable")[:some])
            for begins, part, some in ((0, kinds[:edge], count - held), (edge, kinds[edge:], held))
        ]
        order = np.concatenate(first)
        labels = None if self.labels is None else self.labels[order]
        name = f"{self.name}-{count}"
        return dataclasses.replace(
            self, pixels=self.pixels[order], labels=labels, name=name, held=held
        )

    @functools.cached_property
    def sha256(self) -> str:
        """Of the pixels and then the labels, a byte each, or two where a byte is too small."""
        told = hashlib.sha256(np.ascontiguousarray(self.pixels).data)
        if self.labels is not None:
            told.update(self.labels.astype("<u1" if self.labels.max() < 256 else "<u2").tobytes())
        return told.hexdigest()

    def _part(self, where: slice) -> Images:
        labels = None if self.labels is None else self.labels[where]
        return dataclasses.replace(self, pixels=self.pixels[where], labels=labels, held=0)


def _pixels(given: object) -> Pixels:
    array = np.asarray(given)
    if array.dtype != np.uint8 or array.ndim != 4 or not array.size:
        allowed = "bytes (uint8) of shape (count, height, width, colours)"
        raise refuse("pixels", f"an array of {array.dtype}, shape {array.shape}", allowed)
    return _frozen(array)


def _labels(given: object, count: int) -> Labels:
    array = np.asarray(given)
    if array.dtype.kind not in "iu" or array.shape != (count,):
        allowed = f"{count} whole numbers, one a picture"
        raise refuse("labels", f"an array of {array.dtype}, shape {array.shape}", allowed)
    if array.min() < 0 or array.max() >= MOST:
        raise refuse("labels", f"from {array.min()} to {array.max()}", f"from 0 on, below {MOST}")
    return _frozen(array.astype(np.int32))


def _frozen(array: np.ndarray) -> np.ndarray:
    """Seen through a window that cannot be written to."""
    seen = array.view()
    seen.flags.writeable = False
    return seen


def _turns(kinds: np.ndarray) -> np.ndarray:
    """How many of its own kind stand before each."""
    order = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds)
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    turns = np.empty(len(kinds), int)
    turns[order] = np.arange(len(kinds)) - begins
    return turns
