"""The bilinear and quadratic games of the GDA-AM study (He et al. 2022), drawn as its released code
draws them, with its steps, depths and lengths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..game import Game
from .affine import quadratic


class Case(NamedTuple):
    """A game of the study: how it is drawn, its number of updates, the four plain steps, and
    (depth, step) of the mixed rules.
    """

    drawn: str
    condition: float
    steps: int
    sizes: tuple[float, float, float, float]
    simultaneous: tuple[int, float]
    alternating: tuple[int, float]


CASES = {
    "1a": Case("definite A, no offsets", 5, 500, (0.02, 0.1, 0.2, 0.1), (100, 0.4), (100, 0.4)),
    "1b": Case("normal A, no offsets", 0, 1000, (0.05, 0.05, 0.05, 0.02), (350, 0.1), (150, 0.1)),
    "1c": Case("normal A, offsets", 0, 1000, (0.001, 0.01, 0.03, 0.01), (200, 0.2), (125, 0.2)),
    "2b": Case(
        "definite A, B and C, offsets", 20, 1000, (0.001, 0.2, 0.2, 0.1), (150, 0.2), (200, 0.3)
    ),
    "2c": Case(
        "normal A, rank-one B and C, offsets",
        0,
        500,
        (0.001, 0.02, 0.02, 0.01),
        (500, 0.15),
        (150, 0.15),
    ),
}


def drawn(name: str, seed: int, size: int) -> tuple[Game, np.ndarray]:
    """The game x'Bx/2 + x'Ay - y'Cy/2 + b'x + c'y and the start; numpy's legacy generator, for the
    released draws.
    """
    case, random = CASES[name], np.random.RandomState(seed)
    A = definite(random, size, case.condition) if case.condition else random.randn(size, size)
    B = C = np.zeros((size, size))
    b = c = np.zeros(size)
    if name == "2b":
        B, C = (definite(random, size, case.condition) for _ in range(2))
    elif name == "2c":
        B, C = (np.outer(v, v) for v in (random.rand(size), random.rand(size)))
    if name not in ("1a", "1b"):
        b, c = random.randn(size), random.randn(size)
    return quadratic(B, A, C, b, c), random.rand(2 * size)


def definite(random: np.random.RandomState, size: int, condition: float) -> np.ndarray:
    """U diag(c^-1/2 ... c^1/2) U'. The released generator draws a second matrix that it does not
    use.
    """
    basis, _ = np.linalg.qr((random.rand(size, size) - 5) * 200)
    random.rand(size, size)
    return (
        basis
        @ np.diag(np.logspace(-np.log10(condition) / 2, np.log10(condition) / 2, size))
        @ basis.T
    )
