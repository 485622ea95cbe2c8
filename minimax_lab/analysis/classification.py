"""What kind of rest a stationary profile is (see `Kind`), read from the blocks of the Jacobian
J = v'(x) and its eigenvalues.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from .. import checks
from ..checks import one_number, refuse, whole
from ..game import Game, Sample, suited
from ..kinds import Kind
from ..profile import Profile, as_profile
from .fields import Field, field_of
from .misfits import fitted
from .update_map import demand_known


@fitted("x")
def classify(
    game: Game, x: Profile, leader: int = 0, *, sample: Sample = None, tolerance: float = 1e-6
) -> Kind:
    """The strongest `Kind` that holds at a stationary profile x; definiteness and signs are judged
    to 1e-8 of |J|.

    Minimax (Jin, Netrapalli, Jordan 2020) speaks of two players whose interaction is zero-sum to
    second order, J_lf = -J_fl^T (private penalties do no harm); it has no agreed meaning beyond, so
    other games are never called minimax.

    Arguments:
        game: whose equilibrium it is.
        x: a profile at which the field vanishes.
        leader: the player who leads where the kind is "strict local minimax".
        sample: the draw at which a random game is frozen, `game.sample(key)`.
        tolerance: how large |v(x)| may be, relative to |J| |x|.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # signs deserve 64 bits
        >>> print(mm.classify(mm.games.quadratic(0.5, 1.0, 0.5), mm.Profile((0.0, 0.0))))
        strict local Nash
    """
    tolerance = one_number(tolerance, "tolerance", above=0)
    demand_known("classify", "mm.kind_index", game, x, sample)
    x = as_profile(x, "x")
    demand_leader(leader, len(x))
    warn_single(x.dtype, "classify")
    with suited(game, x, sample):
        field = field_of(game, None, sample, x.dtype)
        turn, jacobian = jax.device_get(_linearised(field, x))
    residual, scale = float(np.linalg.norm(turn)), np.linalg.norm(jacobian) * float(x.norm())
    if not residual <= tolerance * (1 + scale):
        raise refuse(
            "x",
            f"a profile at which |v(x)| = {residual:.3g}",
            f"stationary, |v(x)| <= {tolerance * (1 + scale):.3g}",
            "Let find_equilibria polish it first; on the boundary of a constraint set, where v "
            "need not vanish, natural_residual and duality_gap are the measures.",
        )
    return kind_of(np.asarray(jacobian, np.float64), sizes_of(x), leader, margin(x.dtype))


@eqx.filter_jit
def _linearised(field: Field, x: Profile) -> tuple[Array, Array]:
    return field(x).ravel()[0], field.game.jacobian(x)


def kind_of(jacobian: np.ndarray, sizes: Sequence[int], leader: int, margin: float) -> Kind:
    """The strongest kind of a zero with this Jacobian, signs judged to `margin` of its norm."""
    ends = np.cumsum((0, *sizes))
    at = [slice(a, b) for a, b in itertools.pairwise(ends)]
    near = margin * float(np.linalg.norm(jacobian, 2))
    if all(_definite(jacobian[own, own], near) for own in at):
        return Kind.NASH
    if len(sizes) == 2 and _minimax(jacobian, at[leader], at[1 - leader], near):
        return Kind.MINIMAX
    return kind_of_spectrum(np.linalg.eigvals(jacobian), near)


def _minimax(jacobian: np.ndarray, leads: slice, follows: slice, near: float) -> bool:
    across, back = jacobian[leads, follows], jacobian[follows, leads]
    if np.linalg.norm(across + back.T) > near or not _definite(jacobian[follows, follows], near):
        return False
    return _definite(
        jacobian[leads, leads] - across @ np.linalg.solve(jacobian[follows, follows], back), near
    )


def kind_of_spectrum(eigenvalues: np.ndarray, near: float) -> Kind:
    """What the eigenvalues alone say, real parts within `near` counting as zero."""
    real = np.real(eigenvalues)
    if np.any(np.abs(real) <= near):
        return Kind.DEGENERATE
    if np.all(real > 0):
        return Kind.STABLE
    return Kind.SOURCE if np.all(real < 0) else Kind.SADDLE


def _definite(block: np.ndarray, near: float) -> bool:
    return bool(np.linalg.eigvalsh((block + block.T) / 2).min() > near)


def margin(dtype: np.dtype) -> float:
    """What counts as zero beside one: 1e-8, or what rounding leaves of it."""
    return max(1e-8, 100 * float(jnp.finfo(dtype).eps))


def sizes_of(x: Profile) -> tuple[int, ...]:
    """How many numbers each player has."""
    return tuple(ravel_pytree(strategy)[0].size for strategy in x)


def demand_leader(leader: int, players: int) -> None:
    """The leader must be one of the players."""
    if whole(leader, "leader", 0) >= players:
        raise refuse("leader", leader, f"one of the players 0..{players - 1}")


def warn_single(dtype: np.dtype, verb: str) -> None:
    """Zeros and signs deserve 64 bits."""
    if jnp.finfo(dtype).bits < 64:
        checks.warn_single(
            f"{verb} in {dtype} judges zeros and signs to {margin(dtype):.0e} only; "
            'pass float64 (jax.config.update("jax_enable_x64", True)).'
        )
