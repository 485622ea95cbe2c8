"""Curves of the continuous flow x' = -v(x) in a box: streamlines, and the separatrices of its
saddles.

Curves are followed at nearly unit speed, u' = -+ w / sqrt(|w|^2 + soft^2) with w the field in units
of the box, so that slow stretches take no longer than fast ones. A curve ends where it leaves the
box (with a margin) or the game's set, or comes to rest.
"""

from __future__ import annotations

from collections.abc import Iterable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from ..profile import Profile
from .equilibria import Equilibrium, Field
from .flow import flow

LENGTH = 12.0  # of a curve, in half-widths of the box; a lattice of starts has short ones
SAVED = 400
OFFSET = 1e-3  # of a separatrix's first point from its saddle, in the same unit
MARGIN = 1.25


class Frame(eqx.Module):
    """The box as a unit of length: x = centre + half * u, u in [-1, 1]^2."""

    centre: Float[Array, " 2"]
    half: Float[Array, " 2"]

    @classmethod
    def of(cls, box: ArrayLike, dtype: DTypeLike) -> Frame:
        sides = np.asarray(box, float)
        return cls(
            jnp.asarray(sides.mean(axis=1), dtype),
            jnp.asarray((sides[:, 1] - sides[:, 0]) / 2, dtype),
        )

    def holds(self, point: np.ndarray) -> bool:
        """Whether a point lies in the box."""
        return bool(
            np.all(np.abs(point - np.asarray(self.centre)) <= np.asarray(self.half) * (1 + 1e-9))
        )


def stream(
    field: Field, like: Profile, starts: np.ndarray, frame: Frame, typical: float, length: float
) -> list[np.ndarray]:
    """The flow from every start, as polylines of at most this length in half-widths of the box."""
    starts = np.asarray(starts, float)
    return _curves(field, like, starts, np.ones(len(starts)), frame, typical, length)


def separatrices_of(
    field: Field, like: Profile, equilibria: Iterable[Equilibrium], frame: Frame, typical: float
) -> list[tuple[np.ndarray, bool, Equilibrium]]:
    """Both branches of both manifolds of every saddle of the flow: (points, whether stable,
    saddle).
    """
    saddles = [
        e
        for e in equilibria
        if e.eigenvalues.real.min() < 0 < e.eigenvalues.real.max()
        and np.isreal(e.eigenvalues).all()
    ]
    starts, signs, owners = [], [], []
    half = np.asarray(frame.half)
    for saddle in saddles:
        jacobian = np.asarray(jax.device_get(_jacobian(field, saddle.profile)), float)
        point = np.concatenate(
            [np.ravel(leaf) for leaf in jax.device_get(jax.tree.leaves(saddle.profile))]
        )
        # An eigenvalue below zero is left along by x' = -v: the unstable manifold; the stable one
        # is followed backwards.
        values, vectors = np.linalg.eig(jacobian)
        for value, vector in zip(values, vectors.T, strict=True):
            if abs(value) > 1e-8 * np.abs(saddle.eigenvalues).max():
                along = np.real(vector) / np.linalg.norm(np.real(vector) / half)
                starts += [point + OFFSET * along, point - OFFSET * along]
                signs += [1.0 if np.real(value) < 0 else -1.0] * 2
                owners += [saddle] * 2
    if not starts:
        return []
    curves = _curves(field, like, np.array(starts), np.array(signs), frame, typical, LENGTH)
    return [(c, s < 0, o) for c, s, o in zip(curves, signs, owners, strict=True)]


def _curves(
    field: Field,
    like: Profile,
    starts: np.ndarray,
    signs: np.ndarray,
    frame: Frame,
    typical: float,
    length: float,
) -> list[np.ndarray]:
    # Eight at a time, so that flow and separatrices of few starts share one program.
    dtype, padded = like.dtype, np.arange(-(-len(starts) // 8) * 8) % len(starts)
    begin, sign = jnp.asarray(starts[padded], dtype), jnp.asarray(signs[padded], dtype)
    found = np.asarray(
        _integrate(
            field, like, begin, sign, frame, jnp.asarray(typical, dtype), jnp.asarray(length, dtype)
        )
    )
    return [curve[np.isfinite(curve).all(axis=1)] for curve in found[: len(starts)]]


@eqx.filter_jit
def _jacobian(field: Field, x: Profile) -> Array:
    z, unravel = x.ravel()
    return jax.jacfwd(lambda z: field(unravel(z)).ravel()[0])(z)


@eqx.filter_jit
def _integrate(
    field: Field,
    like: Profile,
    starts: Array,
    signs: Array,
    frame: Frame,
    typical: Array,
    length: Array,
) -> Array:
    unravel = like.ravel()[1]
    unit = typical / jnp.min(frame.half)
    times = jnp.linspace(jnp.zeros((), starts.dtype), length, SAVED)

    def velocity(u: Array) -> Array:
        return field(unravel(frame.centre + frame.half * u)).ravel()[0] / frame.half

    def barred(u: Array) -> Array:
        x = unravel(frame.centre + frame.half * u)
        return (x - field.game.project(x)).norm() > 1e-6 * (1 + x.norm())

    def over(u: Array) -> Array:
        w = velocity(u)
        return (jnp.max(jnp.abs(u)) > MARGIN) | barred(u) | (w @ w < (1e-6 * unit) ** 2)

    def one(start: Array, sign: Array) -> Array:
        def slowed(u: Array) -> Array:
            w = velocity(u)
            return sign * w / jnp.sqrt(w @ w + (1e-2 * unit) ** 2)

        begin = (start - frame.centre) / frame.half
        saved = flow(slowed, begin, times, relative=1e-7, absolute=1e-9, most=4096, until=over)
        # The solver notices the edge of the set one of its steps late.
        beyond = jax.lax.cummax(jax.vmap(barred)(saved).astype(jnp.int32))[:, None] > 0
        return jnp.where(beyond, jnp.nan, frame.centre + frame.half * saved)

    return jax.vmap(one)(starts, signs)
