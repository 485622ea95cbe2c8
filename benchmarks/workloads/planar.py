"""Starts x 1,000 steps of simultaneous descent-ascent on the planar game `cycle_trap`, in double
precision: `sweep` over starts, on one device and on all the host devices there are.

The limit is an estimate from below: a scan over all starts whose step has the one exponential and
one product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

from .. import limits
from ..race import Contender, Group, peer
from ..results import Target

UNIT = "start and step"
# starts -> steps
SIZES = {10_000: 1000, 100_000: 300, 1_000_000: 60}
STEP, BOX = 0.05, (-3.0, 3.0)
SETTINGS = {"steps": SIZES, "step": STEP, "box": BOX, "seed": 0}
# starts -> at least so many times faster than numba on one device and on all, and than NumPy
TARGETS = {10_000: (3, 4, 7), 1_000_000: (None, 3.5, 9)}
ONE, ALL = "minimax_lab, 1 device", "minimax_lab, all devices"


def groups(small: bool = False) -> Iterator[Group]:
    """A group a number of starts; with few of them also the loops of one start after another."""
    for count, steps in {40: 20}.items() if small else SIZES.items():
        x, y = np.random.default_rng(0).uniform(*BOX, (2, count))
        found = contenders(x, y, steps) | (alone(x, y, steps) if count <= 10_000 else {})
        numbers = jnp.asarray(x)
        found["limit: an exponential"] = limits.scanned(
            lambda x: jnp.exp(-0.01 * x * x), numbers, steps, batch=count
        )
        one, every, arrays = TARGETS.get(count, (None,) * 3)
        targets = (
            Target("numba, all cores", ONE, least=one or 0),
            Target("numba, all cores", ALL, least=every or 0),
            Target("NumPy, all starts at once", ALL, least=arrays or 0),
        )
        kept = tuple(target for target in targets if target.least)
        yield Group(f"{count} starts", found, check, kept, count)


def contenders(x: np.ndarray, y: np.ndarray, steps: int) -> dict[str, Any]:
    """Those that take all starts together."""
    game, rule, start = mm.games.cycle_trap(), mm.Simultaneous(STEP), mm.Profile((x, y))
    work = x.size * steps

    def ours(devices: Any) -> Any:
        run = mm.sweep(game, rule, start, steps, over="start", every=steps, devices=devices)
        return jax.block_until_ready(run.final.players)

    return {
        ONE: Contender(lambda: ours(None), work),
        ALL: Contender(lambda: ours(jax.devices()), work),
        "NumPy, all starts at once": Contender(lambda: walk(x, y, STEP, steps), work),
        "numba, all cores": peer("numba", lambda numba: _numba(numba, x, y, steps)),
    }


def alone(x: np.ndarray, y: np.ndarray, steps: int, few: int = 20, one: int = 4) -> dict[str, Any]:
    """Those that take the first few, start after start."""

    def plain() -> Any:
        pairs = zip(x[:few].tolist(), y[:few].tolist(), strict=True)
        return np.array([floats(a, b, STEP, steps) for a, b in pairs]).T

    def arrays() -> Any:
        return np.concatenate(
            [walk(x[i : i + 1], y[i : i + 1], STEP, steps) for i in range(one)], axis=1
        )

    return {
        "Python floats, start after start": Contender(plain, few * steps),
        "NumPy, start after start": Contender(arrays, one * steps),
    }


def check(results: Mapping[str, Any]) -> None:
    """All walk the same walks; those that take few walk the first ones."""
    expected = np.array(results["NumPy, all starts at once"])
    for name, end in results.items():
        if "limit" not in name:
            end = np.array(end)
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


def _numba(numba: ModuleType, x: np.ndarray, y: np.ndarray, steps: int) -> Contender:
    """The same scalar loop compiled, the starts shared out among all cores."""
    one = numba.njit(fastmath=False)(floats)

    @numba.njit(parallel=True)
    def all_of_them(x, y, step, steps):  # type: ignore[no-untyped-def]
        out = np.empty((2, x.size))
        for i in numba.prange(x.size):
            out[0, i], out[1, i] = one(x[i], y[i], step, steps)
        return out

    return Contender(lambda: all_of_them(x, y, STEP, steps), x.size * steps)
