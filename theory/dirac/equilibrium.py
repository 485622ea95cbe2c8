r"""The Dirac-GAN near its equilibrium (Mescheder, Geiger, Nowozin 2018): the update's eigenvalues,
and the steps they allow.

Data at 0, a generator at theta, a discriminator D(x) = psi x that gains f(theta psi). Every method
has at (0, 0) the Jacobian

    [[damping of theta, s], [-s, damping of psi]],      s = f'(0),

in the sign of descent (the paper's is minus that); the methods differ in the two dampings. Proofs
leave f undefined.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import NonSaturating, Saturating, Wasserstein, curvature, slope

from ..draws.formulas import (
    AT,
    GAMMA,
    H_D,
    H_G,
    PSI,
    THETA,
    C,
    H,
    S,
    dirac,
    dirac_matrix,
    with_dampings,
)
from ..draws.matrices import ordered, quadratic_roots
from ..draws.points import derivative_at, origin
from ..theorem import Identity, Outside, Proof, Source, Theorem
from . import PAPER

ZERO = origin((), ())

# DIR-1: the table of eigenvalues.


def derive_jacobians(
    *, share: Any = sympy.Integer(1), two: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """The dampings of every method, from its field; consensus from an update of step one. A penalty
    damps by a `share` of itself.
    """
    chance, size = sympy.symbols("p n", positive=True)
    law = ((chance / 2, -size), (1 - chance, 0), (chance / 2, size))
    plain, consensus = dirac(), mm.Simultaneous(1, mm.Consensus(GAMMA))
    theta_psi = mm.SymbolicGame(
        (THETA * PSI, -THETA * PSI), ((THETA,), (PSI,)), penalties=(0, GAMMA * PSI**2 / 2)
    )
    mu = sympy.Symbol("mu")
    root = sympy.sqrt(GAMMA**2 / 4 - S**2)
    return [
        ("GAN: no damping", dirac_matrix(plain) - with_dampings(0, 0)),
        ("NSGAN: no damping", dirac_matrix(dirac(saturating=False)) - with_dampings(0, 0)),
        (
            "noise of variance p n^2: -2 f''(0) p n^2 on psi",
            dirac_matrix(dirac(law=law)) - with_dampings(0, -two * C * chance * size**2),
        ),
        (
            "penalty: gamma on psi",
            dirac_matrix(dirac(penalty=GAMMA)) - with_dampings(0, share * GAMMA),
        ),
        (
            "NSGAN with a penalty: the same",
            dirac_matrix(dirac(saturating=False, penalty=GAMMA)) - with_dampings(0, share * GAMMA),
        ),
        (
            "WGAN with a penalty: the same with s = 1",
            theta_psi.jacobian(AT) - with_dampings(0, share * GAMMA, 1),
        ),
        (
            "consensus: gamma s^2 on both",
            sympy.eye(2)
            - dirac_matrix(plain, consensus)
            - with_dampings(GAMMA * S**2, GAMMA * S**2),
        ),
        (
            "penalty: lambda = gamma/2 +- sqrt(gamma^2/4 - s^2)",
            dirac_matrix(dirac(penalty=GAMMA)).charpoly(mu).as_expr()
            - (mu - GAMMA / 2 - root) * (mu - GAMMA / 2 + root),
        ),
        (
            "a double root at gamma = 2 s",
            sympy.discriminant(dirac_matrix(dirac(penalty=two * S)).charpoly(mu).as_expr(), mu),
        ),
    ]


def derive_turns(*, walk: Any = mm.Alternating) -> list[tuple[str, Any]]:
    """Trace and determinant of n turns of theta, then m of psi, for every n and m, by induction
    over the turns of a walk.
    """
    game, gradient = dirac(penalty=GAMMA), mm.Gradient()
    both = dirac_matrix(game, walk((H_G, H_D)))
    one, other = both.subs(H_D, 0), both.subs(H_G, 0)
    n, m = sympy.symbols("n m", integer=True, positive=True)
    r = sympy.Symbol("r", positive=True)  # 1 - h_d gamma
    turn = other.subs(GAMMA, (1 - r) / H_D)

    def mine(count: Any) -> sympy.Matrix:
        return sympy.Matrix([[1, -count * H_G * S], [0, 1]])

    def theirs(count: Any) -> sympy.Matrix:
        return sympy.Matrix([[1, 0], [H_D * S * (1 - r**count) / (1 - r), r**count]])

    whole, plain = theirs(m) * mine(n), sympy.Matrix([[1, 0], [m * H_D * S, 1]])
    claims = [
        ("one update is a turn of psi after a turn of theta", both - other * one),
        ("the first turn of theta", one - mine(1)),
        ("one more turn of theta", one * mine(n) - mine(n + 1)),
        ("the first turn of psi", (turn - theirs(1)).expand()),
        ("one more turn of psi", (turn * theirs(m) - theirs(m + 1)).applyfunc(sympy.cancel)),
        ("one more turn of psi without a penalty", turn.subs(r, 1) * plain - plain.subs(m, m + 1)),
        ("the determinant is r^m", whole.det() - r**m),
        (
            "the trace is 1 + r^m - n h_g h_d s^2 (1 + r + ... + r^(m-1))",
            whole.trace() - 1 - r**m + n * H_G * H_D * S**2 * (1 - r**m) / (1 - r),
        ),
        (
            "without a penalty the trace is 2 - n m h_g h_d s^2",
            (plain * mine(n)).trace() - 2 + n * m * H_G * H_D * S**2,
        ),
        (
            "psi first has the same spectrum",
            (one * other).charpoly().as_expr() - (other * one).charpoly().as_expr(),
        ),
    ]
    for i, j in ((1, 2), (2, 1)):
        product = (other**j * one**i).subs({H_G: H, H_D: H})
        claims.append(
            (
                f"{i} and {j} turns, from the rule",
                (dirac_matrix(game, turns(H, i, j, gradient)) - product).expand(),
            )
        )
    return claims


def turns(step: Any, first: int, second: int, direction: mm.Direction) -> mm.UpdateRule:
    """`first` turns of the generator and `second` of the discriminator in an update; none of either
    is both at once.
    """
    order = (0,) * first + (1,) * second
    return (
        mm.Alternating(step, direction, order=order) if order else mm.Simultaneous(step, direction)
    )


class Case(NamedTuple):
    """A game and a rule, and what the table says of them: s, the two dampings, the two steps, and
    how many turns.
    """

    game: mm.Game
    rule: mm.UpdateRule
    slope: Any
    dampings: tuple[Any, Any]
    steps: tuple[Any, Any]
    turns: tuple[int, int]


def rows(key: PRNGKeyArray, first: int, second: int, least: float = 0.0) -> list[Case]:
    """The table's rows for an order of turns: steps among 0.05, 0.2, 1, 3; penalty and noise from
    `least` to 2, each also off.
    """
    # One draw for all, since every draw is a program to compile.
    u = jax.random.uniform(key, (7,))
    steps = tuple(jnp.array([0.05, 0.2, 1.0, 3.0])[jnp.floor(4 * u[:2]).astype(jnp.int32)])
    penalty, deviation, strength = least + (2 - least) * u[2:5]
    penalty, deviation = jnp.where(
        (u[5:] < 0.5) | (least > 0), jnp.stack([penalty, deviation]), 0.0
    )
    cases = []
    # Many turns take long to compile: one objective must do for them.
    for objective in (Saturating(), Wasserstein()) if first == second else (NonSaturating(),):
        game = mm.games.dirac_gan(objective, penalty=penalty, noise=deviation, nodes=8)
        damping = penalty - 2 * curvature(objective) * deviation**2
        cases.append(
            Case(
                game,
                turns(steps, first, second, mm.Gradient()),
                slope(objective),
                (0.0, damping),
                steps,
                (first, second),
            )
        )
    both = (strength / 4,) * 2
    consensus = turns(steps, first, second, mm.Consensus(strength))
    return [*cases, Case(mm.games.dirac_gan(), consensus, 0.5, both, steps, (first, second))]


def damped_row(key: PRNGKeyArray, first: int, second: int) -> list[Case]:
    """The first of them with its penalty and its noise on."""
    return rows(key, first, second, least=0.3)[:1]


def predicted(case: Case, share: float = 1.0, lever: float = 1.0) -> Array:
    """The eigenvalues of the update by the closed forms, with a `share` of the dampings and a
    `lever` before the product of the steps.
    """
    (h, k), s = case.steps, case.slope
    one, other = (
        1 - step * share * damping for step, damping in zip(case.steps, case.dampings, strict=True)
    )
    n, m = case.turns
    if not n:
        return quadratic_roots(one + other, one * other + lever * h * k * s**2)
    lever = lever * h * k * s**2 * sum(one**i for i in range(n)) * sum(other**j for j in range(m))
    return quadratic_roots(one**n + other**m - lever, one**n * other**m)


def measured(game: mm.Game, rule: mm.UpdateRule) -> Array:
    """The eigenvalues of the update at the equilibrium, by differentiating it."""
    return ordered(jnp.linalg.eigvals(derivative_at(rule, game, ZERO, key=jax.random.key(0))))


def tables(cases: list[Case], *, share: float = 1.0, lever: float = 1.0) -> tuple[Any, Any]:
    """Measured and predicted eigenvalues of every row."""
    found = [measured(case.game, case.rule) for case in cases]
    return found, [predicted(case, share, lever) for case in cases]


DIR_1 = Theorem(
    id="DIR-1",
    name="Eigenvalues of every method on the Dirac-GAN",
    statement=r"""Let $s = f'(0)$. At the equilibrium $(0, 0)$ the field of descent has the Jacobian
with rows $(\delta_\theta,\ s)$ and $(-s,\ \delta_\psi)$, where $\delta_\theta = \delta_\psi = 0$
for GAN and NSGAN; $\delta_\psi = \gamma$ with a gradient penalty $\frac{\gamma}{2} \psi^2$ (R1 and
R2 are equal here), for GAN, NSGAN and, with $s = 1$, WGAN; $\delta_\psi = -2 f''(0) \sigma^2$ with
instance noise of variance $\sigma^2$; and $\delta_\theta = \delta_\psi = \gamma s^2$ for consensus.
With a penalty
$$\lambda = \frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - s^2},$$
a double root at $\gamma = 2 s$; without one $\lambda = \pm i s$.

One update with steps $h_\theta$, $h_\psi$ has eigenvalues $\mu = (T \pm \sqrt{T^2 - 4 \Delta})/2$.
With $r_\theta = 1 - h_\theta \delta_\theta$ and $r_\psi = 1 - h_\psi \delta_\psi$: at once, $T =
r_\theta + r_\psi$ and $\Delta = r_\theta r_\psi + h_\theta h_\psi s^2$; with $n$ turns of $\theta$
and $m$ of $\psi$, in either order,
$$T = r_\theta^n + r_\psi^m - h_\theta h_\psi s^2 \sum_{i<n} r_\theta^i \sum_{j<m} r_\psi^j,$$
$$\Delta = r_\theta^n r_\psi^m.$$""",
    source=Source(
        PAPER + "Lemmas 2.1, 2.3, 2.4 and section 3; one form for all rows is ours",
        "memory; derived",
    ),
    checks=(
        Proof(
            part="the field",
            derive=derive_jacobians,
            outside=(
                Outside("half the penalty in the formula", change={"share": sympy.Rational(1, 2)}),
            ),
        ),
        Proof(
            part="turns",
            derive=derive_turns,
            unmoved="formulas in n, m and symbols; what is a number in them counts turns",
            outside=(Outside("both players at once", change={"walk": mm.Simultaneous}),),
        ),
        Identity(
            part="updates",
            draw=rows,
            sides=tables,
            tolerance=1e-8,
            sizes=((1, 1), (0, 0), (1, 5), (3, 2)),
            outside=(
                Outside(
                    "half the dampings in the formula",
                    family=damped_row,
                    change={"share": 0.5},
                    least=0.99,
                ),
            ),
        ),
    ),
)
