"""GMRES as theorems need it: every iterate of one cycle, compiled, and differentiable where nothing
breaks down.

A map g(w) = M w + d has the residual f(w) = g(w) - w = d - G w with G = I - M. The k-th iterate is
the point of w_0 + span(f_0, G f_0, ..., G^(k-1) f_0) with the smallest residual.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

import minimax_lab as mm

from .points import updated

Points = Float[Array, "depth+1 size"]
NEGLIGIBLE = 1e-13


def images(game: mm.Game, rule: mm.UpdateRule, points: Points) -> Points:
    """g of a memoryless rule, of two players with as many numbers each, at every point."""

    def image(w: Array) -> Array:
        return updated(rule, game, halves(w)).ravel()[0]

    return jax.vmap(image)(points)


def system(
    game: mm.Game, rule: mm.UpdateRule, size: int
) -> tuple[Float[Array, "size size"], Float[Array, " size"]]:
    """G = I - M and d of a memoryless rule on a game with an affine field."""
    eye = jnp.eye(size)
    rows = images(game, rule, jnp.concatenate([eye, 0 * eye[:1]]))
    return eye - (rows[:-1] - rows[-1]).T, rows[-1]


def gmres(
    G: Float[Array, "size size"], residual: Float[Array, " size"], depth: int
) -> tuple[Points, Points]:
    """x_k - x_0 and r_k for k = 0, ..., depth.

    By directions p whose images Gp are orthonormal (Orthodir; Young, Jea 1980): p' = Gp made
    orthogonal to the others. Unlike conjugate residuals it passes a step that gains nothing; where
    the space is exhausted it stays.
    """
    blank = jnp.zeros((depth, residual.size))

    def step(carry: Any, k: Array) -> tuple[Any, tuple[Array, Array]]:
        x, r, p, q, directions, images = carry
        before = jnp.sum(q**2)
        for _ in range(2):  # once is not enough in floating point
            weights = images @ q
            p, q = p - weights @ directions, q - weights @ images
        square = jnp.sum(q**2)
        live = square > NEGLIGIBLE**2 * before
        scale = jnp.where(live, 1 / jnp.sqrt(jnp.where(live, square, 1.0)), 0.0)
        p, q = scale * p, scale * q
        gain = q @ r
        x, r = x + gain * p, r - gain * q
        return (x, r, q, G @ q, directions.at[k].set(p), images.at[k].set(q)), (x, r)

    first = (jnp.zeros_like(residual), residual, residual, G @ residual, blank, blank)
    points = jax.lax.scan(step, first, jnp.arange(depth, dtype=jnp.int32))[1]
    starts = jnp.zeros_like(residual), residual
    return tuple(jnp.concatenate([a[None], rest]) for a, rest in zip(starts, points, strict=True))  # type: ignore[return-value]


def iterates(
    game: mm.Game, rule: mm.UpdateRule, start: mm.Profile, steps: int
) -> tuple[Points, Any]:
    """The points w_0, ..., w_steps of a rule, each one vector; and its last state."""

    def advance(pair: Any, index: Array) -> tuple[Any, Array]:
        x, state = rule.update(game, pair[0], pair[1], mm.Tick(index, None))
        return (x, state), x.ravel()[0]

    first = start, rule.init(game, start, None)
    (_, state), rest = jax.lax.scan(advance, first, jnp.arange(steps, dtype=jnp.int32))
    return jnp.concatenate([start.ravel()[0][None], rest]), state


def norms(rows: Float[Array, "rows size"]) -> Float[Array, " rows"]:
    """The length of every row."""
    return jnp.linalg.norm(rows, axis=1)


def halves(vector: Float[Array, " size"]) -> mm.Profile:
    """A vector as the profile of two players with as many numbers each."""
    return mm.Profile(jnp.split(vector, 2))


def chebyshev(degree: Any, at: Any) -> Any:
    """T_degree(at) for at >= 1."""
    return jnp.cosh(degree * jnp.arccosh(at))
