"""The continuous flow x' = -v(x) of many markets at once, to ten digits.

One program makes the markets and one integrates them, whatever their curvatures, quartic resources,
trades and defects are.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.analysis.flow import flow

from .markets import convex, normals, place, quartic, traded

SIZES = (2, 1, 2)
TIMES = np.linspace(0.0, 6.0, 25)
MARKETS = 16


def market_flows(
    key: PRNGKeyArray,
    *,
    least: float = 0.0,
    spread: float = 0.0,
    first: float | None = None,
    quartics: float = 0.0,
    defect: float = 0.0,
    scales: Any = 1.0,
    start: float | None = None,
) -> dict[str, np.ndarray]:
    """|x| and |v| at TIMES along the flows of sixteen random markets of firms of SIZES numbers: one
    row a market.

    Own curvatures have the eigenvalues least + spread * (a chi-square number), firm 0's are all
    `first` where that is given; strength `quartics` of fourth powers comes on top. Trades are
    multiplied by `scales`, one number or one a market. All numbers start at `start`, or at normal
    ones.
    """
    given = (
        least,
        spread,
        least if first is None else first,
        quartics,
        defect,
        1.0 if start is None else start,
    )
    settings = tuple(jnp.asarray(number, float) for number in given)
    scaled = jnp.broadcast_to(jnp.asarray(scales, float), (MARKETS,))
    spread_out = jnp.asarray(float(start is None))
    games, starts = _made(jax.random.split(key, MARKETS), scaled, spread_out, settings)
    positions, fields = _flowed(games, starts, jnp.asarray(TIMES))
    return {
        "position": np.linalg.norm(positions, axis=-1),
        "field": np.linalg.norm(fields, axis=-1),
    }


@eqx.filter_jit
def _made(
    keys: PRNGKeyArray, scales: Array, spread_out: Array, settings: tuple[Array, ...]
) -> tuple[mm.Game, mm.Profile]:
    least, spread, first, quartics, defect, start = settings

    def one(key: PRNGKeyArray, scale: Array) -> tuple[mm.Game, mm.Profile]:
        p = normals(key, *SIZES)
        p = p | {"trades": scale * p["trades"], "at": jnp.where(spread_out > 0, p["at"], start)}
        squares = convex(p)
        curvatures = [least * jnp.eye(len(M)) + spread * M for M in squares]
        curvatures[0] = jnp.where(first == least, curvatures[0], first * jnp.eye(SIZES[0]))
        return quartic(traded(p, curvatures, defect=defect), quartics), place(p)

    return eqx.filter_vmap(one)(keys, scales)


@eqx.filter_jit
def _flowed(
    games: mm.Game, starts: mm.Profile, times: Float[Array, " times"]
) -> tuple[Array, Array]:
    def one(game: mm.Game, start: mm.Profile) -> tuple[Array, Array]:
        flat, unravel = start.ravel()

        def field(z: Array) -> Array:
            return game.field(unravel(z)).ravel()[0]

        positions = flow(field, flat, times, relative=1e-10, absolute=1e-13, most=65536)
        return positions, jax.vmap(field)(positions)

    return eqx.filter_vmap(one)(games, starts)
