"""What mixing inherits from a definite game: Elman's bound by the field of values, and Toth and
Kelley's for contractions.

f(x, y) = x'Px/2 + x'By - y'Qy/2,   P, Q >= mu:      G = h J,  J = [[P, B], [-B', Q]],  z'Jz >= mu
|z|^2.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

import minimax_lab as mm

from ..draws.krylov import gmres, halves, images, iterates, norms, system
from ..draws.markets import quartic
from ..draws.matrices import between, definite, norm, symmetric, within
from ..theorem import Bound, Family, Outside, Parameters, Source, Theorem


class Curved(NamedTuple):
    """A quadratic game, a step, the first residual, and how many updates there are."""

    game: mm.Game
    step: Array
    residual: Array
    updates: int


def shapes(size: int, updates: int) -> dict[str, tuple[int, ...]]:
    """Curvatures, coupling, a step; `updates` has no numbers to give but its own length."""
    square = dict.fromkeys(("P", "Q", "B"), (size, size))
    return square | {
        "p": (size,),
        "q": (size,),
        "residual": (2 * size,),
        "step": (),
        "updates": (updates,),
    }


def game(p: Parameters, low: float, high: float) -> mm.Game:
    """P and Q of eigenvalues in (low, high)."""
    P, Q = (symmetric(p[name], between(p[name.lower()], low, high)) for name in "PQ")
    return mm.games.quadratic(P, p["B"], Q)


def curved(p: Parameters) -> Curved:
    """Strongly convex-strongly concave; any step."""
    p = jax.lax.stop_gradient(
        p
    )  # the search goes by chance: its gradient takes longer to compile than chance to arrive
    return Curved(game(p, 0.2, 2.0), within(p["step"], 0.1, 10.0), p["residual"], p["updates"].size)


def of_both_signs(p: Parameters) -> Curved:
    """Curvatures of both signs: mu is no longer positive."""
    return curved(p)._replace(game=game(p, -1.0, 1.0))


# AM-12: Elman's bound.


def elman(case: Curved, *, power: float = 0.5) -> Array:
    """1 - |r_k| / |r_0| (1 - mu^2 / |G|^2)^(-k/2), the worst of all k."""
    G, _ = system(case.game, mm.Simultaneous(case.step), case.residual.size)
    share = 1 - (definite(G)[0] / norm(G)) ** 2
    sizes = norms(gmres(G, case.residual, case.updates)[1])
    return 1 - jnp.max(sizes[1:] / sizes[0] * share ** (-power * jnp.arange(1.0, case.updates + 1)))


AM_12 = Theorem(
    id="AM-12",
    name="Elman's bound where both players are curved",
    statement=r"""Let the symmetric part of $G = I - M$ be at least $\mu I$, $\mu > 0$. Then GMRES,
restarted or not, falls at every step:
$$|r_k| \leq \left( 1 - \frac{\mu^2}{\|G\|^2} \right)^{k/2} |r_0|.$$
One step attains it. So it is on simultaneous descent-ascent of strongly convex-strongly concave
quadratic games, at any step; there mixing follows GMRES (AM-1). Bilinear games have $\mu = 0$, and
the bound says nothing.""",
    source=Source("Eisenstat, Elman, Schultz 1983", "memory; derived"),
    checks=(
        Bound(
            family=Family(shapes, curved, ((1, 2), (4, 6))),
            margin=elman,
            sharp=True,
            outside=(
                Outside(
                    "curvatures of both signs", Family(shapes, of_both_signs, ((2, 3),)), least=0.1
                ),
                Outside("exponent k", change={"power": 1.0}, least=0.1),
            ),
        ),
    ),
)


# AM-13: contractions.


def contracting(p: Parameters) -> Curved:
    """Steps up to 2 mu / |J|^2, below which |M| < 1."""
    case = curved(p)
    J = case.game.jacobian(halves(0 * case.residual))
    return case._replace(
        step=between(jax.lax.stop_gradient(p["step"]), 0.05, 0.95)
        * 2
        * definite(J)[0]
        / norm(J) ** 2
    )


def expanding(p: Parameters) -> Curved:
    """Ten to two hundred times that."""
    case = contracting(p)
    return case._replace(step=case.step * within(p["step"], 10.0, 200.0))


def every_update(case: Curved, *, power: float = 1.0) -> Array:
    """1 - |f_(k+1)| / (c |f_k|), c = |M|, the worst of all updates of the rule with a window of
    half as many.
    """
    inner = mm.Simultaneous(case.step)
    G, _ = system(case.game, inner, case.residual.size)
    start = halves(-jnp.linalg.solve(G, case.residual))
    rule = mm.Anderson(inner, case.updates // 2, solver=mm.Orthogonal(), remedy=None)
    points, _ = iterates(case.game, rule, start, case.updates)
    sizes = norms(images(case.game, inner, points) - points)
    return 1 - jnp.max(sizes[1:] / sizes[:-1]) / norm(jnp.eye(len(G)) - G) ** power


AM_13 = Theorem(
    id="AM-13",
    name="Mixing a linear contraction of any window contracts as fast",
    statement=r"""Let $g(w) = Mw + d$ with $\|M\| = c < 1$. Then Anderson mixing with any window has
$|f_{k+1}| \leq c\, |f_k|$ at every update, hence $|f_k| \leq c^k |f_0|$: indeed $f_{k+1} = M \sum_i
\alpha_i f_i$, whose sum is no longer than $f_k$. So on simultaneous descent-ascent of strongly
convex-strongly concave quadratic games for steps below $2\mu / \|J\|^2$ (windows of two and three
tried). No descent-ascent on a bilinear game is such a contraction: there $\|M\| > 1$, simultaneous
(AM-4) or alternating (AM-7).""",
    source=Source("Toth, Kelley 2015, Theorem 2.1", "memory; derived"),
    checks=(
        Bound(
            family=Family(shapes, contracting, ((2, 4), (2, 6))),
            margin=every_update,
            sharp=True,
            most=300,
            outside=(
                Outside(
                    "an expanding map never grows, either",
                    Family(shapes, expanding, ((2, 4),)),
                    change={"power": 0.0},
                    least=0.5,
                ),
                Outside("c^2", change={"power": 2.0}, least=0.1),
            ),
        ),
    ),
)


# AM-19: near an equilibrium of a field that is not affine.


def near(case: Curved, *, power: float = 1.0, digits: int = 3) -> Array:
    """1 - |f_k| / (c^k |f_0|), the worst of all k, with fourth powers of every number on top, from
    distance 10^-digits.
    """
    inner, game = mm.Simultaneous(case.step), quartic(case.game)
    G, _ = system(case.game, inner, case.residual.size)
    start = case.residual / jnp.linalg.norm(case.residual) * 10.0**-digits
    guard = mm.Safeguard(coefficients=10.0)
    rule = mm.Anderson(inner, 2, solver=mm.Orthogonal(), remedy=None, safeguard=guard)
    points, _ = iterates(game, rule, halves(start), case.updates)
    sizes = norms(images(game, inner, points) - points)
    c = norm(jnp.eye(len(G)) - G) ** power
    return 1 - jnp.max(sizes[1:] / sizes[0] / c ** jnp.arange(1.0, case.updates + 1))


AM_19 = Theorem(
    id="AM-19",
    name="Near an equilibrium mixing contracts as in the affine case",
    statement=r"""Let $g$ be smooth, $g(w^*) = w^*$, $\|g'(w^*)\| = c < 1$, and let mixing not
use weights of $\sum |\alpha_i| > 10$. Near $w^*$ then $|f_k| \leq c^k |f_0|$ up to what the
curvature of $g$ adds. On the games of AM-13 with $\tfrac14 \sum w_k^4$ paid on top by the owner of
each number, a window of two and four updates from distance $10^{-3}$, that is less than a
thousandth.""",
    source=Source("Toth, Kelley 2015, Theorem 2.3", "memory; derived"),
    checks=(
        Bound(
            family=Family(shapes, contracting, ((2, 4),)),
            margin=near,
            rounding=1e-3,
            most=300,
            outside=(
                Outside("from distance ten", change={"digits": -1}, least=0.1),
                Outside(
                    "an expanding map never grows, either",
                    Family(shapes, expanding, ((2, 4),)),
                    change={"power": 0.0},
                    least=0.5,
                ),
                Outside("c^2", change={"power": 2.0}, least=0.1),
            ),
        ),
    ),
)
