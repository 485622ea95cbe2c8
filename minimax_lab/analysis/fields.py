"""The field whose zeros are looked for, and profiles as the rows of a matrix."""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ..checks import InputError, refuse
from ..directions import Direction, Gradient, Tick
from ..game import Game, Sample, as_game, everything
from ..profile import Profile, Strategies, as_profile, narrowed


class Field(eqx.Module):
    """x -> direction(game, x): what a direction asks for at rest, with nothing remembered."""

    game: Game
    direction: Direction

    def __call__(self, x: Profile) -> Profile:
        return self.direction(self.game, x, self.direction.init(self.game, x, None), Tick(0, None))[
            0
        ]


def field_of(game: Game, direction: Direction | None, sample: Sample, dtype: np.dtype) -> Field:
    """The field of a direction (the gradient by default) on a game frozen at one sample, in one
    precision.
    """
    game = as_game(game)
    direction = Gradient() if direction is None else direction
    if not isinstance(direction, Direction):
        allowed = "a direction such as mm.Consensus(1.0)"
        raise refuse("direction", direction, allowed, "Rules wrap directions.")
    if direction.steplike:
        cause = "A step-like direction has no field at rest: it depends on its past."
        raise refuse("direction", direction, "gradient-like", cause)
    if game.random and sample is None:
        raise InputError(
            "sample is None, but this game draws its samples at random; pass "
            "sample=game.sample(jax.random.key(0))."
        )
    if sample is not None:
        game = dataclasses.replace(game, data=sample, draw=everything)
    return narrowed(Field(game, direction), dtype)


def rows(stack: Profile) -> np.ndarray:
    """A stack of profiles as a matrix with one row each."""
    return np.concatenate(
        [np.reshape(leaf, (len(leaf), -1)) for leaf in jax.tree.leaves(stack)], axis=1
    )


def flat(x: Profile) -> Float[np.ndarray, " size"]:
    """A profile as one vector on the host."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.device_get(jax.tree.leaves(x))])


def stacked(starts: Strategies) -> Profile:
    """Several starts as one profile with a leading axis, from a list of profiles or such a
    profile.
    """
    if isinstance(starts, list):
        if not starts:
            raise refuse("starts", starts, "a list with at least one profile")
        profiles = [as_profile(given, f"starts[{i}]") for i, given in enumerate(starts)]
        shapes = {str(jax.tree.map(jnp.shape, profile)) for profile in profiles}
        if len(shapes) > 1:
            allowed = "profiles of one shape"
            raise refuse("starts", f"a list of profiles of {len(shapes)} different shapes", allowed)
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *profiles)
    starts = as_profile(starts, "starts")
    lengths = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(starts)}
    if len(lengths) > 1 or () in lengths:
        allowed = "a list of profiles, or a profile with one leading axis over starts"
        raise refuse("starts", starts, allowed, "One start is [start].")
    return starts


def short_vector(z: np.ndarray) -> str:
    """Its first six numbers, for an error."""
    return "(" + ", ".join(f"{number:.6g}" for number in z[:6]) + (", ...)" if len(z) > 6 else ")")
