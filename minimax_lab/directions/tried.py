"""What an optax transform is, found out by trying it: whether it climbs, whether the units of a
gradient survive it, whether it is linear where nothing pushes.

A transform is two functions, and nothing is written on them. So it is tried on a matrix, a vector
and a number, at parameters of one and of zero, at its first update and at later ones.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PyTree

PLACES = (1.0, 0.0)  # of all parameters
LATER = (0, 1, 1000, 100_000)  # by how much the count of updates is moved on
# Pushes: well above the epsilons in use and below the bounds at which one clips, twice that; and
# below every epsilon, where what is linear at rest answers in proportion.
SMALL, TINY = 1e-3, 1e-12
PUSHES = (0.0, SMALL, 2 * SMALL, TINY, -TINY)


class Found(NamedTuple):
    """`climbs`: some tensor moves along its gradient. `keeps`: twice the gradient is twice the
    answer; `forgets`: it is the same answer. `jump` says why it is not linear at rest, if it is
    not, and `missing` what else it asks for than a gradient and parameters.
    """

    climbs: bool = False
    keeps: bool = False
    forgets: bool = False
    jump: str = ""
    missing: str = ""


class Answers(NamedTuple):
    """What the transform does at each place and count: `added` to the parameters for each push,
    and the derivative of all it gives by all it is given, at rest.
    """

    added: np.ndarray  # (place, count, push, number)
    derivative: np.ndarray  # (place, count, given, taken)


@functools.lru_cache(maxsize=256)
def found(transform: optax.GradientTransformation) -> Found:
    """What trying the transform tells."""
    said = ""
    several = {"matrix": jnp.ones((2, 2)), "number": jnp.ones(()), "vector": jnp.ones(2)}
    for tree in (several, several["matrix"]):
        try:
            # Also where a rule is made inside a compiled function: nothing of that reaches in here.
            with jax.ensure_compile_time_eval(), jax.numpy_dtype_promotion("standard"):
                answers = jax.tree.map(np.asarray, _answers(transform, tree))
        except Exception as error:
            said = said or " ".join(f"{type(error).__name__}: {error}".split())
            continue
        return _read(answers, _push(tree), [leaf.size for leaf in jax.tree.leaves(tree)])
    if "required keyword-only argument" in said:
        return Found(missing=said.partition("argument")[2].strip(" s:"))
    jump = (
        f"could not be tried on plain arrays ({said[:80]}); a mask that is a function of the "
        "parameters can be"
    )
    return Found(jump=jump)


def _push(tree: PyTree) -> Array:
    """A gradient that differs from place to place: of one that is everywhere the same some
    transforms leave nothing.
    """
    flat, _ = ravel_pytree(tree)
    return jnp.linspace(1.0, 2.0, flat.size, dtype=flat.dtype)


def _answers(transform: optax.GradientTransformation, tree: PyTree) -> Answers:
    flat, unravel = ravel_pytree(tree)

    def at(place: Array, later: Array) -> tuple[Array, Array]:
        x = unravel(place * flat)
        state = _counted_on(transform.init(x), later)
        moving, fixed = eqx.partition(state, eqx.is_inexact_array)
        rest, split = ravel_pytree((jnp.zeros_like(flat), moving, place * flat))

        def update(z: Array) -> Array:
            gradient, kept, x = split(z)
            state = eqx.combine(kept, fixed)
            added, after = transform.update(unravel(gradient), state, unravel(x))
            return ravel_pytree((added, eqx.filter(after, eqx.is_inexact_array)))[0]

        def pushed(size: Array) -> Array:
            return update(rest.at[: flat.size].set(size * _push(tree)))[: flat.size]

        return jax.vmap(pushed)(jnp.array(PUSHES, flat.dtype)), jax.jacfwd(update)(rest)

    def counts(place: Array) -> tuple[Array, Array]:
        return jax.vmap(lambda later: at(place, later))(jnp.array(LATER, jnp.int32))

    return Answers(*jax.jit(jax.vmap(counts))(jnp.array(PLACES, flat.dtype)))


def _counted_on(state: PyTree, later: Array) -> PyTree:
    """The state some updates later: its whole numbers moved on."""

    def on(leaf: Any) -> Any:
        whole = eqx.is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.integer)
        return leaf + later.astype(leaf.dtype) if whole else leaf

    return jax.tree.map(on, state)


def _read(answers: Answers, push: Array, sizes: list[int]) -> Found:
    way = np.asarray(push)
    # Decay and noise are there without a push too.
    caused = answers.added[0, :, 1:3] - answers.added[0, :, :1]
    along = np.split(caused[:, 0] * way, np.cumsum(sizes)[:-1], axis=-1)
    climbs = any(np.any(part.sum(-1) > 0) for part in along)
    moving = [pair for pair in caused if np.any(pair)]
    once, twice = moving[0] if moving else caused[0]
    keeps = not moving or _near(twice, 2 * once, 1e-2)
    forgets = bool(moving) and _near(twice, once, 1e-2)
    return Found(climbs, keeps, forgets, _jump(answers, way))


def _jump(answers: Answers, way: np.ndarray) -> str:
    """Why the update is no linear map of gradient, state and parameters near rest."""
    still, tiny = answers.added[:, 0, 0], answers.added[:, 0, 3:]
    if np.any(still[PLACES.index(0.0)]):
        return "moves where nothing pushes"
    if not np.all(np.isfinite(answers.derivative)):
        return "has no derivative where nothing pushes"
    slopes = answers.derivative[:, 0, : way.size, : way.size]
    for alone, pushed, slope in zip(still, tiny, slopes, strict=True):
        # Beside a decay, or noise, a push so small would be lost in rounding.
        for answer, size in zip(pushed, PUSHES[3:], strict=True):
            if not np.any(alone) and not _near(answer / size, slope @ way, 1e-3):
                return "answers the smallest push out of proportion"
    first = answers.derivative[:, :1]
    if not _near(answers.derivative, np.broadcast_to(first, answers.derivative.shape), 1e-6):
        return "changes with the number of updates, as by a schedule"
    return ""


def _near(one: np.ndarray, other: np.ndarray, share: float) -> bool:
    size = max(np.linalg.norm(one), np.linalg.norm(other))
    return bool(np.linalg.norm(one - other) <= share * size)
