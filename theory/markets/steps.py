r"""Smooth markets (Balduzzi et al. 2020), what holds for discrete steps and for many firms: rates,
step limits, coalitions.

Written for descent on losses, as `markets` is: a firm curved by at least m has a second derivative
of its own loss in its own numbers of at least m; in a market the symmetric part S of the whole
Jacobian is then at least m too.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.games import formulas

from ..draws.markets import convex, merged, normals, origin, place, shapes, traded
from ..draws.matrices import between, orthogonal, within
from ..draws.points import derivative_at
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Source, Theorem
from . import PAPER

# SM-3: learning rates.


def rated_shapes(*sizes: int) -> dict[str, tuple[int, ...]]:
    """A market, a learning rate a firm, and a least curvature."""
    return shapes(*sizes) | {"rates": (len(sizes),), "least": ()}


def rated(p: Parameters, defect: Any = 0.0) -> tuple[mm.Game, mm.Profile, tuple[Array, ...], Array]:
    """Curvatures of at least `least`, in (1/20, 1), and rates in (1/1000, 1000)."""
    least, rates = within(p["least"], 0.05, 1.0), within(p["rates"], 1e-3, 1e3)
    return traded(p, convex(p, least), defect=defect), origin(p), tuple(rates), least


def interested(p: Parameters) -> tuple[mm.Game, mm.Profile, tuple[Array, ...], Array]:
    """The same firms with a common interest."""
    return rated(p, defect=2.0)


def one_sided(p: Parameters) -> tuple[mm.Game, mm.Profile, tuple[Array, ...], Array]:
    """J = [[-1, 2], [-2, 3]]: a market, but firm 0 sits at a minimum of its profit; its rate is
    over 3 times the other's.
    """
    game = mm.games.rate_dependent()
    return (
        game,
        mm.Profile(jnp.zeros((2, 1))),
        (within(p["ratio"], 3.05, 30.0), jnp.ones(())),
        jnp.ones(()),
    )


def ratio_shapes() -> dict[str, tuple[int, ...]]:
    """One ratio."""
    return {"ratio": ()}


def drift(instance: tuple[mm.Game, mm.Profile, tuple[Array, ...], Array]) -> Array:
    """The eigenvalues of (rates J), from the update with a step of its own for every firm."""
    game, x, rates, _ = instance
    update = derivative_at(mm.Simultaneous(rates), game, x)
    roots = jnp.sqrt(
        jnp.concatenate([jnp.full(own.size, rate) for own, rate in zip(x, rates, strict=True)])
    )
    # A change of scale that keeps the eigenvalues and evens out the rows.
    return jnp.linalg.eigvals((jnp.eye(len(update)) - update) / roots[:, None] * roots)


def pull_in(
    instance: tuple[mm.Game, mm.Profile, tuple[Array, ...], Array], *, share: float = 1.0
) -> Array:
    """The smallest real part, beside the least curvature times the smallest rate."""
    _, _, rates, least = instance
    return jnp.min(drift(instance).real) / (share * least * jnp.min(jnp.stack(rates))) - 1


def derive_rates(
    *, ratio: sympy.Integer = sympy.Integer(3), matrix: Any = ((-1, 2), (-2, 3))
) -> list[tuple[str, Any]]:
    """J = [[-1, 2], [-2, 3]] under steps (e h, h): trace and determinant of (1 - update)/h."""
    h, e = sympy.symbols("h e", positive=True)
    game = mm.SymbolicGame(*formulas.affine(matrix))
    turned = (sympy.eye(2) - game.update_matrix(mm.Simultaneous((e * h, h)))) / h
    return [
        ("the trace is 3 - e: stable for e < 3 only", turned.trace() - (ratio - e)),
        ("the determinant is e", turned.det() - e),
    ]


SM_3 = Theorem(
    id="SM-3",
    name="A stable profile is stable at any learning rates",
    statement=r"""Let $S(w^*) \succeq m > 0$ and let firm $i$ descend at its own rate $\eta_i > 0$.
Then every eigenvalue of $\mathrm{diag}(\eta) J$ has $\mathrm{Re}\,\lambda \geq m \min_i \eta_i$, so
$w^*$ stays stable whatever the rates (a Lyapunov function is $\tfrac12 \sum_i |w_i - w_i^*|^2 /
\eta_i$). In a market it is enough that every firm's own curvature is at least $m$. Eigenvalues of
positive real part are not enough: $J = ((-1, 2), (-2, 3))$ is a market, with eigenvalues $1, 1$ but
an indefinite $S$, and with rates $(e, 1)$ it is stable for $e < 3$ only.""",
    source=Source(PAPER + "learning rates; the quantitative form is ours", "memory; derived"),
    checks=(
        Proof(
            part="a market that is not definite",
            derive=derive_rates,
            outside=(
                Outside(
                    "a market that is definite, which every rate leaves stable",
                    change={"matrix": ((1, 2), (-2, 3))},
                ),
            ),
        ),
        Bound(
            part="any market",
            family=Family(rated_shapes, rated, sizes=((1, 2, 1), (1,) * 8)),
            margin=pull_in,
            sharp=True,
            rounding=1e-7,  # rates six orders of magnitude apart
            outside=(
                Outside("S is not definite", Family(ratio_shapes, one_sided), least=0.99),
                Outside(
                    "trades are not zero-sum",
                    Family(rated_shapes, interested, ((1, 1),)),
                    least=0.4,
                ),
            ),
        ),
    ),
)


# SM-6: discrete steps.


def stepped_shapes(*sizes: int) -> dict[str, tuple[int, ...]]:
    """A market, a least curvature, and a fraction."""
    return shapes(*sizes) | {"least": (), "fraction": ()}


def stepped(p: Parameters, defect: Any = 0.0) -> tuple[mm.Game, mm.Profile, Array, Array]:
    """Firms curved by at least `least`, and a step as a fraction, in (3/10, 19/20), of its
    limit.
    """
    least = within(p["least"], 0.1, 1.0)
    return (
        traded(p, convex(p, least), defect=defect),
        origin(p),
        least,
        between(p["fraction"], 0.3, 0.95),
    )


def stepped_aside(p: Parameters) -> tuple[mm.Game, mm.Profile, Array, Array]:
    """The same with a defect of one."""
    return stepped(p, 1.0)


def turning_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """J = m + a Omega, two firms."""
    return {"basis": (size, size), "least": (), "strength": (), "excess": ()}


def turning_slowly(p: Parameters) -> tuple[mm.Game, mm.Profile, Array, Array]:
    """The sharp case, with a step below its limit."""
    game, x, least, _ = turning(p)
    return game, x, least, jnp.exp(-(p["excess"] ** 2))


def turning(p: Parameters) -> tuple[mm.Game, mm.Profile, Array, Array]:
    """J = m + a Omega, Omega' = -Omega = Omega^-1: the sharp case; a step beyond its limit, by 1 %
    or more.
    """
    size, least = len(p["basis"]), within(p["least"], 0.1, 1.0)
    good = within(p["strength"], 0.3, 3.0) * orthogonal(p["basis"])
    game = mm.games.market([least * jnp.eye(size)] * 2, {(0, 1): good})
    return game, mm.Profile(jnp.zeros((2, size))), least, 1.01 + p["excess"] ** 2


def limited(
    instance: tuple[mm.Game, mm.Profile, Array, Array], longer: Any = 1.0
) -> tuple[Array, Array, Array]:
    """The squared norm of the update's derivative, hm and (hL)^2."""
    game, x, least, fraction = instance
    largest = jnp.linalg.norm(game.jacobian(x), 2)
    step = longer * fraction * 2 * least / largest**2
    update = derivative_at(mm.Simultaneous(step), game, x)
    return jnp.linalg.norm(update, 2) ** 2, step * least, (step * largest) ** 2


def contraction(
    instance: tuple[mm.Game, mm.Profile, Array, Array], *, pull: float = 2.0, push: float = 1.0
) -> Array:
    """1 - |I - hJ|^2 / (1 - 2hm + h^2 L^2)."""
    squared, first, second = limited(instance)
    return 1 - squared / (1 - pull * first + push * second)


def contracts(instance: tuple[mm.Game, mm.Profile, Array, Array], *, limit: float = 1.0) -> Array:
    """1 - |I - hJ|, for a step so many times as long."""
    return 1 - jnp.sqrt(limited(instance, limit)[0])


def derive_steps(
    *,
    rule: Any = mm.Simultaneous,
    pull: sympy.Integer = sympy.Integer(2),
    best: sympy.Integer = sympy.Integer(1),
) -> list[tuple[str, Any]]:
    """From the update matrix of the very rule on two firms with friction m that trade a w_0 w_1."""
    x, y = sympy.symbols("x y", real=True)
    m, a, h = sympy.symbols("m a h", positive=True)
    game = mm.SymbolicGame((m * x**2 / 2 - a * x * y, m * y**2 / 2 + a * x * y), ((x,), (y,)))
    update = game.update_matrix(rule(h), {x: 0, y: 0})
    squared, stretch, eye = update.T * update, m**2 + a**2, sympy.eye(2)
    promised = 1 - pull * h * m + h**2 * stretch
    return [
        (
            "the largest stretch is L^2 = m^2 + a^2",
            game.jacobian().T * game.jacobian() - stretch * eye,
        ),
        (
            "every step stretches by exactly 1 - 2hm + h^2 L^2: the bound is sharp",
            squared - promised * eye,
        ),
        ("so the limit is h = 2m/L^2", squared[0, 0].subs(h, pull * m / stretch) - 1),
        ("and the best step m/L^2", squared[0, 0].diff(h).subs(h, best * m / stretch)),
        (
            "with a = 1 the limit is 2m/(1 + m^2)",
            game.step_limit({x: 0, y: 0}).subs(a, 1) - pull * m / (1 + m**2),
        ),
        (
            "no friction, a = 1: growth by sqrt(1 + h^2)",
            squared.subs({m: 0, a: 1}) - (1 + h**2) * eye,
        ),
    ]


SM_6 = Theorem(
    id="SM-6",
    name="Steps below 2m/L^2 contract",
    statement=r"""Let $S \succeq mI$ (in a market: every firm is curved by at least $m$) and $|J|
\leq L$. Then an update $w - h v(w)$ contracts for $h < 2m/L^2$, by a factor of at most
$$\sqrt{1 - 2hm + h^2 L^2},$$
least at $h = m/L^2$. Bound and limit are sharp: $J = mI + a\Omega$ with $\Omega^T \Omega = I$,
$\Omega^T = -\Omega$ attains the factor, and expands beyond.""",
    source=Source(PAPER + "discrete time", "memory; derived"),
    checks=(
        Proof(
            part="the sharp case",
            derive=derive_steps,
            outside=(Outside("alternating steps", change={"rule": mm.Alternating}),),
        ),
        Bound(
            part="the factor in any market",
            family=Family(stepped_shapes, stepped, sizes=((1, 1), (2, 1, 2))),
            margin=contraction,
            sharp=True,
            outside=(
                Outside(
                    "trades are not zero-sum",
                    Family(stepped_shapes, stepped_aside, ((1, 1),)),
                    least=0.1,
                ),
            ),
        ),
        Bound(
            part="the limit",
            family=Family(turning_shapes, turning_slowly, ((2,),)),
            margin=contracts,
            sharp=True,
            outside=(
                Outside(
                    "h is over 1.01 times 2m/L^2",
                    Family(turning_shapes, turning, ((2,),)),
                    least=0.99,
                ),
            ),
        ),
    ),
)


# SM-7: coalitions.


def coalition(
    key: PRNGKeyArray, *sizes: int, defect: Any = 0.0
) -> tuple[mm.Game, mm.Game, mm.Profile, Array]:
    """A market, the same with trades inside coalitions struck out, a place, and who is allied with
    whom.
    """
    p, count = normals(key, *sizes), len(sizes)
    group = jax.random.randint(jax.random.fold_in(key, 1), (count,), 0, 1 + count // 2)
    allied = jnp.where(group[:, None] == group[None, :], 1.0, 0.0)
    owner = np.repeat(np.arange(count), sizes)
    struck = p | {"trades": p["trades"] * (1 - allied)[owner][:, owner]}
    curvatures = convex(p, -1.0)
    return (
        traded(p, curvatures, jnp.tanh, defect),
        traded(struck, curvatures, jnp.tanh, defect),
        place(p),
        allied,
    )


def near_coalition(key: PRNGKeyArray, *sizes: int) -> tuple[mm.Game, mm.Game, mm.Profile, Array]:
    """The same with a defect."""
    return coalition(key, *sizes, defect=0.5)


def sums(instance: tuple[mm.Game, mm.Game, mm.Profile, Array]) -> tuple[Any, Any]:
    """Losses summed over all and by coalition, and the coalitions' fields and S; beside what is
    left without inner trades.
    """
    game, struck, x, allied = instance
    together = merged(game, allied)
    resources = jnp.stack([(own @ M) @ own / 2 for own, M in zip(x, game.data[0], strict=True)])
    S = mm.split(together.jacobian(x))[0]
    owner = np.repeat(np.arange(len(x)), [own.size for own in x])
    foreign = (1 - allied)[owner][:, owner]
    left = (
        jnp.sum(jnp.stack(game.totals(x))),
        jnp.stack(together.totals(x)),
        together.field(x),
        S * foreign,
    )
    outer = allied @ jnp.stack(struck.totals(x))
    return left, (jnp.sum(resources), outer, struck.field(x), 0 * S)


SM_7 = Theorem(
    id="SM-7",
    name="Coalitions of firms are firms",
    statement=r"""Let firms of a smooth market form coalitions, each with the sum of its members'
losses. All trades inside cancel: coalition $I$ has the loss $\sum_{i \in I} f_i - \sum_{i \in I, j
\notin I} g_{ij}$, and all losses together are $\sum_i f_i(w_i)$. The coalitions are again a smooth
market, whose field is the firms' own without the inner trades.""",
    source=Source(PAPER + "aggregation", "derived"),
    checks=(
        Identity(
            draw=coalition,
            sides=sums,
            tolerance=1e-12,
            unmoved="sums without coefficients",
            sizes=((1, 1, 1), (2, 1, 1, 2)),
            outside=(Outside("trades are not zero-sum", family=near_coalition, least=0.9),),
        ),
    ),
)
