r"""Mechanics of n-player differentiable games (Balduzzi et al. 2018): which way the adjustment
turns, and where flows go.

Losses are descended, v = xi, J = v' = S + A. Where every player sits at a maximum of its own loss
(S negative definite), a method for games should leave: plain descent does, consensus need not, and
the symplectic adjustment does by the sign of its strength.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.games import formulas

from ..draws.market_flows import market_flows
from ..draws.matrices import between, definite, symmetric, within
from ..draws.points import derivative_at, direction_at, on_circle
from ..theorem import Bound, Family, Outside, Parameters, Proof, Scenario, Source, Theorem
from . import PAPER
from .split import UNALIGNED, affine, plane

# SGA-3: the sign of the adjustment.


def definite_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """S by basis and spectrum, A, the field; a sign for S."""
    return {
        "basis": (size, size),
        "spectrum": (size,),
        "skew": (size, size),
        "field": (size,),
        "sign": (),
    }


def definite_game(p: Parameters) -> tuple[mm.Game, mm.Profile]:
    """S has eigenvalues in (1/2, 5/2), or in (-5/2, -1/2); the field is long, so that the offset
    1/10 of the sign is nothing.
    """
    sign = jnp.where(p["sign"] < 0, -1.0, 1.0)
    S = sign * symmetric(p["basis"], between(p["spectrum"], 0.5, 2.5))
    return affine(S + (p["skew"] - p["skew"].T) / 2, 100 * p["field"] / jnp.linalg.norm(p["field"]))


def aligned(instance: tuple[mm.Game, mm.Profile], *, align: bool = True, sign: int = 1) -> Array:
    """The change per strength, at strength zero, of the cosine towards the gradient of H; counted
    away where that is negative. With the sign rule, or without it, or with its sign turned round.
    """
    game, x = instance
    v = game.field(x)
    g = game.pull(x, v)

    def cosine(strength: Array) -> Array:
        d = direction_at(mm.Symplectic(sign * strength, align), game, x)
        return (d @ g) / (d.norm() * g.norm())

    now, change = jax.jvp(cosine, (jnp.zeros(()),), (jnp.ones(()),))
    return jnp.sign(now) * change


def source_shapes() -> dict[str, tuple[int, ...]]:
    """A source, where the strategy is, and the strength."""
    return {"repulsion": (), "spin": (), "angle": (), "distance": (), "strength": ()}


class Near(NamedTuple):
    """A place near a source of eigenvalues -repulsion +- i spin, and an adjustment."""

    game: mm.Game
    x: mm.Profile
    direction: mm.Direction
    repulsion: Array
    spin: Array


def near_source(p: Parameters, offset: bool = True, least: float = 1.001) -> Near:
    """J = [[-e, a], [-a, -e]]: both players at a maximum of their loss; |x| about where the sign
    jumps.

    (v . J'v)(A'v . J'v)/2 = -e a^2 |v|^4/2 is above -1/10 within |v|^4 < 1/(5 e a^2); the strength
    is over e/a^2.
    """
    e, a = within(p["repulsion"], 0.01, 1.0), within(p["spin"], 0.3, 3.0)
    reach = jnp.exp(p["distance"] / 2) * (0.2 / (e * a**2)) ** 0.25 / jnp.sqrt(e**2 + a**2)
    x = on_circle(3 * p["angle"], reach)
    strength = within(p["strength"], least, 10.0) * e / a**2
    game = mm.games.linear(
        jnp.array([[-1.0, 0.0], [0.0, -1.0]]) * e + jnp.array([[0.0, 1.0], [-1.0, 0.0]]) * a
    )
    direction = mm.Symplectic(strength) if offset else mm.Symplectic(-strength, align=False)
    return Near(game, x, direction, e, a)


def without_offset(p: Parameters) -> Near:
    """The sign without its offset is negative everywhere."""
    return near_source(p, offset=False)


def weakly_adjusted(p: Parameters) -> Near:
    """The strength goes down to e / (10 a^2)."""
    return near_source(p, least=0.1)


def drawn_to_source(instance: Near, *, five: float = 5.0) -> Array:
    """A short step leads nearer the source inside that radius and farther outside: the cosine of d
    and x, or minus it.
    """
    game, x, direction, e, a = instance
    v, d = game.field(x), direction_at(direction, game, x)
    sign = jnp.where((v @ v) ** 2 < 1 / (five * e * a**2), 1.0, -1.0)
    return sign * (d @ x) / (d.norm() * x.norm())


SGA_3 = Theorem(
    id="SGA-3",
    name="The sign rule turns towards stable and away from unstable profiles",
    statement=r"""Let $\lambda$ have the sign of
$\langle v, \nabla\mathcal{H} \rangle \langle A^T v, \nabla\mathcal{H} \rangle$. For infinitesimal
$\lambda$ the angle between $v + \lambda A^T v$ and $\nabla\mathcal{H}$ then does not grow where
$\langle v, \nabla\mathcal{H} \rangle > 0$ (as where $S \succ 0$), and does not shrink where it is
negative (as where $S \prec 0$). The released rule adds an offset, $\mathrm{sign}(\langle v,
\nabla\mathcal{H} \rangle \langle A^T v, \nabla\mathcal{H} \rangle / n + 1/10)$, and keeps the claim
up to that offset only: near the source $J = ((-\varepsilon, a), (-a, -\varepsilon))$ it is positive
for $|v|^4 < 1 / (5 \varepsilon a^2)$ and, with $|\lambda| > \varepsilon / a^2$, draws in from there
and drives out from beyond.""",
    source=Source(
        PAPER + "sign of the adjustment; the radius at which the offset tells is ours",
        "memory; code; derived",
    ),
    checks=(
        Bound(
            part="the angle",
            family=Family(definite_shapes, definite_game, sizes=((2,), (3,))),
            margin=aligned,
            rounding=1e-7,  # the offset of 1/10 beside fields of length 100
            unmoved="a sign",
            outside=(
                Outside("the sign is turned round", change={"sign": -1}, least=0.99),
                Outside("the strength is positive always", change={"align": False}, least=0.3),
            ),
        ),
        Bound(
            part="the offset at a source",
            family=Family(source_shapes, near_source),
            margin=drawn_to_source,
            outside=(
                Outside(
                    "the sign without its offset", Family(source_shapes, without_offset), least=0.3
                ),
                Outside(
                    "a strength below e / a^2", Family(source_shapes, weakly_adjusted), least=0.1
                ),
            ),
        ),
    ),
)


# SGA-4: a maximum of a potential game.


def derive_maximum(
    *, consensus: Any = mm.Consensus, one: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
    """Update matrices at phi = -k |w|^2/2, and at a source of eigenvalues -e +- ia; their signs
    change at `one` times the thresholds.
    """
    k, h, s, e, a = sympy.symbols("k h s epsilon a", positive=True)
    eye = sympy.eye(2)
    maximum, source = plane(-k, 0, 0, -k), plane(-e, a, -a, -e)
    zero = dict.fromkeys(maximum.symbols, 0)

    def drift(game: mm.SymbolicGame, direction: mm.Direction) -> sympy.Matrix:
        return (eye - game.update_matrix(mm.Simultaneous(h, direction), zero)) / h

    drawn, by_consensus, by_adjustment = (
        drift(maximum, consensus(s)),
        drift(source, consensus(s)),
        drift(source, UNALIGNED(s)),
    )
    return [
        ("maximum: descent has the eigenvalue -k", drift(maximum, mm.Gradient()) + k * eye),
        ("the adjustment changes nothing there", drift(maximum, UNALIGNED(s)) + k * eye),
        ("consensus has s k^2 - k", drawn - (s * k**2 - k) * eye),
        ("drawn in for s > 1/k", drawn.subs(s, one / k)),
        (
            "source: consensus has the real part s (e^2 + a^2) - e",
            by_consensus.trace() / 2 - (s * (e**2 + a**2) - e),
        ),
        (
            "the adjustment has s a^2 - e: a positive strength over e/a^2 draws in",
            by_adjustment.trace() / 2 - (s * a**2 - e),
        ),
    ]


def summit_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """A negative definite Jacobian of players of one number, a strength and a step."""
    return {"basis": (size, size), "spectrum": (size,), "strength": (), "step": ()}


def summit(
    p: Parameters, low: float = 1.001, high: float = 10.0
) -> tuple[mm.Game, mm.Profile, Array, Array, Array]:
    """Curvatures -k, k in (1/10, 3), of a potential; the strength as a multiple of 1/k for the
    smallest k; the step as a part of 2/(s k^2 - k) for the largest; and all k.
    """
    k = within(p["spectrum"], 0.1, 3.0)
    multiple, part = within(p["strength"], low, high), between(p["step"], 0.05, 0.999)
    return *affine(-symmetric(p["basis"], k), 0 * k), multiple, part, k


def weakly(p: Parameters) -> tuple[mm.Game, mm.Profile, Array, Array, Array]:
    """The strength is below 1/k for the smallest k."""
    return summit(p, 0.1, 0.95)


def drawn_in_and_left(
    instance: tuple[mm.Game, mm.Profile, Array, Array, Array], *, one: float = 1.0, two: float = 2.0
) -> Array:
    """Consensus contracts; descent and the aligned adjustment expand in every direction. All these
    updates are symmetric.
    """
    game, x, multiple, part, k = instance
    strength = one * multiple / jnp.min(k)
    step = part * two / jnp.max(jnp.abs(strength * k**2 - k))

    def ends(direction: mm.Direction) -> tuple[Array, Array]:
        return definite(derivative_at(mm.Simultaneous(step, direction), game, x))

    low, high = ends(mm.Consensus(strength))
    left = jnp.minimum(ends(mm.Gradient())[0], ends(mm.Symplectic(strength))[0])
    return jnp.minimum(jnp.minimum(1 - high, 1 + low), left - 1)


SGA_4 = Theorem(
    id="SGA-4",
    name="Consensus is drawn into maxima, the adjustment is not",
    statement=r"""At a maximum of a potential game, $v = -k w$ with $k > 0$, consensus of strength
$\lambda > 1/k$ converges to the maximum for steps $h < 2 / (\lambda k^2 - k)$ (in several
dimensions, with curvatures $k_i$: if this holds for every $k_i$): its drift is $(\lambda k^2 - k)
w$. Plain descent and the symplectic adjustment leave it, since $A = 0$. Outside potential games the
adjustment is not immune: at a source with eigenvalues $-\varepsilon \pm ia$ consensus draws in for
$\lambda (\varepsilon^2 + a^2) > \varepsilon$ and the adjustment for $\lambda a^2 > \varepsilon$;
there the sign rule (SGA-3) must make $\lambda$ negative.""",
    source=Source(PAPER + "comparison with consensus; the source is ours", "derived"),
    checks=(
        Proof(
            derive=derive_maximum,
            outside=(
                Outside(
                    "the adjustment in the place of consensus", change={"consensus": UNALIGNED}
                ),
            ),
        ),
        Bound(
            part="random potentials",
            family=Family(summit_shapes, summit, sizes=((2,), (3,))),
            margin=drawn_in_and_left,
            outside=(
                Outside("strength below 1/k", Family(summit_shapes, weakly, ((2,),)), least=0.99),
            ),
        ),
    ),
)


# SGA-5: Hamiltonian games.


def derive_conservation(
    *, friction: Any = 0, power: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """Three players of one number, any antisymmetric Jacobian; and the updates of two. Or with
    friction besides.
    """
    b, c, d, h, s = sympy.symbols("b c d h s", positive=True)
    game = mm.SymbolicGame(*formulas.affine([[friction, b, c], [-b, 0, d], [-c, -d, 0]]))
    v = game.field()
    two = plane(friction, b, -b, 0)
    zero, down = dict.fromkeys(two.symbols, 0), two.pull(two.profile, two.field())
    plain = two.update_matrix(mm.Simultaneous(h), zero)
    helped = two.update_matrix(mm.Simultaneous(h, UNALIGNED(s)), zero)
    return [
        ("<v, grad H> = 0: the flow keeps H", sympy.expand(v @ game.pull(game.profile, v))),
        (
            "one of descent on H multiplies the distance to the equilibrium by 1 - h b^2",
            sympy.Matrix([x - h * pull for (x,), (pull,) in zip(two.profile, down, strict=True)])
            - (1 - h * b**power) * sympy.Matrix([x for (x,) in two.profile]),
        ),
        (
            "an update of descent multiplies H by 1 + h^2 b^2",
            plain.T * plain - (1 + h**2 * b**power) * sympy.eye(2),
        ),
        (
            "one of the adjustment by (1 - h s b^2)^2 + h^2 b^2",
            helped.T * helped - ((1 - h * s * b**power) ** 2 + h**2 * b**2) * sympy.eye(2),
        ),
    ]


def spinning(key: PRNGKeyArray, friction: float = 0.0) -> np.ndarray:
    """|v| along the flow of markets that only trade; with friction where it is asked for."""
    return market_flows(key, least=friction)["field"]


def spinning_with_friction(key: PRNGKeyArray) -> np.ndarray:
    """S is not zero."""
    return spinning(key, 0.01)


def kept(norms: np.ndarray) -> tuple[bool, dict[str, float]]:
    """|v| stays what it was, to 1e-7."""
    drift = float(np.max(np.abs(norms / norms[:, :1] - 1)))
    return drift <= 1e-7, {"largest relative drift of |v|": drift}


SGA_5 = Theorem(
    id="SGA-5",
    name="Hamiltonian games conserve H",
    statement=r"""If $S \equiv 0$, then $\langle v, \nabla\mathcal{H} \rangle = 0$ and the flow
$\dot w = -v(w)$ conserves $\mathcal{H} = \tfrac12 |v|^2$. (A field whose Jacobian is antisymmetric
everywhere is affine.) With two players and $J = ((0, b), (-b, 0))$ a step $h$ of descent on
$\mathcal{H}$ multiplies the distance to the equilibrium, which is Nash, by $1 - h b^2$; one of
descent multiplies $\mathcal{H}$ by $1 + h^2 b^2$, one of the symplectic adjustment of strength
$\lambda$ by $(1 - h\lambda b^2)^2 + h^2 b^2$.""",
    source=Source(PAPER + "Hamiltonian games", "memory; derived"),
    checks=(
        Proof(
            derive=derive_conservation,
            outside=(Outside("a friction besides", change={"friction": sympy.Symbol("f")}),),
        ),
        Scenario(
            part="the flow",
            simulate=spinning,
            reading=kept,
            unmoved="|v| stays what it was",
            outside=(Outside("a friction of 1/100, S is not zero", family=spinning_with_friction),),
        ),
    ),
)
