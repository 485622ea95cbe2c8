"""The least of a function with kinks and cusps over the unit box of one or two numbers.

A grid finds the valleys, and each is narrowed by sections, those of one number inside those of the
other.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from ..checks import InputError
from ..running.progress import Meter

GRID = {1: 96, 2: 25}  # points of the first grid along each setting
VALLEYS = 3  # how many of its lowest points are followed
SECTION = 13  # points of one section, each of which leaves a sixth of what it looked at
ROUGHLY, FINELY = 3, 16  # sections, so that a setting is known to 6^-16 of a cell of the grid
GAIN = 1e-7  # by which a radius must be smaller, relative, for a move to be worth it
MOVES = 8  # how often a valley may lead out of the box in which it was followed

Heights = Callable[[np.ndarray], np.ndarray]  # one a row of numbers


def deepest(height: Heights, numbers: int, progress: bool) -> Float[np.ndarray, " numbers"]:
    """Where the function is least."""
    count = GRID[numbers]
    ticks = np.linspace(0, 1, count)
    grid = np.stack(np.meshgrid(*[ticks] * numbers, indexing="ij"), axis=-1)
    heights = height(grid.reshape(-1, numbers)).reshape(grid.shape[:-1])
    if not np.isfinite(heights).any():
        raise InputError("no settings have an update map that is finite; give others in `within`.")
    cell = 1 / (count - 1)
    valleys, rough = _valleys(heights), []
    meter = Meter(len(valleys) + 1, shown=progress, label="valleys")
    try:
        for at in valleys:
            rough.append(_followed(height, grid[at], cell, ROUGHLY))
            meter.show(len(rough), f"least radius {min(rough, key=_height)[0]:.6g}")
        return _followed(height, min(rough, key=_height)[1], cell, FINELY)[1]
    finally:
        meter.close()


def _height(found: tuple[float, np.ndarray]) -> float:
    return found[0]


def _valleys(heights: np.ndarray) -> list[tuple[int, ...]]:
    """The lowest points of the grid that no neighbour undercuts."""
    padded = np.pad(heights, 1, constant_values=np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3,) * heights.ndim)
    lowest = heights <= windows.min(axis=tuple(range(heights.ndim, 2 * heights.ndim)))
    places = [tuple(map(int, at)) for at in np.argwhere(lowest)]
    return sorted(places, key=lambda at: float(heights[at]))[:VALLEYS]


def _followed(
    height: Heights, centre: np.ndarray, cell: float, rounds: int
) -> tuple[float, np.ndarray]:
    """The least radius around a point, in boxes that move on while it lies at their border."""
    best, least = centre, math.inf
    for _ in range(MOVES):
        low, high = np.maximum(best - cell, 0), np.minimum(best + cell, 1)
        heights, points = _narrowed(height, low, high, np.zeros((1, 0)), rounds)
        if not heights[0] < least * (1 - GAIN):
            break
        best, least = points[0], float(heights[0])
        room = 1e-6 * cell
        border = ((best < low + room) & (low > 0)) | ((best > high - room) & (high < 1))
        if not border.any():
            break
    return least, best


def _narrowed(
    height: Heights,
    low: np.ndarray,
    high: np.ndarray,
    fixed: np.ndarray,
    rounds: int,
) -> tuple[np.ndarray, np.ndarray]:
    """For each row of fixed first coordinates the least radius over the others, and where."""
    rows, known = fixed.shape
    if known == len(low):
        return height(fixed), fixed
    left, right = np.full(rows, low[known]), np.full(rows, high[known])
    shares, every = np.linspace(0, 1, SECTION), np.arange(rows)
    for _ in range(rounds):
        section = left[:, None] + (right - left)[:, None] * shares
        wider = np.column_stack([np.repeat(fixed, SECTION, axis=0), section.ravel()])
        heights, points = _narrowed(height, low, high, wider, rounds)
        heights = heights.reshape(rows, SECTION)
        at = np.argmin(heights, axis=1)
        left = section[every, np.maximum(at - 1, 0)]
        right = section[every, np.minimum(at + 1, SECTION - 1)]
    return heights[every, at], points.reshape(rows, SECTION, -1)[every, at]
