r"""Smooth markets (Balduzzi et al. 2020), what holds along the flow: decay and boundedness.

Written for descent on losses, as `markets` is: the flow is w' = -v(w).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.game import identity

from ..draws.market_flows import MARKETS, SIZES, TIMES, market_flows
from ..draws.markets import convex, place, quartic, shapes, traded
from ..draws.matrices import within
from ..theorem import Bound, Family, Outside, Parameters, Proof, Scenario, Source, Theorem
from . import PAPER

# SM-5: decay.

Decaying = tuple[mm.Game, mm.Profile, mm.Profile, Array]


def decaying_shapes(*sizes: int) -> dict[str, tuple[int, ...]]:
    """A market, a second place, and a least curvature."""
    return shapes(*sizes) | {"toward": (sum(sizes),), "least": ()}


def decaying(
    p: Parameters, trade: Any = identity, defect: Any = 0.0, quartics: float = 0.1
) -> Decaying:
    """Firms curved by at least `least`, quartic resources on top, bilinear trades; two places."""
    least = within(p["least"], 0.05, 1.0)
    game = quartic(traded(p, convex(p, least), trade, defect), quartics)
    return game, place(p), place(p, p["toward"]), least


def befriended(p: Parameters) -> Decaying:
    """The same firms with a common interest."""
    return decaying(p, defect=2.0)


def bent(p: Parameters) -> Decaying:
    """Trades tanh(w_i'B w_j): own curvatures are at least `least` at zero, and elsewhere what the
    others make of them.
    """
    return decaying(p, jnp.tanh, quartics=0.0)


def decay_margin(instance: Decaying, *, rate: float = 1.0, monotone: float = 1.0) -> Array:
    """How fast |v| falls along the flow, and <v(x) - v(y), x - y> / |x - y|^2: the smaller of both,
    beside m.
    """
    game, x, y, least = instance
    v = game.field(x)
    fall = (v @ game.push(x, v)) / (v @ v)
    return jnp.minimum(fall / rate, apart(game, x, y) / monotone) / least - 1


def apart(game: mm.Game, x: mm.Profile, y: mm.Profile) -> Array:
    """<v(x) - v(y), x - y> / |x - y|^2."""
    return (game.field(x) - game.field(y)) @ (x - y) / ((x - y) @ (x - y))


LEAST = 0.3


def flowing(key: PRNGKeyArray, first: float | None = None) -> dict[str, np.ndarray]:
    """Firms curved by at least LEAST, and by LEAST exactly; firm 0 by `first` where given. Where it
    is not, the former have quartic resources on top.
    """
    quartics = 0.1 if first is None else 0.0
    more = market_flows(key, least=LEAST, spread=1.0, first=first, quartics=quartics)
    exact = market_flows(key, least=LEAST, first=first)
    return {name: np.concatenate([more[name], exact[name]]) for name in more}


def flowing_without_one(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The same without a resource for firm 0 (and no quartics, which would replace it)."""
    return flowing(key, first=0.0)


def decayed(
    measured: dict[str, np.ndarray], *, rate: float = LEAST
) -> tuple[bool, dict[str, float]]:
    """exp(m t) |v(t)| <= |v(0)| at all times t > 0, to 1e-6."""
    field = measured["field"]
    most = float(np.max((np.exp(rate * TIMES) * field / field[:, :1])[:, 1:]))
    return most <= 1 + 1e-6, {"largest exp(mt)|v(t)|/|v(0)|": most}


SM_5 = Theorem(
    id="SM-5",
    name="Forecasts decay, and the equilibrium is one",
    statement=r"""In a smooth market let $\nabla^2_{ii} \ell_i \succeq m I$ with $m > 0$ for every
firm, everywhere. Then along the flow $\dot w = -v(w)$
$$|v(w(t))| \leq e^{-mt}\, |v(w(0))|,$$
and $\langle v(x) - v(y), x - y \rangle \geq m |x - y|^2$ for all $x, y$: the game is strongly
monotone, and its equilibrium on the whole space is unique. It is not enough that the curvatures are
at least $m$ at the equilibrium alone.""",
    source=Source(PAPER + "decay of forecasts", "derived"),
    checks=(
        Bound(
            part="rate, and strong monotonicity",
            family=Family(decaying_shapes, decaying, sizes=((1, 2), (2, 1, 2))),
            margin=decay_margin,
            sharp=True,
            outside=(
                Outside(
                    "trades are not zero-sum",
                    Family(decaying_shapes, befriended, ((1, 2),)),
                    least=0.08,
                ),
                Outside(
                    "curved by m at zero only", Family(decaying_shapes, bent, ((1, 2),)), least=0.05
                ),
            ),
        ),
        Scenario(
            part="the flow",
            simulate=flowing,
            reading=decayed,
            outside=(Outside("one firm has no resource, m = 0", family=flowing_without_one),),
        ),
    ),
)


# SM-8: boundedness.

WELL = 1.0  # resources |w|^4/4 - WELL |w|^2/2, coordinate by coordinate


def derive_radial_speed(*, of_products: bool = True) -> list[tuple[str, Any]]:
    """w'v in a market of three firms whose trades are any functions of w_i'B w_j, or of both."""
    firms = [sympy.symbols(f"w_{i}_:{size}", real=True) for i, size in enumerate((2, 1, 1))]
    resources = [sympy.Function(f"f_{i}")(*own) for i, own in enumerate(firms)]
    losses, trades = list(resources), {}
    for i, j in ((0, 1), (1, 2), (0, 2)):
        B = sympy.Matrix(
            len(firms[i]),
            len(firms[j]),
            sympy.symbols(f"b_{i}{j}_:4")[: len(firms[i]) * len(firms[j])],
        )
        product = (sympy.Matrix([firms[i]]) * B * sympy.Matrix(firms[j]))[0]
        g = sympy.Function(f"g_{i}{j}")
        trades[i, j] = g(product) if of_products else g(*firms[i], *firms[j])
        losses[i], losses[j] = losses[i] - trades[i, j], losses[j] + trades[i, j]
    game = mm.SymbolicGame(tuple(losses), tuple(firms))
    speed = along(game.symbols, [entry for block in game.field() for entry in block])
    own = sum(scaled(f, firm) for f, firm in zip(resources, firms, strict=True))
    of_trades = sum(scaled(g, firms[i]) - scaled(g, firms[j]) for (i, j), g in trades.items())
    return [
        (
            "w'v = sum of <w_i, grad f_i> less that of (<w_i, grad_i> - <w_j, grad_j>) g_ij",
            (speed - own + of_trades).doit().expand(),
        ),
        ("trades g(w_i'B w_j) have no radial part", of_trades.doit().expand()),
    ]


def scaled(function: Any, symbols: Any) -> sympy.Expr:
    """<w, grad f>."""
    return along(symbols, [sympy.diff(function, w) for w in symbols])


def along(symbols: Any, vector: Any) -> sympy.Expr:
    """<w, v>."""
    return sum(w * v for w, v in zip(symbols, vector, strict=True))


def wells(key: PRNGKeyArray, defect: float = 0.0) -> dict[str, np.ndarray]:
    """Double wells, all numbers starting at 3, far outside the ball; trades from none at all to
    strong ones.
    """
    scales = 2 * np.arange(MARKETS) / MARKETS
    return market_flows(key, least=-WELL, quartics=1.0, defect=defect, scales=scales, start=3.0)


def common_wells(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The same with a common interest."""
    return wells(key, defect=2.0)


def bounded(
    measured: dict[str, np.ndarray], *, well: float = WELL, root: float = 0.5
) -> tuple[bool, dict[str, float]]:
    """|w(t)| stays below what d|w|^2/dt <= 2 c |w|^2 - 2 |w|^4/N allows, which falls to N c;
    without trades it is there.
    """
    position, limit = measured["position"], sum(SIZES) * well
    outside = 1 - limit / position[:, :1] ** 2
    allowed = (limit / (1 - np.exp(-2 * well * TIMES) * outside)) ** root
    most = float(np.max((position / allowed)[:, 1:]))
    return most <= 1 + 1e-6, {
        "largest |w(t)| / allowed": most,
        "largest final |w| / sqrt(N c)": float(np.max(position[:, -1]) / limit**root),
    }


SM_8 = Theorem(
    id="SM-8",
    name="Markets stay bounded where resources run out",
    statement=r"""If $\langle w, v(w) \rangle > 0$ for $|w| \geq R$, every trajectory of $\dot w =
-v(w)$ enters the ball of radius $R$ and stays. In a market
$$\langle w, v(w) \rangle = \sum_i \langle w_i, \nabla f_i \rangle - \sum_{i<j} \left( \langle w_i,
\nabla_i \rangle - \langle w_j, \nabla_j \rangle \right) g_{ij},$$
and trades $g(w_i^T B w_j)$ with any smooth $g$ (bilinear ones among them) have no radial part: the
firms' own resources decide. With $f_i = \sum_k \tfrac14 w_{ik}^4 - \tfrac{c}{2} w_{ik}^2$ and $N$
numbers in all that is so for every $R > \sqrt{N c}$, and for no smaller one: $\tfrac{d}{dt} |w|^2
\leq 2c\, |w|^2 - \tfrac2N |w|^4$, with equality from equal numbers without trades.""",
    source=Source(PAPER + "boundedness; that trades may be nonlinear is ours", "memory; derived"),
    checks=(
        Proof(
            derive=derive_radial_speed,
            unmoved="derivatives without coefficients",
            outside=(Outside("any zero-sum trades", change={"of_products": False}),),
        ),
        Scenario(
            simulate=wells,
            reading=bounded,
            outside=(Outside("interests are common", family=common_wells),),
        ),
    ),
)
