"""Classes of games about which a rate is certified: quadratic games by where their eigenvalues may
lie, and nonlinear ones by what holds of their field at any two points.
"""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..checks import is_concrete, is_number, one_number, refuse
from ..settings import Declared, per_player, real
from .programme import Form, Row, combined, product

Difference = tuple[Row, Row]  # of two points, and of the field there
SAMPLED = 400  # members along one curve, or of one kind, from which the worst is taken
FINE = 2**40  # denominators of the ends of curves, which are rounded outwards


class Curve(NamedTuple):
    """(p + i q) / d for t from zero to one: polynomials in t, lowest power first, d > 0."""

    p: tuple[Fraction, ...]
    q: tuple[Fraction, ...]
    d: tuple[Fraction, ...]

    def at(self, t: np.ndarray) -> np.ndarray:
        """Its points, in floating point."""
        p, q, d = (np.polynomial.Polynomial([float(c) for c in part])(t) for part in self)
        return (p + 1j * q) / d


class GameClass(Declared):
    """All games of which something is known."""


class Spectra(GameClass):
    """Quadratic games whose field has its eigenvalues in a set symmetric to the real axis.

    The radius of the update is subharmonic in the eigenvalue, so that it is largest on the set's
    boundary; the upper half of that is enough.
    """

    players: ClassVar[int] = 1  # to the block that has one eigenvalue of the set

    @property
    @abc.abstractmethod
    def boundary(self) -> tuple[Curve, ...]:
        """The upper half of the boundary, or more."""

    def block(self, value: Any) -> list[list[Any]]:
        """The smallest game with this eigenvalue, as its field's matrix."""
        return [[value]]


class Interval(Spectra):
    """Eigenvalues from `low` to `high`, all real: potential games, strongly convex minimisation.

    Examples:
        >>> import minimax_lab as mm
        >>> print(f"{mm.certify(mm.Simultaneous(0.5), mm.Interval(1.0, 3.0)).rate:.6f}")
        0.500000
    """

    low: float = real(least=0)
    high: float = real(above=0)

    def __check_init__(self) -> None:
        _demand_filled(self, "high", "low")

    @property
    def boundary(self) -> tuple[Curve, ...]:
        return (_segment((_exact(self.low), Fraction(0)), (_exact(self.high), Fraction(0))),)


class Rotation(Spectra):
    """Bilinear games with singular values from `low` to `high`: eigenvalues i s and -i s.

    Examples:
        >>> import minimax_lab as mm
        >>> print(f"{mm.certify(mm.Extragradient(0.5), mm.Rotation(1.0, 1.5)).rate:.6f}")
        0.901388
    """

    low: float = real(least=0)
    high: float = real(above=0)

    players = 2

    def __check_init__(self) -> None:
        _demand_filled(self, "high", "low")

    @property
    def boundary(self) -> tuple[Curve, ...]:
        return (_segment((_exact(self.low), Fraction(0)), (_exact(self.high), Fraction(0))),)

    def block(self, value: Any) -> list[list[Any]]:
        return [[0, value], [-value, 0]]


class Disc(Spectra):
    """Eigenvalues at most `radius` away from `centre`, a real number.

    Examples:
        >>> import minimax_lab as mm
        >>> print(f"{mm.certify(mm.Simultaneous(0.5), mm.Disc(2.0, 1.0)).rate:.6f}")
        0.500000
    """

    centre: float = real(above=0)
    radius: float = real(least=0)

    def __check_init__(self) -> None:
        _demand_numbers(self)

    @property
    def boundary(self) -> tuple[Curve, ...]:
        return tuple(
            _arc(_exact(self.centre), _exact(self.radius), Fraction(1), turn) for turn in (1, -1)
        )


class Sector(Spectra):
    """Eigenvalues of modulus from `low` to `high`, at most `angle` (radians, below a right one)
    from the real axis: strong monotonicity with rotation.

    Examples:
        >>> import minimax_lab as mm
        >>> print(f"{mm.certify(mm.Simultaneous(0.2), mm.Sector(1.0, 2.0, 1.0)).rate:.4f}")
        0.9077
    """

    low: float = real(above=0)
    high: float = real(above=0)
    angle: float = real(least=0, below=math.pi / 2)

    def __check_init__(self) -> None:
        _demand_filled(self, "high", "low")

    @property
    def boundary(self) -> tuple[Curve, ...]:
        end = _above(math.tan(self.angle / 2))
        cosine, sine = (1 - end**2) / (1 + end**2), 2 * end / (1 + end**2)
        low, high = _exact(self.low), _exact(self.high)
        across = _segment((low * cosine, low * sine), (high * cosine, high * sine))
        return _arc(Fraction(0), low, end), _arc(Fraction(0), high, end), across


class HalfDisc(Spectra):
    """Eigenvalues of real part at least `mu` and modulus at most `L`: the linear fields of
    `Monotone`.
    """

    mu: float = real(least=0)
    L: float = real(above=0)

    def __check_init__(self) -> None:
        _demand_filled(self, "L", "mu")

    @property
    def boundary(self) -> tuple[Curve, ...]:
        mu, limit = _exact(self.mu), _exact(self.L)
        end = _above(math.sqrt((self.L - self.mu) / (self.L + self.mu)))
        height = _above(math.sqrt(self.L**2 - self.mu**2))
        return _arc(Fraction(0), limit, end), _segment((mu, Fraction(0)), (mu, height))


class Fields(GameClass):
    """Games whose field, zero at an equilibrium, satisfies inequalities at any two points."""

    players: ClassVar[int] = 1  # that are told apart; one stands for any number

    @abc.abstractmethod
    def inequalities(self, differences: Sequence[Difference]) -> list[tuple[Form, ...]]:
        """Quadratic forms of two points that are never negative, each with a part a player."""

    @abc.abstractmethod
    def linear(self, players: int) -> np.ndarray:
        """Matrices of linear members: of players of a number each, or, where they are complex, of
        two that turn together.
        """


class Monotone(Fields):
    """(v(x) - v(y))'(x - y) >= mu |x - y|^2 and |v(x) - v(y)| <= L |x - y|.

    Examples:
        >>> import minimax_lab as mm
        >>> try:
        ...     mm.Monotone(mu=2.0, L=1.0)
        ... except mm.InputError as error:
        ...     print(error)
        Monotone.L is 1.0, but must be at least mu, 2.0. No game is in that class.
    """

    mu: float = real(least=0)
    L: float = real(above=0)

    def __check_init__(self) -> None:
        _demand_filled(self, "L", "mu")

    def inequalities(self, differences: Sequence[Difference]) -> list[tuple[Form, ...]]:
        mu, limit = _exact(self.mu), _exact(self.L)
        return [
            tuple(_form((1, x, v), (-mu, x, x)) for x, v in differences),
            tuple(_form((limit**2, x, x), (-1, v, v)) for x, v in differences),
        ]

    def linear(self, players: int) -> np.ndarray:
        alone = _along(HalfDisc(self.mu, self.L)) * np.eye(players)
        return alone if players == 1 else np.concatenate([alone, _turning(self.mu, self.L)])


class Cocoercive(Fields):
    """(w(x) - w(y))'(x - y) >= |w(x) - w(y)|^2 / (L - mu) for w(x) = v(x) - mu x.

    The gradients of mu-strongly convex functions with L-Lipschitz gradients are of this class, and
    so are fields that turn a little.

    Examples:
        >>> import minimax_lab as mm
        >>> mm.Cocoercive(mu=0.5, L=2.0)
        Cocoercive(mu=0.5, L=2.0)
    """

    mu: float = real(least=0)
    L: float = real(above=0)

    def __check_init__(self) -> None:
        _demand_filled(self, "L", "mu")

    def inequalities(self, differences: Sequence[Difference]) -> list[tuple[Form, ...]]:
        mu, limit = _exact(self.mu), _exact(self.L)
        return [
            tuple(
                _form((limit + mu, x, v), (-limit * mu, x, x), (-1, v, v)) for x, v in differences
            )
        ]

    def linear(self, players: int) -> np.ndarray:
        middle, reach = (self.L + self.mu) / 2, (self.L - self.mu) / 2
        alone = _along(Disc(middle, reach)) * np.eye(players)
        if players == 1:
            return alone
        parts = np.linalg.svd(np.random.default_rng(0).standard_normal((8 * SAMPLED, 2, 2)))
        return np.concatenate([alone, middle * np.eye(2) + reach * parts.U @ parts.Vh])


class SaddlePoint(Fields):
    """min over x, max over y of f: the own curvatures of each player between `mu` and `L`, the
    mixed derivative at most `coupling` in norm.

    `mu` and `L` are one number, or one a player.

    Examples:
        >>> import minimax_lab as mm
        >>> mm.SaddlePoint(mu=1.0, L=(2.0, 3.0), coupling=4.0)
        SaddlePoint(mu=1.0, L=(2.0, 3.0), coupling=4.0)
    """

    mu: float | tuple[float, ...] = real(least=0, each=True)
    L: float | tuple[float, ...] = real(above=0, each=True)
    coupling: float = real(least=0)

    players = 2

    def __check_init__(self) -> None:
        _demand_numbers(self)
        for low, high in self._curvatures:
            if low > high:
                cause = "No game is in that class."
                raise refuse("SaddlePoint.L", self.L, f"at least mu, {self.mu}", cause)

    @property
    def _curvatures(self) -> tuple[tuple[float, float], ...]:
        low = per_player(self.mu, "SaddlePoint.mu", 2)
        return tuple(zip(low, per_player(self.L, "SaddlePoint.L", 2), strict=True))

    def inequalities(self, differences: Sequence[Difference]) -> list[tuple[Form, ...]]:
        """Monotone block by block; and |v_i - m_i x_i| <= r_i |x_i| + c |x_j| with the middle m_i
        and half the width r_i of the curvatures, squared with several weights.
        """
        ends = [(_exact(low), _exact(high)) for low, high in self._curvatures]
        coupled = _exact(self.coupling)
        pairs = list(zip(ends, differences, strict=True))
        found = [
            tuple(_form((1, x, v), (-low, x, x)) for (low, _), (x, v) in pairs),
        ]
        for i, ((low, high), (x, v)) in enumerate(pairs):
            middle, half = (low + high) / 2, (high - low) / 2
            other = differences[1 - i][0]
            rest = tuple(b - middle * a for a, b in zip(x, v, strict=True))
            weights = [Fraction(1, 4), Fraction(1), Fraction(4)] if half and coupled else [None]
            for t in weights:
                near, far = (half**2, coupled**2)
                if t is not None:
                    near, far = near * (1 + t), far * (1 + 1 / t)
                own = _form((near, x, x), (-1, rest, rest))
                theirs = _form((far, other, other))
                found.append((own, theirs) if i == 0 else (theirs, own))
        return found

    def linear(self, players: int) -> np.ndarray:
        (a, b), (c, d) = self._curvatures
        # Both ends and what lies between of either curvature, and of the coupling.
        shares = np.linspace(0, 1, 9)
        p, q, s = np.meshgrid(a + (b - a) * shares, c + (d - c) * shares, self.coupling * shares)
        rows = np.array([[p.ravel(), s.ravel()], [-s.ravel(), q.ravel()]])
        return np.moveaxis(rows, -1, 0)


def _form(*terms: tuple[Fraction | int, Row, Row]) -> Form:
    return combined([(Fraction(c), product(a, b)) for c, a, b in terms], len(terms[0][1]))


def _along(where: Spectra) -> np.ndarray:
    values = [curve.at(np.linspace(0, 1, SAMPLED)) for curve in where.boundary]
    return np.concatenate(values)[:, None, None]


@functools.cache
def _turning(mu: float, limit: float) -> np.ndarray:
    """mu + t M of two players, M monotone and drawn, t the largest with a norm of at most the
    limit.
    """
    random = np.random.default_rng(0)
    A, R = random.standard_normal((2, 8 * SAMPLED, 2, 2))
    share = random.uniform(0, 1, (8 * SAMPLED, 1, 1)) ** 4
    M = A - np.swapaxes(A, 1, 2) + share * R @ np.swapaxes(R, 1, 2)
    low, high = np.zeros(len(M)), 4 * limit / np.linalg.norm(M, 2, axis=(1, 2))
    for _ in range(50):
        t = (low + high) / 2
        inside = np.linalg.norm(mu * np.eye(2) + t[:, None, None] * M, 2, axis=(1, 2)) <= limit
        low, high = np.where(inside, t, low), np.where(inside, high, t)
    return mu * np.eye(2) + low[:, None, None] * M


def _segment(start: tuple[Fraction, Fraction], end: tuple[Fraction, Fraction]) -> Curve:
    p, q = ((a, b - a) for a, b in zip(start, end, strict=True))
    return Curve(p, q, (Fraction(1),))


def _arc(centre: Fraction, radius: Fraction, end: Fraction, turn: int = 1) -> Curve:
    """From angle zero (or a half turn, where `turn` is -1) to twice the arc tangent of `end`."""
    square = end**2
    p = (centre + turn * radius, Fraction(0), square * (centre - turn * radius))
    return Curve(p, (Fraction(0), 2 * radius * end), (Fraction(1), Fraction(0), square))


def _exact(value: float) -> Fraction:
    return Fraction(repr(float(value)))


def _above(value: float) -> Fraction:
    """A fraction that is not below the number, whatever its rounding."""
    return Fraction(math.ceil(value * (1 + 1e-15) * FINE) + (value > 0), FINE)


def _demand_numbers(made: GameClass) -> None:
    for name, value in vars(made).items():
        parts = value if isinstance(value, tuple) else (value,)
        if not all(is_number(part) and is_concrete(part) and np.ndim(part) == 0 for part in parts):
            raise refuse(f"{type(made).__name__}.{name}", value, "a number")
        for part in parts:
            one_number(part, f"{type(made).__name__}.{name}")


def _demand_filled(made: GameClass, upper: str, lower: str) -> None:
    _demand_numbers(made)
    low, high = getattr(made, lower), getattr(made, upper)
    if low > high:
        name = f"{type(made).__name__}.{upper}"
        raise refuse(name, high, f"at least {lower}, {low}", "No game is in that class.")
