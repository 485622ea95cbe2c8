"""The sets strategies live in: each is a projection x -> P(x), and knows every player's best
response to a linear loss.

With losses linear in each player's own strategy (matrix games), the gain of all players from
responding alone is gap(x) = sum_i <v_i(x), x_i - z_i>, where z = best_response(v(x)): zero exactly
at equilibria, computed without search.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..checks import refuse
from ..profile import Profile
from ..settings import Declared, Number, declared


class Simplexes(eqx.Module):
    """Every player's strategy is a probability vector: p >= 0, sum p = 1.

    The projection is max(p - t, 0) with t = max_k (p_(1) + ... + p_(k) - 1) / k over the k largest
    entries. (optax's has the same values, but turns float32 into float64 in 64-bit mode.)
    """

    def __call__(self, x: Profile) -> Profile:
        return jax.tree.map(_nearest_probabilities, x)

    def best_response(self, field: Profile) -> Profile:
        """The vertex that minimises each player's <field_i, z_i>."""
        return jax.tree.map(lambda v: jax.nn.one_hot(jnp.argmin(v), v.size, dtype=v.dtype), field)


def _bound(value: object, argument: str) -> Any:
    """A bound as it is kept: infinite allowed, NaN not."""
    if isinstance(value, tuple | list):
        return tuple(_bound(v, argument) for v in value)
    if (
        isinstance(value, bool | str)
        or value is None
        or (isinstance(value, float) and np.isnan(value))
    ):
        raise refuse(
            argument, value, "a number, infinite where there is no bound, or one per player"
        )
    if isinstance(value, int) and abs(value) > 10**300:
        raise refuse(argument, value, "a number of double precision, or infinite")
    return float(value) if isinstance(value, int | float | np.integer | np.floating) else value


class Box(Declared):
    """low_i <= x_i <= high_i, entry by entry; bounds for all players or one per player, infinite
    where there is none.
    """

    low: Number | tuple[Number, ...] = declared(_bound, -1.0)
    high: Number | tuple[Number, ...] = declared(_bound, 1.0)

    def __check_init__(self) -> None:
        lows, highs = (v if isinstance(v, tuple) else (v,) for v in (self.low, self.high))
        count = max(len(lows), len(highs))
        pairs = zip(
            lows * count if len(lows) == 1 else lows,
            highs * count if len(highs) == 1 else highs,
            strict=False,
        )
        ordered = all(
            low < high for low, high in pairs if isinstance(low, float) and isinstance(high, float)
        )
        if not ordered or {len(lows), len(highs)} - {1, count}:
            given = f"{self.low} and {self.high}"
            raise refuse(
                "Box.low and Box.high", given, "low below high, each one number or one per player"
            )

    def __call__(self, x: Profile) -> Profile:
        lows, highs = self._bounds(x)
        return Profile(
            jax.tree.map(lambda leaf, low=low, high=high: jnp.clip(leaf, low, high), p)
            for p, low, high in zip(x, lows, highs, strict=True)
        )

    def best_response(self, field: Profile) -> Profile:
        """The corner that minimises each player's <field_i, z_i>; where the field is zero, the
        entry nearest to zero.
        """
        lows, highs = self._bounds(field)
        return Profile(
            jax.tree.map(
                lambda v, low=low, high=high: jnp.where(
                    v > 0, low, jnp.where(v < 0, high, jnp.clip(0 * v, low, high))
                ),
                p,
            )
            for p, low, high in zip(field, lows, highs, strict=True)
        )

    def _bounds(self, x: Profile) -> tuple[tuple[Number, ...], tuple[Number, ...]]:
        lows, highs = (v if isinstance(v, tuple) else (v,) * len(x) for v in (self.low, self.high))
        if not len(lows) == len(highs) == len(x):
            allowed = f"bounds for the profile's {len(x)} players"
            raise refuse("Box", f"bounds for {max(len(lows), len(highs))} players", allowed)
        return lows, highs


def _nearest_probabilities(p: Float[Array, " n"]) -> Float[Array, " n"]:
    if jnp.ndim(p) != 1:
        allowed = "a vector of probabilities"
        raise refuse("a strategy on a simplex", f"an array of shape {jnp.shape(p)}", allowed)
    largest = jnp.cumsum(jnp.sort(p)[::-1])
    return jnp.maximum(p - jnp.max((largest - 1) / jnp.arange(1, p.size + 1, dtype=p.dtype)), 0)
