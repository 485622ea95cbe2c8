"""10,000 starts x 1,000 steps of simultaneous descent-ascent on the planar game `cycle_trap`, in
double precision.

`sweep` walks all starts in one program, on all the host devices there are; the judge looks between
blocks of updates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

import minimax_lab as mm

from .timing import Contender

UNIT = "start and step"
SETTINGS = {"starts": 10_000, "steps": 1000, "step": 0.05, "box": [-3.0, 3.0], "seed": 0}


def contenders() -> dict[str, Contender]:
    """Ours first."""
    count, steps, step = SETTINGS["starts"], SETTINGS["steps"], SETTINGS["step"]
    x, y = np.random.default_rng(SETTINGS["seed"]).uniform(*SETTINGS["box"], (2, count))
    game, rule, start = mm.games.cycle_trap(), mm.Simultaneous(step), mm.Profile((x, y))

    def ours(devices: Any) -> tuple[jax.Array, ...]:
        run = mm.sweep(game, rule, start, steps, over="start", every=steps, devices=devices)
        return jax.block_until_ready(run.final.players)

    few, one = 20, 4
    found = {
        f"minimax_lab, {len(jax.devices())} devices": Contender(
            lambda: ours(jax.devices()), count * steps
        ),
        "minimax_lab, 1 device": Contender(lambda: ours(None), count * steps),
        "NumPy, all starts at once": Contender(lambda: walk(x, y, step, steps), count * steps),
        "Python floats, start after start": Contender(
            lambda: [
                floats(float(a), float(b), step, steps)
                for a, b in zip(x[:few], y[:few], strict=True)
            ],
            few * steps,
            5,
        ),
        "NumPy, start after start": Contender(
            lambda: [walk(x[i : i + 1], y[i : i + 1], step, steps) for i in range(one)],
            one * steps,
            5,
        ),
    }
    return found | _numba(x, y, step, steps)


def check(results: Mapping[str, Any]) -> None:
    """All walk the same walks; the start after start ones walk the first few."""
    ends = {
        name: np.array(result)
        for name, result in results.items()
        if "start after start" not in name
    }
    ends["start after start"] = np.array(results["Python floats, start after start"]).T
    expected = ends["NumPy, all starts at once"]
    for name, end in ends.items():
        np.testing.assert_allclose(end, expected[:, : end.shape[1]], atol=1e-6, err_msg=name)


def walker(exp: Callable[[Any], Any]) -> Callable[..., tuple[Any, Any]]:
    """The loop, as fast as it goes by hand: products for powers, nothing computed twice."""

    def walk(x: Any, y: Any, step: float, steps: int) -> tuple[Any, Any]:
        for _ in range(steps):
            x2, y2 = x * x, y * y
            bell = exp(-0.01 * (x2 + y2))
            u = y - 3 * x + 0.05 * x2 * x
            value = 0.02 * (4 * x2 - u * u - 0.1 * y2 * y2)
            x, y = (
                x - step * bell * (8 * x - 2 * u * (0.15 * x2 - 3) - x * value),
                y + step * bell * (-2 * u - 0.4 * y2 * y - y * value),
            )
        return x, y

    return walk


# On arrays, and one start at a time on Python's own numbers.
walk, floats = walker(np.exp), walker(math.exp)


def _numba(x: np.ndarray, y: np.ndarray, step: float, steps: int) -> dict[str, Contender]:
    """The same scalar loop compiled by numba, on all cores, where numba is installed (`pip install
    minimax_lab[bench]`).
    """
    try:
        import numba
    except ImportError:
        return {}
    one = numba.njit(fastmath=False)(floats)

    @numba.njit(parallel=True)
    def all_of_them(x, y, step, steps):  # type: ignore[no-untyped-def]
        out = np.empty((2, x.size))
        for i in numba.prange(x.size):
            out[0, i], out[1, i] = one(x[i], y[i], step, steps)
        return out

    return {"numba, all cores": Contender(lambda: all_of_them(x, y, step, steps), x.size * steps)}
