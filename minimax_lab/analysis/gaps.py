"""How far a profile is from rest where strategies are confined to a set: the natural residual, and
in matrix games the duality gap.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..calls import checked
from ..checks import refuse
from ..game import Game, Sample, suited
from ..profile import Profile, Strategies, as_profile
from ..running import judge


@checked
def natural_residual(game: Game, x: Strategies, sample: Sample = None) -> Float[Array, ""]:
    """|x - P(x - v(x))|: zero exactly at the stationary profiles of a game on a convex set, |v(x)|
    on the whole space.

    Arguments:
        game: whose field and set they are.
        x: a profile or a tuple with one strategy per player.
        sample: the draw at which a random game is held, `game.sample(key)`.

    Examples:
        >>> import minimax_lab as mm
        >>> print(mm.natural_residual(mm.games.bilinear(1.0), (3.0, 4.0)))
        5.0
    """
    profile = as_profile(x, "x", finite=False)
    with suited(game, profile, sample):
        return judge.natural_residual(game, profile, sample)


@checked
def duality_gap(game: Game, x: Strategies, sample: Sample = None) -> Float[Array, ""]:
    """sum_i <v_i(x), x_i - z_i>, z_i the best response of player i: what all would gain by
    responding alone (Nash 1951).

    In two-player zero-sum games max_y f(x_0, y) - min_x f(x, x_1). For losses linear in each
    player's own strategy, on sets that know their best responses (Simplexes, Box); zero exactly at
    equilibria.

    Arguments:
        game: what is played, such as a matrix game.
        x: a profile or a tuple with one strategy per player, inside the game's set.
        sample: the draw at which a random game is held, `game.sample(key)`.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> rock = jnp.array([1.0, 0.0, 0.0])
        >>> print(mm.duality_gap(mm.games.rock_paper_scissors(), (rock, rock)))
        2.0
    """
    x = as_profile(x, "x", finite=False)
    if not hasattr(game.project, "best_response"):
        where = getattr(game.project, "__name__", type(game.project).__name__)
        raise refuse(
            "game.project",
            where,
            "a set that knows its best responses, such as games.Simplexes() or games.Box(-1, 1)",
        )
    v = game.field(x, sample)
    best = game.project.best_response(v)
    if not isinstance(x.ravel()[0], jax.core.Tracer):
        _confined_and_linear(game, x, v, best, sample)
    # Where nothing is to be gained in a coordinate it does not matter how far it may go.
    gains = jax.tree.map(lambda v, x, z: jnp.sum(jnp.where(v == 0, 0, v * (x - z))), v, x, best)
    return jnp.sum(jnp.stack(jax.tree.leaves(gains)))


def _confined_and_linear(game: Game, x: Profile, v: Profile, best: Profile, sample: Sample) -> None:
    """What makes the formula of the duality gap true, refused where it is false."""
    slack = 1e-6 if jnp.finfo(x.dtype).bits >= 64 else 1e-3
    if not (outside := float((x - game.project(x)).norm())) <= slack * (1 + float(x.norm())):
        cause = "Project it first: game.project(x)."
        raise refuse("x", f"{outside:.3g} away from the game's set", "inside it", cause)
    for i in range(len(x)):
        there = game.field(
            x.replace(
                i, jax.tree.map(lambda a, z: jnp.where(jnp.isfinite(z), z, a + 1), x[i], best[i])
            ),
            sample,
        )
        change = float((Profile((there[i],)) - Profile((v[i],))).norm())
        if not change <= slack * (1 + float(v.norm())):
            allowed = "linear in each player's own strategy, as matrix games are"
            raise refuse("game", f"curved in player {i}'s own strategy", allowed)
