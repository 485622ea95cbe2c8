"""A direction asked once, where theorems compare it with a formula."""

from __future__ import annotations

import minimax_lab as mm


def turn(direction: mm.Direction, game: mm.Game, x: mm.Profile) -> mm.Profile:
    """The direction of a deterministic game at x."""
    return direction(game, x, direction.init(game, x, None), mm.Tick(0, None))[0]
