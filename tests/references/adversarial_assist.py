"""Adversary's assistant (AdvAs: Munk, Harvey, Wood 2020), in NumPy.

With g = grad_a L_adv the gradient that trains the adversary, everyone else descends its own
direction plus strength times the gradient of r = |g|^2,

    grad r = 2 (dg / dx)' g,

from one draw; or, unbiased, of <g_1, g_2> from two independent draws. The strength may be lowered
so that the penalty's part is never longer than the player's own: min(strength, |d| / |grad r|).
"""

import numpy as np

import minimax_lab as mm
from tests.references.polynomials import Draw


def assist(inner, *, strength=1.0, normalised=False, adversary=1, paired=False, penalties=True):
    """The wrapped direction sees the first of the two draws."""

    def direction(game, x, draw):
        one, two = (draw.first, draw.second) if paired else (draw.whole, draw.whole)
        d = inner(game, x, Draw(one, one, one)).copy()
        a = game.blocks[adversary]
        g1, g2 = (game.field(x, rows, penalties)[a] for rows in (one, two))
        j1, j2 = (game.jacobian(x, rows, penalties)[a] for rows in (one, two))
        pull = j1.T @ g2 + j2.T @ g1
        for player, own in enumerate(game.blocks):
            if player != adversary:
                length = np.linalg.norm(pull[own])
                most = np.linalg.norm(d[own]) / length if normalised and length > 0 else np.inf
                d[own] += min(strength, most) * pull[own]
        return d

    return direction


REFERENCES = {mm.AssistAdversary: assist}
