"""The catalogue's games as SymPy formulas: one loss a player, one tuple of symbols a player.
Written apart from the numeric games, except the planar ones, so that each checks the other. Decimal
arguments become exact fractions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..game import Game

Formula = tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...]]

GOODS = {(0, 1): 1.0, (1, 2): 2.0, (0, 2): 0.5}


def bilinear(strength: float = 1.0) -> Formula:
    """strength x y."""
    s = _exact(strength)
    return affine([[0, s], [-s, 0]])


def quadratic(convexity: float = 0.5, coupling: float = 1.0, concavity: float = 0.5) -> Formula:
    """convexity x^2/2 + coupling x y - concavity y^2/2."""
    p, b, q = map(_exact, (convexity, coupling, concavity))
    return affine([[p, b], [-b, q]])


def exchange(friction: float = 0.1, defect: float = 0.0) -> Formula:
    """friction w_i^2/2, and w_0 w_1 earned by firm 0, paid by firm 1 up to the defect."""
    e, d = _exact(friction), _exact(defect)
    return affine([[e, -1], [1 - d, e]])


def rate_dependent() -> Formula:
    """J = [[-1, 2], [-2, 3]]."""
    return affine([[-1, 2], [-2, 3]])


def ring(friction: float = 0.1) -> Formula:
    """Three players."""
    e = _exact(friction)
    return affine([[e, 1, -1], [-1, e, 1], [1, -1, e]])


def market(friction: float = 0.1, defect: float = 0.0, trade: str = "bilinear") -> Formula:
    """Three firms, g the identity or tanh."""
    import sympy

    w = sympy.symbols("w_0 w_1 w_2", real=True)
    g = {"bilinear": lambda t: t, "tanh": sympy.tanh}[trade]
    gains = {(i, j): g(_exact(good) * w[i] * w[j]) for (i, j), good in GOODS.items()}
    losses = [_exact(friction) * own**2 / 2 for own in w]
    for (seller, buyer), gain in gains.items():
        losses[seller] -= gain
        losses[buyer] += (1 - _exact(defect)) * gain
    return tuple(losses), tuple((own,) for own in w)


def planar(make: Callable[[], Game]) -> Formula:
    """(f, -f), read off the planar game itself."""
    import sympy

    x, y = sympy.symbols("x y", real=True)
    f = make().losses.value.value(x, y, of=sympy)  # type: ignore[attr-defined]
    return (f, -f), ((x,), (y,))


def dirac_gan(penalty: float = 0.0) -> Formula:
    """f(t) = -log(1 + e^-t); the discriminator pays penalty/2 psi^2."""
    import sympy

    theta, psi = _dirac_symbols()
    value = -sympy.log(1 + sympy.exp(-theta * psi)) - sympy.log(2)
    return (value, -value + _exact(penalty) * psi**2 / 2), ((theta,), (psi,))


def dirac_nsgan(penalty: float = 0.0) -> Formula:
    """The generator minimises -f(-theta psi) instead."""
    import sympy

    theta, psi = _dirac_symbols()
    (_, discriminator), symbols = dirac_gan(penalty)
    return (sympy.log(1 + sympy.exp(theta * psi)), discriminator), symbols


def dirac_wgan(clip: float = 1.0) -> Formula:
    """f(t) = t; clipping is a projection and no part of the formula."""
    theta, psi = _dirac_symbols()
    return (theta * psi, -theta * psi), ((theta,), (psi,))


def dirac_wgan_gp(penalty: float = 0.7, target: float = 1.0) -> Formula:
    """f(t) = t, with penalty/2 (|psi| - target)^2."""
    theta, psi = _dirac_symbols()
    cost = _exact(penalty) * (abs(psi) - _exact(target)) ** 2 / 2
    return (theta * psi, -theta * psi + cost), ((theta,), (psi,))


def rock_paper_scissors() -> Formula:
    """x'Ay, three numbers a player; the simplexes are no part of the formula."""
    import sympy

    x, y = sympy.symbols("x_0:3", real=True), sympy.symbols("y_0:3", real=True)
    value = sum(x[i] * (y[(i + 1) % 3] - y[(i + 2) % 3]) for i in range(3))
    return (value, -value), (x, y)


def box_bilinear(half_width: float = 1.0) -> Formula:
    """x y; the box is no part of the formula."""
    return bilinear()


def affine(jacobian: list[list[Any]]) -> Formula:
    """x_i (J_ii x_i/2 + sum over j != i of J_ij x_j), players of one number each."""
    import sympy

    x = sympy.symbols("x y" if len(jacobian) == 2 else f"x_0:{len(jacobian)}", real=True)
    losses = tuple(
        own * sum(row[j] * other / (2 if i == j else 1) for j, other in enumerate(x))
        for i, (own, row) in enumerate(zip(x, jacobian, strict=True))
    )
    return losses, tuple((own,) for own in x)


def _dirac_symbols() -> tuple[Any, Any]:
    import sympy

    return sympy.symbols("theta psi", real=True)


def _exact(value: Any) -> Any:
    """0.3 as 3/10; symbols and exact numbers pass."""
    import sympy

    return sympy.Rational(str(value)) if isinstance(value, float | int) else value
