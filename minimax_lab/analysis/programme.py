"""A quadratic Lyapunov function for a rule on a class of fields, as a semidefinite programme.

    V(zeta) = sum over players of zeta' P zeta,    zeta = (z_0, u_0, ..., u_(window - 1)),
    rate^2 V(zeta_0) - V(zeta_1) >= sum l q,       V(zeta_0) - |x_0|^2 >= sum n q,    l, n >= 0,

where z' = A z + B u is the rule (`symbolic.feedback`), u are the values of the field at the points
it asked, and q >= 0 are what the class says of any two of those points and of the equilibrium. Then
|x_t| <= const rate^t for every field of the class, in any dimension. All matrices are made of
fractions; the solver sees them in floating point, and what it answers is rounded to fractions and
checked by the pivots of an exact elimination.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import InputError

if TYPE_CHECKING:
    from ..symbolic.feedback import Feedback, System

Row = tuple[Fraction, ...]
Form = tuple[Row, ...]  # a symmetric matrix, one a player
ZERO = Fraction(0)
TIGHT = (1e-9, 1e-8, 1e-7)  # tolerances of the solver, tried until it is done with one
GRAIN = 2**44  # denominators of what is rounded
MARGIN = 1e-6  # by which forms are positive, so that they stay so when they are rounded


@dataclasses.dataclass(frozen=True)
class Point:
    """Where a field was asked, and what it said: rows in the basis of one player."""

    y: Row
    v: Row


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """One player's part of `window` + 1 updates, in the basis (z_0, u_0, ..., u_window)."""

    first: tuple[Row, ...]  # zeta_0
    second: tuple[Row, ...]  # zeta_1
    points: tuple[Point, ...]


def trajectory(system: System, window: int) -> Trajectory:
    """Every state and every look as rows of coefficients."""
    n, m = system.size, system.looks
    size = n + m * (window + 1)
    unit = [tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size)]
    states, answers, points = [unit[:n]], [], []
    for t in range(window + 1):
        z, u = states[-1], unit[n + m * t : n + m * (t + 1)]
        looks = [_mixed(c, z, d, u) for c, d in zip(system.C, system.D, strict=True)]
        points += [Point(y, v) for y, v in zip(looks, u, strict=True)]
        states.append([_mixed(a, z, b, u) for a, b in zip(system.A, system.B, strict=True)])
        answers.append(u)
    early = [row for u in answers[:window] for row in u]
    late = [row for u in answers[1 : window + 1] for row in u]
    return Trajectory((*states[0], *early), (*states[1], *late), tuple(points))


def _mixed(a: Row, rows: Sequence[Row], b: Row, others: Sequence[Row]) -> Row:
    pairs = [*zip(a, rows, strict=True), *zip(b, others, strict=True)]
    return tuple(sum((c * row[k] for c, row in pairs), ZERO) for k in range(len(rows[0])))


def product(a: Row, b: Row) -> Form:
    """The form of the inner product of two rows."""
    return tuple(
        tuple((p * s + q * r) / 2 for r, s in zip(a, b, strict=True))
        for p, q in zip(a, b, strict=True)
    )


def combined(terms: Sequence[tuple[Fraction, Form]], size: int) -> Form:
    """Sum of c times form."""
    kept = [(c, form) for c, form in terms if c]
    return tuple(
        tuple(sum((c * form[i][j] for c, form in kept), ZERO) for j in range(size))
        for i in range(size)
    )


@dataclasses.dataclass(frozen=True)
class Programme:
    """What V and its multipliers must satisfy, player by player; `conditions` are the q, of which
    the first `early` concern zeta_0 alone.
    """

    trajectories: tuple[Trajectory, ...]
    conditions: tuple[tuple[Form, ...], ...]
    early: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers zeta has."""
        return len(self.trajectories[0].first)

    def decrease(self, rate: Fraction, proof: Multipliers) -> list[Form]:
        """rate^2 V(zeta_0) - V(zeta_1) - sum l q, one form a player."""
        found = []
        for player, way in enumerate(self.trajectories):
            terms = [
                (-weight, condition[player])
                for weight, condition in zip(proof.falling, self.conditions, strict=True)
            ]
            terms += _lyapunov(proof.P[player], way.first, rate**2)
            terms += _lyapunov(proof.P[player], way.second, Fraction(-1))
            found.append(combined(terms, len(way.first[0])))
        return found

    def positivity(self, proof: Multipliers) -> list[Form]:
        """V(zeta_0) - |x_0|^2 - sum n q, one form a player, in the basis of zeta_0."""
        found = []
        for player, way in enumerate(self.trajectories):
            terms = [
                (-weight, self.conditions[k][player])
                for weight, k in zip(proof.positive, self.early, strict=True)
            ]
            terms += _lyapunov(proof.P[player], way.first, Fraction(1))
            terms.append((Fraction(-1), product(way.first[0], way.first[0])))
            whole = combined(terms, len(way.first[0]))
            found.append(tuple(row[: self.size] for row in whole[: self.size]))
        return found


@dataclasses.dataclass(frozen=True)
class Multipliers:
    """P of every player, the l of the decrease and the n of the positivity."""

    P: tuple[Form, ...]
    falling: Row
    positive: Row


def _lyapunov(P: Form, rows: Sequence[Row], scale: Fraction) -> list[tuple[Fraction, Form]]:
    return [
        (scale * P[i][j] * (1 if i == j else 2), product(rows[i], rows[j]))
        for i in range(len(rows))
        for j in range(i + 1)
    ]


def programme(feedback: Feedback, players: int, window: int, inequalities: Any) -> Programme:
    """The programme of a rule on a class, whose `inequalities` say what holds of two points: one
    form a player each.
    """
    systems = feedback.systems if not feedback.alike else feedback.systems * players
    ways = tuple(trajectory(system, window) for system in systems)
    size, looks = len(ways[0].first[0]), len(ways[0].points)
    none = (ZERO,) * size
    everyone = [tuple(way.points[k] for way in ways) for k in range(looks)]
    everyone.append(tuple(Point(none, none) for _ in ways))
    conditions: list[tuple[Form, ...]] = []
    early: list[int] = []
    seen = systems[0].looks * window
    for a, b in itertools.combinations(range(looks + 1), 2):
        differences = [
            (_difference(p.y, q.y), _difference(p.v, q.v))
            for p, q in zip(everyone[a], everyone[b], strict=True)
        ]
        for condition in inequalities(differences):
            if a < seen and (b < seen or b == looks):
                early.append(len(conditions))
            conditions.append(condition)
    return Programme(ways, tuple(conditions), tuple(early))


def _difference(a: Row, b: Row) -> Row:
    return tuple(p - q for p, q in zip(a, b, strict=True))


def definite(form: Form) -> bool:
    """Whether a form is positive definite, by the pivots of an exact elimination."""
    rows = [list(row) for row in form]
    for k in range(len(rows)):
        pivot = rows[k][k]
        if pivot <= 0:
            return False
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / pivot
            if factor:
                for j in range(k + 1, len(rows)):
                    rows[i][j] -= factor * rows[k][j]
    return True


class Solver:
    """The programme in floating point: the forms of its unknowns, made once for every rate."""

    def __init__(self, asked: Programme):
        self.asked = asked
        n, way = asked.size, asked.trajectories
        self.entries = [(p, i, j) for p in range(len(way)) for i in range(n) for j in range(i + 1)]
        self.first, self.second = (
            [
                _doubles(product(rows[p][i], rows[p][j])) * (1 if i == j else 2)
                for p, i, j in self.entries
            ]
            for rows in ([w.first for w in way], [w.second for w in way])
        )
        self.conditions = [[_doubles(form) for form in q] for q in asked.conditions]

    def __call__(self, rate: float) -> Multipliers | None:
        """Multipliers that prove the rate, or None where the solver finds none with room."""
        clarabel = _clarabel()
        from scipy import sparse

        unknown, weights = len(self.entries), len(self.conditions) + len(self.asked.early)
        rows = [np.hstack([np.zeros((weights, unknown)), -np.eye(weights)])]
        offsets, cones = [np.zeros(weights)], [clarabel.NonnegativeConeT(weights)]
        for player in range(len(self.asked.trajectories)):
            for column, constant in (self._decrease(rate, player), self._positivity(player)):
                rows.append(-np.stack([_triangle(form) for form in column], axis=1))
                offsets.append(_triangle(constant - MARGIN * np.eye(len(constant))))
                cones.append(clarabel.PSDTriangleConeT(len(constant)))
        size = [float(i == j) for _, i, j in self.entries] + [1.0] * weights
        for tight in TIGHT:
            settings = clarabel.DefaultSettings()
            settings.verbose = False
            for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas"):
                setattr(settings, name, tight)
            answer = clarabel.DefaultSolver(
                sparse.csc_matrix((unknown + weights, unknown + weights)),
                np.array(size),
                sparse.csc_matrix(np.vstack(rows)),
                np.concatenate(offsets),
                cones,
                settings,
            ).solve()
            if str(answer.status) == "Solved":
                return self._rounded(np.asarray(answer.x))
            if "Infeasible" in str(answer.status):
                return None
        return None

    def _decrease(self, rate: float, player: int) -> tuple[list[np.ndarray], np.ndarray]:
        size = len(self.asked.trajectories[0].first[0])
        none = np.zeros((size, size))
        column = [
            rate**2 * a - b if p == player else none
            for (p, _, _), a, b in zip(self.entries, self.first, self.second, strict=True)
        ]
        column += [-q[player] for q in self.conditions]
        column += [none] * len(self.asked.early)
        return column, none

    def _positivity(self, player: int) -> tuple[list[np.ndarray], np.ndarray]:
        n = self.asked.size
        none = np.zeros((n, n))
        column = [
            a[:n, :n] if p == player else none
            for (p, _, _), a in zip(self.entries, self.first, strict=True)
        ]
        column += [none] * len(self.conditions)
        column += [-self.conditions[k][player][:n, :n] for k in self.asked.early]
        constant = none.copy()
        constant[0, 0] = -1
        return column, constant

    def _rounded(self, x: np.ndarray) -> Multipliers:
        n, players = self.asked.size, len(self.asked.trajectories)
        P = [[[ZERO] * n for _ in range(n)] for _ in range(players)]
        for (p, i, j), value in zip(self.entries, x, strict=False):
            P[p][i][j] = P[p][j][i] = _fraction(value)
        weights = [_fraction(max(value, 0.0)) for value in x[len(self.entries) :]]
        cut = len(self.conditions)
        forms = tuple(tuple(tuple(row) for row in part) for part in P)
        return Multipliers(forms, tuple(weights[:cut]), tuple(weights[cut:]))


def proves(asked: Programme, rate: Fraction, proof: Multipliers) -> bool:
    """Whether the multipliers prove the rate, in exact arithmetic."""
    if min((*proof.falling, *proof.positive), default=ZERO) < 0:
        return False
    return all(map(definite, (*asked.decrease(rate, proof), *asked.positivity(proof))))


def _fraction(value: float) -> Fraction:
    return Fraction(round(value * GRAIN), GRAIN)


def _doubles(form: Form) -> np.ndarray:
    return np.array([[float(e) for e in row] for row in form])


def _triangle(form: np.ndarray) -> np.ndarray:
    """The upper triangle by columns, times sqrt 2 off the diagonal: as the solver has it."""
    i, j = np.triu_indices(len(form))
    order = np.lexsort((i, j))
    i, j = i[order], j[order]
    return form[i, j] * np.where(i == j, 1.0, 2**0.5)


def _clarabel() -> Any:
    try:
        import clarabel
    except ImportError:
        raise InputError(
            "a certificate for a class of nonlinear fields needs a solver of semidefinite "
            "programmes; pip install minimax_lab[verify]."
        ) from None
    return clarabel
