"""Lyapunov exponents: how fast small changes of a run grow or die out."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..calls import checked
from ..checks import refuse, whole
from ..game import Game
from ..profile import Strategies
from ..rules.base import UpdateRule
from ..running.judge import Outcome, Verdict
from ..running.prepare import demand_rule
from ..running.verbs import run
from .stretching import Stretching


@dataclasses.dataclass(frozen=True, eq=False)
class Exponents:
    """The exponents per update, largest first, over `steps` updates of a run with this verdict."""

    values: Float[np.ndarray, " many"]
    steps: int
    verdict: Verdict

    @property
    def dimension(self) -> float:
        """The dimension of Kaplan and Yorke 1979: how many exponents, the last in part, have a sum
        of zero.
        """
        sums = np.cumsum(self.values)
        whole = int(np.sum(np.cumprod(sums >= 0)))
        if whole == 0 or whole == len(sums):
            return float(whole)
        return whole + float(sums[whole - 1] / abs(self.values[whole]))


@checked
def lyapunov(
    game: Game,
    rule: UpdateRule,
    start: Strategies,
    steps: int,
    *,
    leading: int | None = None,
    settle: int = 0,
    key: PRNGKeyArray | None = None,
) -> Exponents:
    """lim log |D F^n| / n along a run: the Lyapunov exponents of the update map, memory included.

    Small changes are pushed along by the derivative of every update and orthonormalised by QR.

    Arguments:
        game: what is played.
        rule: how to walk; without schedules its map is the same at every update.
        start: a profile or a tuple with one strategy per player.
        steps: the updates to take the mean over.
        leading: how many exponents, largest first; all of them without.
        settle: how many updates to make first.
        key: the randomness of samples and rules; a game that draws needs one.

    Returns:
        The exponents. Those of a run that diverged are of the updates before.

    Examples:
        >>> import minimax_lab as mm
        >>> found = mm.lyapunov(mm.games.bilinear(1.0), mm.Simultaneous(0.1), (1.0, 1.0), 200)
        >>> print(found.values.round(4))  # log sqrt(1 + h^2), twice
        [0.005 0.005]
    """
    demand_rule(rule)
    steps, settle = whole(steps, "steps"), whole(settle, "settle", 0)
    many = 2**31 - 1 if leading is None else whole(leading, "leading")
    watched = Stretching(rule, many)
    before, state = np.zeros(1), None
    if settle:
        first = run(game, watched, start, settle, key=key)
        if first.verdict.kind == Outcome.DIVERGED:
            cause = f"The run diverges after {int(first.verdict.steps)} of {settle} updates."
            raise refuse("settle", settle, "so few updates that the run is still bounded", cause)
        start, state = first.final, first.state
        before = np.asarray(first.state.state.growth)
    done = run(game, watched, start, steps, key=key, state=state)
    made = int(done.verdict.steps) - settle
    growth = np.asarray(done.state.state.growth) - before
    return Exponents(np.sort(growth / made)[::-1], made, done.verdict)
