"""Markets made from standard normals, inside the hypotheses of the smooth-market theorems by
construction, and just outside.

A market's parameters are three square matrices cut into the firms' blocks and one vector a firm, so
that a search can walk through curvatures, trades and places alike. The `defect` of a trade is the
near-market knob: at zero all trades are zero-sum.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.game import identity
from minimax_lab.reshaped import penalised

from ..theorem import Family, Parameters
from ..verify.sampling import drawn
from .matrices import symmetric

Pair = tuple[int, int]


def graph(firms: int) -> list[Pair]:
    """Who trades: everybody with everybody up to five firms; beyond, on a ring, and two pairs
    across it.
    """
    if firms <= 5:
        return list(itertools.combinations(range(firms), 2))
    return [(i, i + 1) for i in range(firms - 1)] + [
        (0, firms - 1),
        (0, firms // 2),
        (1, firms // 2 + 1),
    ]


def shapes(*sizes: int) -> dict[str, tuple[int, ...]]:
    """The parameters of a market whose firms have so many numbers each."""
    square = (sum(sizes), sum(sizes))
    return {f"firm{i}": (size,) for i, size in enumerate(sizes)} | {
        "own": square,
        "trades": square,
        "at": square[:1],
    }


def blocks(p: Parameters) -> list[slice]:
    """Where each firm's numbers are in the whole."""
    sizes = [p[f"firm{i}"].size for i in range(sum(name.startswith("firm") for name in p))]
    ends = list(itertools.accumulate(sizes, initial=0))
    return [slice(low, high) for low, high in itertools.pairwise(ends)]


def place(p: Parameters, vector: Array | None = None) -> mm.Profile:
    """A vector cut into the firms' shares; by default the place that the parameters hold."""
    return mm.Profile((p["at"] if vector is None else vector)[at] for at in blocks(p))


def convex(p: Parameters, least: Any = 0.0) -> list[Array]:
    """Own curvatures of eigenvalues least + free^2: `least` itself is within reach of a search."""
    own = enumerate(blocks(p))
    return [symmetric(p["own"][at, at], least + p[f"firm{i}"] ** 2) for i, at in own]


def of_any_sign(p: Parameters) -> list[Array]:
    """Symmetric own curvatures, shifted together by a random number."""
    shift = 3 * p["firm0"][0]
    parts = [p["own"][at, at] for at in blocks(p)]
    return [(M + M.T) / 2 + shift * jnp.eye(len(M)) for M in parts]


def traded(
    p: Parameters, curvatures: Sequence[Array], trade: Any = identity, defect: Any = 0.0
) -> mm.Game:
    """A market of these curvatures, along the graph."""
    at = blocks(p)
    goods = {(i, j): p["trades"][at[i], at[j]] for i, j in graph(len(at))}
    return mm.games.market(curvatures, goods, trade=trade, defect=defect)


def normals(key: PRNGKeyArray, *sizes: int) -> Parameters:
    """Random parameters of a market."""
    return drawn(Family(shapes, dict), sizes, key)


def origin(p: Parameters) -> mm.Profile:
    """The zero profile."""
    return 0 * place(p)


class Priced(eqx.Module):
    """Player i pays <price_i, x_i>: any profile becomes stationary at the right prices."""

    prices: mm.Profile

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Array, ...]:
        return tuple(
            mm.Profile((price,)) @ mm.Profile((own,))
            for price, own in zip(self.prices, x, strict=True)
        )


def stationary_at(game: mm.Game, x: mm.Profile) -> mm.Game:
    """The same market at prices that make x stationary."""
    return penalised(game, Priced(-1 * game.field(x)))


class Quartic(eqx.Module):
    """Player i pays strength/4 times the sum of the fourth powers of its numbers."""

    strength: Any

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Array, ...]:
        return tuple(self.strength * jnp.sum(own**4) / 4 for own in x)


def quartic(game: mm.Game, strength: Any = 1.0) -> mm.Game:
    """The market with resources that are no longer quadratic."""
    return penalised(game, Quartic(strength))


class Merged(eqx.Module):
    """Firms of one coalition share all their losses: loss_i = the sum of the losses of the firms
    allied with firm i.

    The field of this game is that of the game whose players are the coalitions, one firm's numbers
    after the other's.
    """

    losses: Any

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Array, ...]:
        inner, allied = sample
        return tuple(allied @ jnp.stack(self.losses(x, inner)))


def merged(game: mm.Game, allied: Array) -> mm.Game:
    """The game of coalitions; allied[i, k] is one where firms i and k are in one, zero
    elsewhere.
    """
    return mm.Game(Merged(game.losses), data=(game.data, allied))
