"""Whether a walk goes round, and how long one round takes.

The walk is cut by a plane across its own way (Poincaré). Every round crosses it once in the same
sense; where, within an update, is found by interpolation, so the mean over the rounds gives a
period that need not be a whole number of updates.
"""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from ..checks import whole
from ..game import Game
from ..profile import Profile, Strategies, as_profile
from ..rules import UpdateRule
from ..running.judge import Outcome
from ..running.observables import position
from ..running.program import Carry
from ..running.verbs import run
from .fields import rows

# the change of the extent from one half of the record to the other below which a walk neither grows
# nor shrinks
SAME = 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class Cycle:
    """A walk that goes round `centre` in `period` updates, reaching as far as `extent` from it;
    `rounds` were seen.

    `attracting`: a start 5 % farther out comes back to the same orbit (a limit cycle); else it
    stays out (a closed orbit among many, as where something is conserved).
    """

    period: float
    extent: float
    centre: Profile
    rounds: int
    attracting: bool


def find_cycle(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    *,
    settle: int = 2000,
    steps: int = 2000,
    key: PRNGKeyArray | None = None,
) -> Cycle | None:
    """The cycle of a rule on a game after `settle` updates, from a record of `steps` more; None if
    there is none in it.

    None where the walk converges, diverges, changes its extent by 1 % within the record, or returns
    at irregular intervals.

    Arguments:
        game: what is played.
        rule: how to walk.
        start: a profile or a tuple with one strategy per player.
        settle: how many updates to make first, unrecorded.
        steps: how many positions to record, at least 16.
        key: the randomness of samples and rules; a game that draws needs one.

    Examples:
        >>> import minimax_lab as mm
        >>> cycle = mm.find_cycle(
        ...     mm.games.bilinear(1.0), mm.Alternating(0.2), (1.0, 1.0), settle=10, steps=200
        ... )
        >>> print(f"{cycle.period:.1f}", cycle.attracting)
        31.4 False
    """
    steps = whole(steps, "steps", 16)
    settled = run(game, rule, start, whole(settle, "settle"), key=key)
    if settled.verdict.kind in (Outcome.DIVERGED, Outcome.CONVERGED):
        return None
    walk = _walk(game, rule, settled.final, steps, key, settled.state)
    if walk is None:
        return None
    extent, period, rounds = _extent(walk), *_period(walk)
    early, late = _extent(walk[: steps // 2]), _extent(walk[steps // 2 :])
    if not np.isfinite(period) or abs(early / late - 1) > SAME:
        return None
    unravel = settled.final.ravel()[1]
    centre = unravel(jax.numpy.asarray(walk.mean(axis=0)))
    outside = run(
        game, rule, centre + 1.05 * (settled.final - centre), whole(settle, "settle"), key=key
    )
    after = _walk(game, rule, outside.final, steps, key, outside.state)
    back = after is not None and abs(_extent(after) / extent - 1) < SAME
    return Cycle(period, extent, centre, rounds, back)


def _walk(
    game: Game, rule: UpdateRule, start: Profile, steps: int, key: PRNGKeyArray | None, state: Carry
) -> np.ndarray | None:
    """`steps` positions as rows, or None where the walk has no extent or leaves every bound."""
    walked = run(
        game, rule, as_profile(start), steps, key=key, state=state, observe={"position": position}
    )
    points = rows(jax.device_get(walked.observed["position"]))
    if walked.verdict.kind in (Outcome.DIVERGED, Outcome.CONVERGED) or not _extent(
        points
    ) > 1e-9 * (1 + np.abs(points).max()):
        return None
    return points


def _extent(points: np.ndarray) -> float:
    return float(np.linalg.norm(points - points.mean(axis=0), axis=1).max())


def _period(points: np.ndarray) -> tuple[float, int]:
    """The mean time between crossings of the plane through the middle of the first step, and their
    number; NaN if irregular.
    """
    across = points[1] - points[0]
    middle = (points[0] + points[1]) / 2
    heights = (points - middle) @ across
    up = np.flatnonzero((heights[:-1] <= 0) & (heights[1:] > 0))
    share = -heights[up] / (heights[up + 1] - heights[up])
    met = points[up] + share[:, None] * (points[up + 1] - points[up])
    # A plane may cut one round several times; the crossings near the first are the returns.
    near = np.linalg.norm(met - middle, axis=1) <= 0.4 * _extent(points)
    times = (up + share)[near]
    gaps = np.diff(times)
    if len(gaps) < 3 or np.std(gaps) > 0.1 * np.mean(gaps) + 0.5:
        return float("nan"), len(gaps)
    return float(np.mean(gaps)), len(gaps)
