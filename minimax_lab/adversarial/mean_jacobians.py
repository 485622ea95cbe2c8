"""Jacobians of neural games averaged over several batches: exact, dense, in chunks; for their
spectra along training.

With v and J the means over the batches, the consensus field w = v + strength * J^T v has the
derivative

    w' = J + strength * (J^T J + sum_i v_i v_i''),

of which the last part vanishes only where v does. It is the Hessian of x -> c . v(x) at c = v, and
so symmetric.
"""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ..calls import checked
from ..checks import refuse, whole
from ..game import Game, Sample, dense
from ..profile import Profile, Strategies, as_profile, narrowed


@checked
def batches(game: Game, key: PRNGKeyArray, count: int = 10) -> Sample:
    """`count` draws of the game, stacked."""
    return jax.vmap(game.sample)(jax.random.split(key, whole(count, "count")))


class Derivatives(NamedTuple):
    """v, J = v' and, where asked for, the curvature sum_i v_i v_i'' of the mean field."""

    field: Float[np.ndarray, " size"]
    jacobian: Float[np.ndarray, "size size"]
    curvature: Float[np.ndarray, "size size"] | None = None

    def regularised(self, strength: float) -> Float[np.ndarray, "size size"]:
        """J + strength * J^T J: what consensus does to the field's Jacobian at an equilibrium."""
        return self.jacobian + strength * self.jacobian.T @ self.jacobian

    def consensus(self, strength: float) -> Float[np.ndarray, "size size"]:
        """w' = J + strength * (J^T J + sum_i v_i v_i''): the Jacobian of the consensus field,
        wherever x is.
        """
        if self.curvature is None:
            raise refuse(
                "curvature", None, "computed", "Ask for it: derivatives(..., curvature=True)."
            )
        return self.regularised(strength) + strength * self.curvature


def derivatives(
    game: Game, x: Strategies, samples: Sample, *, curvature: bool = False
) -> Derivatives:
    """The mean over stacked samples of the field and its Jacobian, in the precision of x."""
    x = as_profile(x, "x")
    game = narrowed(game, x.dtype)
    field, jacobian = _mean(lambda sample: _jacobian(game, x, sample), samples)
    if not curvature:
        return Derivatives(field, jacobian)
    covector = x.ravel()[1](jnp.asarray(field))
    return Derivatives(
        field, jacobian, *_mean(lambda sample: (_curvature(game, x, covector, sample),), samples)
    )


@checked
def eigenvalues(matrix: Float[np.ndarray, "size size"]) -> Complex[np.ndarray, " size"]:
    """All of them, in float64 on the host, smallest real part first."""
    if np.iscomplexobj(matrix):
        raise refuse("matrix", matrix, "real")
    square = np.asarray(matrix, float)
    if square.ndim != 2 or square.shape[0] != square.shape[1]:
        raise refuse("matrix", f"an array of shape {square.shape}", "a square matrix")
    values = np.linalg.eigvals(square).astype(complex)
    return values[np.lexsort((values.imag, values.real))]


@eqx.filter_jit
def _jacobian(game: Game, x: Profile, sample: Sample) -> tuple[Array, Array]:
    return game.field(x, sample).ravel()[0], game.jacobian(x, sample)


@eqx.filter_jit
def _curvature(game: Game, x: Profile, covector: Profile, sample: Sample) -> Array:
    return dense(lambda x: game.pull(x, covector, sample), x)


def _mean(
    function: Callable[[Sample], tuple[Array, ...]], samples: Sample
) -> tuple[np.ndarray, ...]:
    """The mean over the samples, one thread a core: their products are too small to be shared out
    well within.
    """
    first, *others = [
        jax.tree.map(lambda leaf, i=i: leaf[i], samples)
        for i in range(jax.tree.leaves(samples)[0].shape[0])
    ]
    total = [np.array(part) for part in function(first)]  # which compiles for all
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda sample: jax.block_until_ready(function(sample)), others):
            for part, more in zip(total, found, strict=True):
                part += np.asarray(more)
    return tuple(part / (1 + len(others)) for part in total)
