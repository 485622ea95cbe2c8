"""Where a branch of fixed points or cycles changes its stability, and into what.

A multiplier (an eigenvalue of the update map's derivative) leaves the unit circle: at +1 in a fold
or where branches cross, at -1 where the period doubles, as a complex pair where a circle is born
(Neimark 1959, Sacker 1964). The normal-form coefficients are those of Kuznetsov, Elements of
Applied Bifurcation Theory, chapter 5.4, with one sign for both: negative is supercritical.
"""

from __future__ import annotations

import dataclasses
import enum

import numpy as np
from jaxtyping import Complex, Float

from ..profile import Profile
from .curves import Curve, Point
from .families import second, third

ON = 1e-9  # this near to the circle a multiplier is on it
AT_ONE = 1e-5  # this near to 1 or -1 a multiplier that crosses is one of them
RESONANT = 1e-5
NONE = 1e-12  # a coefficient this small is none


class EventKind(enum.StrEnum):
    """The ways in which stability changes along a branch."""

    FOLD = "fold"
    BRANCH = "branch point"
    DOUBLING = "period doubling"
    NEIMARK_SACKER = "Neimark-Sacker"


@dataclasses.dataclass(frozen=True, eq=False)
class Event:
    """A change of stability on a branch: at this `value` of the number that moves, this `profile`
    and this critical `multiplier`, one of all the `multipliers`.

    `coefficient` is that of the normal form of period doubling and Neimark-Sacker, for a critical
    eigenvector of length one in all that the map acts on: the distance r to the branch grows like
    r (1 + coefficient r^2) at the event. None for other kinds, and where the pair is a root of one
    of order four or less.
    """

    kind: EventKind
    over: str
    value: float
    profile: Profile
    multiplier: complex
    multipliers: Complex[np.ndarray, " size"]
    period: int
    coefficient: float | None
    vector: Float[np.ndarray, " size"]

    @property
    def supercritical(self) -> bool | None:
        """Whether what branches off attracts, on the far side of the event; None where the
        coefficient does not say, as where it is zero to rounding: on a linear game nothing branches
        off.
        """
        if self.coefficient is None or abs(self.coefficient) < NONE:
            return None
        return self.coefficient < 0

    @property
    def turn(self) -> float:
        """By which part of a full turn the critical multiplier turns, between 0 and 1/2."""
        return float(abs(np.angle(self.multiplier)) / (2 * np.pi))

    def __str__(self) -> str:
        more = {True: ", supercritical", False: ", subcritical", None: ""}[self.supercritical]
        return f"{self.kind} at {self.over} = {self.value:.10g}{more}"


def located(curve: Curve, before: Point, after: Point, length: float) -> list[tuple[Point, int]]:
    """The points between two, `length` apart along the tangent of the first, at which a multiplier
    crosses the circle, each with the rank of that multiplier by modulus.
    """
    from scipy.optimize import brentq

    one, other = (np.abs(point.multipliers) - 1 for point in (before, after))
    outside = [int(np.sum(gaps > ON)) for gaps in (one, other)]
    seen: list[tuple[float, Point, int]] = []
    for rank in range(min(outside), max(outside)):
        lost, level = False, 0.0

        def gap(share: float, level: float = 0.0, rank: int = rank) -> float:
            nonlocal lost
            point = _between(curve, before, share * length)
            if point is None:
                lost = True
                return 0.0
            return float(abs(point.multipliers[rank]) - 1) - level

        if min(abs(one[rank]), abs(other[rank])) < ON:
            # Who begins on the circle leaves it at once, unless values stay on it for a while.
            near, far = (0.01, 0.001) if abs(one[rank]) < ON else (0.99, 0.999)
            if abs(gap(near)) > ON or abs(gap(far)) > ON:
                continue
            level = 10 * ON
        elif one[rank] * other[rank] >= 0:
            continue
        share = brentq(gap, 0.0, 1.0, (level,), xtol=1e-15, rtol=1e-14, maxiter=80, disp=False)
        point = None if lost else _between(curve, before, share * length)
        if point is None or abs(abs(point.multipliers[rank]) - 1) > 1e-6:
            continue  # the map's derivative jumps there
        if not any(abs(share - earlier) < 1e-9 for earlier, *_ in seen):
            seen.append((share, point, rank))
    return [(point, rank) for _, point, rank in sorted(seen, key=lambda found: found[0])]


def _between(curve: Curve, before: Point, length: float) -> Point | None:
    return curve.corrected(before.u + length * before.tangent, before.tangent)


def described(curve: Curve, point: Point, rank: int, profile: Profile) -> Event:
    """The event at a point where the multiplier of this rank crosses."""
    values = point.multipliers
    critical = complex(values[rank])
    family = curve.family
    coefficient: float | None = None
    if abs(critical - 1) < AT_ONE:
        wide = curve.jet(point.u)[1]
        crossing = np.linalg.svd(wide, compute_uv=False)[-1] < 1e-6
        kind = EventKind.BRANCH if crossing else EventKind.FOLD
        vector = _other_way(wide, point.tangent)
    elif abs(critical + 1) < AT_ONE:
        kind = EventKind.DOUBLING
        right, _ = _pair(point.matrix, -1.0)
        vector = _across(np.append(np.real(right), 0.0), point.tangent)
        coefficient = _doubling(curve, point)
    else:
        kind = EventKind.NEIMARK_SACKER
        critical = complex(critical.real, abs(critical.imag))
        vector, coefficient = np.zeros(len(point.u)), _circle(curve, point, critical)
    return Event(
        kind,
        family.leaves[0].name,
        curve.value(point.u),
        profile,
        critical,
        values,
        family.period,
        coefficient,
        np.append(curve.z(point.u), vector),
    )


def _other_way(wide: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """The direction of the kernel across the tangent."""
    kernel = np.linalg.svd(wide)[2][-2:]
    return _across(kernel[np.argmin(np.abs(kernel @ tangent))], tangent)


def _across(way: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """The part of a direction across the tangent: the plane through it has no other point of the
    old branch near by.
    """
    rest = way - (way @ tangent) * tangent
    return rest / np.linalg.norm(rest)


def _pair(matrix: np.ndarray, value: complex) -> tuple[np.ndarray, np.ndarray]:
    """Right and left eigenvectors of a simple value: |q| = 1 and conj(p) . q = 1."""
    from scipy.linalg import eig

    values, left, right = eig(matrix, left=True, right=True)
    i = int(np.argmin(np.abs(values - value)))
    q = right[:, i] / np.linalg.norm(right[:, i])
    p = left[:, i]
    if value.imag == 0:
        turned = q[np.argmax(np.abs(q))]
        q, p = np.real(q / turned * abs(turned)), np.real(p / turned * abs(turned))
        q = q / np.linalg.norm(q)
    with np.errstate(divide="ignore", invalid="ignore"):  # of a double value there is none
        return q, p / np.conj(np.vdot(p, q))


def _doubling(curve: Curve, point: Point) -> float | None:
    z, p = curve.z(point.u), np.array([curve.value(point.u)])
    q, dual = _pair(point.matrix, -1.0)
    family, eye = curve.family, np.eye(len(q))
    bent = np.linalg.solve(eye - point.matrix, second(family, z, p, q, q))
    inner = third(family, z, p, q, q, q) + 3 * second(family, z, p, q, bent)
    found = -float(np.real(np.vdot(dual, inner))) / 6
    return found if np.isfinite(found) else None


def _circle(curve: Curve, point: Point, value: complex) -> float | None:
    value = value / abs(value)
    if any(abs(value**order - 1) < RESONANT for order in (1, 2, 3, 4)):
        return None
    z, p = curve.z(point.u), np.array([curve.value(point.u)])
    q, dual = _pair(point.matrix, value)
    family, eye = curve.family, np.eye(len(q))
    mean = np.linalg.solve(eye - point.matrix, second(family, z, p, q, np.conj(q)))
    twice = np.linalg.solve(value**2 * eye - point.matrix, second(family, z, p, q, q))
    inner = (
        third(family, z, p, q, q, np.conj(q))
        + 2 * second(family, z, p, q, mean)
        + second(family, z, p, np.conj(q), twice)
    )
    found = float(np.real(np.conj(value) * np.vdot(dual, inner))) / 2
    return found if np.isfinite(found) else None
