"""Trajectories of update rules in the plane."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..checks import refuse
from ..game import Game
from ..profile import Profile
from ..rules import UpdateRule
from ..running.judge import OUTCOMES, Outcome
from ..running.observables import position
from ..running.program import Observables
from ..running.record import Run
from ..running.verbs import sweep
from ..tables import short

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

    def __repr__(self) -> str:
        ends = [short(tuple(point)) for point in self.points[:: max(len(self.points) - 1, 1)]]
        return f"Trajectory({self.label}: {self.outcome}, {' to '.join(ends)})"


def trajectories(run: Run, name: str) -> tuple[Trajectory, ...]:
    """The trajectories of a run or sweep that observed {"position": mm.position}; loaded runs serve
    as well.

    Arguments:
        run: a run or sweep of a game with two numbers in its profile.
        name: what a legend shall call the rule.

    Examples:
        >>> import minimax_lab as mm
        >>> run = mm.run(
        ...     mm.games.bilinear(1.0), mm.Extragradient(0.5), (1.0, 1.0), 20,
        ...     observe={"position": mm.position},
        ... )
        >>> [(walk.label, walk.points.shape) for walk in mm.trajectories(run, "extragradient")]
        [('extragradient', (21, 2))]
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


def walks(
    game: Game,
    rules: Mapping[str, UpdateRule],
    starts: Profile | None,
    steps: int,
    key: PRNGKeyArray | None,
) -> tuple[Trajectory, ...]:
    """The trajectories of all rules, by name, from all starts, if there are any."""
    if starts is None:
        return ()
    seen: Observables = {"position": position}
    return tuple(
        walk
        for name, rule in rules.items()
        for walk in trajectories(
            sweep(game, rule, starts, steps, over="start", key=key, observe=seen), name
        )
    )


def _cut(points: Points) -> Points:
    """Up to the first point that is not finite."""
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    return points[: bad[0]] if len(bad) else points
