"""The data of a phase portrait: a game with a two-dimensional profile, seen whole.

The flow is x' = -v(x). Nullclines are where one component of v vanishes, equilibria where both do,
separatrices the curves along which a saddle of the flow is reached or left. Over them go the
trajectories of update rules. Nothing here draws.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ..checks import InputError, refuse, whole
from ..directions import Direction
from ..game import Game
from ..labels import label
from ..profile import Profile, as_profile
from ..rules import UpdateRule
from ..running.judge import OUTCOMES, Outcome
from ..running.observables import position
from ..running.record import Run
from ..running.verbs import sweep
from .equilibria import Equilibrium, Field, field_of, find_equilibria, rows, stacked
from .streamlines import LENGTH, Frame, separatrices_of, stream

Box = tuple[tuple[float, float], tuple[float, float]]
Points = Float[np.ndarray, "points 2"]


@dataclasses.dataclass(frozen=True, eq=False)
class Trajectory:
    """What one rule did from one start. The points of a diverged run end where it was stopped."""

    label: str
    points: Points
    outcome: Outcome

    @property
    def diverged(self) -> bool:
        """Whether the last point is where it was given up, not where it went."""
        return self.outcome == Outcome.DIVERGED


@dataclasses.dataclass(frozen=True, eq=False)
class Separatrix:
    """One branch of the stable or unstable manifold of a saddle of the flow, beginning beside the
    saddle.
    """

    points: Points
    stable: bool
    saddle: Equilibrium


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


def portrait(
    game: Game,
    *,
    box: Any,
    rules: UpdateRule | Sequence[UpdateRule] | Mapping[str, UpdateRule] = (),
    starts: Any = None,
    steps: int = 200,
    flow: bool = True,
    separatrices: bool = True,
    grid: int = 101,
    leader: int = 0,
    direction: Direction | None = None,
    sample: Any = None,
    key: PRNGKeyArray | None = None,
) -> Portrait:
    """Everything there is to see of a planar game in `box`, ((left, right), (bottom, top)) or (low,
    high) for both.

    Nullclines and equilibria are complete down to the spacing of the `grid`, but for zeros without
    a change of sign. `flow` follows the continuous flow from the starts, or from a lattice where
    there are none; rules without starts have one in the upper right. A `direction` shows its field
    instead.
    """
    box, grid, steps = _box(box), whole(grid, "grid", 8), whole(steps, "steps")
    given = None if starts is None else stacked(starts)
    like = _template(game, given, sample)
    field = field_of(game, direction, sample, like.dtype)
    frame = Frame.of(box, like.dtype)
    x, y = (np.linspace(low, high, grid) for low, high in box)
    mesh = np.stack(np.meshgrid(x, y), axis=-1)
    v, outside = (
        np.asarray(a) for a in _look(field, like, jnp.asarray(mesh.reshape(-1, 2), like.dtype))
    )
    if not np.any(np.isfinite(v)):
        raise refuse(
            "box",
            box,
            "where the game has a finite field",
            "The field is not finite anywhere on the grid.",
        )
    v, outside = v.reshape(grid, grid, 2), outside.reshape(grid, grid)
    tries = _profiles(like, _tries(mesh, v))
    found = find_equilibria(game, tries, direction=direction, sample=sample, leader=leader)
    inside = tuple(e for e in found if frame.holds(flat(e.profile)))
    typical = float(np.sqrt(np.nanmean(v**2)))
    branches = separatrices_of(field, like, inside, frame, typical) if separatrices else []
    walks = _named(rules)
    if walks and given is None:
        given = jax.vmap(game.project)(
            _profiles(like, np.array([[low + 0.8 * (high - low) for low, high in box]]))
        )
    begin, length = (_lattice(box), 0.8) if given is None else (rows(jax.device_get(given)), LENGTH)
    return Portrait(
        box=box,
        grid=(x, y),
        field=v,
        outside=outside,
        nullclines=(_nullcline(field, like, x, y, v, 0), _nullcline(field, like, x, y, v, 1)),
        equilibria=inside,
        separatrices=tuple(
            Separatrix(points, stable, saddle) for points, stable, saddle in branches
        ),
        flow=tuple(stream(field, like, begin, frame, typical, length)) if flow else (),
        trajectories=tuple(
            t for name, rule in walks for t in _walk(game, rule, given, steps, key, name)
        ),
        direction="" if direction is None else label(direction),
    )


def trajectories(run: Run, name: str) -> tuple[Trajectory, ...]:
    """The trajectories of a run or sweep that observed {"position": mm.position}; loaded runs serve
    as well.
    """
    if "position" not in run.observed:
        raise refuse("run.observed", list(run.observed), 'observed with {"position": mm.position}')
    many = np.ndim(run.verdict.code) > 0
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(run.observed["position"])]
    head = leaves[0].shape[: 2 if many else 1]
    points = np.concatenate([leaf.reshape(*head, -1) for leaf in leaves], axis=-1)
    if points.shape[-1] != 2:
        raise refuse(
            "run", f"a walk in {points.shape[-1]} dimensions", "one of a two-dimensional profile"
        )
    codes, steps = np.atleast_1d(run.verdict.code), np.atleast_1d(run.verdict.steps)
    walks = points if many else points[None]
    return tuple(
        Trajectory(name, _cut(walk[np.asarray(run.indices) <= count]), OUTCOMES[int(code)])
        for walk, code, count in zip(walks, codes, steps, strict=True)
    )


def flat(x: Profile) -> Float[np.ndarray, " size"]:
    """A profile as one vector on the host."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.device_get(jax.tree.leaves(x))])


def _walk(
    game: Game, rule: UpdateRule, starts: Any, steps: int, key: Any, name: str
) -> tuple[Trajectory, ...]:
    return trajectories(
        sweep(game, rule, starts, steps, over="start", key=key, observe={"position": position}),
        name,
    )


def _cut(points: Points) -> Points:
    """Up to the first point that is not finite."""
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    return points[: bad[0]] if len(bad) else points


def _box(box: Any) -> Box:
    given = np.asarray(box, float) if isinstance(box, tuple | list | np.ndarray) else np.zeros(0)
    if given.shape == (2,):
        given = np.stack([given, given])
    if (
        given.shape != (2, 2)
        or not np.all(np.isfinite(given))
        or np.any(given[:, 0] >= given[:, 1])
    ):
        raise refuse(
            "box", box, "((left, right), (bottom, top)) or (low, high), finite and in this order"
        )
    return ((float(given[0, 0]), float(given[0, 1])), (float(given[1, 0]), float(given[1, 1])))


def _named(rules: Any) -> list[tuple[str, UpdateRule]]:
    if isinstance(rules, UpdateRule):
        rules = (rules,)
    if not isinstance(rules, Mapping | Sequence) or isinstance(rules, str):
        raise refuse("rules", rules, "an update rule, several, or a dictionary that names them")
    for rule in rules.values() if isinstance(rules, Mapping) else rules:
        if not isinstance(rule, UpdateRule):
            raise refuse(
                "rules",
                rule,
                "an update rule, several, or a dictionary that names them",
                "For instance mm.Simultaneous(0.1).",
            )
    return (
        [(str(name), rule) for name, rule in rules.items()]
        if isinstance(rules, Mapping)
        else [(label(r), r) for r in rules]
    )


def _template(game: Any, starts: Profile | None, sample: Any) -> Profile:
    """A profile of the shape the game wants: that of the starts, else two scalars."""
    like = as_profile((0.0, 0.0)) if starts is None else jax.tree.map(lambda leaf: leaf[0], starts)
    size = sum(leaf.size for leaf in jax.tree.leaves(like))
    if size != 2:
        raise refuse(
            "starts",
            f"profiles with {size} numbers",
            "two-dimensional",
            "A portrait shows two scalar strategies.",
        )
    if not isinstance(game, Game):
        raise refuse("game", game, "a Game", "A SymbolicGame becomes one by its .numeric().")
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


def _lattice(box: Box, count: int = 6) -> np.ndarray:
    axes = [low + (high - low) * (np.arange(count) + 0.5) / count for low, high in box]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


def _tries(mesh: np.ndarray, v: np.ndarray, most: int = 64) -> np.ndarray:
    """Starts for Newton: a lattice, and the cells in which both components change sign (always
    equally many: one program).
    """
    corners = np.stack([v[:-1, :-1], v[1:, :-1], v[:-1, 1:], v[1:, 1:]])
    both = np.all((corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0), axis=-1)
    lattice = mesh[:: max(1, len(mesh) // 12), :: max(1, len(mesh) // 12)].reshape(-1, 2)
    cells = ((mesh[:-1, :-1] + mesh[1:, 1:]) / 2)[both]
    chosen = (
        cells[np.linspace(0, len(cells) - 1, min(most, len(cells))).astype(int)]
        if len(cells)
        else lattice[:1]
    )
    return np.concatenate([lattice, chosen[np.arange(most) % len(chosen)]])


def _nullcline(
    field: Field, like: Profile, x: np.ndarray, y: np.ndarray, v: np.ndarray, part: int
) -> tuple[Points, ...]:
    """Every branch of v_part = 0: contour lines, moved onto the zero by Newton, without jumps of
    the field across zero.
    """
    import contourpy

    contours: Any = contourpy.contour_generator(x, y, np.ma.masked_invalid(v[..., part])).lines(0.0)
    if not contours:
        return ()
    cell = np.hypot(x[1] - x[0], y[1] - y[0])
    ends = np.cumsum([len(c) for c in contours])
    points = np.concatenate(contours)
    padded = np.resize(points, (-(-len(points) // 1024) * 1024, 2))
    moved, value, slope = (
        np.asarray(a)[: len(points)]
        for a in _polished(field, like, jnp.asarray(padded, like.dtype), part == 1)
    )
    good = np.isfinite(moved).all(axis=1) & (np.linalg.norm(moved - points, axis=1) <= cell)
    polished = np.where(good[:, None], moved, points)
    typical = 1e-3 * np.sqrt(np.nanmean(v[..., part] ** 2))
    real = good | (np.abs(value) <= np.maximum(slope * cell, typical))
    pieces = []
    for line, kept in zip(np.split(polished, ends[:-1]), np.split(real, ends[:-1]), strict=True):
        cuts = np.flatnonzero(np.diff(kept.astype(int))) + 1
        pieces += [
            p
            for p, k in zip(np.split(line, cuts), np.split(kept, cuts), strict=True)
            if k[0] and len(p) > 1
        ]
    return tuple(pieces)


@eqx.filter_jit
def _look(field: Field, like: Profile, points: Array) -> tuple[Array, Array]:
    """v at every point, and whether the point lies outside the game's set."""
    unravel = like.ravel()[1]

    def one(z: Array) -> tuple[Array, Array]:
        x = unravel(z)
        return field(x).ravel()[0], (x - field.game.project(x)).norm() > 1e-6 * (1 + x.norm())

    return jax.vmap(one)(points)


@eqx.filter_jit
def _polished(
    field: Field, like: Profile, points: Array, second: Any
) -> tuple[Array, Array, Array]:
    """Two Newton steps along the gradient of one component of v; its value and the gradient's
    length at the given points.
    """
    unravel = like.ravel()[1]

    def value(z: Array) -> Array:
        v = field(unravel(z)).ravel()[0]
        return jnp.where(second, v[1], v[0])

    def one(z: Array) -> tuple[Array, Array, Array]:
        first, slope = jax.value_and_grad(value)(z)
        for _ in range(2):
            now, gradient = jax.value_and_grad(value)(z)
            z = z - now * gradient / (gradient @ gradient)
        return z, first, jnp.linalg.norm(slope)

    return jax.vmap(one)(points)
