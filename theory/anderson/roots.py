"""Mixing finds zeros, whatever they are: it cannot tell a game from the one in which everybody
wants the opposite, and settles at points that descent-ascent flees.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.krylov import iterates
from ..theorem import Identity, Outside, Scenario, Source, Theorem
from . import PAPER
from .gmres import Walk, curved, krylov

SOURCE = (-1.0, 2.5)  # a zero of `false_minimax`: eigenvalues -2 +- 2i, and f_yy = 2 > 0
DISTANCE, ANGLES = 0.5, 64
MIXED = (
    mm.Anderson(mm.Simultaneous(0.5), 2, solver=mm.Orthogonal()),
    mm.Anderson(mm.Alternating(0.5), 2, solver=mm.Orthogonal()),
)
PLAIN = mm.Simultaneous(0.05), mm.Alternating(0.05), mm.Extragradient(0.05)


def both_ways(walk: Walk, *, mixed: bool = True) -> tuple[Any, Any]:
    """The points of a game and of its opposite, and their ends; beside x_k + r_k, x_k - r_k, and
    the equilibrium.
    """
    inner, size = mm.Simultaneous(walk.step), walk.start.ravel()[0].size
    rule = mm.Anderson(inner, size, solver=mm.Orthogonal(), remedy=None) if mixed else inner
    P, A, Q, b, c = walk.game.data
    opposite = mm.games.quadratic(-P, -A, -Q, -b, -c)
    there, back = (
        iterates(game, rule, walk.start, size + 1)[0][1:] for game in (walk.game, opposite)
    )
    points, residuals, G = krylov(walk, inner, size)
    rest = points[0] + jnp.linalg.solve(G, residuals[0])
    found = there, back, there[-1], back[-1]
    return found, (points + residuals, points - residuals, rest, rest)


def visits(key: PRNGKeyArray, rules: tuple[mm.UpdateRule, ...] = MIXED) -> dict[str, np.ndarray]:
    """How far from a source 64 starts on a circle about it are after 30 updates of mixing, and
    after 20 small plain steps.
    """
    turn = jax.random.uniform(key) + jnp.arange(ANGLES)
    angles = 2 * jnp.pi * turn / ANGLES
    starts = jnp.asarray(SOURCE) + DISTANCE * jnp.stack([jnp.cos(angles), jnp.sin(angles)], 1)

    def away(rule: mm.UpdateRule, updates: int) -> np.ndarray:
        with np.errstate(over="ignore"):  # plain walks leave all numbers
            return np.linalg.norm(np.asarray(ends(rule, starts, updates)) - SOURCE, axis=1)

    return {
        "mixed": np.array([away(rule, 30) for rule in rules]),
        "plain": np.array([away(rule, 20) for rule in PLAIN]),
    }


@eqx.filter_jit
def ends(rule: mm.UpdateRule, starts: Array, updates: int) -> Array:
    """Where so many updates of a rule lead from every start."""

    def end(w: Array) -> Array:
        return iterates(mm.games.false_minimax(), rule, mm.Profile((w[0], w[1])), updates)[0][-1]

    return jax.vmap(end)(starts)


def visits_unmixed(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """Plain steps in the place of mixed ones."""
    return visits(key, PLAIN[:2])


def settled(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """Every mixed walk is there, and every plain one farther away than at first."""
    arrived = measured["mixed"] < 1e-8
    fled = ~(measured["plain"] <= DISTANCE)
    return bool(arrived.all() and fled.all()), {
        "mixed walks that arrive": float(arrived.mean()),
        "plain walks that flee": float(fled.mean()),
        "nearest plain end": float(np.nanmin(measured["plain"])),
    }


AM_16 = Theorem(
    id="AM-16",
    name="Mixing finds zeros, not minimax points",
    statement=r"""Turn all signs of a game with an affine field round: $G$ and $r_0$ change sign,
GMRES's points do not. So mixed simultaneous steps (AM-1) on the game and on its opposite have
$$w_{k+1} = x_k + r_k, \qquad w'_{k+1} = x_k - r_k$$
and end at the same zero after as many evaluations as there are numbers, and one: at a strict
minimax point of a strongly convex-strongly concave game, which descent-ascent approaches, and in
the opposite game at the same point, now a source. Nor need the field be affine: in the game
`false_minimax` the zero $(-1, \tfrac52)$ is no local maximum in $y$, and simultaneous, alternating
and extragradient steps of $\tfrac{1}{20}$ leave it from every one of 64 starts at distance
$\tfrac12$; mixed simultaneous and alternating steps of $\tfrac12$ end there from all of them.""",
    source=Source(PAPER + "its released game func5; ours", "code; derived"),
    checks=(
        Identity(
            part="opposite games",
            draw=curved,
            sides=both_ways,
            tolerance=1e-8,
            unmoved="one point beside another",
            sizes=((2,),),
            most=300,
            outside=(Outside("plain steps", change={"mixed": False}, least=0.9),),
        ),
        Scenario(
            part="a source that is no minimax point",
            simulate=visits,
            reading=settled,
            unmoved="each walk arrives to rounding or flees",
            outside=(Outside("plain steps in the place of mixed ones", visits_unmixed),),
        ),
    ),
)
