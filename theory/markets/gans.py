r"""Which GANs are smooth markets: a zero-sum loss is a trade, and a penalty is a resource only
where it depends on one player alone.

The discriminator D(x) = psi_0 x + psi_1 x^2 / 2 is shown one datum r and one sample theta of the
generator; its payoff f(D(theta)) + f(-D(r)) has an f that is left undefined.
"""

from __future__ import annotations

from typing import Any

import sympy

import minimax_lab as mm

from ..draws.formulas import GAMMA, PAYOFF, THETA
from ..theorem import Outside, Proof, Source, Theorem
from . import PAPER

WEIGHTS = sympy.symbols("psi_:2", real=True)
DATUM = sympy.Symbol("r", real=True)


def score(x: Any) -> sympy.Expr:
    """D(x)."""
    return WEIGHTS[0] * x + WEIGHTS[1] * x**2 / 2


def steepness(x: Any) -> sympy.Expr:
    """D'(x)^2, what R1 penalises at the data and R2 at samples."""
    return (WEIGHTS[0] + WEIGHTS[1] * x) ** 2


def gan(saturating: bool, payoff: Any = PAYOFF, penalties: Any = (0, 0)) -> mm.SymbolicGame:
    """The generator minimises the payoff, or -f(-D(theta)) where it does not saturate."""
    gain = payoff(score(THETA)) + payoff(-score(DATUM))
    loss = gain if saturating else -payoff(-score(THETA))
    return mm.SymbolicGame((loss, -gain), ((THETA,), WEIGHTS), penalties=penalties)


def across(game: mm.SymbolicGame) -> sympy.Matrix:
    """What S has between the two players: zero everywhere exactly in a market."""
    return game.split()[0][:1, 1:].applyfunc(lambda entry: entry.doit())


def derive_gans(
    *, saturating: bool = True, half: sympy.Rational = sympy.Rational(1, 2)
) -> list[tuple[str, Any]]:
    """For any payoff f, by differentiating it."""
    decay = GAMMA * THETA**2 / 2, GAMMA * (WEIGHTS[0] ** 2 + WEIGHTS[1] ** 2) / 2
    at_data, at_samples = (0, GAMMA * steepness(DATUM) / 2), (0, GAMMA * steepness(THETA) / 2)
    mixed = sympy.Matrix([[steepness(THETA).diff(THETA, w) / 2 for w in WEIGHTS]])
    other = across(gan(not saturating))
    unfair = sympy.Matrix(
        [[(-PAYOFF(-score(THETA)) - PAYOFF(score(THETA))).diff(THETA, w).doit() for w in WEIGHTS]]
    )
    resting = dict.fromkeys(WEIGHTS, 0)
    return [
        ("a zero-sum GAN is a market", across(gan(saturating))),
        ("and with weight decay", across(gan(saturating, penalties=decay))),
        ("and with R1", across(gan(saturating, penalties=at_data))),
        (
            "R2 puts half the mixed derivative of its penalty into S",
            across(gan(saturating, penalties=at_samples)) - half * GAMMA * mixed,
        ),
        (
            "an NSGAN has half the mixed derivative of -f(-D) - f(D) there",
            other - half * unfair,
        ),
        ("which is zero at psi = 0", other.subs(resting).doit()),
        ("and everywhere if f(t) = t: a WGAN", across(gan(not saturating, lambda t: t))),
        (
            "but else not",
            not across(gan(not saturating, lambda t: -sympy.log(1 + sympy.exp(-t)))).is_zero_matrix,
        ),
    ]


SM_9 = Theorem(
    id="SM-9",
    name="Which GANs are markets",
    statement=r"""Let $D_\psi(x) = \psi_0 x + \psi_1 x^2 / 2$ and let the discriminator be paid
$f(D(\theta)) + f(-D(r))$ for one datum $r$ and one sample $\theta$, $f$ any smooth function. The
GAN in which the generator pays it is a smooth market; with weight decay or R1, $\tfrac\gamma2
D'(r)^2$, it still is one. R2, $\tfrac\gamma2 D'(\theta)^2$, is paid by one player and depends on
both: $S_{\theta\psi} = \tfrac\gamma4 \nabla_{\theta\psi} D'(\theta)^2$. A generator that minimises
$-f(-D(\theta))$ instead (NSGAN) has
$$S_{\theta\psi} = \tfrac12 \nabla_{\theta\psi} \left( -f(-D(\theta)) - f(D(\theta)) \right),$$
which vanishes where $\psi = 0$, and everywhere for a WGAN, $f(t) = t$, but not for $f(t) =
-\log(1 + e^{-t})$.""",
    source=Source(PAPER + "its examples; with penalties ours", "derived"),
    checks=(
        Proof(
            derive=derive_gans,
            outside=(Outside("the generators change places", change={"saturating": False}),),
        ),
    ),
)
