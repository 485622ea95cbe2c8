"""Methods of monotone operators and their averages, written down a second time: Korpelevich 1976,
Popov 1980, Daskalakis et al. 2018, Wang, Zhang, Ba 2020, Bruck 1977, Chavdarova et al. 2021.
"""

import numpy as np

import minimax_lab as mm
from tests.references.plain import START, Tick, turns, update


def extragradient(rule, game, w, memory, tick):
    """w~ = P(w - step v(w)), w+ = P(w - step v(w~)), both on one sample; what a direction
    remembers moves on at the second look, or as in Extra-Adam at both.
    """
    step = game.a_number(rule.step)
    d, looked = turns(rule.direction, game, w, tick.key, memory)
    ahead = game.project(w - step * d)
    d, memory = turns(rule.direction, game, ahead, tick.key, looked if rule.both else memory)
    return game.project(w - step * d), memory


def past_extragradient(rule, game, w, memory, tick):
    """Looks ahead along what was seen at the last look; before the first, at the start."""
    step = game.a_number(rule.step)
    past, inner = (None, None) if memory is None else memory
    if past is None:
        past, _ = turns(rule.direction, game, w, START, None)
    ahead = game.project(w - step * past)
    d, inner = turns(rule.direction, game, ahead, tick.key, inner)
    return game.project(w - step * d), (d, inner)


def optimistic(rule, game, w, memory, tick):
    """w+ = P(w - 2 step v_k + step v_(k-1)), where v_(-1) is that of the start."""
    past, inner = (None, None) if memory is None else memory
    if past is None:
        past, _ = turns(rule.direction, game, w, START, None)
    d, inner = turns(rule.direction, game, w, tick.key, inner)
    return game.project(w - game.a_number(rule.step) * (2 * d - past)), (d, inner)


def follow_the_ridge(rule, game, w, memory, tick):
    """The leader descends; the followers descend and are corrected so that their field stays as it
    is: H^-1 J_fl times what the leader has moved.
    """
    v, J, step = game.field(w, tick.key), game.jacobian(w, tick.key), game.a_number(rule.step)
    leads = game.owner == rule.leader
    L, F = np.flatnonzero(leads), np.flatnonzero(~leads)
    moved = -step * v
    moved[F] += np.linalg.pinv(J[np.ix_(F, F)]) @ J[np.ix_(F, L)] @ (step[L] * v[L])
    return game.project(w + moved), None


def averaged(rule, game, w, memory, tick):
    """The mean of the start and all walkers so far, or an exponential one."""
    walker, inner = (w, None) if memory is None else memory
    walker, inner = update(rule.rule, game, walker, inner, tick)
    if rule.decay is None:
        return (w * (tick.index + 1) + walker) / (tick.index + 2), (walker, inner)
    return rule.decay * w + (1 - rule.decay) * walker, (walker, inner)


def lookahead(rule, game, w, memory, tick):
    """k steps forward, one step back: phi <- phi + alpha (theta - phi), theta <- phi."""
    fast, inner = (w, None) if memory is None else memory
    fast, inner = update(rule.rule, game, fast, inner, tick)
    if (tick.index + 1) % rule.period == 0:
        w = w + game.a_number(rule.weight) * (fast - w)
        fast = w
    return w, (fast, inner)


def repeated(rule, game, w, memory, tick):
    """h o h o ... o h, each with its own sample."""
    for count in range(rule.times):
        inner = Tick(tick.index * rule.times + count, (*tick.key, count))
        w, memory = update(rule.rule, game, w, memory, inner)
    return w, memory


REFERENCES = {
    mm.Extragradient: extragradient,
    mm.PastExtragradient: past_extragradient,
    mm.Optimistic: optimistic,
    mm.FollowTheRidge: follow_the_ridge,
    mm.Averaged: averaged,
    mm.Lookahead: lookahead,
    mm.Repeated: repeated,
}
