r"""Momentum at its best: a triple eigenvalue in turn on a bilinear game, a double one at once on a
rotating one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sympy
from jaxtyping import Array

import minimax_lab as mm

from ..draws.matrices import between, radius, within
from ..draws.points import derivative_at, origin
from ..theorem import Bound, Family, Outside, Parameters, Proof, Source, Theorem

ROOT = sympy.sqrt(3)
TRIPLE = 2 * 3**0.5 - 3


def derive_triple(*, decay: float = 1, walk: Any = mm.Alternating) -> Sequence[tuple[str, Any]]:
    """The characteristic polynomial at the settings of the claim, from the rule on symbols."""
    x, y, k = sympy.symbols("x y k", real=True)
    r = 2 * ROOT - 3
    b, step = -sympy.nsimplify(decay) * (2 - ROOT) ** 2, sympy.sqrt(64 * r / 9)
    game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
    matrix = game.update_matrix(walk(step, mm.Momentum(b)), at={x: 0, y: 0})
    left = (k + r) ** 3 * (k + r / 9)
    found = (k * sympy.eye(4) - matrix).det(method="berkowitz")
    differences = sympy.Poly(sympy.expand(found - left), k).all_coeffs()
    claims = [f"coefficient {i} is that of (k + r)^3 (k + r / 9)" for i in range(4)]
    padded = [sympy.S.Zero] * (4 - len(differences)) + differences
    return [(words, sympy.simplify(value)) for words, value in zip(claims, padded, strict=True)]


class Set(NamedTuple):
    """A step and a decay, in units in which the singular value is one."""

    step: Array
    decay: Array


def settings() -> dict[str, tuple[int, ...]]:
    """Both free."""
    return {"step": (), "decay": ()}


def anything(p: Parameters) -> Set:
    """Steps in (1/50, 4), decays in (-1, 1)."""
    return Set(within(p["step"], 0.02, 4.0), between(p["decay"], -1.0, 1.0))


def near(p: Parameters) -> Set:
    """The same around the best."""
    return Set(1.8167 + 0.02 * p["step"], -0.0718 + 0.002 * p["decay"])


def in_turn(chosen: Set, *, least: float = TRIPLE) -> Array:
    """The radius of the update, beside the least there is."""
    rule = mm.Alternating(chosen.step, mm.Momentum(decay=chosen.decay))
    found = radius(derivative_at(rule, mm.games.bilinear(1.0), origin((), ())))
    return 1 - least / found


BEST_1 = Theorem(
    id="BEST-1",
    name="Negative momentum at its best, players in turn",
    statement=r"""Let two players walk in turn on $\sigma x y$ with step $h$ and heavy-ball momentum
$\beta$. At $\beta = -(2 - \sqrt 3)^2$ and $(h \sigma)^2 = 64 r / 9$ with $r = 2 \sqrt 3 - 3$ the
characteristic polynomial of the update is $(k + r)^3 (k + r/9)$, so its radius is $r \approx
0.4641$; and no step and no momentum have a smaller one. (The usual $\beta = -1/2$ has at best
0.885.)""",
    source=Source(
        "the polynomial after Gidel et al. 2019, Negative momentum for improved game dynamics; the "
        "optimum is ours",
        "memory; derived",
    ),
    checks=(
        Proof(
            part="the polynomial",
            derive=derive_triple,
            outside=(
                Outside("a decay larger by a tenth", change={"decay": 1.1}),
                Outside("players at once", change={"walk": mm.Simultaneous}),
            ),
        ),
        Bound(
            part="no settings do better",
            family=Family(settings, anything),
            margin=in_turn,
            outside=(
                Outside(
                    "a larger radius claimed, near the best settings",
                    family=Family(settings, near),
                    change={"least": 0.6},
                ),
            ),
            loose={
                "least": "the radius rises like the cube root of the distance from the best "
                "settings, so that a search of few steps stays a few hundredths above it"
            },
        ),
    ),
)
