"""What a direction, a rule and the rule's derivative are at a point, where theorems compare them
with formulas. All games are deterministic here.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.special import lambertw

import minimax_lab as mm
from minimax_lab.analysis.update_map import update_matrix


def origin(*sizes: int | tuple[()]) -> mm.Profile:
    """The zero profile of players of these sizes; () is a number that is no vector."""
    return mm.Profile(jnp.zeros(size) for size in sizes)


def on_circle(angle: Any, radius: Any) -> mm.Profile:
    """Two players of one number each, at an angle."""
    return mm.Profile((radius * jnp.cos(angle), radius * jnp.sin(angle)))


# theta psi at every stationary point that consensus adds to the Dirac-GAN: 2 s sigma(s) = 1.
SPURIOUS = float(0.5 + lambertw(0.5 * math.exp(-0.5)).real)


def spurious(strength: Any, s: Any = SPURIOUS) -> mm.Profile:
    """The stationary point with theta, psi > 0 that consensus of this strength adds to the
    Dirac-GAN.
    """
    a, curvature = strength * jax.nn.sigmoid(-s), jax.nn.sigmoid(s) * jax.nn.sigmoid(-s)
    b = jnp.sqrt(1 + a**2)
    ratio = a / (1 + b)
    psi = jnp.sqrt(b / (strength * curvature) / (1 + ratio**2))
    return mm.Profile((ratio * psi, psi))


def own_curvatures(game: mm.Game, x: mm.Profile) -> list[Array]:
    """Each player's second derivative of its own loss in its own numbers, straight from the loss
    and not from the field.
    """
    return [
        jax.hessian(lambda own, i=i: game.totals(x.replace(i, own))[i])(x[i]) for i in range(len(x))
    ]


def direction_at(direction: mm.Direction, game: mm.Game, x: mm.Profile) -> mm.Profile:
    """The direction at x, without a past."""
    return direction(game, x, direction.init(game, x, None), mm.Tick(0, None))[0]


def updated(rule: mm.UpdateRule, game: mm.Game, x: mm.Profile, updates: int = 1) -> mm.Profile:
    """Where so many updates of the rule lead from x, unrolled."""
    state = rule.init(game, x, None)
    for index in range(updates):
        x, state = rule.update(game, x, state, mm.Tick(index, None))
    return x


def derivative_at(
    rule: mm.UpdateRule,
    game: mm.Game,
    x: mm.Profile,
    memory: Any = None,
    *,
    key: PRNGKeyArray | None = None,
) -> Float[Array, "numbers numbers"]:
    """The derivative of one update, memory included, at x and at that memory.

    A key is not used, but lets equal turns run as a loop, which compiles faster.
    """
    return update_matrix(game, rule, x, key, 1, memory)[2]
