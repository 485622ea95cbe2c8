"""Zero-sum games of two numbers, each written once and read by both jax.numpy and SymPy.

Six are the toy games of the GDA-AM experiments (some older: `cycle_trap` is from Wang, Zhang, Ba
2020); they show where descent-ascent, extragradient and acceleration part ways. Where a point is
called minimax, the minimising player 0 leads.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import equinox as eqx
import jax.numpy as jnp

from ..game import Game, Sample, Scalar, zero_sum
from ..profile import Profile


class Formula(eqx.Module):
    """value(x_0, x_1, ..., of=module) for players that are single numbers; `of` supplies exp and
    the like.
    """

    value: Callable[..., Scalar] = eqx.field(static=True)

    def __call__(self, x: Profile, sample: Sample) -> Scalar:
        return self.value(*x, of=jnp)


def fleeing_minimax_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """-3x^2 - y^2 + 4xy."""
    return -3 * x**2 - y**2 + 4 * x * y


def bump_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """(x - 1/2)(y - 1/2) + exp(-(x - 1/4)^2 - (y - 3/4)^2) / 3."""
    return (2 * x - 1) * (2 * y - 1) / 4 + of.exp(-((4 * x - 1) ** 2 + (4 * y - 3) ** 2) / 16) / 3


def cycle_trap_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """(4x^2 - (y - 3x + x^3/20)^2 - y^4/10) exp(-(x^2 + y^2)/100)."""
    return (4 * x**2 - (y - 3 * x + x**3 / 20) ** 2 - y**4 / 10) * of.exp(-(x**2 + y**2) / 100)


def two_basins_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """2x^2 + y^2 + 4xy + 4y^3/3 - y^4/4."""
    return 2 * x**2 + y**2 + 4 * x * y + 4 * y**3 / 3 - y**4 / 4


def false_minimax_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """x^3/3 + y^2 + 2xy - 6x - 3y + 4."""
    return x**3 / 3 + y**2 + 2 * x * y - 6 * x - 3 * y + 4


def flat_centre_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """x^3 - y^3 - 2xy + 6."""
    return x**3 - y**3 - 2 * x * y + 6


def cubic_value(x: Scalar, y: Scalar, of: ModuleType) -> Scalar:
    """x^3/3 - x + xy - y^2/2."""
    return x**3 / 3 - x + x * y - y**2 / 2


def fleeing_minimax() -> Game:
    """-3x^2 - y^2 + 4xy: the origin is strict local minimax, yet a source: every small step of
    descent-ascent flees it.
    """
    return zero_sum(Formula(fleeing_minimax_value))


def bump() -> Game:
    """A bilinear saddle with a bump: a strict local minimax near (0.40, 0.60) around which the
    linearised flow only turns.
    """
    return zero_sum(Formula(bump_value))


def cycle_trap() -> Game:
    """The origin is strict local minimax and a source; descent-ascent and extragradient are caught
    by a cycle around it.
    """
    return zero_sum(Formula(cycle_trap_value))


def two_basins() -> Game:
    """A strict Nash at (-2 - r, 2 + r), r = sqrt 2, and an origin that attracts without being
    minimax; a saddle lies between.
    """
    return zero_sum(Formula(two_basins_value))


def false_minimax() -> Game:
    """(-1, 5/2) is a source and not even a local maximum in y, but Anderson mixing ends there; the
    other point is a saddle.
    """
    return zero_sum(Formula(false_minimax_value))


def flat_centre() -> Game:
    """The origin has no curvature of its own, so second order does not decide; (-2/3, 2/3) is a
    saddle of the flow.
    """
    return zero_sum(Formula(flat_centre_value))


def cubic() -> Game:
    """x^3/3 - x + xy - y^2/2: a strict Nash at x = y = 1/g and a saddle of the flow at x = y = -g,
    g the golden ratio.
    """
    return zero_sum(Formula(cubic_value))
