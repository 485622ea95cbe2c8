r"""What mixing is compared with on bilinear games: plain extragradient, and negative momentum
(Gidel et al. 2019), one singular value s and u = h s at a time.

Momentum b adds b (w - w_previous). With it mu solves (mu - 1)^2 (mu - b)^2 + u^2 mu^2 = 0 for
simultaneous and (mu - 1)^2 (mu - b)^2 + u^2 mu^3 = 0 for alternating steps, as a player that sees
the other's move sees it one power of mu later.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import sympy
from jaxtyping import Array

import minimax_lab as mm

from ..draws.formulas import planar
from ..draws.krylov import system
from ..draws.matrices import between, norm, radius
from ..draws.points import derivative_at, origin
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Source, Theorem
from ..verify.sampling import drawn
from . import PAPER
from .simultaneous import Case, case, shapes


def derive_ahead(
    *, rule: Any = mm.Extragradient, best: sympy.Rational = sympy.Rational(1, 2)
) -> list[tuple[str, Any]]:
    """From the update matrix of the very rule on f = s x y."""
    game, at, (s, h, _) = planar()
    M, u = game.update_matrix(rule(h), at), h * s
    factor = 1 - u**2 + u**4
    squared = M.T * M
    return [
        (
            "every error is multiplied by exactly sqrt(1 - u^2 + u^4)",
            (squared - factor * sympy.eye(2)).expand(),
        ),
        (
            "which is below one where u < 1 and only there",
            squared[0, 0] - 1 - u**2 * (u - 1) * (u + 1),
        ),
        (
            "and least, sqrt(3/4), at u^2 = 1/2",
            sympy.diff(squared[0, 0], h).subs(h, sympy.sqrt(best) / s),
        ),
        (
            "which is 3/4, squared",
            squared[0, 0].subs(h, sympy.sqrt(best) / s) - sympy.Rational(3, 4),
        ),
    ]


def stepped(key: Any, size: int) -> Case:
    """A diagonal game with a step in (1/20, 2)."""
    given = case(drawn(Family(shapes, case), (size, 1), key))
    return given._replace(step=between(given.residual[0], 0.05, 2.0))


def whole(case: Case, *, rule: Any = mm.Extragradient, power: float = 2.0) -> tuple[Any, Any]:
    """rho(M) and |M|, beside the worst of the factors over all singular values."""
    M = jnp.eye(case.residual.size) - system(case.game, rule(case.step), case.residual.size)[0]
    u = case.step * jnp.diagonal(case.game.data[0])
    factor = jnp.sqrt(jnp.max(1 - u**power + u ** (2 * power)))
    return (radius(M), norm(M)), (factor, factor)


class Momentous(NamedTuple):
    """u and b."""

    u: Array
    b: Array


def momentum_shapes() -> dict[str, tuple[int, ...]]:
    """Both."""
    return {"u": (), "b": ()}


def halved(p: Parameters) -> Momentous:
    """b = -1/2 and u in (0.02, 1)."""
    return Momentous(between(p["u"], 0.02, 1.0), -jnp.ones(()) / 2)


def halved_longer(p: Parameters) -> Momentous:
    """u in (1.01, 3)."""
    return halved(p)._replace(u=between(p["u"], 1.01, 3.0))


def any_momentum(p: Parameters) -> Momentous:
    """b in (-0.95, 0.95) and u in (0.1, 2)."""
    return Momentous(between(p["u"], 0.1, 2.0), between(p["b"], -0.95, 0.95))


def momentum_radius(at: Momentous, rule: Any) -> Array:
    """Of the update of the very rule, memory included, on f = u x y."""
    update = rule(1.0, mm.Momentum(decay=at.b))
    return radius(derivative_at(update, mm.games.bilinear(at.u), origin(1, 1)))


def damped(at: Momentous, *, rule: Any = mm.Alternating, limit: float = 1.0) -> Array:
    """1 - rho, at so many times u."""
    return 1 - momentum_radius(at._replace(u=limit * at.u), rule)


def driven(at: Momentous, *, rule: Any = mm.Simultaneous) -> Array:
    """rho - 1."""
    return momentum_radius(at, rule) - 1


AM_18 = Theorem(
    id="AM-18",
    name="What plain methods do on bilinear games",
    statement=r"""Let $u = hs$ for each singular value $s$ of a bilinear game. One step of
*extragradient* multiplies every error in it by exactly
$$\sqrt{1 - u^2 + u^4},$$
which is below one if and only if $u < 1$, and least, $\sqrt{3/4}$, at $u^2 = \tfrac12$. *Negative
momentum* $-\tfrac12$ makes alternating steps converge for $u < 1$, and no longer beyond;
simultaneous steps diverge with every momentum between $-0.95$ and $0.95$ ($0.1 < u < 2$ tried).""",
    source=Source(PAPER + "its baselines; Gidel et al. 2019", "memory; derived"),
    checks=(
        Proof(
            part="extragradient",
            derive=derive_ahead,
            outside=(Outside("simultaneous steps", change={"rule": mm.Simultaneous}),),
        ),
        Identity(
            part="whole matrices",
            draw=stepped,
            sides=whole,
            tolerance=1e-10,
            sizes=((5,),),
            most=300,
            outside=(Outside("simultaneous steps", change={"rule": mm.Simultaneous}, least=0.9),),
        ),
        Bound(
            part="alternating, negative momentum",
            family=Family(momentum_shapes, halved),
            margin=damped,
            sharp=True,
            outside=(
                Outside("u > 1", Family(momentum_shapes, halved_longer), least=0.9),
                Outside("simultaneous steps", change={"rule": mm.Simultaneous}, least=0.9),
            ),
        ),
        Bound(
            part="simultaneous, any momentum",
            family=Family(momentum_shapes, any_momentum),
            margin=driven,
            unmoved="a sign",
            outside=(Outside("alternating steps", change={"rule": mm.Alternating}, least=0.1),),
        ),
    ),
)
