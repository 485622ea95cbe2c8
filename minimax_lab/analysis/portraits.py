"""The data of a phase portrait: a game with a two-dimensional profile, seen whole.

The flow is x' = -v(x). Nullclines are where one component of v vanishes, equilibria where both do,
separatrices the curves along which a saddle of the flow is reached or left. Over them go the
trajectories of update rules. Nothing here draws.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ..checks import InputError, demand_flag, is_number, refuse, warned_once, whole
from ..directions import Direction
from ..game import Game, Sample, as_game
from ..labels import label, named
from ..profile import Profile, Strategies, as_profile
from ..rules import UpdateRule
from .equilibria import Equilibrium, find_equilibria
from .fields import Field, field_of, flat, rows, stacked
from .nullclines import nullcline
from .streamlines import LENGTH, Frame, separatrices_of, stream
from .update_map import size_of
from .walks import Points, Trajectory, walks

Box = tuple[tuple[float, float], tuple[float, float]]


@dataclasses.dataclass(frozen=True, eq=False)
class Separatrix:
    """One branch of the stable or unstable manifold of a saddle of the flow, beginning beside the
    saddle.
    """

    points: Points
    stable: bool
    saddle: Equilibrium

    def __repr__(self) -> str:
        kind = "stable" if self.stable else "unstable"
        return f"Separatrix({kind}, {len(self.points)} points, of {self.saddle!r})"


@dataclasses.dataclass(frozen=True, eq=False)
class Portrait:
    """The field v on a grid (first axis y), one tuple of polylines per nullcline, equilibria,
    separatrices, flow, trajectories.

    `outside` marks grid points that the game's projection would move: they are not strategies.
    `direction` names whose field it is, nothing for the game's own.
    """

    box: Box
    grid: tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " rows"]]
    field: Float[np.ndarray, "rows columns 2"]
    outside: Bool[np.ndarray, "rows columns"]
    nullclines: tuple[tuple[Points, ...], tuple[Points, ...]]
    equilibria: tuple[Equilibrium, ...]
    separatrices: tuple[Separatrix, ...]
    flow: tuple[Points, ...]
    trajectories: tuple[Trajectory, ...]
    direction: str = ""

    def __repr__(self) -> str:
        sides = " x ".join(f"[{low:.6g}, {high:.6g}]" for low, high in self.box)
        lines = [f"Portrait{f' of {self.direction}' * bool(self.direction)} in {sides}"]
        lines += [f"  {e!r}" for e in self.equilibria] or ["  no equilibrium"]
        lines += [f"  {t!r}" for t in self.trajectories]
        return "\n".join(lines)


def portrait(
    game: Game,
    *,
    box: Box | tuple[float, float] | float | None = None,
    rules: UpdateRule | Sequence[UpdateRule] | Mapping[str, UpdateRule] = (),
    starts: Strategies | None = None,
    steps: int = 200,
    flow: bool = True,
    separatrices: bool = True,
    grid: int = 101,
    leader: int = 0,
    direction: Direction | None = None,
    sample: Sample = None,
    key: PRNGKeyArray | None = None,
) -> Portrait:
    """Everything there is to see of a planar game in `box`, by default around the equilibria that
    Newton's method finds near zero and near the starts.

    Nullclines and equilibria are complete down to the spacing of the `grid`, but for zeros without
    a change of sign. `flow` follows the continuous flow from the starts, or from a lattice where
    there are none; rules without starts have one in the upper right. A `direction` shows its field
    instead.

    Arguments:
        game: what is played, with two numbers in its profile.
        box: ((left, right), (bottom, top)), or (low, high) for both, or how far from zero; found
            without.
        rules: the rules whose walks to show, one, several, or by name.
        starts: where walks and flow start, a list of profiles.
        steps: how many updates the rules make.
        flow: whether to follow the continuous flow.
        separatrices: whether to follow the manifolds of the flow's saddles.
        grid: how many points the grid has a side.
        leader: the player who leads where a kind is "strict local minimax".
        direction: whose field to show instead of the game's own.
        sample: the draw at which a random game is frozen, `game.sample(key)`.
        key: the randomness of the rules' walks.

    Returns:
        What `mm.draw.portrait` draws.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # zeros deserve 64 bits
        >>> game, plain = mm.games.quadratic(0.5, 1.0, 0.5), {"flow": False, "separatrices": False}
        >>> seen = mm.portrait(game, box=(-1, 1), grid=9, **plain)
        >>> print(*[found.kind for found in seen.equilibria], seen.field.shape)
        strict local Nash (9, 9, 2)
    """
    game = as_game(game)
    grid, steps = whole(grid, "grid", 8), whole(steps, "steps")
    _demand_flags(flow=flow, separatrices=separatrices)
    box, given = None if box is None else as_box(box), None if starts is None else stacked(starts)
    like = _template(game, given, sample)
    with warned_once():
        box = _around(game, like, given, direction, sample) if box is None else box
        field, frame = field_of(game, direction, sample, like.dtype), Frame.of(box, like.dtype)
        mesh = np.stack(np.meshgrid(*(np.linspace(*side, grid) for side in box)), axis=-1)
        v, outside = _seen(field, like, mesh, box)
        tries = _profiles(like, _tries(mesh, v))
        found = find_equilibria(game, tries, direction=direction, sample=sample, leader=leader)
    inside = tuple(e for e in found if frame.holds(flat(e.profile)))
    typical = float(np.sqrt(np.nanmean(v**2)))
    branches = separatrices_of(field, like, inside, frame, typical) if separatrices else []
    walked = named(rules)
    given = _corner(game, like, box) if walked and given is None else given
    begin, length = (_lattice(box), 0.8) if given is None else (rows(jax.device_get(given)), LENGTH)
    return Portrait(
        box=box,
        grid=((x := mesh[0, :, 0]), (y := mesh[:, 0, 1])),
        field=v,
        outside=outside,
        nullclines=(nullcline(field, like, x, y, v, 0), nullcline(field, like, x, y, v, 1)),
        equilibria=inside,
        separatrices=tuple(Separatrix(*branch) for branch in branches),
        flow=tuple(stream(field, like, begin, frame, typical, length)) if flow else (),
        trajectories=walks(game, walked, given, steps, key),
        direction="" if direction is None else label(direction),
    )


def _demand_flags(**flags: bool) -> None:
    for name, flag in flags.items():
        demand_flag(flag, name)


def _seen(field: Field, like: Profile, mesh: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """The field on the mesh, and which of its points are no strategies."""
    points = jnp.asarray(mesh.reshape(-1, 2), like.dtype)
    v, outside = (np.asarray(a) for a in _look(field, like, points))
    if not np.any(np.isfinite(v)):
        cause = "The field is not finite anywhere on the grid."
        raise refuse("box", box, "where the game has a finite field", cause)
    return v.reshape(mesh.shape), outside.reshape(mesh.shape[:2])


def as_box(box: Box | tuple[float, float] | float) -> Box:
    given: np.ndarray = np.zeros(0)
    if isinstance(box, tuple | list | np.ndarray):
        with contextlib.suppress(TypeError, ValueError):
            given = np.asarray(box, float)
    elif is_number(box):
        given = np.array([-box, box], float)
    if given.shape == (2,):
        given = np.stack([given, given])
    finite = given.shape == (2, 2) and np.all(np.isfinite(given))
    if not finite or np.any(given[:, 0] >= given[:, 1]):
        allowed = (
            "((left, right), (bottom, top)), (low, high) or a number, finite and in this order"
        )
        raise refuse("box", box, allowed)
    (left, right), (bottom, top) = given.tolist()
    return (left, right), (bottom, top)


def _around(
    game: Game, like: Profile, starts: Profile | None, direction: Direction | None, sample: Sample
) -> Box:
    """A square about the middle of the equilibria near zero and near the starts, as wide as a walk
    needs that goes round it.
    """
    begun = np.zeros((0, 2)) if starts is None else rows(jax.device_get(starts))
    lattice = _lattice(((-4.0, 4.0), (-4.0, 4.0)), 12)
    tries = _profiles(like, np.concatenate([lattice, begun]))
    found = find_equilibria(game, tries, direction=direction, sample=sample, reach=1.5)
    places = np.concatenate([np.zeros((0, 2)), *(flat(e.profile)[None] for e in found)])
    points = np.concatenate([places, begun])
    if len(points) == 0:
        return (-2.0, 2.0), (-2.0, 2.0)
    about = places if len(places) else points
    middle = np.round((about.min(axis=0) + about.max(axis=0)) / 2, 2) + 0.0
    reach = float(np.linalg.norm(points - middle, axis=1).max())
    half = float(f"{1.3 * reach:.1e}") if reach > 1e-2 else 2.0
    (left, low), (right, high) = np.round([middle - half, middle + half], 6).tolist()
    return (left, right), (low, high)


def _template(game: Game, starts: Profile | None, sample: Sample) -> Profile:
    """A profile of the shape the game wants: that of the starts, else two scalars."""
    like = as_profile((0.0, 0.0)) if starts is None else jax.tree.map(lambda leaf: leaf[0], starts)
    if size_of(like) != 2:
        given, cause = (
            f"profiles with {size_of(like)} numbers",
            "A portrait shows two scalar strategies.",
        )
        raise refuse("starts", given, "two-dimensional", cause)
    if starts is None:
        try:
            jax.eval_shape(lambda x: game.field(x, game.data if sample is None else sample), like)
        except Exception as error:
            raise InputError(
                "game cannot be evaluated at two scalar strategies, and a portrait needs a "
                "two-dimensional profile. Pass starts=[...] to show the shape of its profiles. "
                f"({' '.join(str(error).split())[:200]})"
            ) from None
    return like


def _profiles(like: Profile, points: np.ndarray) -> Profile:
    return jax.vmap(like.ravel()[1])(jnp.asarray(points, like.dtype))


def _corner(game: Game, like: Profile, box: Box) -> Profile:
    """One start in the upper right."""
    corner = np.array([[low + 0.8 * (high - low) for low, high in box]])
    return jax.vmap(game.project)(_profiles(like, corner))


def _lattice(box: Box, count: int = 6) -> np.ndarray:
    axes = [low + (high - low) * (np.arange(count) + 0.5) / count for low, high in box]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


def _tries(mesh: np.ndarray, v: np.ndarray, most: int = 64) -> np.ndarray:
    """Starts for Newton: a lattice, and the cells in which both components change sign (always
    equally many: one program).
    """
    corners = np.stack([v[:-1, :-1], v[1:, :-1], v[:-1, 1:], v[1:, 1:]])
    both = np.all((corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0), axis=-1)
    every = max(1, len(mesh) // 12)
    lattice, cells = (
        mesh[::every, ::every].reshape(-1, 2),
        ((mesh[:-1, :-1] + mesh[1:, 1:]) / 2)[both],
    )
    spaced = np.linspace(0, len(cells) - 1, min(most, len(cells))).astype(int)
    chosen = cells[spaced] if len(cells) else lattice[:1]
    return np.concatenate([lattice, chosen[np.arange(most) % len(chosen)]])


@eqx.filter_jit
def _look(field: Field, like: Profile, points: Array) -> tuple[Array, Array]:
    """v at every point, and whether the point lies outside the game's set."""
    unravel = like.ravel()[1]

    def one(z: Array) -> tuple[Array, Array]:
        x = unravel(z)
        return field(x).ravel()[0], (x - field.game.project(x)).norm() > 1e-6 * (1 + x.norm())

    return jax.vmap(one)(points)
