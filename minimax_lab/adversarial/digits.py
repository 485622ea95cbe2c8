"""A task of domain adaptation that needs no download: scikit-learn's digits (1797 images of 8 x 8),
and others shifted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..checks import InputError, nearest, whole
from .domains import DomainData

Images = Float[np.ndarray, "count side side"]
PARTS = (800, 600, 397)  # labelled source, unlabelled target, target to be judged by


class ShiftedDigits(NamedTuple):
    """What a learner may see, and the target's images and labels by which it is judged."""

    seen: DomainData
    test: Float[np.ndarray, "count 64"]
    answers: Int[np.ndarray, " count"]


def rotated(images: Images, random: np.random.Generator) -> Images:
    """Turned by 35 degrees about the centre (in `scipy.ndimage.rotate`'s sense), bilinear, zero
    outside.
    """
    from scipy import ndimage

    return ndimage.rotate(images, 35, axes=(1, 2), reshape=False, order=1)


def blocks(images: Images, random: np.random.Generator) -> Images:
    """|image - 0.45 t| with t uniform on [0, 1], one number for each block of 2 x 2 pixels: as
    MNIST-M blends over patches.
    """
    count, side, _ = images.shape
    patches = random.random((count, side // 2, side // 2))
    return np.abs(images - 0.45 * np.kron(patches, np.ones((1, 2, 2))))


def contrast(images: Images, random: np.random.Generator) -> Images:
    """0.35 image + 0.5."""
    return 0.35 * images + 0.5


SHIFTS: dict[str, Callable[[Images, np.random.Generator], Images]] = {
    "rotated": rotated,
    "blocks": blocks,
    "contrast": contrast,
}


def shifted_digits(shift: str = "rotated", seed: int = 0) -> ShiftedDigits:
    """800 digits with labels as source, 600 others shifted as target, 397 more shifted for the
    test, in [0, 1] as 64 numbers.

    The seed fixes which are which, the same for all shifts ("rotated", "blocks", "contrast"). Needs
    scikit-learn.
    """
    if not isinstance(shift, str) or shift not in SHIFTS:
        raise nearest("shift", str(shift), SHIFTS)
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InputError(
            "shifted_digits reads the digits that come with scikit-learn, which is not installed: "
            'pip install "minimax_lab[gan]" or scikit-learn alone.'
        ) from error
    random = np.random.default_rng(whole(seed, "seed", 0))
    images, labels = load_digits(return_X_y=True)
    order = random.permutation(len(images))
    images, labels = images[order].reshape(-1, 8, 8) / 16, labels[order].astype(np.int32)
    first = PARTS[0]
    moved = SHIFTS[shift](images[first:], random).reshape(-1, 64)
    seen = DomainData(images[:first].reshape(-1, 64), labels[:first], moved[: PARTS[1]])
    return ShiftedDigits(seen, moved[PARTS[1] :], labels[first + PARTS[1] :])
