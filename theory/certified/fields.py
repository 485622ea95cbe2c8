r"""Strongly monotone fields: a rate of momentum from a quadratic Lyapunov function that is found
from the rule itself and proved in fractions, and runs on fields that bend.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from jaxtyping import Array

import minimax_lab as mm

from ..operators.fields import Bent, Fields, Vector, Walk, shapes
from ..theorem import Bound, Family, Outside, Proof, Source, Theorem

CLASS = mm.Monotone(mu=0.1, L=1.0)
STEP, DECAY, UPDATES = 0.1, -0.2, 12


def momentum(step: float) -> mm.UpdateRule:
    """Negative momentum, players at once."""
    return mm.Simultaneous(step, mm.Momentum(decay=DECAY))


@functools.cache
def certificate() -> Any:
    """What is proved of it."""
    return mm.certify(momentum(STEP), CLASS)


def allowed() -> float:
    """|x_t|^2 over |x_0|^2 at most: V is at least |x|^2, falls by the rate squared, and is at most
    `first` |x|^2 at the start, where there is no momentum and the field is at most L |x|.
    """
    proof = certificate().proof
    P = [[float(e) for e in row] for row in proof.multipliers.P[0]]
    first = P[0][0] + 2 * abs(P[0][2]) + P[2][2] if len(P) > 2 else P[0][0]
    return max(first, 1.0) * float(proof.rate) ** (2 * UPDATES)


def on_fields(instance: tuple[Bent, Vector]) -> Array:
    """A run, beside what is allowed."""
    return Walk(momentum, STEP, allowed(), UPDATES)(instance)


def derive_fall(*, share: float = 1.0) -> Sequence[tuple[str, Any]]:
    """The Lyapunov function falls by the rate, in fractions."""
    proof = certificate().proof
    claimed = dataclasses.replace(proof, rate=proof.rate * Fraction(float(share)))
    return [("V falls by the rate squared in every update, on every field", claimed.check())]


CERT_2 = Theorem(
    id="CERT-2",
    name="Negative momentum on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone and $L$-Lipschitz, $\mu = 0.1$, $L = 1$, with
$F(x^\star) = 0$. Heavy-ball momentum $-0.2$ with step $0.1$, players at once and from rest, has
$|x_t - x^\star|^2 \leq \kappa\, \rho^{2t} |x_0 - x^\star|^2$ with $\rho < 0.99397$: a quadratic
Lyapunov function of the state and of the last answer, found by a semidefinite programme made of the
rule's own update, falls by $\rho^2$ in every update on every field of the class, which is proved in
fractions.""",
    source=Source("ours, after Lessard, Recht, Packard 2016 for the method of proof", "derived"),
    checks=(
        Proof(
            part="the fall",
            derive=derive_fall,
            outside=(Outside("a rate smaller by a thousandth", change={"share": 0.999}),),
        ),
        Bound(
            part="runs",
            family=Family(shapes, Fields(0.1, 1.0), ((2, 0), (2, 1), (4, 2))),
            margin=on_fields,
            unmoved="the constants are the certificate's, and the proof moves them",
            outside=(
                Outside(
                    "fields that push away",
                    Family(shapes, Fields(0.1, 1.0, attraction=-0.9), ((2, 0),)),
                    least=0.5,
                ),
            ),
        ),
    ),
)
