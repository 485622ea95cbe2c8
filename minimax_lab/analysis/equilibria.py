"""Where a game comes to rest, and what kind of rest it is.

A stationary profile has v(x) = 0. Newton's method from many starts finds them; the blocks of J =
v'(x) and its eigenvalues say what they are (see `Kind`). Where strategies are confined to a set,
rest is measured by |x - P(x - v(x))| instead, and in matrix games by the duality gap.
"""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import optimistix as optx
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Complex, Float

from ..checks import InputError, number, refuse, whole
from ..directions import Direction, Gradient, Tick
from ..game import Game, everything
from ..kinds import Kind
from ..profile import Profile, as_profile, narrowed
from ..running import judge


@dataclasses.dataclass(frozen=True, eq=False)
class Equilibrium:
    """A stationary profile of a field, its kind, and the eigenvalues of that field's Jacobian
    there.

    `spurious` marks a zero of a direction at which the game's own field is not zero.
    """

    profile: Profile
    kind: Kind
    eigenvalues: Complex[np.ndarray, " size"]
    residual: float
    spurious: bool = False


class Equilibria(list[Equilibrium]):
    """The equilibria found, sorted by their coordinates; `failed` of the `starts` starts led to
    none.
    """

    def __init__(self, found: Iterable[Equilibrium], starts: int, failed: int):
        super().__init__(found)
        self.starts = starts
        self.failed = failed


def find_equilibria(
    game: Game,
    starts: Profile | Sequence[Any],
    *,
    direction: Direction | None = None,
    leader: int = 0,
    sample: Any = None,
    tolerance: float = 1e-10,
    same: float = 1e-6,
    reach: float = 5.0,
) -> Equilibria:
    """The zeros of v that Newton's method reaches from the starts: a list of profiles, or one
    profile stacked along first axes.

    With a `direction`, the zeros of its field (consensus creates some of its own), typed by the
    spectrum of that field alone. A random game is frozen at `sample`. Dropped are profiles outside
    the game's set, jumps of the field, flat places (a field that has faded away in rounding) and
    what lies `reach` times as far out as the farthest start; of those closer than `same`, one is
    kept.
    """
    tolerance, same = number(tolerance, "tolerance", above=0), number(same, "same", above=0)
    reach = number(reach, "reach", above=0)
    starts = stacked(starts)
    dtype = starts.dtype
    field = field_of(game, direction, sample, dtype)
    _warn_single(dtype, "find_equilibria")
    _leader(leader, len(starts))
    floor = max(tolerance, 1e3 * float(jnp.finfo(dtype).eps))
    ends, found, residuals, jacobians, own = jax.device_get(
        _newton(field, starts, jnp.asarray(floor, dtype))
    )
    flat, first = rows(ends), rows(starts)
    found = found & (
        np.linalg.norm(flat, axis=1) <= reach * (1 + np.linalg.norm(first, axis=1).max())
    )
    kept = _distinct(flat, residuals, found, same)
    typed = []
    for i in kept:
        eigenvalues = np.linalg.eigvals(np.asarray(jacobians[i], np.float64))
        spurious = bool(own[i] > np.sqrt(floor) * (1 + np.linalg.norm(flat[i])))
        profile = jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), ends)
        if direction is None:
            kind = _kind(
                np.asarray(jacobians[i], np.float64), _sizes(profile), leader, _margin(dtype)
            )
        else:
            kind = _kind_of_spectrum(
                eigenvalues, _margin(dtype) * float(np.linalg.norm(jacobians[i], 2))
            )
        typed.append(Equilibrium(profile, kind, eigenvalues, float(residuals[i]), spurious))
    return Equilibria(typed, len(found), int(len(found) - np.sum(found)))


def classify(
    game: Game, x: Profile, leader: int = 0, *, sample: Any = None, tolerance: float = 1e-6
) -> Kind:
    """The strongest `Kind` that holds at a stationary profile x; definiteness and signs are judged
    to 1e-8 of |J|.

    Minimax (Jin, Netrapalli, Jordan 2020) speaks of two players whose interaction is zero-sum to
    second order, J_lf = -J_fl^T (private penalties do no harm); it has no agreed meaning beyond, so
    other games are never called minimax.
    """
    tolerance = number(tolerance, "tolerance", above=0)
    x = as_profile(x, "x")
    _leader(leader, len(x))
    _warn_single(x.dtype, "classify")
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
    return _kind(np.asarray(jacobian, np.float64), _sizes(x), leader, _margin(x.dtype))


def natural_residual(game: Game, x: Any, sample: Any = None) -> Float[Array, ""]:
    """|x - P(x - v(x))|: zero exactly at the stationary profiles of a game on a convex set, |v(x)|
    on the whole space.
    """
    return judge.natural_residual(game, as_profile(x, "x", finite=False), sample)


def duality_gap(game: Game, x: Any, sample: Any = None) -> Float[Array, ""]:
    """sum_i <v_i(x), x_i - z_i>, z_i the best response of player i: what all would gain by
    responding alone.      Nash 1951.

    In two-player zero-sum games max_y f(x_0, y) - min_x f(x, x_1). For losses linear in each
    player's own strategy, on sets that know their best responses (Simplexes, Box); zero exactly at
    equilibria.
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


class Field(eqx.Module):
    """x -> direction(game, x): what a direction asks for at rest, with nothing remembered."""

    game: Game
    direction: Direction

    def __call__(self, x: Profile) -> Profile:
        return self.direction(self.game, x, self.direction.init(self.game, x, None), Tick(0, None))[
            0
        ]


def field_of(game: Game, direction: Direction | None, sample: Any, dtype: Any) -> Field:
    """The field of a direction (the gradient by default) on a game frozen at one sample, in one
    precision.
    """
    if not isinstance(game, Game):
        raise refuse("game", game, "a Game", "A SymbolicGame becomes one by its .numeric().")
    if direction is not None and not isinstance(direction, Direction):
        raise refuse(
            "direction",
            direction,
            "a direction such as mm.Consensus(1.0)",
            "Rules wrap directions.",
        )
    if direction is not None and direction.steplike:
        raise refuse(
            "direction",
            direction,
            "gradient-like",
            "A step-like direction has no field at rest: it depends on its past.",
        )
    if game.random and sample is None:
        raise InputError(
            "sample is None, but this game draws its samples at random; pass "
            "sample=game.sample(jax.random.key(0))."
        )
    if sample is not None:
        game = Game(game.losses, game.penalties, sample, everything, game.project, game.ideal)
    return narrowed(Field(game, Gradient() if direction is None else direction), dtype)


@eqx.filter_jit
def _newton(
    field: Field, starts: Profile, tolerance: Float[Array, ""]
) -> tuple[Profile, Array, Array, Array, Array]:
    """From all starts at once: the ends, whether they are zeros, |direction|, its Jacobian, and
    |v|.

    A zero has a small residual, a small last step (a field that fades away has the first only) and
    a small field beside it (where the field jumps, a limit from one side is none).
    """
    # Least squares, because a field may be singular at its zeros.
    solver = lx.AutoLinearSolver(well_posed=False)
    newton: Any = optx.Newton(rtol=tolerance, atol=tolerance, linear_solver=solver)  # type: ignore[arg-type]

    def one(start: Profile) -> tuple[Profile, Array, Array, Array, Array]:
        flat, unravel = start.ravel()

        def turn(z: Array, _: Any = None) -> Array:
            return field(unravel(z)).ravel()[0]

        z = optx.root_find(turn, newton, flat, max_steps=200, throw=False).value
        v, jacobian = turn(z), jax.jacfwd(turn)(z)
        step = lx.linear_solve(lx.MatrixLinearOperator(jacobian), v, solver, throw=False).value
        x, size, residual = unravel(z), jnp.linalg.norm(z), jnp.linalg.norm(v)
        slope, near = jnp.linalg.norm(jacobian), jnp.sqrt(tolerance) * (1 + size)
        small = residual <= tolerance * (1 + slope * size)
        settled, inside = jnp.linalg.norm(step) <= near, (x - field.game.project(x)).norm() <= near
        faded = (slope == 0) & (jnp.linalg.norm(turn(z + 1e-2 * (1 + size))) == 0)
        aside = near * jnp.cos(jnp.arange(z.size, dtype=z.dtype))
        beside = jnp.maximum(jnp.linalg.norm(turn(z + aside)), jnp.linalg.norm(turn(z - aside)))
        smooth = beside <= 100 * (slope + 1) * near * jnp.sqrt(jnp.asarray(z.size, z.dtype))
        found = (
            inside
            & small
            & settled
            & smooth
            & ~faded
            & jnp.all(jnp.isfinite(z))
            & jnp.all(jnp.isfinite(jacobian))
        )
        return x, found, residual, jacobian, field.game.field(x).norm()

    return jax.vmap(one)(starts)


@eqx.filter_jit
def _linearised(field: Field, x: Profile) -> tuple[Array, Array]:
    return field(x).ravel()[0], field.game.jacobian(x)


def _distinct(
    points: np.ndarray, residuals: np.ndarray, found: np.ndarray, same: float
) -> list[int]:
    """One index of every cluster, the one of least residual, in the order of their coordinates."""
    kept: list[int] = []
    for i in sorted(np.flatnonzero(found), key=lambda i: residuals[i]):
        if all(
            np.linalg.norm(points[i] - points[j]) > same * (1 + np.linalg.norm(points[j]))
            for j in kept
        ):
            kept.append(int(i))
    return sorted(kept, key=lambda i: tuple(np.round(points[i] / same) * same))


def _kind(jacobian: np.ndarray, sizes: Sequence[int], leader: int, margin: float) -> Kind:
    ends = np.cumsum((0, *sizes))
    at = [slice(a, b) for a, b in itertools.pairwise(ends)]
    near = margin * float(np.linalg.norm(jacobian, 2))
    if all(_definite(jacobian[own, own], near) for own in at):
        return Kind.NASH
    if len(sizes) == 2 and _minimax(jacobian, at[leader], at[1 - leader], near):
        return Kind.MINIMAX
    return _kind_of_spectrum(np.linalg.eigvals(jacobian), near)


def _minimax(jacobian: np.ndarray, leads: slice, follows: slice, near: float) -> bool:
    across, back = jacobian[leads, follows], jacobian[follows, leads]
    if np.linalg.norm(across + back.T) > near or not _definite(jacobian[follows, follows], near):
        return False
    return _definite(
        jacobian[leads, leads] - across @ np.linalg.solve(jacobian[follows, follows], back), near
    )


def _kind_of_spectrum(eigenvalues: np.ndarray, near: float) -> Kind:
    real = np.real(eigenvalues)
    if np.any(np.abs(real) <= near):
        return Kind.DEGENERATE
    if np.all(real > 0):
        return Kind.STABLE
    return Kind.SOURCE if np.all(real < 0) else Kind.SADDLE


def _definite(block: np.ndarray, near: float) -> bool:
    return bool(np.linalg.eigvalsh((block + block.T) / 2).min() > near)


def _confined_and_linear(game: Game, x: Profile, v: Profile, best: Profile, sample: Any) -> None:
    """What makes the formula of the duality gap true, refused where it is false."""
    slack = 1e-6 if jnp.finfo(x.dtype).bits >= 64 else 1e-3
    if not (outside := float((x - game.project(x)).norm())) <= slack * (1 + float(x.norm())):
        raise refuse(
            "x",
            f"{outside:.3g} away from the game's set",
            "inside it",
            "Project it first: game.project(x).",
        )
    for i in range(len(x)):
        there = game.field(
            x.replace(
                i, jax.tree.map(lambda a, z: jnp.where(jnp.isfinite(z), z, a + 1), x[i], best[i])
            ),
            sample,
        )
        change = float((Profile((there[i],)) - Profile((v[i],))).norm())
        if not change <= slack * (1 + float(v.norm())):
            raise refuse(
                "game",
                f"curved in player {i}'s own strategy",
                "linear in each player's own strategy, as matrix games are",
            )


def rows(stack: Profile) -> np.ndarray:
    """A stack of profiles as a matrix with one row each."""
    return np.concatenate(
        [np.reshape(leaf, (len(leaf), -1)) for leaf in jax.tree.leaves(stack)], axis=1
    )


def _margin(dtype: Any) -> float:
    return max(1e-8, 100 * float(jnp.finfo(dtype).eps))


def _sizes(x: Profile) -> tuple[int, ...]:
    return tuple(ravel_pytree(strategy)[0].size for strategy in x)


def _leader(leader: int, players: int) -> None:
    if whole(leader, "leader", 0) >= players:
        raise refuse("leader", leader, f"one of the players 0..{players - 1}")


def _warn_single(dtype: Any, verb: str) -> None:
    if jnp.finfo(dtype).bits < 64:
        warnings.warn(
            f"{verb} in {dtype} judges zeros and signs to {_margin(dtype):.0e} only; "
            'pass float64 (jax.config.update("jax_enable_x64", True)).',
            stacklevel=3,
        )


def stacked(starts: Any) -> Profile:
    """Several starts as one profile with a leading axis, from a list of profiles or such a
    profile.
    """
    if isinstance(starts, list):
        if not starts:
            raise refuse("starts", starts, "a list with at least one profile")
        profiles = [as_profile(given, f"starts[{i}]") for i, given in enumerate(starts)]
        shapes = {str(jax.tree.map(jnp.shape, profile)) for profile in profiles}
        if len(shapes) > 1:
            raise refuse(
                "starts",
                f"a list of profiles of {len(shapes)} different shapes",
                "profiles of one shape",
            )
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *profiles)
    starts = as_profile(starts, "starts")
    lengths = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(starts)}
    if len(lengths) > 1 or () in lengths:
        raise refuse(
            "starts",
            starts,
            "a list of profiles, or a profile with one leading axis over starts",
            "One start is [start].",
        )
    return starts
