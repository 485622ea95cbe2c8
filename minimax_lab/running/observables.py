"""What can be watched of a run: functions of a view, evaluated inside the loop, so that whole
weight histories are never kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..game import Game, Sample
from ..profile import Profile, as_profile
from ..rules.base import State
from ..settings import Declared, declared
from .judge import natural_residual


class View(NamedTuple):
    """One update as an observable sees it: the profile before and after, the rule's state after,
    how many updates were made, and the key of the last one, so that `sample` is the sample it saw.

    In the first row, the start, before and after are both the start, the index is 0, and the key
    the first update's.
    """

    game: Game
    before: Profile
    after: Profile
    state: State
    index: Any
    key: PRNGKeyArray

    @property
    def sample(self) -> Sample:
        """One draw with this update's key; all the data in a deterministic game."""
        return self.game.sample(self.key)


def position(view: View) -> Profile:
    """x: the profile itself, for small games."""
    return view.after


def losses(view: View) -> Float[Array, " players"]:
    """(L_0(x), ..., L_{n-1}(x)): every player's loss, without penalties."""
    return jnp.stack([jnp.asarray(value) for value in view.game.losses(view.after, view.sample)])


def residual(view: View) -> Float[Array, ""]:
    """|x - P(x - v(x))|: how far the profile is from rest."""
    return natural_residual(view.game, view.after, view.sample)


def gradient_norms(view: View) -> Float[Array, " players"]:
    """(|v_0(x)|, ..., |v_{n-1}(x)|): the norm of each player's gradient."""
    return view.game.field(view.after, view.sample).norms()


def moved(view: View) -> Float[Array, ""]:
    """|x' - x|: how far the last update went."""
    return (view.after - view.before).norm()


def update_norms(view: View) -> Float[Array, " players"]:
    """(|x'_0 - x_0|, ...): how far the last update moved each player."""
    return (view.after - view.before).norms()


def norm_ratio(view: View) -> Float[Array, ""]:
    """|v_0| / |v_1|: how hard the first player is pushed against the second."""
    norms = gradient_norms(view)
    return norms[0] / norms[1]


class distance_to(Declared):  # noqa: N801 (used like a function)
    """|x - z|: how far the profile is from a `point` z."""

    point: Profile = declared(as_profile)

    def __call__(self, view: View) -> Float[Array, ""]:
        return (view.after - self.point).norm()
