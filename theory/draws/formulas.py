"""Games as formulas, with the symbols that several papers' proofs speak in: the bilinear game of
the plane, and the Dirac-GAN whose payoff f is left undefined.
"""

from __future__ import annotations

from typing import Any

import sympy

import minimax_lab as mm


def planar() -> tuple[mm.SymbolicGame, dict[Any, int], tuple[Any, ...]]:
    """f = s x y, its equilibrium, and the symbols s, h, gamma."""
    x, y = sympy.symbols("x y", real=True)
    s, h, strength = sympy.symbols("s h gamma", positive=True)
    return mm.SymbolicGame((s * x * y, -s * x * y), ((x,), (y,))), {x: 0, y: 0}, (s, h, strength)


# The Dirac-GAN: f is undefined, and s and c name f'(0) and f''(0).

THETA, PSI = sympy.symbols("theta psi", real=True)
S, C = sympy.Symbol("s", positive=True), sympy.Symbol("c", real=True)
H, H_G, H_D, GAMMA = sympy.symbols("h h_g h_d gamma", positive=True)
AT = {THETA: 0, PSI: 0}
PAYOFF = sympy.Function("f", real=True)
Law = tuple[tuple[Any, Any], ...]  # (probability, value) of the noise


def dirac(*, saturating: bool = True, penalty: Any = 0, law: Law = ((1, 0),)) -> mm.SymbolicGame:
    """The Dirac-GAN of an undefined f, with noise on data and output, and penalty/2 psi^2 for the
    discriminator.
    """

    def mean(payoff: Any) -> Any:
        return sum(p * (payoff(PSI * (THETA + n)) + payoff(-PSI * n)) for p, n in law)

    gain = mean(PAYOFF)
    loss = gain if saturating else -mean(lambda t: PAYOFF(-t))
    return mm.SymbolicGame((loss, -gain), ((THETA,), (PSI,)), penalties=(0, penalty * PSI**2 / 2))


def named(formula: Any) -> Any:
    """The formula with s for f'(0) and c for f''(0)."""
    t = sympy.Symbol("t", real=True)
    return formula.xreplace({PAYOFF(t).diff(t, 2).subs(t, 0): C, PAYOFF(t).diff(t).subs(t, 0): S})


def dirac_matrix(game: mm.SymbolicGame, rule: mm.UpdateRule | None = None) -> sympy.Matrix:
    """The Jacobian at the equilibrium, of the field or of a rule's update."""
    return named(game.jacobian(AT) if rule is None else game.update_matrix(rule, AT))


def with_dampings(of_theta: Any, of_psi: Any, slope: Any = S) -> sympy.Matrix:
    """[[damping of theta, s], [-s, damping of psi]]."""
    return sympy.Matrix([[of_theta, slope], [-slope, of_psi]])
