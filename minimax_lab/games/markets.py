"""Smooth markets: n firms, each with a resource of its own, trading in pairs that sum to zero.
Balduzzi et al. 2020.

    profit_i = f_i(w_i) + sum_j g_ij(w_i, w_j),   g_ij + g_ji = 0.

Losses are minus the profits. Then J_ij = -J_ji' off the diagonal: the symmetric part of J is block
diagonal, so a stable profile is the same as a strict local Nash and stays stable whatever the
firms' learning rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from ..calls import checked
from ..checks import number, refuse
from ..game import Game, Sample, Scalar, identity
from ..profile import Profile
from .affine import Numbers, _matrix, _symmetric, _vectors, linear

Pair = tuple[int, int]


class Market(eqx.Module):
    """loss_i = w_i'M_i w_i/2 - sum over trades (i, j) of g(w_i'B w_j) + (1 - defect) sum over
    trades (j, i) of g(w_j'B w_i).
    """

    pairs: tuple[Pair, ...] = eqx.field(static=True)
    trade: Callable[[Array], Array]

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        curvatures, trades, defect = sample
        firms = _vectors(x, tuple(len(M) for M in curvatures))
        losses = [(w @ M) @ w / 2 for w, M in zip(firms, curvatures, strict=True)]
        for (seller, buyer), B in zip(self.pairs, trades, strict=True):
            gain = self.trade((firms[seller] @ B) @ firms[buyer])
            losses[seller] -= gain
            losses[buyer] += (1 - defect) * gain
        return tuple(losses)


def market(
    curvatures: Sequence[Numbers],
    trades: Mapping[Pair, Numbers],
    *,
    trade: Callable[[Array], Array] = identity,
    defect: float = 0.0,
) -> Game:
    """Firm i has the resource -w_i'M_i w_i/2, M_i = curvatures[i]; trades[i, j] = B gives firm i
    the profit g(w_i'B w_j).

    `trade` is g: the identity (bilinear trades), or jnp.tanh and the like, named functions all.
    Firm j pays (1 - defect) of that profit: 0 is a market, 1 gives it for free, 2 makes the
    interest common (a potential game).
    """
    own = tuple(_symmetric(M, f"curvatures[{i}]") for i, M in enumerate(curvatures))
    if len(own) < 2:
        raise refuse("curvatures", f"{len(own)} matrices", "one for each of at least two firms")
    if not callable(trade):
        raise refuse("trade", trade, "a function of one number, such as jnp.tanh")
    goods = []
    for pair, B in trades.items():
        if not _is_pair(pair, len(own)):
            allowed = f"a pair (i, j) of two different firms among 0..{len(own) - 1}"
            raise refuse("a trade's firms", pair, allowed)
        good, shape = _matrix(B, f"trades[{pair}]"), tuple(len(own[i]) for i in pair)
        if good.shape != shape:
            allowed = f"of shape {shape}, the sizes of the two firms"
            raise refuse(f"trades[{pair}]", f"a matrix of shape {good.shape}", allowed)
        goods.append(good)
    defect = number(defect, "defect")
    return Game(
        Market(tuple(trades), trade), data=(own, tuple(goods), jnp.asarray(defect, own[0].dtype))
    )


def hamiltonian() -> Game:
    """Profits (w_0 w_1, -w_0 w_1): the flow circles, and every simultaneous step grows by sqrt(1 +
    step^2).
    """
    return exchange(0.0)


@checked
def exchange(friction: float = 0.1, defect: float = 0.0) -> Game:
    """Two firms of one number each trading w_0 w_1 under friction: eigenvalues friction +- i,
    stable for any learning rates.

    With `defect` d the symmetric part is [[friction, -d/2], [-d/2, friction]]: definite exactly
    while d < 2 friction.
    """
    friction = number(friction, "friction", least=0)
    return market((friction, friction), {(0, 1): 1.0}, defect=defect)


@checked
def common_interest(friction: float = 0.1) -> Game:
    """Both profits are w_0 w_1 - friction |w|^2/2: a strict Nash that the flow leaves (eigenvalues
    friction -+ 1).
    """
    return exchange(friction, defect=2.0)


def rate_dependent() -> Game:
    """J = [[-1, 2], [-2, 3]]: the double eigenvalue 1 is stable, but with steps (e, 1) only for e <
    3.

    Firm 0 sits at a minimum of its own profit: trades are zero-sum here, what is missing is a
    definite symmetric part.
    """
    return linear([[-1.0, 2.0], [-2.0, 3.0]])


def _is_pair(pair: Any, firms: int) -> bool:
    whole = (
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(isinstance(i, int) and 0 <= i < firms for i in pair)
    )
    return whole and pair[0] != pair[1]
