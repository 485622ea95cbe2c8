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
from .point import abstract_market

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


def decay_margin(instance: Decaying) -> Array:
    """How fast |v| falls along the flow, and <v(x) - v(y), x - y> / |x - y|^2: the smaller of both,
    beside m.
    """
    game, x, y, least = instance
    v = game.field(x)
    rate = (v @ game.push(x, v)) / (v @ v)
    return jnp.minimum(rate, apart(game, x, y)) / least - 1


def apart(game: mm.Game, x: mm.Profile, y: mm.Profile) -> Array:
    """<v(x) - v(y), x - y> / |x - y|^2."""
    return (game.field(x) - game.field(y)) @ (x - y) / ((x - y) @ (x - y))


LEAST = 0.3


def flowing(
    key: PRNGKeyArray, first: float | None = None, quartics: float = 0.1
) -> dict[str, np.ndarray]:
    """Firms curved by at least LEAST, firm 0 by `first` exactly where given, and quartic resources
    on top.
    """
    return market_flows(key, least=LEAST, spread=1.0, first=first, quartics=quartics)


def flowing_without_one(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The same without a resource for firm 0 (and no quartics, which would replace it)."""
    return flowing(key, first=0.0, quartics=0.0)


def decayed(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """exp(m t) |v(t)| <= |v(0)| at all times t > 0, to 1e-6."""
    field = measured["field"]
    most = float(np.max((np.exp(LEAST * TIMES) * field / field[:, :1])[:, 1:]))
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
                Outside("trades are not zero-sum", Family(decaying_shapes, befriended, ((1, 2),))),
                Outside("curved by m at zero only", Family(decaying_shapes, bent, ((1, 2),))),
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
RADIUS = float(np.sqrt(sum(SIZES) * WELL))


def derive_radial_speed() -> list[tuple[str, Any]]:
    """w'v in a market of three firms whose trades are any functions of b w_i w_j."""
    w = sympy.symbols("w_:3", real=True)
    f = [sympy.Function(f"f_{i}")(own) for i, own in enumerate(w)]
    losses = list(f)
    for i, j in ((0, 1), (1, 2), (0, 2)):
        gain = sympy.Function(f"g_{i}{j}")(sympy.Symbol(f"b_{i}{j}", real=True) * w[i] * w[j])
        losses[i], losses[j] = losses[i] - gain, losses[j] + gain
    speed = radial(mm.SymbolicGame(tuple(losses), w), f, w)
    return [("w'v = sum of w_i f_i'(w_i): trades g(w_i'B w_j) have no radial part", speed)]


def radial(game: mm.SymbolicGame, resources: Any, symbols: Any) -> sympy.Expr:
    """w'v less the resources' part of it."""
    own = sum(w * sympy.diff(f, w) for f, w in zip(resources, symbols, strict=True))
    speed = sum(w * block[0] for w, block in zip(symbols, game.field(), strict=True))
    return sympy.expand((speed - own).doit())


def derive_radial_speed_of_any_trade() -> list[tuple[str, Any]]:
    """The same for arbitrary zero-sum trades g(w_0, w_1)."""
    game = abstract_market((1, 1))
    w = game.symbols
    return [
        (
            "trades have no radial part",
            radial(game, [sympy.Function(f"f_{i}")(own) for i, own in enumerate(w)], w),
        )
    ]


def wells(key: PRNGKeyArray, defect: float = 0.0) -> dict[str, np.ndarray]:
    """Double wells, all numbers starting at 3, far outside the ball; trades from none at all to
    strong ones.
    """
    scales = 2 * np.arange(MARKETS) / MARKETS
    return market_flows(key, least=-WELL, quartics=1.0, defect=defect, scales=scales, start=3.0)


def common_wells(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The same with a common interest."""
    return wells(key, defect=2.0)


def bounded(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """|w(t)| stays below what d|w|^2/dt <= 2 c |w|^2 - 2 |w|^4/N allows, which falls to N c;
    without trades it is there.
    """
    position, size = measured["position"], sum(SIZES)
    outside = 1 - size * WELL / position[:, :1] ** 2
    allowed = np.sqrt(size * WELL / (1 - np.exp(-2 * WELL * TIMES) * outside))
    most = float(np.max((position / allowed)[:, 1:]))
    return most <= 1 + 1e-6, {
        "largest |w(t)| / allowed": most,
        "largest final |w| / R": float(np.max(position[:, -1]) / RADIUS),
    }


SM_8 = Theorem(
    id="SM-8",
    name="Markets stay bounded where resources run out",
    statement=r"""If $\langle w, v(w) \rangle > 0$ for $|w| \geq R$, every trajectory of $\dot w =
-v(w)$ enters the ball of radius $R$ and stays. In a market whose trades are $g(w_i^T B w_j)$ for
any smooth $g$ (bilinear ones among them) trades have no radial part: $\langle w, v(w) \rangle =
\sum_i \langle w_i, \nabla f_i(w_i) \rangle$, so the firms' own resources decide. With $f_i = \sum_k
\tfrac14 w_{ik}^4 - \tfrac{c}{2} w_{ik}^2$ and $N$ numbers in all, $R = \sqrt{N c}$.""",
    source=Source(PAPER + "boundedness; that trades may be nonlinear is ours", "memory; derived"),
    checks=(
        Proof(
            derive=derive_radial_speed,
            outside=(Outside("any zero-sum trades", claim=derive_radial_speed_of_any_trade),),
        ),
        Scenario(
            simulate=wells,
            reading=bounded,
            outside=(Outside("interests are common", family=common_wells),),
        ),
    ),
)
