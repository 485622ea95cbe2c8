r"""The Jacobian of a regularised GAN at its equilibrium (Mescheder, Geiger, Nowozin 2018, Theorem
4.1), for a discriminator of any features, and why it is stable.

In the sign of descent, generator first,

    [[0, -K'], [K, L - C]],

K how the mean gradient of D moves with the generator, C <= 0 the curvature of the payoff, L >= 0
the penalty's. With K of full column rank and L - C positive definite every eigenvalue has a
positive real part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import Saturating

from ..draws.matrices import norm, normals, rectangular, symmetric, within
from ..draws.points import origin
from ..theorem import Bound, Family, Identity, Outside, Parameters, Source, Theorem
from . import PAPER

FEATURES, POINTS = 4, 5


def features(W: Array, x: Array) -> Array:
    """tanh(Wx): the discriminator is psi . tanh(Wx)."""
    return jnp.tanh(W @ x)


class Featured(eqx.Module):
    """Data z, output z + theta; the discriminator pays gamma/2 times the mean of |grad D|^2 on data
    (R1).
    """

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Array, Array]:
        theta, psi = x
        data, W, penalty = sample
        scores = jax.vmap(lambda point: psi @ features(W, point))
        slopes = jax.vmap(jax.grad(lambda point: psi @ features(W, point)))(data)
        losses = Saturating()(scores(data), scores(data + theta))
        return losses[0], losses[1] + penalty / 2 * jnp.mean(jnp.sum(slopes**2, axis=1))


class Realised(NamedTuple):
    """Such a game, its data and weights, and the penalty; (0, 0) is its equilibrium."""

    game: mm.Game
    data: Array
    W: Array
    penalty: Array


def realised(key: PRNGKeyArray, size: int) -> Realised:
    """Random data and features, a penalty in (1/20, 3)."""
    data, W, penalty = normals(key, (POINTS, size), (FEATURES, size), ())
    penalty = within(penalty, 0.05, 3.0)
    return Realised(mm.Game(Featured(), data=(data, W, penalty)), data, W, penalty)


def blocks(
    instance: Realised, *, slope: float = 0.5, curvature: float = -0.25, two: float = 2.0
) -> tuple[Array, Array]:
    """The Jacobian at the equilibrium, beside the blocks of the theorem."""
    game, data, W, penalty = instance
    size = data.shape[1]
    values = jax.vmap(lambda x: features(W, x))(data)
    slopes = jax.vmap(jax.jacfwd(lambda x: features(W, x)))(data)
    K = slope * jnp.mean(slopes, axis=0)
    C = two * curvature * values.T @ values / POINTS
    L = penalty * jnp.mean(slopes @ slopes.transpose(0, 2, 1), axis=0)
    wanted = jnp.block([[jnp.zeros((size, size)), -K.T], [K, L - C]])
    return game.jacobian(origin(size, FEATURES)), wanted


class Displaced(eqx.Module):
    """The same with output 1 + z + theta: at theta = 0 the generator does not make the data."""

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Array, Array]:
        return Featured()(x.replace(0, x[0] + 1.0), sample)


def displaced(key: PRNGKeyArray, size: int) -> Realised:
    """Not realisable at (0, 0)."""
    one = realised(key, size)
    return one._replace(game=mm.Game(Displaced(), data=one.game.data))


def damped_shapes(n: int, m: int) -> dict[str, tuple[int, ...]]:
    """K of m rows and n <= m columns, and M = L - C, by bases and spectra."""
    return {"rows": (m, m), "columns": (n, n), "values": (n,), "basis": (m, m), "spectrum": (m,)}


def damped(p: Parameters, weakest: float = 1.0, damping: float = 1.0) -> tuple[Array, Array]:
    """K with singular values in (1/10, 3), the last times `weakest`; M with eigenvalues in (1/20,
    3) times `damping`.
    """
    values = within(p["values"], 0.1, 3.0).at[-1].multiply(weakest)
    K = rectangular(p["rows"], p["columns"], values)
    return K, damping * symmetric(p["basis"], within(p["spectrum"], 0.05, 3.0))


def rank_deficient(p: Parameters) -> tuple[Array, Array]:
    """K has not full column rank."""
    return damped(p, weakest=0.0)


def undamped(p: Parameters) -> tuple[Array, Array]:
    """No penalty, and the payoff has no curvature."""
    return damped(p, damping=0.0)


def attraction(instance: tuple[Array, Array]) -> Array:
    """By how many powers of ten the least real part exceeds 1e-9 of |J|: where it is zero, rounding
    is left, some six powers below that.
    """
    K, M = instance
    n = K.shape[1]
    J = jnp.block([[jnp.zeros((n, n)), -K.T], [K, M]])
    least = jnp.min(jnp.linalg.eigvals(J).real) / norm(J)
    return jnp.log10(jnp.maximum(least, 1e-18)) + 9


DIR_13 = Theorem(
    id="DIR-13",
    name="The Jacobian of a regularised GAN, and why it is stable",
    statement=r"""Let $p_\theta$ equal the data at $\theta = 0$ and let $D_0 = 0$ (realisable). At
that equilibrium the field of descent with the R1 penalty has the Jacobian
$$\begin{pmatrix} 0 & -K^T \\ K & L - C \end{pmatrix}, \quad K = f'(0)\, \partial_\theta
E_{p_\theta} [\nabla_\psi D], \quad C = 2 f''(0)\, E[\nabla_\psi D\, \nabla_\psi D^T], \quad L =
\gamma\, E[A A^T], \quad A = \nabla_{\psi, x} D.$$
Tried: a generator that shifts five points, $D_\psi(x) = \psi^T \tanh(W x)$. If $K$ has full column
rank and $L - C$ is positive definite, every eigenvalue has a positive real part, so simultaneous
(NUM-3) and alternating (NUM-14) steps converge locally for small $h$.""",
    source=Source(PAPER + "Theorem 4.1, where the equilibria are isolated", "memory; derived"),
    checks=(
        Identity(
            part="blocks",
            draw=realised,
            sides=blocks,
            tolerance=1e-10,
            sizes=((2,),),
            most=200,
            outside=(Outside("the generator does not make the data", displaced, least=0.9),),
        ),
        Bound(
            part="real parts",
            family=Family(damped_shapes, damped, ((2, 3), (1, 4))),
            margin=attraction,
            unmoved="a sign",
            outside=(
                Outside(
                    "K has not full column rank",
                    Family(damped_shapes, rank_deficient, ((2, 3),)),
                    least=0.9,
                ),
                Outside(
                    "neither penalty nor curvature",
                    Family(damped_shapes, undamped, ((2, 3),)),
                    least=0.9,
                ),
            ),
        ),
    ),
)
