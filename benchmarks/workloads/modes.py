"""The game of two modes (3584 numbers, single samples, nSGDA): many runs in one `sweep` against
`run` in turn, and against a loop written for this one game and compiled by numba, on all cores.

Numba's loop is given its draws for nothing. The limit is a step's operations, ten for each of the
discriminator's numbers, at the rate of BLAS's product of matrices on one core.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab import games

from .. import limits
from ..race import Contender, Group, peer
from ..results import Target

UNIT = "run and step"
RUNS = (8, 64, 512)
SETTINGS = {"runs": RUNS, "few": 8, "steps": 900, "every": 90, "step": 0.005, "ratio": 0.3}
RATES = SETTINGS["step"] * SETTINGS["ratio"], SETTINGS["step"]
CORRELATION, ALL = 0.1, "minimax_lab, all devices"


def groups(small: bool = False) -> Iterator[Group]:
    """A group a number of runs; the first few of them also in turn."""
    game = games.two_mode(CORRELATION)
    for count in (2,) if small else RUNS:
        steps, few = 20 if small else SETTINGS["steps"], min(count, SETTINGS["few"])
        keys = jax.vmap(jax.random.key)(np.arange(count))
        starts = games.modes_start(game, jax.vmap(lambda key: jax.random.fold_in(key, 1))(keys))
        targets = (
            Target("`run`, in turn", ALL, least=6),
            Target("numba, all cores", ALL, least=0.8),
        )
        found = contenders(game, starts, keys, steps, few, 10 if small else SETTINGS["every"])
        yield Group(f"{count} runs", found, check, targets, count)


def contenders(
    game: mm.Game, starts: mm.Profile, keys: Any, steps: int, few: int, every: int
) -> dict[str, Any]:
    """All runs on all devices and on one, the first few in turn, and numba's."""
    count, rule = len(keys), mm.Simultaneous(RATES, mm.Normalised())
    options: dict[str, Any] = {"observe": {"shares": games.column_shares}, "every": every}

    def together(devices: Any) -> np.ndarray:
        over = ("start", "key")
        run = mm.sweep(game, rule, starts, steps, over=over, key=keys, devices=devices, **options)
        return np.asarray(run.final[0])

    def in_turn() -> np.ndarray:
        alone = [(jax.tree.map(lambda leaf, i=i: leaf[i], starts), keys[i]) for i in range(few)]
        return np.stack(
            [np.asarray(mm.run(game, rule, x, steps, key=k, **options).final[0]) for x, k in alone]
        )

    return {
        ALL: Contender(lambda: together(jax.devices()), count * steps),
        "minimax_lab, 1 device": Contender(lambda: together(None), count * steps),
        "`run`, in turn": Contender(in_turn, few * steps),
        "numba, all cores": peer("numba", lambda numba: _numba(numba, game, starts, keys, steps)),
        "limit: its operations, one core": limits.operations(
            10 * starts[1]["neurons"][0].size, "float64"
        ),
    }


def drawn(game: mm.Game, keys: Any, steps: int) -> np.ndarray:
    """Which mode and which latent every step of every run is shown: runs x steps x 2."""

    def one(key: Any, index: Any) -> Any:
        seen = game.sample(jax.random.fold_in(key, index))
        away = jnp.sum((game.data.real - seen.real) ** 2, axis=1)
        return jnp.stack([jnp.argmin(away), jnp.argmax(seen.latent[0])])

    over_steps = jax.vmap(one, (None, 0))
    return np.asarray(
        jax.jit(jax.vmap(over_steps, (0, None)))(keys, np.arange(steps, dtype="int32"))
    )


def _numba(
    numba: ModuleType, game: mm.Game, starts: mm.Profile, keys: Any, steps: int
) -> Contender:
    """One run after another on each core: the gradients by hand, only the latent's column moved."""
    draws, modes = drawn(game, keys, steps), np.asarray(game.data.real)
    columns, neurons = np.asarray(starts[0]), np.asarray(starts[1]["neurons"])
    cut, (slow, fast) = float(game.data.cut), RATES

    @numba.njit(fastmath=True)
    def pulled(weights, x, cut, slopes):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(weights.shape[0]):
            t = 0.0
            for j in range(x.size):
                t += weights[i, j] * x[j]
            inner = min(max(t, -cut), cut)
            slopes[i] = 3 * inner * inner
            total += inner * inner * (3 * t - 2 * inner)
        return total

    @numba.njit(parallel=True, fastmath=True)
    def all_of_them(columns, neurons, draws):  # type: ignore[no-untyped-def]
        columns, neurons = columns.copy(), neurons.copy()
        for run in numba.prange(columns.shape[0]):
            w, v = neurons[run], columns[run]
            count, dimension = w.shape
            a, b, turn = np.empty(count), np.empty(count), np.empty((count, dimension))
            down = np.empty(dimension)
            for step in range(draws.shape[1]):
                real, fake = modes[draws[run, step, 0]], v[draws[run, step, 1]]
                up = -1 / (1 + math.exp(pulled(w, real, cut, a)))
                away = 1 / (1 + math.exp(-pulled(w, fake, cut, b)))
                square, own = 0.0, 0.0
                down[:] = 0
                for i in range(count):
                    for j in range(dimension):
                        turn[i, j] = up * a[i] * real[j] + away * b[i] * fake[j]
                        square += turn[i, j] * turn[i, j]
                        down[j] -= away * b[i] * w[i, j]
                for j in range(dimension):
                    own += down[j] * down[j]
                square, own = fast / math.sqrt(square), slow / math.sqrt(own)
                for i in range(count):
                    for j in range(dimension):
                        w[i, j] -= square * turn[i, j]
                for j in range(dimension):
                    fake[j] -= own * down[j]
        return columns

    return Contender(lambda: all_of_them(columns, neurons, draws), len(keys) * steps)


def check(results: Mapping[str, Any]) -> None:
    """The same runs, whoever makes them."""
    for name, end in results.items():
        if "limit" not in name:
            expected = results[ALL][: len(end)]
            np.testing.assert_allclose(end, expected, atol=1e-8, err_msg=name)
