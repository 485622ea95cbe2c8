"""Directions of a chosen length, from "Dissecting adaptive methods in GANs" (Jelassi, Dobre,
Mensch, Li, Gidel 2022) and the grafting of Agarwal et al. 2020, in NumPy.

Every reference is a function of a method's settings that makes a fresh `direction(game, x, draw)`;
what it remembers it keeps to itself.
"""

import numpy as np

import minimax_lab as mm


def gradient():
    """d = v(x)."""
    return lambda game, x, draw: game.field(x, draw.whole)


def momentum(decay, inner):
    """m <- d + decay m."""
    past = 0.0

    def direction(game, x, draw):
        nonlocal past
        past = inner(game, x, draw) + decay * past
        return past

    return direction


def adam(inner, first=0.9, second=0.999, epsilon=1e-8):
    """m <- b1 m + (1 - b1) g, u <- b2 u + (1 - b2) g^2, both divided by 1 - b^t; m / (sqrt u +
    epsilon).
    """
    m, u, t = 0.0, 0.0, 0

    def direction(game, x, draw):
        nonlocal m, u, t
        g, t = inner(game, x, draw), t + 1
        m, u = first * m + (1 - first) * g, second * u + (1 - second) * g**2
        return m / (1 - first**t) / (np.sqrt(u / (1 - second**t)) + epsilon)

    return direction


def normalised(inner, *, epsilon=0.0, per_tensor=False, players=None):
    """l-nSGDA divides each tensor g_l by norm(g_l) + epsilon; g-nSGDA all tensors of a player by
    sqrt(sum_l norm(g_l)^2) + epsilon. Where nobody is pushed nobody moves.
    """

    def direction(game, x, draw):
        d = inner(game, x, draw).copy()
        for player in range(len(game.blocks)) if players is None else players:
            for part in game.tensors[player] if per_tensor else [game.blocks[player]]:
                if np.any(d[part] != 0):
                    d[part] = d[part] / (np.sqrt(np.sum(d[part] ** 2)) + epsilon)
        return d

    return direction


def graft(magnitude, turn, *, epsilon=0.0, per_tensor=False):
    """norm(m) n / (norm(n) + epsilon): the length of m, the direction of n, both fed the same
    gradients, each with its own memory; a tensor at a time, or a player at a time.
    """

    def direction(game, x, draw):
        m, n = magnitude(game, x, draw), turn(game, x, draw)
        d = np.zeros_like(n)
        for tensors, block in zip(game.tensors, game.blocks, strict=True):
            for part in tensors if per_tensor else [block]:
                if np.any(n[part] != 0):
                    length = np.linalg.norm(m[part])
                    d[part] = length * n[part] / (np.linalg.norm(n[part]) + epsilon)
        return d

    return direction


REFERENCES = {mm.Normalised: normalised, mm.Graft: graft}
