r"""Linear games whose eigenvalues lie in a disc: the worst radius of rules, from below by search
and from above by Schur's recursion in fractions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

import minimax_lab as mm

from ..draws.matrices import between, radius, with_eigenvalues, within
from ..draws.points import derivative_at, origin
from ..theorem import Bound, Family, Outside, Parameters, Proof, Source, Theorem

DISC = mm.Disc(1.0, 0.5)
RULES = (
    mm.Simultaneous(0.5),
    mm.Simultaneous(0.9, mm.Momentum(decay=0.1)),
    mm.Extragradient(0.5),
    mm.Optimistic(0.5),
    mm.Lookahead(mm.Simultaneous(1.0), period=2),
)


class Disc(NamedTuple):
    """A field, the centre and the radius of the disc of its eigenvalues, and a step."""

    field: Array
    centre: Array
    reach: Array
    step: Array


def parts(pairs: int) -> dict[str, tuple[int, ...]]:
    """Two players with `pairs` numbers each."""
    return {
        "basis": (2 * pairs, 2 * pairs),
        "upper": (2 * pairs, 2 * pairs),
        "far": (pairs,),
        "turn": (pairs,),
        "centre": (),
        "reach": (),
        "step": (),
    }


def inside(p: Parameters, beyond: float = 1.0) -> Disc:
    """Centres in (1/2, 2), radii below them, eigenvalues anywhere in the disc `beyond` as large."""
    centre = within(p["centre"], 0.5, 2.0)
    reach = centre * between(p["reach"], 0.05, 0.95)
    # One at the edge of the disc in a direction that is free, the others within it.
    far = jax.nn.sigmoid(p["far"]).at[0].set(1.0) * reach * beyond
    turn = p["turn"]
    field = with_eigenvalues(
        p["basis"], centre + far * jnp.cos(turn), far * jnp.sin(turn), 0.3 * p["upper"]
    )
    return Disc(field, centre, reach, within(p["step"], 0.05, 2.0))


def farther(p: Parameters) -> Disc:
    """Eigenvalues in a disc twice as large as is said."""
    return inside(p, beyond=2.0)


def of_descent(instance: Disc, *, reach: float = 1.0) -> Array:
    """The radius of an update of descent on the game with this field, beside |1 - h c| + h r."""
    field, centre, wide, step = instance
    game, x = mm.games.linear(field), origin(*[1] * len(field))
    found = radius(derivative_at(mm.Simultaneous(step), game, x))
    return 1 - found / (jnp.abs(1 - step * centre) + reach * step * wide)


def derive_radii(*, share: float = 1.0) -> Sequence[tuple[str, Any]]:
    """The bound of every rule over the disc, checked in fractions."""
    told = []
    for rule in RULES:
        proof: Any = mm.certify(rule, DISC).proof
        smaller = dataclasses.replace(proof, bound=proof.bound * Fraction(float(share)))
        told.append((f"no eigenvalue of the disc gives {rule!r} a larger radius", smaller.check()))
    return told


CERT_1 = Theorem(
    id="CERT-1",
    name="Linear games with eigenvalues in a disc",
    statement=r"""Let the eigenvalues of a linear game's field lie in the disc $|\lambda - c| \leq r
< c$. One step $h$ of simultaneous descent has a radius of at most $|1 - h c| + h r$, and no smaller
number will do; at $h = 1/c$ it is $r/c$. For descent, momentum, extragradient, optimism and
lookahead on $c = 1$, $r = 1/2$ the largest radius over the disc is the number that `certify` gives,
by a proof in fractions: Schur's recursion makes the characteristic polynomial's roots a question of
signs of polynomials on the circle, and Sturm's theorem answers it.""",
    source=Source("classical for descent; the certificates are ours", "memory; derived"),
    checks=(
        Bound(
            part="descent",
            family=Family(parts, inside, ((2,), (1,), (3,))),
            margin=of_descent,
            sharp=True,
            outside=(Outside("a disc twice as large", Family(parts, farther, ((2,),)), least=0.2),),
        ),
        Proof(
            part="five rules on one disc",
            derive=derive_radii,
            outside=(Outside("bounds smaller by a thousandth", change={"share": 0.999}),),
        ),
    ),
)
