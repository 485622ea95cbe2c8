"""An update as one map of one flat vector, its derivative, and the point at which to take it.

The vector holds the profile and every real number the rule remembers. It is linearised where the
rule's state is at rest while the profile is pinned: state = G(x, state), solved by Newton's method,
because a first state need not be one (an accumulator that starts at one, a walker that has yet to
catch up).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import InputError
from ..directions.base import Tick
from ..game import Game
from ..profile import Profile
from ..rules.base import State, UpdateRule

Push = Callable[[Array], Array]  # t -> M t, as jax.linearize gives it
Linear = TypeVar("Linear", Array, Push)  # a derivative: its matrix, or its products


@eqx.filter_jit
def update_matrix(
    game: Game,
    rule: UpdateRule,
    x: Profile,
    key: PRNGKeyArray | None,
    period: int,
    z: Array | None = None,
) -> tuple[Array, Array, Array]:
    """z (by default the profile and the rule's first state), the map's value there and its dense
    derivative.
    """
    advance, first = advancing(game, rule, x, key, period)
    z = first if z is None else z
    after, push = jax.linearize(advance, z)
    return z, after, jax.lax.map(push, jnp.eye(z.size, dtype=z.dtype), batch_size=min(8, z.size)).T


@eqx.filter_jit
def update_products(
    game: Game,
    rule: UpdateRule,
    x: Profile,
    key: PRNGKeyArray | None,
    period: int,
    z: Array | None = None,
) -> tuple[Array, Array, Push]:
    """The same with the derivative as a function t -> M t."""
    advance, first = advancing(game, rule, x, key, period)
    z = first if z is None else z
    return z, *jax.linearize(advance, z)


def settled(
    linearise: Callable[..., tuple[Array, Array, Linear]], x: Profile
) -> tuple[np.ndarray, np.ndarray, Linear]:
    """The map linearised where the state is at rest: Newton on state = G(x, state), x pinned, until
    it stops improving.
    """
    size, precision = size_of(x), precision_of(x)
    point, best, smallest = None, None, math.inf
    for _ in range(20):
        *both, linear = linearise(z=point)
        z, after = (np.asarray(flat, float) for flat in both)
        gap, scale = after[size:] - z[size:], float(np.linalg.norm(z[size:]))
        far = float(np.linalg.norm(gap))
        if not far < smallest:
            break
        best, smallest = (z, after, linear), far
        if far <= precision * scale:
            break
        moved = np.concatenate([z[:size], z[size:] + _correction(linear, gap, size)])
        point = jnp.asarray(moved, x.dtype)
    if best is None or smallest > precision**0.5 * (1 + float(np.linalg.norm(best[0]))):
        raise InputError(
            f"the rule's state does not settle while it stands still at x (it still moves by "
            f"{smallest:.3g} an update), "
            "so there is no map to linearise. Is x finite, and an equilibrium?"
        )
    return best


def demand_known(verb: str, instead: str, *given: PyTree) -> None:
    """What is read on the host must have its values already."""
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(given)):
        raise InputError(
            f"{verb} is given a value that jax.jit, jax.vmap or jax.grad has yet to know, but "
            f"answers on the host. Inside of them {instead} gives the same as an array."
        )


def product(push: Push, dtype: np.dtype) -> Callable[[np.ndarray], np.ndarray]:
    """t -> J t on the host."""
    return lambda t: np.asarray(_applied(push, jnp.asarray(t.ravel(), dtype)), float)


def size_of(x: Profile) -> int:
    """How many numbers a profile has."""
    return sum(leaf.size for leaf in jax.tree.leaves(x))


def precision_of(x: Profile) -> float:
    """The rounding unit of a profile."""
    return float(jnp.finfo(x.dtype).eps)


def advancing(
    game: Game, rule: UpdateRule, x: Profile, key: PRNGKeyArray | None, period: int
) -> tuple[Callable[[Array], Array], Array]:
    """`period` updates as a map of one flat vector, the profile first, and that vector at the
    rule's first state.
    """
    moving, fixed = eqx.partition((x, rule.init(game, x, key)), eqx.is_inexact_array)
    first, unravel = ravel_pytree(moving)

    def update(pair: tuple[Profile, State], index: Array) -> tuple[tuple[Profile, State], None]:
        return rule.update(game, *pair, Tick(index, key)), None

    def advance(flat: Array) -> Array:
        pair = eqx.combine(unravel(flat), fixed)
        if period == 1:
            pair, _ = update(pair, jnp.zeros((), jnp.int32))
        else:
            pair, _ = jax.lax.scan(update, pair, jnp.arange(period, dtype=jnp.int32))
        return ravel_pytree(eqx.filter(pair, eqx.is_inexact_array))[0]

    return advance, first


def _correction(linear: Array | Push, gap: np.ndarray, size: int) -> np.ndarray:
    """(1 - dG/dstate)^-1 gap, least squares where that is singular."""
    if isinstance(linear, jax.Array):
        from scipy.linalg import LinAlgWarning, solve

        system = np.eye(gap.size) - np.asarray(linear, float)[size:, size:]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", LinAlgWarning)
                return solve(system, gap)
        except (np.linalg.LinAlgError, LinAlgWarning):
            return np.linalg.lstsq(system, gap)[0]
    from scipy.sparse.linalg import LinearOperator, gmres

    def residual(change: np.ndarray) -> np.ndarray:
        return change - product(linear, gap.dtype)(np.concatenate([np.zeros(size), change]))[size:]

    return gmres(
        LinearOperator((gap.size, gap.size), matvec=residual, dtype=float),
        gap,
        rtol=1e-10,
        maxiter=20,
    )[0]


@jax.jit
def _applied(push: Push, tangent: Array) -> Array:
    return push(tangent)
