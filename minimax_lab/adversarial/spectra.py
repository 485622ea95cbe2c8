"""Jacobians of neural games averaged over several batches: exact, dense, in chunks; for their spectra along training.

With v and J the means over the batches, the consensus field w = v + strength * J^T v has the derivative

    w' = J + strength * (J^T J + sum_i v_i v_i''),

of which the last part vanishes only where v does. It is the Hessian of x -> c . v(x) at c = v, and so symmetric.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ..checks import refuse, whole
from ..game import Game, Sample, dense
from ..profile import Profile, as_profile, narrowed


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
        """w' = J + strength * (J^T J + sum_i v_i v_i''): the Jacobian of the consensus field, wherever x is."""
        if self.curvature is None:
            raise refuse("curvature", None, "computed", "Ask for it: derivatives(..., curvature=True).")
        return self.regularised(strength) + strength * self.curvature


def derivatives(game: Game, x: Any, samples: Sample, *, curvature: bool = False) -> Derivatives:
    """The mean over stacked samples of the field and its Jacobian, in the precision of x."""
    x = as_profile(x, "x")
    field, jacobian = _mean_jacobian(narrowed(game, x.dtype), x, samples)
    curved = np.asarray(_mean_curvature(narrowed(game, x.dtype), x, samples, field)) if curvature else None
    return Derivatives(np.asarray(field), np.asarray(jacobian), curved)


def eigenvalues(matrix: Float[np.ndarray, "size size"]) -> Complex[np.ndarray, " size"]:
    """All of them, in float64 on the host, smallest real part first."""
    values = np.linalg.eigvals(np.asarray(matrix, float)).astype(complex)
    return values[np.lexsort((values.imag, values.real))]


@eqx.filter_jit
def _mean_jacobian(game: Game, x: Profile, samples: Sample) -> tuple[Array, Array]:
    def add(total: Any, sample: Sample) -> tuple[Any, None]:
        found = game.field(x, sample).ravel()[0], game.jacobian(x, sample)
        return jax.tree.map(jnp.add, total, found), None

    return _mean(add, x, samples)


@eqx.filter_jit
def _mean_curvature(game: Game, x: Profile, samples: Sample, field: Array) -> Array:
    covector = x.ravel()[1](field)

    def add(total: Any, sample: Sample) -> tuple[Any, None]:
        return (total[0], total[1] + dense(lambda x: game.pull(x, covector, sample), x)), None

    return _mean(add, x, samples)[1]


def _mean(add: Any, x: Profile, samples: Sample) -> Any:
    flat = x.ravel()[0]
    count = jax.tree.leaves(samples)[0].shape[0]
    zero = jnp.zeros_like(flat), jnp.zeros((flat.size, flat.size), flat.dtype)
    total, _ = jax.lax.scan(add, zero, samples)
    return jax.tree.map(lambda t: t / jnp.asarray(count, t.dtype), total)
