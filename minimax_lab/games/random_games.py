"""Random games, for property tests and the catalogue: pure functions of a key, so that
`eqx.filter_vmap` over keys makes an ensemble of games.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..calls import checked
from ..checks import demand_room, number, refuse, whole
from ..game import Game, identity
from .affine import Numbers, as_floats, bilinear, linear, quadratic
from .markets import market


@checked
def random_bilinear(key: PRNGKeyArray, n: int, spectrum: Numbers | None = None) -> Game:
    """x'Ay with A = U diag(spectrum) V', U and V uniform orthogonal; by default the singular values
    are uniform in [1/2, 1].
    """
    n = whole(n, "n")
    demand_room(4 * n * n, 8, "n", n)
    rows, columns, values = jax.random.split(key, 3)
    given = (
        jax.random.uniform(values, (n,), minval=0.5)
        if spectrum is None
        else as_floats(spectrum, "spectrum")
    )
    if given.shape != (n,):
        raise refuse("spectrum", f"an array of shape {given.shape}", f"{n} singular values")
    given = number(given, "spectrum", least=0)
    return bilinear((jax.random.orthogonal(rows, n) * given) @ jax.random.orthogonal(columns, n).T)


@checked
def random_quadratic(
    key: PRNGKeyArray, n: int, m: int, *, gap: float = 0.05, step: float = 0.1
) -> Game:
    """x'Px/2 + x'By - y'Qy/2, P and Q positive definite: the largest modulus of I - step J, in
    [0.9, 0.97], leads by `gap`.

    Player 0 has n numbers, player 1 has m. In hidden orthogonal bases the game is min(n, m) planar
    games of eigenvalues (1 - r e^{+-i phi})/step and single real ones; a planar one leads. Under
    other rules the lead differs: ask `lead`.
    """
    n, m = whole(n, "n"), whole(m, "m")
    demand_room(4 * (n + m) ** 2, 8, "n and m", f"{n} and {m}")
    gap, step = number(gap, "gap", least=0), number(step, "step", above=0)
    keys = jax.random.split(key, 6)
    modes, pairs = max(n, m), min(n, m)
    planar = jnp.where(jnp.arange(modes) < pairs, 1.0, 0.0)
    first = jax.random.uniform(keys[0], (1,), minval=0.9, maxval=0.97)
    rest = jax.random.uniform(keys[1], (modes - 1,), minval=0.5) * first / (1 + gap)
    moduli = jnp.concatenate([first, rest])
    angles = jax.random.uniform(keys[2], (modes,), minval=0.05, maxval=0.5) * planar
    real, imaginary = (1 - moduli * jnp.cos(angles)) / step, moduli * jnp.sin(angles) / step
    # Curvatures real +- tilt and coupling^2 = imaginary^2 + tilt^2 give the planar game [[p, b],
    # [-b, q]] those eigenvalues.
    tilt = real * jax.random.uniform(keys[3], (modes,), minval=-0.5, maxval=0.5) * planar
    U, V = jax.random.orthogonal(keys[4], n), jax.random.orthogonal(keys[5], m)
    P, Q = (U * (real + tilt)[:n]) @ U.T, (V * (real - tilt)[:m]) @ V.T
    B = (U[:, :pairs] * jnp.sqrt(imaginary**2 + tilt**2)[:pairs]) @ V[:, :pairs].T
    return quadratic((P + P.T) / 2, B, (Q + Q.T) / 2)


@checked
def random_general_sum(
    key: PRNGKeyArray, sizes: tuple[int, ...], *, margin: float | None = None
) -> Game:
    """v(x) = J x with Gaussian J/sqrt(size), own blocks symmetrised; with `margin`, J + c I has a
    symmetric part >= margin.
    """
    sizes = tuple(whole(s, "sizes") for s in sizes)
    demand_room(4 * sum(sizes) ** 2, 8, "sizes", sizes)
    size, blocks = sum(sizes), np.repeat(np.arange(len(sizes)), sizes)
    J = jax.random.normal(key, (size, size)) / math.sqrt(size)
    J = jnp.where(blocks[:, None] == blocks[None, :], (J + J.T) / 2, J)
    if margin is not None:
        J = J + (number(margin, "margin") - jnp.linalg.eigvalsh((J + J.T) / 2)[0]) * jnp.eye(size)
    return linear(J, sizes)


@checked
def random_market(
    key: PRNGKeyArray,
    sizes: tuple[int, ...],
    *,
    least: float | None = 0.1,
    trade: Callable[[Array], Array] = identity,
    defect: float = 0.0,
) -> Game:
    """Gaussian trades between every two firms; symmetric curvatures whose smallest eigenvalue is
    `least` (None: of any sign).
    """
    sizes = tuple(whole(s, "sizes") for s in sizes)
    demand_room(2 * sum(sizes) ** 2, 8, "sizes", sizes)
    keys = iter(jax.random.split(key, len(sizes) * (len(sizes) + 1)))
    curvatures = [_curvature(next(keys), d, least) for d in sizes]
    trades = {
        (i, j): jax.random.normal(next(keys), (sizes[i], sizes[j]))
        for i in range(len(sizes))
        for j in range(i + 1, len(sizes))
    }
    return market(curvatures, trades, trade=trade, defect=defect)


@checked
def lead(eigenvalues: Numbers, tolerance: float = 1e-6) -> float:
    """How far the largest modulus exceeds the next different one (0.05: it leads by 5 %);
    conjugates count once.
    """
    moduli = np.sort(np.abs(np.ravel(eigenvalues)))[::-1]
    if not moduli.size:
        raise refuse("eigenvalues", eigenvalues, "one or more numbers")
    others = moduli[moduli < moduli[0] * (1 - tolerance)]
    return float("inf") if not others.size or not others[0] else float(moduli[0] / others[0] - 1)


def _curvature(key: PRNGKeyArray, size: int, least: float | None) -> Float[Array, "size size"]:
    M = jax.random.normal(key, (size, size))
    M = (M + M.T) / 2
    if least is None:
        return M
    return M + (number(least, "least") - jnp.linalg.eigvalsh(M)[0]) * jnp.eye(size)
