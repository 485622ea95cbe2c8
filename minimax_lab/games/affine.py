"""Games whose field is affine, v(x) = J x + v(0): bilinear, quadratic, and general-sum with any
given Jacobian.

Near a stationary profile every smooth game is one of these, so what a rule does here it does there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ..calls import checked
from ..checks import InputError, demand_room, is_concrete, is_number, number, refuse, whole
from ..game import Game, Sample, Scalar, identity, zero_sum
from ..profile import Profile

Numbers = ArrayLike | Sequence[Any]

SMALL = 144  # entries of a matrix that is multiplied without a product of matrices


class Bilinear(eqx.Module):
    """x'Ay + b'x + c'y."""

    def __call__(self, x: Profile, sample: Sample) -> Scalar:
        A, b, c = sample
        p, q = _vectors(x, A.shape)
        return _form(p, A, q) + _dot(b, p) + _dot(c, q)


class Quadratic(eqx.Module):
    """x'Px/2 + x'By - y'Qy/2 + b'x + c'y."""

    def __call__(self, x: Profile, sample: Sample) -> Scalar:
        P, B, Q, b, c = sample
        p, q = _vectors(x, B.shape)
        own = _form(p, P, p) / 2 - _form(q, Q, q) / 2
        return own + _form(p, B, q) + _dot(b, p) + _dot(c, q)


class Linear(eqx.Module):
    """x_i'J_ii x_i/2 + x_i'(sum over j != i of J_ij x_j + b_i) for each player i."""

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        blocks, offsets = sample
        own = _vectors(x, tuple(b.size for b in offsets))
        return tuple(
            p @ (sum(row[j] @ q for j, q in enumerate(own) if j != i) + row[i] @ p / 2 + offsets[i])
            for i, (p, row) in enumerate(zip(own, blocks, strict=True))
        )


@checked
def bilinear(
    A: Numbers = 1.0,
    b: Numbers | None = None,
    c: Numbers | None = None,
    *,
    project: Callable[[Profile], Profile] = identity,
) -> Game:
    """min over x, max over y of x'Ay + b'x + c'y; A may be a number (players may then be numbers
    too).

    For square invertible A the only stationary profile is x = -A^-T c, y = -A^-1 b, a centre of the
    flow.
    """
    A = _matrix(A, "A")
    return zero_sum(
        Bilinear(),
        (A, _vector(b, A.shape[0], A, "b"), _vector(c, A.shape[1], A, "c")),
        project=project,
    )


@checked
def quadratic(
    P: Numbers, B: Numbers, Q: Numbers, b: Numbers | None = None, c: Numbers | None = None
) -> Game:
    """min over x, max over y of x'Px/2 + x'By - y'Qy/2 + b'x + c'y, with P and Q symmetric; J =
    [[P, B], [-B', Q]].
    """
    P, B, Q = _symmetric(P, "P"), _matrix(B, "B"), _symmetric(Q, "Q")
    if B.shape != (len(P), len(Q)):
        allowed = f"of shape {(len(P), len(Q))}: a row for each row of P, a column for each of Q"
        raise refuse("B", f"a matrix of shape {B.shape}", allowed)
    return zero_sum(Quadratic(), (P, B, Q, _vector(b, len(P), B, "b"), _vector(c, len(Q), B, "c")))


@checked
def linear(
    jacobian: Numbers, sizes: tuple[int, ...] | None = None, offset: Numbers | None = None
) -> Game:
    """The game whose field is v(x) = J x + offset, players of the given sizes (each a number, by
    default) stacked in order.

    Every own block J_ii must be symmetric, since it is a second derivative; across players any J
    will do.
    """
    J = _square(jacobian, "jacobian")
    sizes = (1,) * len(J) if sizes is None else tuple(whole(s, "sizes") for s in sizes)
    if sum(sizes) != len(J):
        raise refuse("sizes", sizes, f"sizes that add up to the {len(J)} rows of the Jacobian")
    v = _vector(offset, len(J), J, "offset")
    ends = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
    at = [slice(low, high) for low, high in itertools.pairwise(ends)]
    blocks = tuple(tuple(J[i, j] for j in at) for i in at)
    for i, row in enumerate(blocks):
        _symmetric(row[i], f"block ({i}, {i}) of the Jacobian")
    return Game(Linear(), data=(blocks, tuple(v[i] for i in at)))


@checked
def ring(players: int = 3, friction: float = 0.1) -> Game:
    """friction x_i^2/2 + x_i (x_{i+1} - x_{i-1}): each chases one neighbour and flees the other;
    three or more players.

    Every pair is zero-sum, so the flow turns about the line x_0 = x_1 = ... while friction draws it
    in; without friction the distance to the origin never changes and, for an odd number of players,
    that line is stationary.
    """
    players, friction = whole(players, "players", 3), number(friction, "friction")
    demand_room(4 * players**2, 8, "players", players)
    ahead = jnp.roll(jnp.eye(players), 1, axis=1)
    return linear(friction * jnp.eye(players) + ahead - ahead.T)


@checked
def saddle(game: Game) -> Profile:
    """The stationary profile of a bilinear, quadratic or linear game, by one linear solve."""
    rule = getattr(game.losses, "value", game.losses)
    if not isinstance(rule, Bilinear | Quadratic | Linear):
        raise refuse(
            "game", game, "bilinear, quadratic or linear", "mm.find_equilibria serves every game."
        )
    if isinstance(rule, Linear):
        origin = Profile(0 * b for b in game.data[1])
    else:
        origin = Profile(0 * b for b in game.data[-2:])
        rows, columns = (b.size for b in origin)
        if isinstance(rule, Bilinear) and rows != columns:
            cause = "Otherwise a saddle is not unique, if there is one."
            raise refuse("A", f"a matrix of shape {(rows, columns)}", "square", cause)
    return _stationary(game, origin)


@eqx.filter_jit
def _stationary(game: Game, origin: Profile) -> Profile:
    flat, unravel = game.field(origin).ravel()
    return unravel(jnp.linalg.solve(game.jacobian(origin), -flat))


def _form(p: Array, A: Array, q: Array) -> Scalar:
    """p'Aq, of a small A as one sum: XLA merges that with what stands around it, while products of
    matrices stand alone.
    """
    return _dot(jnp.sum(p[:, None] * A, 0) if A.size <= SMALL else p @ A, q)


def _dot(p: Array, q: Array) -> Scalar:
    """p'q as a sum."""
    return jnp.sum(p * q)


def _vectors(x: Profile, sizes: tuple[int, ...]) -> tuple[Float[Array, " size"], ...]:
    if len(x) != len(sizes):
        raise refuse("the profile", f"one of {len(x)} players", f"one of {len(sizes)} players")
    for i, (strategy, size) in enumerate(zip(x, sizes, strict=True)):
        shape = getattr(strategy, "shape", None)
        if shape != (size,) and not (size == 1 and shape == ()):
            given = f"an array of shape {shape}" if shape is not None else strategy
            cause = "The game's matrices fix the sizes."
            raise refuse(f"player {i}'s strategy", given, f"a vector of length {size}", cause)
    return tuple(jnp.reshape(strategy, (size,)) for strategy, size in zip(x, sizes, strict=True))


def _matrix(value: Numbers, argument: str) -> Float[Array, "rows columns"]:
    """A number, a list of rows or an array, as a floating matrix."""
    given = as_floats(value, argument)
    given = given.reshape(1, 1) if given.ndim == 0 else given
    if given.ndim != 2 or 0 in given.shape:
        raise refuse(argument, f"an array of shape {given.shape}", "a number or a matrix")
    return given


def _square(value: Numbers, argument: str) -> Float[Array, "size size"]:
    given = _matrix(value, argument)
    if given.shape[0] != given.shape[1]:
        raise refuse(argument, f"a matrix of shape {given.shape}", "square")
    return given


def _symmetric(value: Numbers, argument: str) -> Float[Array, "size size"]:
    given = _square(value, argument)
    if is_concrete(given) and not np.allclose(
        given, given.T, rtol=0, atol=1e-5 * float(np.max(np.abs(given)))
    ):
        raise refuse(
            argument, given, "symmetric", "A second derivative is; replace M by (M + M.T) / 2."
        )
    return given


def _vector(value: Numbers | None, size: int, like: Array, argument: str) -> Float[Array, " size"]:
    if value is None:
        return jnp.zeros(size, like.dtype)
    given = as_floats(value, argument)
    if given.shape != (size,) and not (size == 1 and given.ndim == 0):
        raise refuse(argument, f"an array of shape {given.shape}", f"a vector of length {size}")
    return given.reshape(size).astype(like.dtype)


def as_floats(value: Numbers, argument: str) -> Array:
    """An array of finite real numbers."""
    try:
        given = _widened(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise refuse(
            argument, value, "a number, a list or an array of numbers", "Rows of different lengths?"
        ) from error
    if not is_number(given) or jnp.iscomplexobj(given):
        raise refuse(argument, value, "real numbers")
    if is_concrete(given) and not np.all(np.isfinite(given)):
        raise InputError(f"{argument} has entries that are not finite, but must be finite.")
    return given


def _widened(value: Numbers) -> Array:
    """As an array; of whole numbers as floats, since 32 bits have no integers beyond 2^31."""
    try:
        given = jnp.asarray(value)
    except OverflowError:
        return jnp.asarray(value, float)
    return jnp.asarray(value, float) if jnp.issubdtype(given.dtype, jnp.integer) else given
