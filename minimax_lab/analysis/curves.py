"""The curve of fixed points F(z, p) = z while one number p moves, step by step along its arc.

A step goes along the tangent and is corrected by Newton's method in the plane across it (Keller
1977), so that a fold, where p turns back, is passed like any other point. All is in units in which
the range of p and the size of z are one.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Complex, Float

from .families import Family, first_vector, linearised

Vector = Float[np.ndarray, " size"]
STEPS = 12  # of Newton's method in one correction


class Point(NamedTuple):
    """A point u = (z, p) of the curve in its own units, its tangent, and dF/dz there."""

    u: Vector
    tangent: Vector
    matrix: Float[np.ndarray, "size size"]

    @property
    def multipliers(self) -> Complex[np.ndarray, " size"]:
        """The eigenvalues of dF/dz, largest modulus first."""
        values = np.linalg.eigvals(self.matrix)
        return values[np.argsort(-np.abs(values), kind="stable")]


@dataclasses.dataclass(frozen=True)
class Curve:
    """F(z, p) = z in units: `size` of z, `width` of p."""

    family: Family
    size: float
    width: float

    def value(self, u: Vector) -> float:
        """The number p at u."""
        return float(u[-1] * self.width)

    def z(self, u: Vector) -> Vector:
        """The vector z at u."""
        return u[:-1] * self.size

    def unit(self, z: Vector, value: float) -> Vector:
        """u of a vector and a number."""
        return np.append(z / self.size, value / self.width)

    def jet(self, u: Vector) -> tuple[Vector, Vector, Vector]:
        """The residual F - z, its derivative in u, and dF/dz."""
        parts = linearised(self.family, jnp.asarray(self.z(u)), jnp.asarray([self.value(u)]))
        after, matrix, slope = (np.asarray(part, float) for part in parts)
        own = matrix - np.eye(len(matrix))
        wide = np.column_stack([own, slope[:, 0] * (self.width / self.size)])
        return after / self.size - u[:-1], wide, matrix

    def corrected(self, guess: Vector, across: Vector) -> Point | None:
        """The point of the curve in the plane through the guess and across a direction; None where
        Newton's method does not settle.
        """
        u, last = guess, np.inf
        for _ in range(STEPS):
            residual, wide, matrix = self.jet(u)
            if not (np.all(np.isfinite(wide)) and np.all(np.isfinite(residual))):
                return None
            move = _solved(np.vstack([wide, across]), -np.append(residual, across @ (u - guess)))
            length = float(np.linalg.norm(move))
            if length < 1e-7 and length >= 0.5 * last:  # no better than rounding
                return Point(u, self.tangent(wide, across), matrix)
            if not length < 2 * last or length > 1e3 * (1 + np.linalg.norm(u)):
                return None
            u, last = u + move, length
            if length <= 1e-15 * (1 + np.linalg.norm(u)):
                break
        if last > 1e-9 * (1 + np.linalg.norm(u)):
            return None
        _, wide, matrix = self.jet(u)
        return Point(u, self.tangent(wide, across), matrix)

    @staticmethod
    def tangent(wide: Float[np.ndarray, "size more"], along: Vector) -> Vector:
        """The unit tangent on the side of `along`."""
        end = np.zeros(len(along))
        end[-1] = 1
        found = _solved(np.vstack([wide, along]), end)
        size = float(np.linalg.norm(found))
        return found / size if np.isfinite(size) and size > 0 else along

    @functools.cached_property
    def upward(self) -> Vector:
        """The direction in which p alone grows."""
        end = np.zeros(self.family_size + 1)
        end[-1] = 1
        return end

    @functools.cached_property
    def family_size(self) -> int:
        """How many numbers z has."""
        return int(first_vector(self.family, jnp.zeros(1) + self.width).size)


def _solved(system: Float[np.ndarray, "n n"], right: Vector) -> Vector:
    """The solution, the shortest of the best where there is none or more than one."""
    try:
        found = np.linalg.solve(system, right)
        if np.all(np.isfinite(found)) and np.linalg.norm(found) < 1e12:
            return found
    except np.linalg.LinAlgError:
        pass
    return np.linalg.lstsq(system, right, rcond=1e-12)[0]
