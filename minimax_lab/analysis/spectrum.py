"""Eigenvalues of a game's field, and of the whole update map with the rule's memory in it.

Near an equilibrium the flow x' = -v(x) decays when every eigenvalue of J = v'(x) has a positive
real part, and an update (x, state) -> (x, state) contracts when every eigenvalue of its derivative
M has modulus below one; the largest modulus is then the factor by which the error shrinks. For
simultaneous descent M = 1 - step J, so each value asks step < 2 Re / |.|^2. Derivatives are
compiled; eigenvalues are taken on the host in float64, from the dense matrix or from products with
it.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from ..checks import InputError, demand_flag, refuse, warn_single
from ..game import Game, Sample, as_game, suited
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..running.prepare import demand_key, demand_rule
from ..schedules import Schedule
from .eigensolvers import demand_leading, leading_values
from .eigenvalues import Of, Part, Spectrum, ordered
from .misfits import fitted
from .update_map import (
    Push,
    demand_known,
    precision_of,
    product,
    settled,
    size_of,
    update_matrix,
    update_products,
)

LARGEST_DENSE = 20_000  # 3 GB of matrix


@fitted("x")
def field_spectrum(
    game: Game,
    x: Strategies,
    sample: Sample = None,
    *,
    leading: int | None = None,
    rightmost: bool = False,
    leftmost: bool = False,
) -> Spectrum:
    """Eigenvalues of J = v'(x), the field's Jacobian.

    All of them from the dense matrix; or `leading` of them from products J t alone: of largest
    modulus, with the largest real part (`rightmost`), or with the smallest (`leftmost`: those that
    decide stability).

    Arguments:
        game: whose field it is.
        x: where, a profile or a tuple with one strategy per player; at best in float64.
        sample: the draw at which a random game is held, `game.sample(key)`.
        leading: how many values to take from products; all from the matrix without.
        rightmost: whether to take those with the largest real part.
        leftmost: whether to take those with the smallest.

    Returns:
        The values, smallest real part first, and what follows from them.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> print(mm.field_spectrum(mm.games.quadratic(0.5, 1.0, 0.5), (0.0, 0.0)))
        spectrum of a field: 2 values, stable
          abscissa 0.5, radius 1.11803, descent stable below step 0.8
          0.5+1i, 0.5-1i
    """
    demand_flag(rightmost, "rightmost")
    demand_flag(leftmost, "leftmost")
    demand_known("field_spectrum", "mm.field_values", game, x, sample)
    game, x = started(game, x)
    game = narrowed(game, x.dtype)
    if (rightmost and leftmost) or ((rightmost or leftmost) and leading is None):
        given = {"leading": leading, "rightmost": rightmost, "leftmost": leftmost}
        allowed = "at most one of the two, with leading=k"
        raise refuse("rightmost, leftmost", given, allowed, "A dense spectrum has them all.")
    if leading is None:
        demand_dense(x)
        with suited(game, x, sample):
            v, matrix = _field_matrix(game, x, sample)
        return _dense(matrix, Place(x, np.asarray(v, float), "field"))
    with suited(game, x, sample):
        v, push = _field_products(game, x, sample)
    part: Part = "rightmost" if rightmost else "leftmost" if leftmost else "largest"
    return _krylov(push, size_of(x), Place(x, np.asarray(v, float), "field"), leading, part)


def step_limit(game: Game, x: Strategies) -> float:
    """The largest stable step of simultaneous descent near x, min 2 Re / |.|^2 over J's
    eigenvalues; zero if none is.

    Arguments:
        game: whose field it is.
        x: an equilibrium, a profile or a tuple with one strategy per player.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> print(f"{mm.step_limit(mm.games.quadratic(0.5, 1.0, 0.5), (0.0, 0.0)):.3f}")
        0.800
    """
    return field_spectrum(game, x).step_limit


@fitted("x")
def update_spectrum(
    game: Game,
    rule: UpdateRule,
    x: Strategies,
    *,
    key: PRNGKeyArray | None = None,
    leading: int | None = None,
) -> Spectrum:
    """Eigenvalues of the derivative of (profile, state) -> rule.update over all real leaves.

    Taken at the state to which the rule settles when it stands still at x (its integers and keys as
    they start), over the rule's own period. A random game is held at the one sample of `key`.
    `leading` values of largest modulus come from products alone.

    Arguments:
        game: what is played.
        rule: whose update it is; without schedules, and linear at rest.
        x: where, a profile or a tuple with one strategy per player; at best in float64.
        key: fixes the sample of a random game.
        leading: how many values to take from products; all from the matrix without.

    Returns:
        The values, largest modulus first, and what follows from them.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> rule = mm.Alternating(0.2, mm.Consensus(1.0))
        >>> spectrum = mm.update_spectrum(mm.games.bilinear(1.0), rule, (0.0, 0.0))
        >>> print(f"{spectrum.radius:.4f}", spectrum.stable)
        0.8000 True
    """
    demand_known("update_spectrum", "mm.update_values", game, rule, x, key)
    game, x = started(game, x)
    demand_rule(rule)
    demand_linear(rule)
    demand_suited(rule, game)
    key = demand_key(game, key, "It fixes the sample: key=jax.random.key(seed).")
    inputs = (narrowed(game, x.dtype), narrowed(rule, x.dtype), x, key, rule.rest.period)

    def at(move: np.ndarray) -> Place:
        return Place(x, move[: size_of(x)], "update", rule.rest.period)

    if leading is None:
        demand_dense(x)
        z, after, matrix = settled(functools.partial(update_matrix, *inputs), x)
        return _dense(matrix, at(after - z))
    z, after, push = settled(functools.partial(update_products, *inputs), x)
    return _krylov(push, z.size, at(after - z), leading)


class Place(NamedTuple):
    """Where a field or an update was linearised, and how far the profile moves there."""

    x: Profile
    moved: np.ndarray
    of: Of
    period: int = 1

    @property
    def norms(self) -> np.ndarray:
        """How far each player moves."""
        ends = np.cumsum([size_of(Profile((player,))) for player in self.x])[:-1]
        return np.array([np.linalg.norm(block) for block in np.split(self.moved, ends)])

    def settings(self, stretch: float) -> dict[str, Any]:
        """What a spectrum taken here says of the place; `stretch` is what the map does to a change
        of x of size one. At rest the movement is at most half the digits of what a change of x by
        its own size would do.
        """
        movement, precision = float(np.linalg.norm(self.moved)), precision_of(self.x)
        room = (precision**0.5 * stretch + 10 * precision) * (1 + float(self.x.norm()))
        return {
            "of": self.of,
            "movement": movement,
            "norms": self.norms,
            "at_equilibrium": movement <= room,
            "period": self.period,
            "precision": precision,
        }


@eqx.filter_jit
def _field_matrix(game: Game, x: Profile, sample: Sample) -> tuple[Array, Array]:
    return game.field(x, sample).ravel()[0], game.jacobian(x, sample)


@eqx.filter_jit
def _field_products(game: Game, x: Profile, sample: Sample) -> tuple[Array, Push]:
    flat, unravel = x.ravel()
    return jax.linearize(lambda z: game.field(unravel(z), sample).ravel()[0], flat)


def _dense(matrix: Array, at: Place) -> Spectrum:
    full = np.asarray(matrix, float)
    if not np.all(np.isfinite(full)):
        allowed = "a profile at which everything is differentiable"
        raise refuse("x", "a profile at which a derivative is NaN or infinite", allowed)
    values, size = np.linalg.eigvals(full).astype(complex), at.moved.size
    block = (full - np.eye(len(full)) if at.of == "update" else full)[:size, :size]
    about = at.settings(float(np.linalg.norm(block)) / size**0.5)
    return Spectrum(values[ordered(values, at.of)], size=len(full), matrix=full, **about)


def _krylov(push: Push, size: int, at: Place, leading: int, part: Part = "largest") -> Spectrum:
    count, multiply = demand_leading(leading, size), product(push, at.x.dtype)
    values, residuals = leading_values(multiply, size, count, part, precision_of(at.x))
    own = at.moved.size
    probe = np.pad(np.random.default_rng(1).standard_normal(own), (0, size - own))
    pushed = (multiply(probe) - (probe if at.of == "update" else 0))[:own]
    about = at.settings(float(np.linalg.norm(pushed) / np.linalg.norm(probe)))
    order = ordered(values, at.of)
    return Spectrum(values[order], size=size, part=part, residuals=residuals[order], **about)


def started(game: Game, x: Strategies) -> tuple[Game, Profile]:
    """Game and profile, with a warning where the profile's precision is too low for a spectrum."""
    game, x = as_game(game), as_profile(x, "x")
    if precision_of(x) > 1e-10:
        warn_single(
            f"x is {x.dtype}: its spectrum is good to about {precision_of(x) ** 0.5:.0e} only. "
            'Call jax.config.update("jax_enable_x64", True) first and give x (and the game\'s '
            "data) in float64."
        )
    return game, x


def demand_linear(rule: UpdateRule) -> None:
    if rule.rest.obstacle:
        raise InputError(f"{type(rule).__name__} has no update spectrum: {rule.rest.obstacle}.")
    leaves = jax.tree.leaves(rule, is_leaf=lambda leaf: isinstance(leaf, Schedule))
    if any(isinstance(leaf, Schedule) for leaf in leaves):
        cause = "A schedule changes it at every update; freeze it: mm.at(rule, index)."
        raise refuse("rule", "a rule with a schedule", "one map", cause)


def demand_dense(x: Profile) -> None:
    """A dense matrix has its limits."""
    if size_of(x) > LARGEST_DENSE:
        given = f"a profile of {size_of(x)} numbers"
        allowed = f"at most {LARGEST_DENSE} for a dense spectrum"
        raise refuse("x", given, allowed, "Take the leading ones from products alone: leading=20.")
