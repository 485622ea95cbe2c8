"""The game of two modes (3584 numbers, single samples, nSGDA): 400 runs in one `sweep` against the
first 32 by `run` in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

import minimax_lab as mm
from minimax_lab import games

from .timing import Contender

UNIT = "run and step"
SETTINGS = {
    "runs": 400,
    "few": 32,
    "steps": 9000,
    "every": 90,
    "step": 0.005,
    "ratio": 0.3,
    "correlation": 0.1,
}


def contenders() -> dict[str, Contender]:
    """All runs on all devices, few of them on all and on one, and those few one after another."""
    many, few, steps = (int(SETTINGS[name]) for name in ("runs", "few", "steps"))
    game = games.two_mode(SETTINGS["correlation"])
    rule = mm.Simultaneous(
        (SETTINGS["step"] * SETTINGS["ratio"], SETTINGS["step"]), mm.Normalised()
    )
    keys = jax.vmap(jax.random.key)(np.arange(many))
    starts = games.modes_start(game, jax.vmap(lambda key: jax.random.fold_in(key, 1))(keys))
    options: dict[str, Any] = {
        "observe": {"shares": games.column_shares},
        "every": int(SETTINGS["every"]),
    }

    def first(count: int) -> tuple[mm.Profile, Any]:
        return jax.tree.map(lambda leaf: leaf[:count], starts), keys[:count]

    def together(count: int, devices: Any) -> np.ndarray:
        some, own = first(count)
        run = mm.sweep(
            game, rule, some, steps, over=("start", "key"), key=own, devices=devices, **options
        )
        return np.asarray(run.final[0][:few])

    alone = [(jax.tree.map(lambda leaf, i=i: leaf[i], starts), keys[i]) for i in range(few)]

    def in_turn() -> np.ndarray:
        return np.stack(
            [
                np.asarray(mm.run(game, rule, start, steps, key=key, **options).final[0])
                for start, key in alone
            ]
        )

    devices = jax.devices()
    return {
        f"minimax_lab, {many} runs, {len(devices)} devices": Contender(
            lambda: together(many, devices), many * steps, 5
        ),
        f"minimax_lab, {few} runs, {len(devices)} devices": Contender(
            lambda: together(few, devices), few * steps, 5
        ),
        f"minimax_lab, {few} runs, 1 device": Contender(
            lambda: together(few, None), few * steps, 5
        ),
        f"`run`, {few} runs in turn": Contender(in_turn, few * steps, 5),
    }


def check(results: Mapping[str, Any]) -> None:
    """The few are the same runs, whoever makes them."""
    ends = list(results.values())
    for name, end in results.items():
        np.testing.assert_allclose(end, ends[0], atol=1e-8, err_msg=name)
