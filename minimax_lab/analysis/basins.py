"""Where every start of a plane ends under a rule: at which equilibrium, on which cycle, or nowhere
near.

How tangled the basins are is measured by their entropy (Daza et al. 2016): a boundary that is a
smooth line has a boundary entropy of at most log 2.
"""

from __future__ import annotations

import dataclasses
import enum

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, PRNGKeyArray

from ..checks import demand_flag, one_number, refuse, whole
from ..game import Game, as_game
from ..kinds import Kind
from ..profile import Profile, Strategies, as_profile
from ..rules.base import UpdateRule
from ..running.judge import OUTCOMES, Outcome
from ..running.observables import position
from ..running.prepare import demand_rule
from ..running.verbs import run, sweep
from .equilibria import find_equilibria
from .fields import flat, rows
from .misfits import fitted
from .portraits import Box, as_box
from .update_map import size_of

BLOCKS = 8  # rows of a sweep, between which what has left is let go
LATTICE = 15  # a side, of the starts from which equilibria are looked for
CYCLES = 8  # that are told apart
ROUND = 4096  # updates of one of them at most


class Fate(enum.StrEnum):
    """What a start can come to."""

    EQUILIBRIUM = "equilibrium"
    CYCLE = "cycle"
    ESCAPE = "escape"
    OPEN = "undecided"


@dataclasses.dataclass(frozen=True, eq=False)
class Attractor:
    """What starts come to: one place, or the many of a cycle; none where they escape or have not
    yet arrived. `kind` is that of an equilibrium of the game.
    """

    fate: Fate
    places: Float[np.ndarray, "places 2"]
    kind: Kind | None = None

    def __str__(self) -> str:
        if self.fate == Fate.EQUILIBRIUM:
            x, y = self.places[0].round(4) + 0.0
            return f"{self.kind or 'not an equilibrium of the game'} at ({x:g}, {y:g})"
        return str(self.fate.value)


@dataclasses.dataclass(frozen=True, eq=False)
class Basins:
    """The `attractors`, and the index of that of every start on a grid over the `box`, first axis
    y.
    """

    box: Box
    attractors: tuple[Attractor, ...]
    index: Int[np.ndarray, "rows columns"]

    @property
    def shares(self) -> Float[np.ndarray, " attractors"]:
        """Which part of the plane goes to each."""
        return np.bincount(self.index.ravel(), minlength=len(self.attractors)) / self.index.size

    def entropy(self, size: int = 5) -> float:
        """The mean over squares of `size` x `size` starts of the entropy of where they go."""
        return float(np.mean(self._entropies(size)))

    def boundary_entropy(self, size: int = 5) -> float:
        """The same over the squares with more than one attractor; above log 2 the boundary is
        fractal. Zero where there is no boundary.
        """
        found = self._entropies(size)
        return float(np.mean(found[found > 0])) if np.any(found > 0) else 0.0

    def _entropies(self, size: int) -> Float[np.ndarray, " squares"]:
        size = whole(size, "size", 2, min(self.index.shape))
        down, across = (length // size for length in self.index.shape)
        cut = self.index[: down * size, : across * size]
        squares = cut.reshape(down, size, across, size).swapaxes(1, 2).reshape(-1, size * size)
        found = np.zeros(len(squares))
        for i in range(len(self.attractors)):
            share = np.mean(squares == i, axis=1)
            found -= share * np.log(np.where(share > 0, share, 1))
        return np.maximum(found, 0.0)

    def __repr__(self) -> str:
        told = [f"{share:.1%} {a}" for share, a in zip(self.shares, self.attractors, strict=True)]
        return f"Basins({'; '.join(told)})"


@fitted("like")
def basins(
    game: Game,
    rule: UpdateRule,
    *,
    box: Box | tuple[float, float],
    grid: int = 200,
    steps: int = 1024,
    like: Strategies | None = None,
    same: float = 1e-2,
    key: PRNGKeyArray | None = None,
    progress: bool = False,
) -> Basins:
    """Which equilibrium, cycle or escape the walk of `steps` updates from every start of a grid
    over the box comes to.

    Arguments:
        game: what is played, with two numbers in its profile.
        rule: how to walk.
        box: ((left, right), (bottom, top)), or (low, high) for both.
        grid: how many starts a side.
        steps: the updates of every walk, a multiple of 8.
        like: a profile of the game's shape; two players with one number each without.
        same: how near to an attractor a walk must end, in sides of the box.
        key: the randomness of samples and rules; a game that draws needs one.
        progress: whether to show a meter on the terminal.

    Returns:
        The attractors, largest basin first, and the map, which `mm.draw.basins` draws.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # zeros deserve 64 bits
        >>> found = mm.basins(
        ...     mm.games.two_basins(), mm.Alternating(0.05), box=((-6, 4), (-3, 7)), grid=20
        ... )
        >>> print(len(found.attractors), found.index.shape)
        2 (20, 20)
    """
    game = as_game(game)
    demand_rule(rule)
    demand_flag(progress, "progress")
    box, grid, steps = as_box(box), whole(grid, "grid", 2, 8192), whole(steps, "steps", BLOCKS)
    same = one_number(same, "same", above=0, below=0.5)
    if steps % BLOCKS:
        raise refuse("steps", steps, f"a multiple of {BLOCKS}")
    shape = as_profile((0.0, 0.0) if like is None else like, "like")
    if size_of(shape) != 2:
        raise refuse("like", f"a profile of {size_of(shape)} numbers", "one of two numbers")
    starts = _starts(shape, box, grid)
    done = sweep(
        game, rule, starts, steps, over="start", key=key, every=steps // BLOCKS, progress=progress
    )
    ends = rows(jax.device_get(done.final))
    code = np.asarray(done.verdict.code)
    width = max(high - low for low, high in box)
    index, attractors = _sorted(game, rule, shape, (ends, code), (box, same * width, key))
    return Basins(box, attractors, index.reshape(grid, grid))


def _starts(like: Profile, box: Box, grid: int) -> Profile:
    mesh = np.stack(np.meshgrid(*(np.linspace(*side, grid) for side in box)), axis=-1)
    return jax.vmap(like.ravel()[1])(jnp.asarray(mesh.reshape(-1, 2), like.dtype))


def _sorted(
    game: Game,
    rule: UpdateRule,
    like: Profile,
    ended: tuple[np.ndarray, np.ndarray],
    about: tuple[Box, float, PRNGKeyArray | None],
) -> tuple[np.ndarray, tuple[Attractor, ...]]:
    """Every end given to an attractor; these in the order of their shares."""
    (ends, code), (box, near, key) = ended, about
    index = np.full(len(ends), -1)
    lost = (code == OUTCOMES.index(Outcome.DIVERGED)) | ~np.all(np.isfinite(ends), axis=1)
    attractors = [Attractor(Fate.ESCAPE, np.zeros((0, 2)))]
    index[lost] = 0
    for attractor in _resting(game, like, ends[~lost], box, key):
        here = (index < 0) & (_far(ends, attractor.places) < near)
        if np.any(here):
            index[here] = len(attractors)
            attractors.append(attractor)
    left = np.flatnonzero(index < 0)
    # Looks at a sweep are too rare for quick cycles: one walk is looked at after every update.
    for _ in range(CYCLES):
        if len(left) == 0:
            break
        cycle, taken = _round(game, rule, like, ends[left[0]], key), left[:1]
        if cycle is not None:
            taken = np.append(taken, left[_far(ends[left], cycle.places) < near])
            index[taken] = len(attractors)
            attractors.append(cycle)
        left = np.setdiff1d(left, taken)
    index[index < 0] = len(attractors)
    attractors.append(Attractor(Fate.OPEN, np.zeros((0, 2))))
    counts = np.bincount(index, minlength=len(attractors))
    order = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
    places = np.zeros(len(attractors), int)
    places[order] = np.arange(len(order))
    return places[index], tuple(attractors[i] for i in order)


def _resting(
    game: Game, like: Profile, ends: np.ndarray, box: Box, key: PRNGKeyArray | None
) -> list[Attractor]:
    """The equilibria near some of the ends."""
    if len(ends) == 0:
        return []
    chosen = ends[np.linspace(0, len(ends) - 1, min(len(ends), 64)).astype(int)]
    lattice = np.stack(np.meshgrid(*(np.linspace(*side, LATTICE) for side in box)), axis=-1)
    points = np.concatenate([chosen[np.arange(64) % len(chosen)], lattice.reshape(-1, 2)])
    tries = jax.vmap(like.ravel()[1])(jnp.asarray(points, like.dtype))
    sample = game.sample(key) if game.random else None
    found = find_equilibria(game, tries, sample=sample)
    return [Attractor(Fate.EQUILIBRIUM, flat(e.profile)[None], e.kind) for e in found]


def _round(
    game: Game, rule: UpdateRule, like: Profile, end: np.ndarray, key: PRNGKeyArray | None
) -> Attractor | None:
    """The places of a cycle, from a walk along it; None where the walk does not go round."""
    start = like.ravel()[1](jnp.asarray(end, like.dtype))
    walked = run(game, rule, start, ROUND, key=key, observe={"position": position})
    if walked.verdict.kind != Outcome.CYCLING:
        return None
    return Attractor(Fate.CYCLE, rows(jax.device_get(walked.observed["position"])))


def _far(ends: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How far every end is from the nearest of some places."""
    from scipy.spatial import cKDTree

    finite = np.all(np.isfinite(ends), axis=1)
    return np.where(finite, cKDTree(places).query(np.where(finite[:, None], ends, 0.0))[0], np.inf)
