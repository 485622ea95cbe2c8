r"""Mixing that projects instead of minimising (type I), which is full orthogonalisation (Saad 1981)
seen through the map once more; and what mixing cannot tell apart.

FOM's k-th point lies in w_0 + K_k, K_k = span(f_0, ..., G^(k-1) f_0), with a residual orthogonal to
K_k: x_k = w_0 + V (V'GV)^-1 V'f_0. Type I solves the same projection on differences of points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.krylov import images, iterates, system
from ..draws.matrices import between, normals, orthogonal, within
from ..theorem import Identity, Outside, Proof, Source, Theorem
from .gmres import Walk, curved

UPDATES = 4


def coupled(key: PRNGKeyArray, size: int) -> Walk:
    """A bilinear game with singular values in (0.3, 1), a step in (1/2, 1.5) and a start."""
    frames, values, offsets, step, start = normals(
        key, (2, size, size), (size,), (2, size), (), (2 * size,)
    )
    U, V = jax.vmap(orthogonal)(frames)
    game = mm.games.bilinear((U * within(values, 0.3, 1.0)) @ V, *offsets)
    return Walk(game, between(step, 0.5, 1.5), mm.Profile(jnp.split(start, 2)))


def orthogonalised(G: Array, residual: Array, depth: int) -> tuple[Array, Array]:
    """x_k - x_0 and r_k of FOM for k = 0, ..., depth."""
    columns = [residual]
    for _ in range(depth - 1):
        columns.append(G @ columns[-1])
    V = jnp.linalg.qr(jnp.stack(columns, 1))[0]
    moves = [0 * residual]
    for k in range(1, depth + 1):
        W = V[:, :k]
        moves.append(W @ jnp.linalg.solve(W.T @ G @ W, W.T @ residual))
    found = jnp.stack(moves)
    return found, residual - found @ G.T


def projected(
    walk: Walk, *, rule: Callable[[Any], Any] = mm.Simultaneous, kind: int = 1
) -> tuple[Any, Any]:
    """w_(k+1) and f_(k+1) of the mixed rule, beside g(x_k) and M r_k of FOM."""
    inner = rule(walk.step)
    mixed = mm.Anderson(inner, UPDATES, kind=kind, remedy=None)
    points = iterates(walk.game, mixed, walk.start, UPDATES)[0][1:]
    w = walk.start.ravel()[0]
    G, d = system(walk.game, inner, w.size)
    moves, residuals = orthogonalised(G, d - G @ w, UPDATES - 1)
    wanted = w + moves
    found = points, images(walk.game, inner, points) - points
    return found, (images(walk.game, inner, wanted), residuals - residuals @ G.T)


def projected_in_turn(walk: Walk, *, kind: int = 1) -> tuple[Any, Any]:
    """The same of alternating steps."""
    return projected(walk, rule=mm.Alternating, kind=kind)


def derive_breakdown(*, rule: Callable[[Any], Any] = mm.Simultaneous) -> list[tuple[str, Any]]:
    """The first projection from the very rule, on x'Ay with two numbers a player."""
    h, entries = sympy.Symbol("h", positive=True), sympy.symbols("a11 a12 a21 a22", real=True)
    x, y = sympy.symbols("x1 x2", real=True), sympy.symbols("y1 y2", real=True)
    value = (sympy.Matrix(x).T * sympy.Matrix(2, 2, entries) * sympy.Matrix(y))[0]
    game = mm.SymbolicGame((value, -value), (x, y))
    G = sympy.eye(4) - game.update_matrix(rule(h))
    f = sympy.Matrix(sympy.symbols("f_:4", real=True))
    return [("f_0'G f_0 = 0 for every f_0", (f.T * G * f)[0].expand())]


AM_15 = Theorem(
    id="AM-15",
    name="Mixing of type I is full orthogonalisation, mapped once more",
    statement=r"""Let $g(w) = Mw + d$, $G = I - M$, and let $x_k$ be the $k$-th point of full
orthogonalisation (FOM): the point of $w_0 + K_k$ whose residual $r_k$ is orthogonal to $K_k$. While
the projected matrices $V_k^T G V_k$ are nonsingular, Anderson mixing of type I and full memory has
$$w_{k+1} = g(x_k), \qquad f_{k+1} = M r_k.$$
So on simultaneous descent-ascent of strongly convex-strongly concave games, whose $G$ has a
definite symmetric part, and on alternating descent-ascent of bilinear ones (four updates tried). On
simultaneous steps of a bilinear game already the first projected number is zero, $f_0^T G f_0 = 0$:
there is no $x_1$.""",
    source=Source("Fang, Saad 2009; Walker, Ni 2011", "memory; derived"),
    checks=(
        Proof(
            part="no first point on bilinear games",
            derive=derive_breakdown,
            unmoved="a product that is zero",
            outside=(Outside("alternating steps", change={"rule": mm.Alternating}),),
        ),
        Identity(
            part="simultaneous, curved",
            draw=curved,
            sides=projected,
            tolerance=1e-9,
            unmoved="one point beside another",
            sizes=((5,),),
            most=200,
            outside=(Outside("type II", change={"kind": 2}, least=0.9),),
        ),
        Identity(
            part="alternating, bilinear",
            draw=coupled,
            sides=projected_in_turn,
            tolerance=1e-6,
            unmoved="one point beside another",
            sizes=((5,),),
            most=200,
            outside=(Outside("type II", change={"kind": 2}, least=0.9),),
        ),
    ),
)
