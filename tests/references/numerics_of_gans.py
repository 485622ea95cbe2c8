"""The Numerics of GANs (Mescheder, Nowozin, Geiger 2017), what its code is run beside, and the
symplectic adjustment (Balduzzi et al. 2018), written down a second time.

Losses are minimised: v is the field of gradients, J its Jacobian, and descent is w - step v.
"""

import numpy as np

import minimax_lab as mm
from tests.references.plain import replaced, turn, turns


def each(value, game, player):
    """A setting of one player."""
    return np.broadcast_to(value, len(game.sizes))[player]


def simultaneous(rule, game, w, memory, tick):
    """SimGA: all players move from the old profile."""
    d, memory = turns(rule.direction, game, w, tick.key, memory)
    return game.project(w - game.a_number(rule.step) * d), memory


def alternating(rule, game, w, memory, tick):
    """AltGA: one after the other, each on what the others have just done and on a fresh batch."""
    memory = [None] * len(game.sizes) if memory is None else list(memory)
    order = game.players if rule.order is None else rule.order
    for count, player in enumerate(order):
        key = (*tick.key, count)
        d, memory[player] = turn(rule.direction, game, player, w, key, memory[player])
        own = game.own(player)
        moved = game.project(replaced(w, own, w[own] - each(rule.step, game, player) * d))
        w = replaced(w, own, moved[own])
    return w, memory


def gradient(direction, game, player, w, key, memory):
    return game.field(w, key)[game.own(player)], None


def consensus(direction, game, player, w, key, memory):
    """v + gamma J'v; with two independent batches v is their mean, and J'v becomes
    (J_1'v_2 + J_2'v_1) / 2.
    """
    keys = [(*key, "first"), (*key, "second")] if direction.paired else [key, key]
    v1, v2 = (game.field(w, key) for key in keys)
    J1, J2 = (game.jacobian(w, key) for key in keys)
    d = (v1 + v2) / 2 + game.a_number(direction.strength) * (J1.T @ v2 + J2.T @ v1) / 2
    return d[game.own(player)], None


def symplectic(direction, game, player, w, key, memory):
    """v + lambda A'v, where A is the antisymmetric part of J and lambda may take the sign that
    pulls towards stable points.
    """
    v, J = game.field(w, key), game.jacobian(w, key)
    A, uphill = (J - J.T) / 2, J.T @ v
    sign = 1.0
    if direction.align:
        sign = np.sign((v @ uphill) * (A.T @ v @ uphill) / len(w) + 1 / 10)
    d = v + sign * game.a_number(direction.strength) * (A.T @ v)
    return d[game.own(player)], None


def smoothing(direction, game, player, w, key, memory):
    """The baseline that punishes a player for the size of the others' gradients only."""
    v, J, own = game.field(w, key), game.jacobian(w, key), game.own(player)
    strengths = direction.strength
    strength = strengths[player] if isinstance(strengths, tuple) else strengths
    d = v[own]
    for other in game.players:
        if other != player and strength is not None:
            theirs = game.own(other)
            d = d + strength * J[np.ix_(theirs, own)].T @ v[theirs]
    return d, None


def clipped(direction, game, player, w, key, memory):
    """A bound on the norm of each player's direction."""
    d, memory = turn(direction.direction, game, player, w, key, memory)
    bound = each(direction.bound, game, player)
    return d * min(1, bound / np.linalg.norm(d)), memory


def momentum(direction, game, player, w, key, memory):
    """m <- d + decay m."""
    m, inner = (0, None) if memory is None else memory
    d, inner = turn(direction.direction, game, player, w, key, inner)
    m = d + each(direction.decay, game, player) * m
    return m, (m, inner)


def rmsprop(direction, game, player, w, key, memory):
    """ms <- decay ms + (1 - decay) d^2, d / sqrt(ms + epsilon)."""
    ms, inner = (direction.initial, None) if memory is None else memory
    d, inner = turn(direction.direction, game, player, w, key, inner)
    ms = direction.decay * ms + (1 - direction.decay) * d**2
    if direction.inside:
        return d / np.sqrt(ms + direction.epsilon), (ms, inner)
    return d / (np.sqrt(ms) + direction.epsilon), (ms, inner)


def adam(direction, game, player, w, key, memory):
    """Kingma, Ba 2015, algorithm 1: both moments are divided by what they have seen."""
    t, m, u, inner = (0, 0, 0, None) if memory is None else memory
    d, inner = turn(direction.direction, game, player, w, key, inner)
    t, first, second = t + 1, direction.first, direction.second
    m, u = first * m + (1 - first) * d, second * u + (1 - second) * d**2
    step = m / (1 - first**t) / (np.sqrt(u / (1 - second**t)) + direction.epsilon)
    return step, (t, m, u, inner)


REFERENCES = {
    mm.Simultaneous: simultaneous,
    mm.Alternating: alternating,
    mm.Gradient: gradient,
    mm.Consensus: consensus,
    mm.Symplectic: symplectic,
    mm.Smoothing: smoothing,
    mm.Clipped: clipped,
    mm.Momentum: momentum,
    mm.RMSProp: rmsprop,
    mm.Adam: adam,
}
