"""Games as SymPy formulas: one loss a player, one tuple of symbols a player. Written apart from the
numeric games, except the planar ones, so that each checks the other. Decimal arguments become exact
fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import sympy

from ..game import identity
from ..symbolic.formulas import exact
from .markets import Pair

Formula = tuple[tuple[sympy.Expr, ...], tuple[tuple[sympy.Symbol, ...], ...]]
Value: TypeAlias = float | sympy.Expr

TRADES: Mapping[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "bilinear": identity,
    "tanh": sympy.tanh,
}
THETA, PSI = sympy.symbols("theta psi", real=True)


def affine(jacobian: list[list[Value]]) -> Formula:
    """x_i (J_ii x_i/2 + sum over j != i of J_ij x_j), players of one number each."""
    x = sympy.symbols("x y" if len(jacobian) == 2 else f"x_0:{len(jacobian)}", real=True)
    losses = tuple(
        own * sum(row[j] * other / (2 if i == j else 1) for j, other in enumerate(x))
        for i, (own, row) in enumerate(zip(x, exact(jacobian), strict=True))
    )
    return losses, tuple((own,) for own in x)


def market(
    friction: Value,
    goods: Mapping[Pair, Value],
    trade: str = "bilinear",
    defect: Value = 0,
) -> Formula:
    """friction w_i^2/2, and g(good w_i w_j) earned by firm i, paid by firm j up to the defect."""
    w = sympy.symbols(f"w_0:{1 + max(map(max, goods))}", real=True)
    losses = [exact(friction) * own**2 / 2 for own in w]
    for (seller, buyer), good in goods.items():
        gain = TRADES[trade](exact(good) * w[seller] * w[buyer])
        losses[seller] -= gain
        losses[buyer] += (1 - exact(defect)) * gain
    return tuple(losses), tuple((own,) for own in w)


def planar(make: Callable[[], Any]) -> Formula:
    """(f, -f), read off the planar game itself."""
    x, y = sympy.symbols("x y", real=True)
    f = make().losses.value.value(x, y, of=sympy)
    return (f, -f), ((x,), (y,))


def dirac_gan(penalty: Value = 0) -> Formula:
    """f(t) = -log(1 + e^-t); the discriminator pays penalty/2 psi^2."""
    value = -sympy.log(1 + sympy.exp(-THETA * PSI)) - sympy.log(2)
    return (value, -value + exact(penalty) * PSI**2 / 2), ((THETA,), (PSI,))


def dirac_nsgan(penalty: Value = 0) -> Formula:
    """The generator minimises -f(-theta psi) instead."""
    (_, discriminator), symbols = dirac_gan(penalty)
    return (sympy.log(1 + sympy.exp(THETA * PSI)), discriminator), symbols


def dirac_wgan_gp(penalty: Value = 0, target: Value = 0) -> Formula:
    """f(t) = t; the discriminator pays penalty/2 (|psi| - target)^2."""
    cost = exact(penalty) * (abs(PSI) - exact(target)) ** 2 / 2
    return (THETA * PSI, -THETA * PSI + cost), ((THETA,), (PSI,))


def rock_paper_scissors() -> Formula:
    """x'Ay, three numbers a player; the simplexes are no part of the formula."""
    x, y = sympy.symbols("x_0:3", real=True), sympy.symbols("y_0:3", real=True)
    value = sum(x[i] * (y[(i + 1) % 3] - y[(i + 2) % 3]) for i in range(3))
    return (value, -value), (x, y)
