"""Sixty-four runs of the game of modes in one program, and what is read off them; for the theorems
on collapse and recovery.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

import minimax_lab as mm
from minimax_lab import games
from minimax_lab.running.observables import update_norms
from minimax_lab.running.program import Observables

RUNS, EVERY, LAST = 64, 100, 20  # at most 128 rows, so that the number of steps compiles nothing
RECOVERED = 0.15  # of the columns on each mode
OBSERVE: Observables = {
    "shares": games.column_shares,
    "alignment": games.alignment,
    "gradients": mm.gradient_norms,
    "moves": update_norms,
}


class Told(NamedTuple):
    """By run and row: shares of columns (two modes, average, noise), the strongest neuron's
    alignment, norms of both players.
    """

    shares: np.ndarray
    alignment: np.ndarray
    gradients: np.ndarray
    moves: np.ndarray
    lost: np.ndarray

    @property
    def final(self) -> np.ndarray:
        """Mean shares over the last rows; nothing where the run diverged."""
        return np.where(self.lost[:, None], 0, self.shares[:, -LAST:].mean(1))

    @property
    def least(self) -> np.ndarray:
        """The share of the mode that has fewer columns."""
        return self.final[:, :2].min(1)

    @property
    def coverage(self) -> np.ndarray:
        """The share of columns on some mode."""
        return self.final[:, :2].sum(1)

    @property
    def recovered(self) -> int:
        """Runs with at least 15 % of the columns on each mode."""
        return int(np.sum(self.least >= RECOVERED))

    @property
    def first(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the runs in which a column grew: the alignment just before, and whether that column
        lies on the average.
        """
        grown = self.shares[:, :, :3].sum(2) > 0
        runs = np.flatnonzero(grown.any(1))
        rows = grown[runs].argmax(1)
        return self.alignment[runs, np.maximum(rows - 1, 0)], self.shares[runs, rows, 2] > 0


def play(
    key: PRNGKeyArray,
    direction: mm.Direction,
    correlation: float,
    step: float,
    ratios: tuple[float, ...],
    steps: int,
    every: int = EVERY,
    **settings: Any,
) -> Told:
    """RUNS runs from fresh starts; the ratios of G's step to D's are dealt out in turn."""
    game = games.two_mode(correlation, **settings)
    keys = jax.random.split(key, RUNS)
    starts = games.modes_start(game, jax.vmap(lambda k: jax.random.fold_in(k, 1))(keys))
    ratio = jnp.resize(jnp.asarray(ratios), (RUNS,))
    rule = mm.Simultaneous((step * ratio, step * jnp.ones(RUNS)), direction)
    run = mm.sweep(
        game,
        rule,
        starts,
        steps,
        over=("rule", "start", "key"),
        key=keys,
        observe=OBSERVE,
        every=every,
        judge=mm.Judge(bound=350.0),
    )
    lost = run.verdict.kind == mm.Outcome.DIVERGED
    return Told(**run.observed, lost=lost)
