"""Matrix games: the bilinear loss x'Ay with strategies confined to a set."""

from __future__ import annotations

from collections.abc import Callable

from ..game import Game
from ..profile import Profile
from .affine import Numbers, bilinear
from .sets import Simplexes


def matrix(A: Numbers, project: Callable[[Profile], Profile] = Simplexes()) -> Game:
    """min over x, max over y of x'Ay; both play mixed strategies, or `project=Box(-1, 1)` for
    boxes.      von Neumann 1928.

    A[i, j] is what player 0 pays player 1 when they play i and j. `project.best_response` makes the
    duality gap a formula.
    """
    return bilinear(A, project=project)


def rock_paper_scissors() -> Game:
    """Each choice beats one and loses to one: the only equilibrium is a third each."""
    return matrix([[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
