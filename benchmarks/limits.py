"""What this machine cannot do faster: the floors drawn into the races, measured in the same run."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .race import Contender


def dispatch(calls: int = 100) -> Contender:
    """One call of a compiled program that does nothing to speak of."""
    program, one = jax.jit(lambda x: x + 1), jnp.zeros(())

    def run() -> None:
        for _ in range(calls):
            jax.block_until_ready(program(one))

    return Contender(run, calls)


def scanned(
    step: Callable[[Any], Any], start: Any, steps: int, rounds: int = 5, batch: int = 1
) -> Contender:
    """A step in a loop of XLA with nothing around it; it stands for `batch` units of work."""
    program = jax.jit(lambda x: jax.lax.scan(lambda x, _: (step(x), None), x, length=steps)[0])
    return Contender(lambda: jax.block_until_ready(program(start)), steps * batch, rounds)


def empty_scan(start: Any, steps: int) -> Contender:
    """A loop of XLA whose step halves the state it carries."""
    return scanned(lambda x: jax.tree.map(lambda leaf: leaf / 2, x), start, steps)


def passes(array: np.ndarray, times: int, repeat: int) -> Contender:
    """Reading an array as often as a step must: BLAS's inner product of its two halves, a thread a
    core where it is larger than the caches of one.
    """
    cores = (os.cpu_count() or 1) if array.nbytes > 1e6 else 1
    shares = np.array_split(array.ravel()[: array.size // 2 * 2].reshape(2, -1), cores, axis=1)
    pool = concurrent.futures.ThreadPoolExecutor(cores)

    def read(share: np.ndarray) -> None:
        for _ in range(times * repeat):
            np.dot(share[0], share[1])

    return Contender(lambda: [*pool.map(read, shares)] if cores > 1 else read(shares[0]), repeat)


def eigenvalues(size: int) -> Contender:
    """LAPACK's eigenvalues of a full matrix of that size."""
    matrix = np.random.default_rng(0).standard_normal((size, size))
    return Contender(lambda: np.linalg.eigvals(matrix))


def operations(count: int, dtype: str, cores: int = 1, size: int = 512) -> Contender:
    """So many multiplications and additions a unit, as fast as BLAS multiplies matrices, or an
    accelerator does.
    """
    if jax.default_backend() != "cpu":
        return _on_device(count, dtype)
    matrix = np.random.default_rng(0).standard_normal((size, size)).astype(dtype)
    pool, times = concurrent.futures.ThreadPoolExecutor(cores), 8

    def multiplied(_: int) -> None:
        for _ in range(times):
            matrix @ matrix

    return Contender(
        lambda: [*pool.map(multiplied, range(cores))], 2 * size**3 * times * cores / count
    )


def _on_device(count: int, dtype: str, size: int = 8192, times: int = 20) -> Contender:
    """Products of matrices that fill an accelerator, each of the last."""
    start = jax.random.normal(jax.random.key(0), (size, size), dtype)
    program = jax.jit(
        lambda a: jax.lax.fori_loop(0, times, lambda _, b: a @ b / jnp.linalg.norm(b), a)
    )
    return Contender(lambda: jax.block_until_ready(program(start)), 2 * size**3 * times / count)
