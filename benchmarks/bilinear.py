"""Simultaneous descent-ascent on x'Ay with n numbers a player: `run` against a NumPy loop with two
products a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

import minimax_lab as mm

from .timing import Contender

UNIT = "step"
SETTINGS = {"steps": {10: 20_000, 100: 5_000, 1000: 200}, "step": 1e-3, "seed": 0}


def contenders() -> dict[str, Contender]:
    """For every size ours and the loop."""
    found = {}
    for size, steps in SETTINGS["steps"].items():
        generator = np.random.default_rng(SETTINGS["seed"])
        A = generator.standard_normal((size, size)) / np.sqrt(size)
        x, y = generator.standard_normal((2, size))
        game, rule, start = (
            mm.games.bilinear(A),
            mm.Simultaneous(SETTINGS["step"]),
            mm.Profile((x, y)),
        )

        def ours(game=game, rule=rule, start=start, steps=steps):  # type: ignore[no-untyped-def]
            return jax.block_until_ready(
                mm.run(game, rule, start, steps, every=steps).final.players
            )

        def loop(A=A, x=x, y=y, steps=steps, step=SETTINGS["step"]):  # type: ignore[no-untyped-def]
            for _ in range(steps):
                x, y = x - step * (A @ y), y + step * (x @ A)
            return x, y

        found[f"n = {size}: minimax_lab"] = Contender(ours, steps)
        found[f"n = {size}: NumPy loop"] = Contender(loop, steps)
    return found


def check(results: Mapping[str, Any]) -> None:
    """Ours and the loop end in the same place."""
    for size in SETTINGS["steps"]:
        for a, b in zip(
            results[f"n = {size}: minimax_lab"], results[f"n = {size}: NumPy loop"], strict=True
        ):
            np.testing.assert_allclose(np.asarray(a), b, rtol=1e-6)
