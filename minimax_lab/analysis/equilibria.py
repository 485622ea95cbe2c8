"""Where a game comes to rest: Newton's method from many starts finds the profiles with v(x) = 0."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from .. import shown
from ..checks import one_number
from ..directions import Direction
from ..game import Game, Sample, suited
from ..kinds import Kind
from ..profile import Profile, Strategies
from ..tables import short, short_complex
from .classification import (
    demand_leader,
    kind_of,
    kind_of_spectrum,
    margin,
    sizes_of,
    warn_single,
)
from .eigenvalues import ordered
from .fields import Field, field_of, rows, stacked
from .misfits import fitted


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

    def __repr__(self) -> str:
        kind = f"{self.kind}, spurious" if self.spurious else f"{self.kind}"
        return f"Equilibrium({kind} at {self.place}; eigenvalues {self.values})"

    def _repr_html_(self) -> str:
        return shown.html(self)

    @property
    def place(self) -> str:
        """Its coordinates in few characters, without the last digits of zeros."""
        return short(jax.tree.map(lambda leaf: np.round(leaf, 12) + 0.0, self.profile))

    @property
    def values(self) -> str:
        """Its eigenvalues in few characters, smallest real part first."""
        found = np.round(self.eigenvalues[ordered(self.eigenvalues, "field")], 12) + 0.0
        more = [f"... {len(found)} in all"] if len(found) > 6 else []
        return ", ".join([*map(short_complex, found[:6]), *more])


class Equilibria(list[Equilibrium]):
    """The equilibria found, sorted by their coordinates; `failed` of the `starts` starts led to
    none.
    """

    def __init__(self, found: Iterable[Equilibrium], starts: int, failed: int):
        super().__init__(found)
        self.starts = starts
        self.failed = failed

    def _repr_html_(self) -> str:
        return shown.html(self)


@fitted("starts")
def find_equilibria(
    game: Game,
    starts: Strategies,
    *,
    direction: Direction | None = None,
    leader: int = 0,
    sample: Sample = None,
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

    Arguments:
        game: whose equilibria are looked for.
        starts: a list of profiles, or one profile stacked along first axes.
        direction: whose field to take instead of the game's own; gradient-like.
        leader: the player who leads where a kind is "strict local minimax".
        sample: the draw at which a random game is frozen, `game.sample(key)`.
        tolerance: the residual of a zero, relative to the size of the field's parts.
        same: the distance, relative to the profile, below which two zeros are one.
        reach: how far out a zero may lie, in sizes of the farthest start.

    Returns:
        The equilibria in the order of their coordinates; the list knows how many starts `failed`.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # zeros deserve 64 bits
        >>> game = mm.zero_sum(lambda x, sample: x[0] ** 3 / 3 - x[0] - x[1] ** 2)
        >>> for found in mm.find_equilibria(game, [(2.0, 1.0), (-2.0, 1.0)]):
        ...     print(f"{float(found.profile[0]):.3f} {found.kind}")
        -1.000 saddle of the flow
        1.000 strict local Nash
    """
    tolerance = one_number(tolerance, "tolerance", above=0)
    same, reach = one_number(same, "same", above=0), one_number(reach, "reach", above=0)
    starts = stacked(starts)
    dtype = starts.dtype
    first = jax.tree.map(lambda leaf: leaf[0], starts)
    with suited(game, first, sample):
        field = field_of(game, direction, sample, dtype)
    warn_single(dtype, "find_equilibria")
    demand_leader(leader, len(starts))
    floor = max(tolerance, 1e3 * float(jnp.finfo(dtype).eps))
    with suited(game, first, sample):
        ends = jax.device_get(_newton(field, starts, jnp.asarray(floor, dtype)))
    points = rows(ends.profile)
    far = reach * (1 + np.linalg.norm(rows(starts), axis=1).max())
    found = ends.found & (np.linalg.norm(points, axis=1) <= far)
    typed = []
    for i in _distinct(points, ends.residual, found, same):
        profile = jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), ends.profile)
        jacobian = np.asarray(ends.jacobian[i], np.float64)
        eigenvalues = np.linalg.eigvals(jacobian)
        if direction is None:
            kind = kind_of(jacobian, sizes_of(profile), leader, margin(dtype))
        else:
            near = margin(dtype) * float(np.linalg.norm(jacobian, 2))
            kind = kind_of_spectrum(eigenvalues, near)
        spurious = bool(ends.own[i] > np.sqrt(floor) * (1 + np.linalg.norm(points[i])))
        typed.append(Equilibrium(profile, kind, eigenvalues, float(ends.residual[i]), spurious))
    return Equilibria(typed, len(found), int(len(found) - np.sum(found)))


class Ends(NamedTuple):
    """Where Newton's method came to from each start, and what is known of the place."""

    profile: Profile
    found: Bool[Array, "*starts"]  # whether it is a zero
    residual: Float[Array, "*starts"]  # |direction|
    jacobian: Float[Array, "*starts size size"]  # of the direction
    own: Float[Array, "*starts"]  # |v|


@eqx.filter_jit
def _newton(field: Field, starts: Profile, tolerance: Float[Array, ""]) -> Ends:
    """From all starts at once.

    A zero has a small residual, a small last step (a field that fades away has the first only) and
    a small field beside it (where the field jumps, a limit from one side is none).
    """
    import optimistix as optx

    # Least squares, because a field may be singular at its zeros.
    solver = lx.AutoLinearSolver(well_posed=False)
    newton: Any = optx.Newton(rtol=tolerance, atol=tolerance, linear_solver=solver)  # type: ignore[arg-type]

    def one(start: Profile) -> Ends:
        flat, unravel = start.ravel()

        def turn(z: Array, _: None = None) -> Array:
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
        finite = jnp.all(jnp.isfinite(z)) & jnp.all(jnp.isfinite(jacobian))
        found = inside & small & settled & smooth & ~faded & finite
        return Ends(x, found, residual, jacobian, field.game.field(x).norm())

    return jax.vmap(one)(starts)


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
