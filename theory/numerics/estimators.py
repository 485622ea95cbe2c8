r"""The penalty of consensus and its gradient: exact by one product, biased from one minibatch (The
Numerics of GANs, section 4).

grad |v|^2 / 2 = J'v,      grad E|v_b|^2 / 2 = J'v + grad tr Cov(v_b) / 2.

Neither needs the Jacobian itself; two independent minibatches, each multiplied with the other's
field, remove the second term.
"""

from __future__ import annotations

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import normals
from ..draws.points import direction_at
from ..theorem import Identity, Outside, Scenario, Source, Theorem
from . import PAPER

# NUM-10: the gradient of the penalty is one transposed product.


class Duel(eqx.Module):
    """A generator 1-3-2 and a discriminator 2-3-1, tanh inside, with the non-saturating losses:
    general-sum, smooth.
    """

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> tuple[Array, Array]:
        real, latent = sample

        def network(weights: tuple[Array, ...], inputs: Array) -> Array:
            inner, bias, outer = weights
            return jnp.tanh(inputs @ inner + bias) @ outer

        return mm.objectives.NonSaturating()(
            network(x[1], real), network(x[1], network(x[0], latent))
        )


def duel(key: PRNGKeyArray) -> tuple[mm.Game, mm.Profile, Array]:
    """Random weights of both players, random data and latents, and a direction of unit length in
    the space of weights.
    """
    shapes = [(1, 3), (3,), (3, 2), (2, 3), (3,), (3, 1)]
    *weights, real, latent, way = normals(key, *shapes, (8, 2), (8, 1), (24,))
    return (
        mm.Game(Duel(), data=(real, latent)),
        mm.Profile((tuple(weights[:3]), tuple(weights[3:]))),
        way / jnp.linalg.norm(way),
    )


def penalty(game: mm.Game, x: mm.Profile) -> Array:
    """|v|^2 / 2."""
    v = game.field(x)
    return v @ v / 2


def pulled(game: mm.Game, x: mm.Profile) -> Array:
    """What consensus of strength one adds to the field."""
    return (direction_at(mm.Consensus(1.0), game, x) - game.field(x)).ravel()[0]


def gradients(instance: tuple[mm.Game, mm.Profile, Array]) -> tuple[Array, Array]:
    """What consensus adds, beside the dense J'v."""
    game, x, _ = instance
    return pulled(game, x), game.jacobian(x).T @ game.field(x).ravel()[0]


def stopped(instance: tuple[mm.Game, mm.Profile, Array]) -> tuple[Array, Array]:
    """The gradient of v . stop(v) / 2: no derivative passes through one of the two."""
    game, x, _ = instance
    v = jax.lax.stop_gradient(game.field(x))
    return pulled(game, x), jax.grad(lambda x: game.field(x) @ v / 2)(x).ravel()[0]


def differences(
    instance: tuple[mm.Game, mm.Profile, Array], scale: float = 1.0
) -> tuple[Array, Array]:
    """What consensus adds along a direction, beside a central difference of the penalty."""
    game, x, way = instance
    flat, unravel = x.ravel()
    ahead, behind = jax.vmap(lambda h: penalty(game, unravel(flat + h * way)))(
        jnp.array([1e-4, -1e-4])
    )
    return pulled(game, x) @ way, scale * (ahead - behind) / 2e-4


def doubled_differences(instance: tuple[mm.Game, mm.Profile, Array]) -> tuple[Array, Array]:
    """The same for the penalty |v|^2, without the half."""
    return differences(instance, 2.0)


NUM_10 = Theorem(
    id="NUM-10",
    name="The gradient of the consensus penalty is one transposed product",
    statement=r"""Let the losses be twice continuously differentiable. Then $\nabla \tfrac12 |v|^2 =
J^T v$, over all parameters of all players; so consensus optimisation, $x - h\,(v + \gamma J^T v)$,
needs one product and never the Jacobian itself.""",
    source=Source(PAPER + "section 4", "memory; derived"),
    checks=(
        Identity(
            part="dense",
            draw=duel,
            sides=gradients,
            tolerance=1e-10,
            most=200,
            outside=(Outside("no derivative through one of the two v", claim=stopped, least=0.9),),
        ),
        Identity(
            part="finite differences",
            draw=duel,
            sides=differences,
            tolerance=1e-5,
            most=200,
            outside=(
                Outside("the penalty without its half", claim=doubled_differences, least=0.9),
            ),
        ),
    ),
)


# NUM-11: what one minibatch adds.


class Blurred(eqx.Module):
    """A field seen through a minibatch: v_b = (J + E) x + e, every entry of E and e uniform of this
    standard deviation.
    """

    deviation: Array

    def __call__(self, data: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
        E = (
            3**0.5
            * self.deviation
            * jax.random.uniform(key, (len(data), len(data) + 1), minval=-1.0, maxval=1.0)
        )
        return data + E[:, :-1], E[:, -1]


class Rows(eqx.Module):
    """Players of one number each, v_i = (Mx)_i + e_i."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> tuple[Array, ...]:
        M, e = sample
        z = jnp.stack(x.players)
        v = M @ z - jnp.diagonal(M) * z / 2 + e
        return tuple(own * v[i] for i, own in enumerate(x))


SIZE, SPREAD, BATCH, DRAWS = 3, 0.8, 4, 400_000


def blurred(J: Array) -> mm.Game:
    """The game of these minibatches."""
    return mm.Game(Rows(), data=J, draw=Blurred(jnp.asarray(SPREAD / BATCH**0.5)))


@functools.partial(
    jax.jit, static_argnames="paired", compiler_options={"xla_backend_optimization_level": 1}
)
def averaged(J: Array, x: Array, key: PRNGKeyArray, paired: bool) -> tuple[Array, Array]:
    """The mean over many minibatches of what consensus of strength one asks for, less (I + J')Jx,
    and its standard error.
    """
    direction, profile = mm.Consensus(1.0, paired=paired), mm.Profile(tuple(x))
    memory = direction.init(blurred(J), profile, None)

    def once(key: PRNGKeyArray) -> Array:
        return direction(blurred(J), profile, memory, mm.Tick(0, key))[0].ravel()[0]

    asked = jax.lax.map(once, jax.random.split(key, DRAWS), batch_size=40_000)
    return jnp.mean(asked, 0) - (J @ x + J.T @ (J @ x)), jnp.std(asked, 0) / DRAWS**0.5


def biases(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The bias of the single and of the paired estimator on a random game of three numbers, and s^2
    d x / B.
    """
    J, x = normals(key, (SIZE, SIZE), (SIZE,))
    one, two = jax.random.split(jax.random.fold_in(key, 1))
    single, paired = averaged(J, x, one, False), averaged(J, x, two, True)
    named = dict(
        zip(("single", "single error", "paired", "paired error"), (*single, *paired), strict=True)
    )
    return {
        name: np.asarray(value)
        for name, value in (named | {"predicted": SPREAD**2 * SIZE / BATCH * x}).items()
    }


def as_predicted(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """Single: s^2 d x / B; paired: none; each within four standard errors in every coordinate."""
    single = np.max(np.abs(measured["single"] - measured["predicted"]) / measured["single error"])
    paired = np.max(np.abs(measured["paired"]) / measured["paired error"])
    return bool(max(single, paired) < 4), {
        "single, standard errors off": float(single),
        "paired": float(paired),
    }


def unbiased(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """The single estimator held to zero bias."""
    single = np.max(np.abs(measured["single"]) / measured["single error"])
    return bool(single < 4), {"standard errors off": float(single)}


def batch_forgotten(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """A bias of s^2 d x, as if it did not fall with the size of the batch."""
    return as_predicted(measured | {"predicted": BATCH * measured["predicted"]})


NUM_11 = Theorem(
    id="NUM-11",
    name="One minibatch biases consensus, two do not",
    statement=r"""Let $v_b$ be the field of a minibatch of size $B$ with mean $v$. The consensus
gradient from one minibatch has the mean $J^T v + \tfrac12 \nabla \mathrm{tr}\,\mathrm{Cov}(v_b)$,
so its bias is of order $1/B$. For $v_b = (J + E)\, x + e$ in $d$ dimensions, the entries of $E$
independent with variance $s^2/B$ and independent of $e$, the bias is exactly $\tfrac{s^2 d}{B}\,
x$. From two independent minibatches, $\tfrac12 (J_1^T v_2 + J_2^T v_1)$ is unbiased.""",
    source=Source(
        "derived here; the question was raised in public by F. Huszar about " + PAPER + "section 4",
        "derived",
    ),
    checks=(
        Scenario(
            simulate=biases,
            reading=as_predicted,
            outside=(
                Outside("one minibatch, held to zero bias", claim=unbiased),
                Outside("the size of the batch left out", claim=batch_forgotten),
            ),
        ),
    ),
)
