"""A map over two settings: at every point the spectrum and a real run, and the boundary between
stable and unstable traced exactly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from ..checks import demand_flag, refuse, whole
from ..game import Game, as_game
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..running.judge import OUTCOMES
from ..running.observables import distance_to
from ..running.prepare import demand_key, demand_rule
from ..running.progress import Meter
from ..running.sweeps import grid
from ..running.verbs import sweep
from .blocks import SMALL, Blocks, apart, in_blocks, samples
from .boundaries import Boundary, Plane, boundaries
from .families import Family, first_vector
from .fields import flat, short_vector
from .leaves import Leaf, several
from .misfits import fitted
from .spectrum import demand_linear
from .stretching import Stretching, Turning
from .update_map import size_of

Plot = Float[np.ndarray, "first second"]
ROWS = 64  # distances looked at along every run
TOGETHER = 400_000  # numbers that move at a time
STILL = 1e-13  # how little a fixed point may move that is one at every setting
FLOOR = 1e-11  # of the first distance: what is below is rounding


@dataclasses.dataclass(frozen=True, eq=False)
class Atlas:
    """What a rule does over a grid of two settings, the first along the first axis: the `radius` of
    the update map at the equilibrium, the `verdict` of a run and its measured `rate` (the change of
    log distance in an update), the largest `exponent` (Lyapunov), and the `winding` number, turns
    an update. NaN where there is none.
    """

    names: tuple[str, str]
    axes: tuple[Float[np.ndarray, " first"], Float[np.ndarray, " second"]]
    radius: Plot
    verdict: Int[np.ndarray, "first second"]
    rate: Plot
    exponent: Plot
    winding: Plot
    boundary: tuple[Boundary, ...]

    @property
    def best(self) -> tuple[float, float]:
        """The point of the grid at which the radius is smallest."""
        i, j = np.unravel_index(np.nanargmin(self.radius), self.radius.shape)
        return float(self.axes[0][i]), float(self.axes[1][j])

    def __repr__(self) -> str:
        names, counts = np.unique(self.verdict, return_counts=True)
        fates = ", ".join(f"{n} {OUTCOMES[k]}" for k, n in zip(names, counts, strict=True))
        where = ", ".join(f"{n} {v:.4g}" for n, v in zip(self.names, self.best, strict=True))
        least = float(np.nanmin(self.radius))
        return f"Atlas({self.radius.shape}: {fates}; least radius {least:.6g} at {where})"


@fitted("x")
def atlas(
    game: Game,
    rule: UpdateRule,
    x: Strategies,
    *,
    over: Mapping[str, ArrayLike],
    start: Strategies | None = None,
    steps: int = 512,
    boundary: bool = True,
    key: PRNGKeyArray | None = None,
    progress: bool = False,
) -> Atlas:
    """The radius of the update map at the equilibrium x and what a run does, at every point of a
    grid over two numbers of rule or game; the boundary radius = 1 is followed, not read off the
    grid.

    Arguments:
        game: what is played.
        rule: how to walk; without schedules, and linear at rest.
        x: an equilibrium at the first settings; it is followed where it moves.
        over: two lists of numbers, by the paths of what they replace, such as "step".
        start: where runs start, by default a tenth beside x.
        steps: the updates of a run, a multiple of 64.
        boundary: whether to follow the boundary.
        key: the randomness of samples and rules; a game that draws needs one.
        progress: whether to show a meter on the terminal.

    Returns:
        The arrays and the boundary, which `mm.draw.atlas` draws.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> rule = mm.Simultaneous(0.1, mm.Consensus(1.0))
        >>> over = {"step": [0.2, 0.8, 1.4], "direction.strength": [0.5, 1.0]}
        >>> seen = mm.atlas(mm.games.bilinear(1.0), rule, (0.0, 0.0), over=over, boundary=False)
        >>> print(f"{seen.radius.min():.4f}", seen.best)
        0.8246 (0.8, 1.0)
    """
    game = as_game(game)
    demand_rule(rule)
    demand_linear(rule)
    demand_suited(rule, game)
    demand_flag(boundary, "boundary")
    x = as_profile(x, "x")
    if x.dtype != np.float64:
        cause = 'Call jax.config.update("jax_enable_x64", True) first.'
        raise refuse("x", f"a profile of {x.dtype}", "float64", cause)
    begin = _beside(x) if start is None else as_profile(start)
    steps = whole(steps, "steps", ROWS)
    if steps % ROWS:
        raise refuse("steps", steps, f"a multiple of {ROWS}")
    leaves, axes = _axes(game, rule, over)
    key = demand_key(game, key, "Write key=jax.random.key(seed).")
    game, rule = narrowed(game, x.dtype), narrowed(rule, x.dtype)
    shape = (len(axes[0]), len(axes[1]))
    points = jnp.stack(list(grid(first=axes[0], second=axes[1]).values()), axis=1).astype(x.dtype)
    family = Family(game, rule, x, key, leaves, rule.rest.period)
    low, high = (np.array([axis[end] for axis in axes]) for end in (0, -1))
    first = first_vector(family, points[0])
    blocks = _resting(family, first, points, low, high)
    z, radius = _radii(family, blocks, first, points)
    _demand_near(x, np.asarray(z, float), leaves, points[0])
    radii = np.asarray(radius).reshape(shape) ** (1 / family.period)
    # Runs that go on for as long as each other go side by side: what diverges early is done early.
    order = np.argsort(-radii.ravel())
    seen = _runs(family, begin, points[order], steps, progress)
    back = np.argsort(order)
    grids = {name: value[back].reshape(shape) for name, value in seen.items()}
    pieces: list[Boundary] = []
    if boundary and min(shape) > 2:
        pieces = boundaries(Plane(family, low, high, np.asarray(z, float), blocks), radii)
    return Atlas((leaves[0].name, leaves[1].name), axes, radii, boundary=tuple(pieces), **grids)


def _demand_near(x: Profile, z: np.ndarray, leaves: tuple[Leaf, ...], p: Array) -> None:
    """Newton's method has not gone elsewhere."""
    count, given = size_of(x), flat(x)
    if np.linalg.norm(z[:count] - given) <= 0.25 * (1 + np.linalg.norm(given)):
        return
    where = ", ".join(f"{leaf.name} = {float(v):.6g}" for leaf, v in zip(leaves, p, strict=True))
    cause = f"Newton's method goes as far as {short_vector(z[:count])}."
    allowed = f"near a fixed point of the update map at {where}"
    raise refuse("x", short_vector(given), allowed, cause)


def _beside(x: Profile) -> Profile:
    size = 0.1 * (1 + float(x.norm()))
    count = sum(leaf.size for leaf in jax.tree.leaves(x))
    return jax.tree.map(lambda leaf: leaf + jnp.asarray(size / count**0.5, leaf.dtype), x)


def _axes(
    game: Game, rule: UpdateRule, over: Mapping[str, ArrayLike]
) -> tuple[tuple[Leaf, ...], tuple[np.ndarray, np.ndarray]]:
    if not isinstance(over, Mapping) or len(over) != 2:
        cause = 'Write over={"step": [...], "direction.strength": [...]}.'
        raise refuse("over", over, "two lists of numbers by name", cause)
    leaves = several(game, rule, list(over))
    axes = []
    for leaf, (name, values) in zip(leaves, over.items(), strict=True):
        numbers: Any = {name: values}
        axis = np.asarray(grid(**numbers)[name], float)
        if len(axis) < 2 or not (np.all(np.diff(axis) > 0) or np.all(np.diff(axis) < 0)):
            raise refuse(f"over[{name!r}]", values, "two or more numbers in order")
        for value in (axis[0], axis[-1]):
            leaf.demand(game, rule, float(value))
        axes.append(axis)
    return leaves, (axes[0], axes[1])


def _resting(
    family: Family, z: Array, points: Array, low: np.ndarray, high: np.ndarray
) -> Blocks | None:
    """The parts in which the derivative acts, where z is a fixed point at every setting."""
    if z.size <= SMALL or float(_farthest(family, z, points)) > STILL * (1 + jnp.linalg.norm(z)):
        return None
    return apart(family, z, samples(low, high))


@eqx.filter_jit
def _farthest(family: Family, z: Array, points: Array) -> Array:
    """How far z is moved at most."""
    gaps = jax.lax.map(lambda p: jnp.linalg.norm(family(z, p) - z), points, batch_size=1024)
    return jnp.max(gaps)


@eqx.filter_jit
def _radii(family: Family, blocks: Blocks | None, z: Array, points: Array) -> tuple[Array, Array]:
    """The fixed point at the first settings, and the radius at all, by a few steps of Newton's
    method or part by part.
    """

    def whole(p: Array) -> tuple[Array, Array]:
        def improved(_: int, z: Array) -> Array:
            gap = family(z, p) - z
            move = jnp.linalg.solve(jnp.eye(z.size, dtype=z.dtype) - family.matrix(z, p), gap)
            good = jnp.all(jnp.isfinite(move)) & (jnp.max(jnp.abs(gap)) > 0)
            return jnp.where(good, z + move, z)

        at = jax.lax.fori_loop(0, 6, improved, z)
        gap = jnp.linalg.norm(family(at, p) - at)
        values = jnp.linalg.eigvals(family.matrix(at, p))
        settled = gap <= 1e-8 * (1 + jnp.linalg.norm(at))
        return at, jnp.where(settled, jnp.max(jnp.abs(values)), jnp.nan)

    def by_parts(p: Array) -> Array:
        assert blocks is not None
        parts = in_blocks(family, blocks, z, p)[1]
        return jnp.max(jnp.stack([jnp.max(jnp.abs(jnp.linalg.eigvals(m))) for m in parts]))

    batch = min(1024, len(points))
    if blocks is not None:
        return z, jax.lax.map(by_parts, points, batch_size=batch)
    at, radius = jax.lax.map(whole, points, batch_size=batch)
    return at[0], radius


def _runs(
    family: Family, begin: Profile, points: Array, steps: int, progress: bool
) -> dict[str, np.ndarray]:
    """Verdict, rate, exponent and winding number of a run at every point, as many at a time as fit
    beside each other.
    """
    count = min(len(points), max(1, TOGETHER // size_of(begin)))
    meter = Meter(len(points), shown=progress, label="runs")
    parts = []
    try:
        for first in range(0, len(points), count):
            last = min(first + count, len(points))
            # The last ones have others with them, so that one program does for all.
            part = _together(family, begin, points[last - count : last], steps)
            parts.append({name: value[first - last :] for name, value in part.items()})
            meter.show(last)
    finally:
        meter.close()
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _together(family: Family, begin: Profile, points: Array, steps: int) -> dict[str, np.ndarray]:
    """The same of some points in one program."""
    count, every = len(points), steps // ROWS
    game, rule = family.game, Turning(Stretching(family.rule), family.like)
    inner = family.rule
    for i, leaf in enumerate(family.leaves):
        game, inner = _spread(leaf, game, inner, points[:, i])
    plain, rule = rule, eqx.tree_at(lambda r: r.rule.rule, rule, inner)
    # Game or rule are shared by all runs where nothing in them moves; in one that does, what has an
    # axis belongs to a run, and is repeated where it stays as it is.
    names = []
    if any(leaf.in_game for leaf in family.leaves):
        names.append("game")
        game = jax.tree.map(lambda new, old: _repeated(new, old, count), game, family.game)
    if not all(leaf.in_game for leaf in family.leaves):
        names.append("rule")
        rule = jax.tree.map(lambda new, old: _repeated(new, old, count), rule, plain)
    done = sweep(
        game,
        rule,
        begin,
        steps,
        over=tuple(names),
        key=family.key,
        observe={"distance": distance_to(family.like)},
        every=every,
    )
    made = np.maximum(np.asarray(done.verdict.steps), 1)
    state = done.state.state
    return {
        "verdict": np.asarray(done.verdict.code),
        "rate": _rates(done.observed["distance"], done.indices),
        "exponent": np.asarray(state.inner.growth)[:, 0] / made,
        "winding": np.asarray(state.turns) / made,
    }


def _spread(leaf: Leaf, game: Game, rule: UpdateRule, values: Array) -> tuple[Game, UpdateRule]:
    """A leaf with one number a run."""
    if not leaf.entry:
        return leaf.put(game, rule, values)
    return jax.vmap(lambda value: leaf.put(game, rule, value))(values)


def _repeated(new: PyTree, old: PyTree, count: int) -> PyTree:
    if not eqx.is_array(new) or not jnp.issubdtype(new.dtype, jnp.inexact) or new.ndim == 0:
        return new
    if new.ndim > np.ndim(old):
        return new
    return jnp.broadcast_to(new, (count, *new.shape))


def _rates(distance: Float[np.ndarray, "runs rows"], indices: np.ndarray) -> np.ndarray:
    """The slope of log distance by least squares over the second half of what is above rounding."""
    distance = np.asarray(distance)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(distance)
        clear = np.isfinite(y) & (distance > FLOOR * distance[:, :1])
    clear = np.cumprod(clear, axis=1).astype(bool)
    moved = np.diff(distance, axis=1, prepend=np.nan) != 0  # a run that is over repeats its end
    clear &= moved | (np.arange(len(indices)) == 0)
    last = clear.sum(axis=1, keepdims=True)
    w = (clear & (np.arange(len(indices)) >= last // 2)).astype(float)
    y = np.where(w > 0, y, 0.0)
    total = np.maximum(w.sum(axis=1), 1)
    t = indices[None, :] - (w @ indices / total)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.sum(w * t * y, axis=1) / np.sum(w * t**2, axis=1)
    return np.where(total >= 3, slope, np.nan)
