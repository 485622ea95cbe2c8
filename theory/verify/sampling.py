"""Random instances in one compiled program per claim and size: margins of bounds, errors of
identities.
"""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..theorem import Family, Identity, Parameters, Size
from .claims import Claim, Constants, constants

CHUNK = 4096  # instances at a time: memory stays bounded, however many are asked for
# These programs run once or twice, and their work is in LAPACK: half the time to compile is worth
# more than fast loops.
QUICK = {"xla_backend_optimization_level": 0}


def key_of(identity: str, check: int, seed: int) -> PRNGKeyArray:
    """The randomness of one check, the same whether it is verified alone or among others."""
    return jax.random.fold_in(
        jax.random.fold_in(jax.random.key(seed), zlib.crc32(identity.encode())), check
    )


def count_of(family: Family, size: Size) -> int:
    """How many parameters an instance of this size has."""
    return sum(math.prod(shape) for shape in family.shape(*size).values())


def named(family: Family, size: Size, flat: Float[Array, " parameters"]) -> Parameters:
    """One vector as parameters by name: a single vector keeps the compiled programs small."""
    parameters, start = {}, 0
    for name, shape in family.shape(*size).items():
        stop = start + math.prod(shape)
        parameters[name] = flat[start:stop].reshape(shape)
        start = stop
    return parameters


def drawn(family: Family, size: Size, key: PRNGKeyArray) -> Parameters:
    """Standard normal parameters."""
    return named(family, size, jax.random.normal(key, (count_of(family, size),)))


def keys_over(
    sizes: tuple[Size, ...], key: PRNGKeyArray, count: int
) -> Iterator[tuple[Size, PRNGKeyArray]]:
    """`count` keys shared out among the sizes, in whole chunks where there are many."""
    each = math.ceil(count / len(sizes))
    each = each if each <= CHUNK else math.ceil(each / CHUNK) * CHUNK
    for i, size in enumerate(sizes):
        yield size, jax.random.split(jax.random.fold_in(key, i), each)


def margins(
    family: Family,
    margin: Claim,
    size: Size,
    keys: PRNGKeyArray,
    numbers: Constants | None = None,
) -> Float[Array, " instances"]:
    """The margins of the instances of these keys, with these constants or the claim's own."""
    numbers = constants(margin) if numbers is None else numbers
    return _margins(family, margin, size, keys, numbers)


@functools.partial(jax.jit, static_argnums=(0, 1, 2), compiler_options=QUICK)
def _margins(
    family: Family, margin: Claim, size: Size, keys: PRNGKeyArray, numbers: Constants
) -> Float[Array, " instances"]:
    return _mapped(
        lambda key: scalar(margin(family.build(drawn(family, size, key)), **numbers)), keys
    )


def margins_at(
    family: Family, margin: Claim, parameters: Parameters, numbers: Constants | None = None
) -> Float[Array, " instances"]:
    """The margins of given parameters, stacked."""
    return _margins_at(
        family, margin, parameters, constants(margin) if numbers is None else numbers
    )


@functools.partial(jax.jit, static_argnums=(0, 1), compiler_options=QUICK)
def _margins_at(
    family: Family, margin: Claim, parameters: Parameters, numbers: Constants
) -> Float[Array, " instances"]:
    return _mapped(lambda p: scalar(margin(family.build(p), **numbers)), parameters)


def errors(
    check: Identity, size: Size, keys: PRNGKeyArray, numbers: Constants | None = None
) -> np.ndarray:
    """The errors of an identity at the instances of these keys."""
    numbers = constants(check.sides) if numbers is None else numbers
    if check.host:
        sides = functools.partial(check.sides, **numbers)
        return np.array([float(difference(*sides(check.draw(k, *size)))) for k in keys])
    return np.asarray(_errors(check.draw, check.sides, size, keys, numbers))


@functools.partial(jax.jit, static_argnums=(0, 1, 2), compiler_options=QUICK)
def _errors(
    draw: Callable[..., Any], sides: Claim, size: Size, keys: PRNGKeyArray, numbers: Constants
) -> Float[Array, " instances"]:
    return _mapped(lambda key: difference(*sides(draw(key, *size), **numbers)), keys)


def difference(left: Any, right: Any) -> Float[Array, ""]:
    """max |left - right| / max(1, |left|, |right|) over all entries; what is not a number differs
    infinitely.
    """

    def one(a: Any, b: Any) -> Array:
        a, b = (
            jnp.asarray(v, jnp.promote_types(jnp.result_type(v), jnp.result_type(float)))
            for v in (a, b)
        )
        if a.shape != b.shape:
            raise ValueError(
                f"the sides have shapes {a.shape} and {b.shape}, but must have the same"
            )
        a, b = (v.astype(jnp.promote_types(a.dtype, b.dtype)) for v in (a, b))
        error = jnp.abs(a - b) / jnp.maximum(jnp.maximum(jnp.abs(a), jnp.abs(b)), 1.0)
        return jnp.max(jnp.where(jnp.isnan(error), jnp.inf, error), initial=0.0)

    return functools.reduce(jnp.maximum, jax.tree.leaves(jax.tree.map(one, left, right)))


def scalar(margin: Any) -> Float[Array, ""]:
    """A margin as a floating scalar."""
    if jnp.shape(margin) != ():
        raise ValueError(
            f"a margin has shape {jnp.shape(margin)}, but must be a scalar: take the smallest of "
            f"several"
        )
    return jnp.asarray(margin, jnp.result_type(float))


def _mapped(function: Callable[[Any], Array], over: Any) -> Array:
    count = len(jax.tree.leaves(over)[0])
    return (
        jax.vmap(function)(over)
        if count <= CHUNK
        else jax.lax.map(function, over, batch_size=CHUNK)
    )
