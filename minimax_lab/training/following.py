"""What every process but the first does in a training: the same rows, and nothing is written. What
the first one tells before each of them is here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import PyTree

from ..profile import Profile
from ..running.processes import from_first
from ..running.program import Carry
from ..running.record import Run, Saved
from .folder import Checkpoint

State = Carry | Saved | None
Walk = Callable[[Profile, State], Run]


class Ended(NamedTuple):
    """What a training came to: verdict and updates in all and of each run, and seconds an
    update.
    """

    verdict: str
    step: int
    pace: float
    each: tuple[tuple[str, int], ...]


class Order(NamedTuple):
    """What the first process says: where to go on from, unless it is where the last row ended; and
    at the end what it all came to.
    """

    state: Saved | None = None
    ended: Ended | None = None


def tell(state: State, last: State, ended: Ended | None = None) -> None:
    """Let the others go on from this state, or end with it; `last` is what their last row came
    to.
    """
    if jax.process_count() > 1:
        from_first(Order(None if state is last else _plain(state), ended))


def follow(walk: Walk, start: Profile) -> tuple[Profile, Ended]:
    """Walk as the first process says, to the end."""
    x, state = start, None
    while True:
        order = from_first(Order())
        if order.state is not None:
            x, state = Checkpoint(order.state, 0, {}).profile(start), order.state
        if order.ended is not None:
            return x, order.ended
        done = walk(x, state)
        x, state = done.final, done.state


def _plain(state: PyTree) -> Saved | None:
    """A state as it is sent: its arrays in order."""
    if state is None or isinstance(state, Saved):
        return state
    return Saved(tuple(np.asarray(leaf) for leaf in jax.tree.leaves(state)))
