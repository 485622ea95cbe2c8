"""Distributions to learn whose truth is known: mixtures of Gaussians, and one Gaussian in many
dimensions.

A source draws real samples, `source(key, count)`; its numbers are leaves, so that another spread
compiles nothing.
"""

from __future__ import annotations

import abc
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..calls import checked
from ..checks import number, refuse, whole
from ..settings import Declared, Number, declared, real


class Source(Declared):
    """samples = source(key, count): what the discriminator is shown as real."""

    @abc.abstractmethod
    def __call__(self, key: PRNGKeyArray, count: int) -> Float[Array, "count ..."]:
        """`count` samples; the same key gives the same ones."""

    @property
    @abc.abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Of one sample."""


def _rows(given: object, argument: str) -> Float[Array | np.ndarray, "rows ..."]:
    if isinstance(given, jax.core.Tracer):
        return given
    try:
        array = given if isinstance(given, jax.Array) else np.asarray(given)
        full = array.ndim >= 2 and array.size > 0
        fine = full and bool(np.all(np.isfinite(np.asarray(array, float))))
    except (TypeError, ValueError):
        fine = False
    if not fine:
        allowed = "an array of finite numbers with one sample a row, or a source such as ring()"
        raise refuse(argument, given, allowed)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else np.asarray(array, float)


class Mixture(Source):
    """x_i = centres[i mod modes] + deviation * n_i,  n_i ~ N(0, I): every batch holds each mode
    equally often.

    Modes are taken in turn, as the published experiments do, and not drawn: no noise in their
    shares.
    """

    centres: Float[Array | np.ndarray, "modes dimension"] = declared(_rows)
    deviation: Number = real(0.01, least=0)

    def __call__(self, key: PRNGKeyArray, count: int) -> Float[Array, "count dimension"]:
        modes, dimension = self.centres.shape
        noise = jax.random.normal(key, (count, dimension), jnp.asarray(self.centres).dtype)
        around = jnp.tile(self.centres, (-(-count // modes), 1))[:count]
        return around + jnp.asarray(self.deviation, noise.dtype) * noise

    @property
    def shape(self) -> tuple[int, ...]:
        return self.centres.shape[1:]


class Rows(Source):
    """A data set: a uniform draw, with replacement, of its rows."""

    data: Float[Array | np.ndarray, "rows ..."] = declared(_rows)

    def __call__(self, key: PRNGKeyArray, count: int) -> Float[Array, "count ..."]:
        chosen = jax.random.randint(key, (count,), 0, self.data.shape[0], dtype=jnp.int32)
        return jnp.asarray(self.data)[chosen]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape[1:]


@checked
def ring(modes: int = 8, radius: float = 1.0, deviation: float = 0.01) -> Mixture:
    """Gaussians evenly on a circle, the first at angle zero: eight of them in "The Numerics of
    GANs".
    """
    angles = 2 * math.pi * np.arange(whole(modes, "modes")) / modes
    return Mixture(
        number(radius, "radius", above=0) * np.stack([np.cos(angles), np.sin(angles)], axis=1),
        deviation,
    )


@checked
def grid(side: int = 4, spacing: float = 1.0, deviation: float = 0.02) -> Mixture:
    """side * side Gaussians on a square lattice about zero: sixteen, spacing 1 (Balduzzi et al.
    2018); or 25, spacing 2.
    """
    line = number(spacing, "spacing", above=0) * (np.arange(whole(side, "side")) - (side - 1) / 2)
    return Mixture(
        np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2), deviation
    )


@checked
def normal(dimension: int = 75) -> Mixture:
    """One standard normal: a collapsed generator shows in the singular values of its sample
    covariance.
    """
    return Mixture(np.zeros((1, whole(dimension, "dimension"))), 1.0)


def as_source(given: object, argument: str = "data") -> Source:
    """A source from a source, or from the rows of an array."""
    return given if isinstance(given, Source) else Rows(_rows(given, argument))
