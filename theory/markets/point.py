r"""Smooth markets (Balduzzi et al. 2020), what holds at a point: the shape of the Jacobian, and
what follows from it.

The paper ascends profits, J = (paper's J) with the sign turned: here firms descend losses, so
"stable" is a positive definite symmetric part S, a stronger demand than eigenvalues of positive
real part. Firm i has the loss f_i(w_i) - (the profits g_ij(w_i, w_j) of its trades), and g_ij +
g_ji = 0. The near-market knob `defect` lets the buyer of each trade pay only a part of the seller's
profit.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import sympy
from jax.scipy.linalg import block_diag
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.games import formulas

from ..draws.markets import (
    convex,
    normals,
    of_any_sign,
    origin,
    place,
    stationary_at,
    traded,
)
from ..draws.matrices import definite, truth
from ..draws.points import derivative_at, own_curvatures, updated
from ..theorem import Identity, Outside, Proof, Source, Theorem
from . import PAPER

# SM-1: the shape of the Jacobian.


def abstract_market(sizes: tuple[int, ...], defect: Any = 0) -> mm.SymbolicGame:
    """Arbitrary smooth resources f_i(w_i) and trades g_ij(w_i, w_j), of which firm j pays 1 -
    defect.
    """
    firms = [sympy.symbols(f"w_{i}_:{size}", real=True) for i, size in enumerate(sizes)]
    losses = [sympy.Function(f"f_{i}")(*own) for i, own in enumerate(firms)]
    for i in range(len(firms)):
        for j in range(i + 1, len(firms)):
            gain = sympy.Function(f"g_{i}{j}")(*firms[i], *firms[j])
            losses[i], losses[j] = losses[i] - gain, losses[j] + (1 - defect) * gain
    return mm.SymbolicGame(tuple(losses), tuple(firms))


def shape_claims(game: mm.SymbolicGame, what: str) -> list[tuple[str, Any]]:
    """S vanishes across firms; within a firm it is the second derivative of the firm's own loss."""
    S, A = game.split()
    owner = [i for i, own in enumerate(game.players) for _ in own]
    size = range(len(owner))
    across = sympy.Matrix(
        len(owner), len(owner), lambda a, b: 0 if owner[a] == owner[b] else S[a, b]
    )
    inside = sympy.Matrix(
        len(owner), len(owner), lambda a, b: A[a, b] if owner[a] == owner[b] else 0
    )
    own = sympy.Matrix(
        [
            [sympy.diff(game.losses[owner[a]], game.symbols[a], game.symbols[b]) for b in size]
            for a in size
        ]
    )
    within_firms = sympy.Matrix(
        len(owner), len(owner), lambda a, b: S[a, b] - own[a, b] if owner[a] == owner[b] else 0
    )
    return [
        (f"{what}: J_ij = -J_ji' across firms, so S is block diagonal", across),
        (f"{what}: its blocks are the firms' own second derivatives", within_firms),
        (f"{what}: A holds the blocks across firms only", inside),
    ]


def derive_shape(
    *, defect: Any = 0, share: sympy.Rational = sympy.Rational(1, 2)
) -> list[tuple[str, Any]]:
    """For arbitrary smooth functions, by differentiating them; and what a defect adds."""
    knob = sympy.Symbol("d", real=True)
    two = abstract_market((1, 1), knob)
    (x, y), S = two.symbols, two.split()[0]
    return [
        *shape_claims(abstract_market((2, 1), defect), "two firms"),
        *shape_claims(abstract_market((1, 1, 1), defect), "three firms"),
        (
            "a defect d puts -(d/2) d2g/dxdy into S",
            S[0, 1] + share * knob * sympy.diff(sympy.Function("g_01")(x, y), x, y),
        ),
    ]


def any_market(key: PRNGKeyArray, *sizes: int, defect: Any = 0.0) -> tuple[mm.Game, mm.Profile]:
    """Resources of any curvature, trades tanh(w_i'B w_j), and a place."""
    p = normals(key, *sizes)
    return traded(p, of_any_sign(p), jnp.tanh, defect), place(p)


def near_market(key: PRNGKeyArray, *sizes: int) -> tuple[mm.Game, mm.Profile]:
    """The same with a defect in (1/10, 2)."""
    return any_market(
        key, *sizes, defect=jax.random.uniform(jax.random.fold_in(key, 1), minval=0.1, maxval=2.0)
    )


def symmetric_parts(instance: tuple[mm.Game, mm.Profile]) -> tuple[Array, Array]:
    """S of the whole field, beside the firms' own second derivatives alone."""
    game, x = instance
    return mm.split(game.jacobian(x))[0], block_diag(*own_curvatures(game, x))


SM_1 = Theorem(
    id="SM-1",
    name="Markets trade only in the antisymmetric part",
    statement=r"""In a smooth market the Jacobian has $J_{ij} = -J_{ji}^T$ for any two firms $i \neq
j$: its symmetric part $S$ is block diagonal with the firms' own second derivatives $S_{ii} =
\nabla^2_{ii} \ell_i$, and its antisymmetric part $A$ holds the trades. With a defect $d$ (the buyer
pays $1 - d$ of the profit) $S_{ij} = -\tfrac{d}{2} \nabla^2_{ij} g_{ij}$.""",
    source=Source(PAPER + "structure of the Jacobian; the defect is ours", "memory; derived"),
    checks=(
        Proof(
            derive=derive_shape,
            outside=(Outside("buyers pay half", change={"defect": sympy.Rational(1, 2)}),),
        ),
        Identity(
            draw=any_market,
            sides=symmetric_parts,
            unmoved="one matrix beside another, no numbers",
            tolerance=1e-12,
            sizes=((1, 2), (1,) * 8),
            outside=(Outside("trades are not zero-sum", family=near_market, least=0.99),),
        ),
    ),
)


# SM-2: stable is Nash.


def derive_two_firms(
    *,
    critical: sympy.Integer = sympy.Integer(4),
    selling: int = 1,
    matrix: Any = ((-1, 2), (-2, 3)),
) -> list[tuple[str, Any]]:
    """Two firms of one number: w_0 w_1 is traded with a defect, under frictions a and b."""
    x, y, d = sympy.symbols("x y d", real=True)
    a, b = sympy.symbols("a b", positive=True)

    def firms(first: Any, second: Any, defect: Any) -> mm.SymbolicGame:
        costs = first * x**2 / 2 - x * y, second * y**2 / 2 + selling * (1 - defect) * x * y
        return mm.SymbolicGame(costs, ((x,), (y,)))

    S = firms(a, b, d).split()[0]
    common = firms(a, a, 2)
    hidden = mm.SymbolicGame(*formulas.affine(matrix))
    return [
        (
            "det S = a b - d^2/4, so a Nash stays stable exactly while d^2 < 4 a b",
            critical * (S.det() - a * b) + d**2,
        ),
        (
            "common interest, d = 2: a strict Nash",
            all(common.jacobian()[i, i].is_positive for i in range(2)),
        ),
        (
            "its eigenvalues are a - 1, a + 1: the flow leaves it for a < 1",
            set(common.eigenvalues()) == {a - 1, a + 1},
        ),
        ("J = [[-1, 2], [-2, 3]] is a market", hidden.split()[0] - sympy.diag(-1, 3)),
        (
            "its eigenvalues are 1, 1 though it is not Nash",
            set(hidden.eigenvalues()) == {sympy.Integer(1)},
        ),
    ]


def resting_market(key: PRNGKeyArray, *sizes: int, defect: Any = 0.0) -> tuple[mm.Game, mm.Profile]:
    """A market of any curvatures at prices that make a random place stationary."""
    game, x = any_market(key, *sizes, defect=defect)
    return stationary_at(game, x), x


def common_market(key: PRNGKeyArray, *sizes: int) -> tuple[mm.Game, mm.Profile]:
    """Convex firms with a common interest in what they trade: a potential game, at its zero."""
    p = normals(key, *sizes)
    return traded(p, convex(p, 0.01), jnp.tanh, 2.0), origin(p)


def verdicts(instance: tuple[mm.Game, mm.Profile]) -> tuple[Any, Any]:
    """Whether x is stationary and every firm at a strict optimum, beside: S is definite, and a Nash
    attracts small steps.
    """
    game, x = instance
    J = game.jacobian(x)
    least = jnp.min(jnp.stack([definite(M)[0] for M in own_curvatures(game, x)]))
    stable = definite(J)[0] > 0
    step = jnp.where(stable, definite(J)[0], 1.0) / jnp.sum(J**2)
    update = derivative_at(mm.Simultaneous(step), game, x)
    attracts = jnp.linalg.norm(update, 2) < 1
    rest = game.field(x).norm()
    return (truth(least > 0), truth(True), 0 * rest), (
        truth(stable),
        truth(attracts | ~stable),
        rest,
    )


SM_2 = Theorem(
    id="SM-2",
    name="In a market stable is Nash",
    statement=r"""Let $v(w^*) = 0$ in a smooth market. Then $w^*$ is stable ($S(w^*) \succ 0$) if
and only if it is a strict local Nash equilibrium ($\nabla^2_{ii} \ell_i(w^*) \succ 0$ for every
firm); steps that are small enough then contract near it (SM-6). Of two firms with frictions $a,
b > 0$ that trade $w_0 w_1$ with a defect $d$, the Nash at zero is stable exactly while $d^2 < 4ab$.
Stability of the eigenvalues alone is weaker: $J = ((-1, 2), (-2, 3))$ is a market with eigenvalues
$1, 1$ and no Nash.""",
    source=Source(PAPER + "stable fixed points are local Nash equilibria", "memory; derived"),
    checks=(
        Proof(
            part="two firms",
            derive=derive_two_firms,
            outside=(
                Outside("the buyer is paid as well", change={"selling": -1}),
                Outside("J is no market", change={"matrix": ((-1, 2), (2, 3))}),
            ),
        ),
        Identity(
            part="any market",
            draw=resting_market,
            sides=verdicts,
            tolerance=1e-12,
            unmoved="truth values, and a field that is zero",
            sizes=((1, 2), (2, 1, 3)),
            outside=(
                Outside("interests are common: a potential game", family=common_market, least=0.7),
            ),
        ),
    ),
)


# SM-4: legibility.


def derive_legibility(*, defect: Any = 0) -> list[tuple[str, Any]]:
    """For arbitrary smooth functions, two and three firms."""
    return [
        (
            "two firms: u'Ju is the sum over firms of u_i' (own second derivative) u_i",
            mixed_terms(abstract_market((2, 1), defect)),
        ),
        ("three firms", mixed_terms(abstract_market((1, 1, 1), defect))),
    ]


def mixed_terms(game: mm.SymbolicGame) -> sympy.Expr:
    """u'Ju less what each firm's own second derivative gives."""
    moves = [sympy.symbols(f"u_{i}_:{len(own)}", real=True) for i, own in enumerate(game.players)]
    u = sympy.Matrix([move for own in moves for move in own])
    alone = 0
    for loss, own, move in zip(game.losses, game.players, moves, strict=True):
        alone += (sympy.Matrix([move]) * sympy.hessian(loss, own) * sympy.Matrix([move]).T)[0]
    return sympy.expand((u.T * game.jacobian() * u)[0] - alone)


def sentiments(instance: tuple[mm.Game, mm.Profile]) -> tuple[Any, Any]:
    """u'Ju in any direction u and the change of |v|^2/2 by an update, per unit of step; beside sums
    over firms alone.
    """
    game, x = instance
    own, v = own_curvatures(game, x), game.field(x)
    u = mm.Profile(jnp.cos(3 * w + i) for i, w in enumerate(x))

    def energy(step: Array) -> Array:
        after = updated(mm.Simultaneous(step), game, x)
        return game.field(after) @ game.field(after) / 2

    def alone(t: mm.Profile) -> Array:
        return sum((move @ M) @ move for move, M in zip(t, own, strict=True))

    change = jax.jvp(energy, (jnp.zeros(()),), (jnp.ones(()),))[1]
    return (u @ game.push(x, u), change), (alone(u), -alone(v))


SM_4 = Theorem(
    id="SM-4",
    name="Markets are legible",
    statement=r"""In a smooth market the sentiment of any joint move $u$ is the sum of the firms'
own:
$$u^T J u = \sum_i u_i^T\, \nabla^2_{ii} \ell_i\, u_i.$$
Along the flow $\dot w = -v(w)$ therefore $\tfrac{d}{dt} \tfrac12 |v|^2 = -\sum_i v_i^T\,
\nabla^2_{ii} \ell_i\, v_i$.""",
    source=Source(PAPER + "legibility", "memory; derived"),
    checks=(
        Proof(
            derive=derive_legibility,
            unmoved="products without coefficients",
            outside=(Outside("buyers pay half", change={"defect": sympy.Rational(1, 2)}),),
        ),
        Identity(
            draw=any_market,
            sides=sentiments,
            unmoved="sums without coefficients; the half is that of an energy, differentiated",
            tolerance=1e-10,
            sizes=((1, 2), (2, 1, 3)),
            outside=(Outside("trades are not zero-sum", family=near_market, least=0.95),),
        ),
    ),
)
