"""The curve in the plane of two settings on which the update map is just stable, followed exactly.

g(p) = log radius of dF/dz at the equilibrium, whose gradient comes from the derivative of an
eigenvalue. The curve g = 0 is followed along its tangent, the unstable side always on the same
hand, and corrected along the gradient; where another eigenvalue takes over it has a corner, at
which the gradient of the new one shows the way on.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from .blocks import Blocks, in_blocks
from .events import EventKind
from .families import Family, linearised, pushed_along

Ways = Float[np.ndarray, "points 2"]
SHORTEST = 1e-3  # of the usual step, at corners
MOST = 4000


@dataclasses.dataclass(frozen=True, eq=False)
class Boundary:
    """One piece of the boundary: points in the plane of the settings, and how stability is lost at
    each.
    """

    points: Ways
    kinds: tuple[EventKind, ...]


class Edge(NamedTuple):
    """log radius at a point of the unit square, its gradient, the eigenvalue it belongs to, and
    the fixed point there.
    """

    value: float
    gradient: Float[np.ndarray, " 2"]
    multiplier: complex
    z: Float[np.ndarray, " size"]


_Found = tuple[np.ndarray, np.ndarray, tuple[complex, np.ndarray, np.ndarray]]
Line = list[tuple[np.ndarray, Edge]]


@dataclasses.dataclass(frozen=True, eq=False)
class Plane:
    """The unit square of two settings, and a fixed point in it; with `blocks`, one that stays where
    it is, and the parts in which the derivative acts there.
    """

    family: Family
    low: Float[np.ndarray, " 2"]
    high: Float[np.ndarray, " 2"]
    z: Float[np.ndarray, " size"]
    blocks: Blocks | None = None

    def settings(self, u: np.ndarray) -> np.ndarray:
        """The two numbers at a point of the unit square."""
        return self.low + u * (self.high - self.low)

    def edge(self, u: np.ndarray, near: np.ndarray) -> Edge | None:
        """log radius there, with its gradient; None where there is no fixed point near a vector."""
        p = jnp.asarray(self.settings(u))
        found = self._whole(near, p) if self.blocks is None else self._parts(p)
        if found is None:
            return None
        z, ways, (value, left, right) = found
        turns = jnp.diag(jnp.asarray(self.high - self.low))
        real, imaginary = (
            np.asarray(
                pushed_along(
                    self.family, jnp.asarray(z), p, jnp.asarray(part), jnp.asarray(ways), turns
                )
            )
            for part in (right.real, right.imag)
        )
        moved = (real + 1j * imaginary) @ left.conj() / np.vdot(left, right)
        return Edge(float(np.log(abs(value))), np.real(moved / value), complex(value), z)

    def _whole(self, z: np.ndarray, p: Array) -> _Found | None:
        """The fixed point near z, how it moves, and the largest eigenvalue with its vectors."""
        for _ in range(20):
            after, matrix, slopes = (
                np.asarray(a, float) for a in linearised(self.family, jnp.asarray(z), p)
            )
            away = np.eye(len(z)) - matrix
            gap = after - z
            if not np.all(np.isfinite(matrix)):
                return None
            if np.linalg.norm(gap) <= 1e-13 * (1 + np.linalg.norm(z)):
                scale = (self.high - self.low)[:, None]
                ways = np.linalg.lstsq(away, slopes, rcond=1e-13)[0].T * scale
                return z, ways, _largest(matrix)
            z = z + np.linalg.lstsq(away, gap, rcond=1e-13)[0]
        return None

    def _parts(self, p: Array) -> _Found | None:
        """The same part by part, at the one fixed point."""
        assert self.blocks is not None
        parts = [
            np.asarray(m) for m in _in_blocks(self.family, self.blocks, jnp.asarray(self.z), p)
        ]
        if not all(np.all(np.isfinite(m)) for m in parts):
            return None
        radii = [np.abs(np.linalg.eigvals(m)).max(axis=1) for m in parts]
        k = int(np.argmax([r.max() for r in radii]))
        i = int(np.argmax(radii[k]))
        value, left, right = _largest(parts[k][i])
        basis = np.asarray(self.blocks.groups[k][i])
        return self.z, np.zeros((2, len(self.z))), (value, basis @ left, basis @ right)

    def corrected(
        self, u: np.ndarray, near: np.ndarray, reach: float
    ) -> tuple[np.ndarray, Edge] | None:
        """The point of the boundary near u."""
        begun = u
        for _ in range(20):
            edge = self.edge(u, near)
            if edge is None or not np.all(np.isfinite(edge.gradient)):
                return None
            steep = float(edge.gradient @ edge.gradient)
            near = edge.z
            if abs(edge.value) <= 1e-12:
                return u, edge
            if steep == 0:
                return None
            u = u - edge.value * edge.gradient / steep
            if np.linalg.norm(u - begun) > reach:
                return None
        return (u, edge) if edge is not None and abs(edge.value) < 1e-9 else None


def _largest(matrix: Float[np.ndarray, "n n"]) -> tuple[complex, np.ndarray, np.ndarray]:
    """The eigenvalue of largest modulus, with its vectors from the left and from the right."""
    from scipy.linalg import eig

    values, left, right = eig(matrix, left=True, right=True)
    i = int(np.argmax(np.abs(values) + 1e-12 * (values.imag > 0)))
    return values[i], left[:, i], right[:, i]


@eqx.filter_jit
def _in_blocks(family: Family, blocks: Blocks, z: Array, parameters: Array) -> list[Array]:
    return in_blocks(family, blocks, z, parameters)[1]


def boundaries(
    plane: Plane, radii: Float[np.ndarray, "first second"], step: float = 0.01
) -> list[Boundary]:
    """All pieces of the boundary that a grid of radii over the unit square shows."""
    lines: list[Line] = []
    cell = 1.5 / (min(radii.shape) - 1)
    for seed in _seeds(radii):
        if any(_gaps(line, seed[None]).max() < max(cell, step) for line in lines):
            continue
        begun = plane.corrected(seed, plane.z, 2 * cell)
        if begun is None or not _inside(begun[0]):
            continue
        line, closed = _followed(plane, begun, step, 1.0)
        if not closed:
            behind, _ = _followed(plane, begun, step, -1.0)
            line = behind[:0:-1] + line
        # A piece that ended at a corner lies on the one that goes round it.
        lines = [old for old in lines if _gaps(line, _places(old)).max() > step]
        lines.append(line)
    return [
        Boundary(
            np.array([plane.settings(u) for u, _ in line]),
            tuple(_kind(edge.multiplier) for _, edge in line),
        )
        for line in lines
    ]


def _places(line: Line) -> Ways:
    return np.array([u for u, _ in line])


def _gaps(line: Line, places: Ways) -> Float[np.ndarray, " places"]:
    """How far places are from the nearest point of a line."""
    return np.linalg.norm(places[:, None] - _places(line)[None], axis=2).min(axis=1)


def _followed(
    plane: Plane, begun: tuple[np.ndarray, Edge], step: float, hand: float
) -> tuple[Line, bool]:
    """From a point on, to one hand, until the square or the curve ends, or it comes back."""
    line, length = [begun], step
    while len(line) < MOST:
        u, edge = line[-1]
        gradient = edge.gradient / np.linalg.norm(edge.gradient)
        along = hand * np.array([-gradient[1], gradient[0]])
        there = plane.corrected(u + length * along, edge.z, length)
        if there is None or (there[0] - u) @ along < 0.5 * length:
            length /= 2
            if length < SHORTEST * step:
                corner = _rounded(plane, line[-1], along, length, hand)
                if corner is None:
                    return line, False
                line.append(corner)
                length = step / 8
            continue
        line.append(there)
        if not _inside(there[0]):
            line[-1] = _clipped(line)
            return line, False
        if len(line) > 4 and np.linalg.norm(there[0] - begun[0]) < 0.7 * length:
            line.append(begun)
            return line, True
        length = min(step, 1.5 * length)
    return line, False


def _rounded(
    plane: Plane, here: tuple[np.ndarray, Edge], along: np.ndarray, length: float, hand: float
) -> tuple[np.ndarray, Edge] | None:
    """A point behind a corner: where the eigenvalue leads that is largest a little ahead."""
    u, edge = here
    for reach in (4, 16, 64):
        there = plane.corrected(u + reach * length * along, edge.z, 40 * reach * length)
        if there is None:
            continue
        gradient = there[1].gradient / np.linalg.norm(there[1].gradient)
        onward = hand * np.array([-gradient[1], gradient[0]])
        ahead = plane.corrected(there[0] + reach * length * onward, edge.z, 4 * reach * length)
        if ahead is not None and (ahead[0] - u) @ onward > 0:
            return ahead
    return None


def _inside(u: np.ndarray) -> bool:
    return bool(np.all((u >= -1e-9) & (u <= 1 + 1e-9)))


def _clipped(line: Line) -> tuple[np.ndarray, Edge]:
    """The last point moved back to the edge of the square."""
    (u, _), (w, edge) = line[-2:]
    share = 1.0
    for a, b in zip(u, w, strict=True):
        if b < 0 and b != a:
            share = min(share, a / (a - b))
        if b > 1 and b != a:
            share = min(share, (1 - a) / (b - a))
    return u + max(share, 0.0) * (w - u), edge


def _seeds(radii: np.ndarray) -> Ways:
    """Points of the unit square between neighbours of which one is stable and one is not; what is
    on the circle to rounding, as where a rule only turns, is not.
    """
    stable: Bool[np.ndarray, "first second"] = radii < 1 - 1e-9
    known = np.isfinite(radii)
    rows, columns = radii.shape
    found = []
    for axis in (0, 1):
        one, other = (np.moveaxis(a, axis, 0) for a in (stable, known))
        change = (one[1:] != one[:-1]) & other[1:] & other[:-1]
        places = np.argwhere(change) + np.array([0.5, 0.0])
        found.append(places if axis == 0 else places[:, ::-1])
    places = np.concatenate(found)
    return places / np.array([rows - 1, columns - 1])


def _kind(multiplier: complex) -> EventKind:
    if abs(multiplier.imag) > 1e-6:
        return EventKind.NEIMARK_SACKER
    return EventKind.DOUBLING if multiplier.real < 0 else EventKind.FOLD
