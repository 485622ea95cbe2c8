r"""The penalty of consensus and its gradient: exact by one product, biased from one minibatch (The
Numerics of GANs, section 4).

grad |v|^2 / 2 = J'v,      grad E|v_b|^2 / 2 = J'v + grad tr Cov(v_b) / 2.

Neither needs the Jacobian itself; two independent minibatches, each multiplied with the other's
field, remove the second term.
"""

from __future__ import annotations

import functools
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import normals
from ..draws.points import direction_at
from ..theorem import Identity, Outside, Scenario, Source, Theorem
from ..verify import chances
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


def pulled(game: mm.Game, x: mm.Profile) -> Array:
    """What consensus of strength one adds to the field."""
    return (direction_at(mm.Consensus(1.0), game, x) - game.field(x)).ravel()[0]


def gradients(
    instance: tuple[mm.Game, mm.Profile, Array], *, stopped: bool = False
) -> tuple[Array, Array]:
    """What consensus adds, beside the dense J'v; or beside the gradient of v . stop(v) / 2, where
    no derivative passes through one of the two.
    """
    game, x, _ = instance
    v = game.field(x)
    if not stopped:
        return pulled(game, x), game.jacobian(x).T @ v.ravel()[0]
    held = jax.lax.stop_gradient(v)
    return pulled(game, x), jax.grad(lambda x: game.field(x) @ held / 2)(x).ravel()[0]


def differences(
    instance: tuple[mm.Game, mm.Profile, Array], *, half: float = 0.5
) -> tuple[Array, Array]:
    """What consensus adds along a direction, beside a central difference of the penalty."""
    game, x, way = instance
    flat, unravel = x.ravel()

    def penalty(h: Array) -> Array:
        v = game.field(unravel(flat + h * way))
        return half * (v @ v)

    ahead, behind = jax.vmap(penalty)(jnp.array([1e-4, -1e-4]))
    return pulled(game, x) @ way, (ahead - behind) / 2e-4


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
            unmoved="the half is moved in the other part",
            tolerance=1e-10,
            most=200,
            outside=(
                Outside(
                    "no derivative through one of the two v", change={"stopped": True}, least=0.9
                ),
            ),
        ),
        Identity(
            part="finite differences",
            draw=duel,
            sides=differences,
            tolerance=1e-5,
            most=200,
            outside=(Outside("the penalty without its half", change={"half": 1.0}, least=0.9),),
        ),
    ),
)


# NUM-11: what one minibatch adds.


class Blurred(eqx.Module):
    """A field seen through a minibatch: v_b = (J + E) x + e, every entry of E and e the mean over
    the batch of independent uniform numbers of standard deviation SPREAD, up to four.
    """

    batch: Array

    def __call__(self, data: Array, key: PRNGKeyArray) -> tuple[Array, Array]:
        shape = (max(BATCHES), len(data), len(data) + 1)
        drawn = 3**0.5 * SPREAD * jax.random.uniform(key, shape, minval=-1.0, maxval=1.0)
        shares = jnp.where(jnp.arange(len(drawn)) < self.batch, 1 / self.batch, 0.0)
        E = jnp.tensordot(shares, drawn, 1)
        return data + E[:, :-1], E[:, -1]


class Rows(eqx.Module):
    """Players of one number each, v_i = (Mx)_i + e_i."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> tuple[Array, ...]:
        M, e = sample
        z = jnp.stack(x.players)
        v = M @ z - jnp.diagonal(M) * z / 2 + e
        return tuple(own * v[i] for i, own in enumerate(x))


SIZE, SPREAD, DRAWS = 3, 0.8, 20_000
BATCHES = 1, 4
ERRORS = 4.4  # standard errors that one of the twelve means may be off


@functools.partial(
    jax.jit, static_argnames="paired", compiler_options={"xla_backend_optimization_level": 1}
)
def averaged(
    J: Array, x: Array, key: PRNGKeyArray, batch: Array, paired: bool
) -> tuple[Array, Array]:
    """The mean over many minibatches of what consensus of strength one asks for, less (I + J')Jx,
    and its standard error.
    """
    game = mm.Game(Rows(), data=J, draw=Blurred(batch))
    direction, profile = mm.Consensus(1.0, paired=paired), mm.Profile(tuple(x))
    memory = direction.init(game, profile, None)

    def once(key: PRNGKeyArray) -> Array:
        return direction(game, profile, memory, mm.Tick(0, key))[0].ravel()[0]

    asked = jax.lax.map(once, jax.random.split(key, DRAWS), batch_size=4_000)
    return jnp.mean(asked, 0) - (J @ x + J.T @ (J @ x)), jnp.std(asked, 0) / DRAWS**0.5


def biases(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The bias of the single and of the paired estimator on a random game of three numbers, for two
    sizes of the batch.
    """
    J, x = normals(key, (SIZE, SIZE), (SIZE,))
    J, x = J / jnp.linalg.norm(J), x / jnp.linalg.norm(x)
    told = {"x": x}
    for i, (name, batch) in enumerate(itertools.product(("single", "paired"), BATCHES)):
        found = averaged(J, x, jax.random.fold_in(key, i), jnp.asarray(batch), name == "paired")
        told |= {f"{name} {batch}": found[0], f"{name} {batch} error": found[1]}
    return {name: np.asarray(value) for name, value in told.items()}


def as_predicted(
    measured: dict[str, np.ndarray],
    *,
    of_single: float = 1.0,
    spread: float = 2.0,
    decay: float = 1.0,
) -> tuple[bool, dict[str, float]]:
    """Single: s^2 d x / B, times `of_single`; paired: none; each within ERRORS standard errors in
    every coordinate.
    """
    told = {}
    for name, batch in itertools.product(("single", "paired"), BATCHES):
        bias = SPREAD**spread * SIZE / batch**decay * measured["x"]
        wanted = of_single * bias if name == "single" else 0 * bias
        off = np.abs(measured[f"{name} {batch}"] - wanted) / measured[f"{name} {batch} error"]
        told[f"{name}, batch of {batch}, standard errors off"] = float(np.max(off))
    return max(told.values()) < ERRORS, told


NUM_11 = Theorem(
    id="NUM-11",
    name="One minibatch biases consensus, two do not",
    statement=r"""Let $v_b$ be the field of a minibatch of size $B$ with mean $v$. The consensus
gradient from one minibatch has the mean $J^T v + \tfrac12 \nabla \mathrm{tr}\,\mathrm{Cov}(v_b)$,
so its bias is of order $1/B$. Tried: for $v_b = (J + E)\, x + e$ in $d$ dimensions, the entries of
$E$ independent with variance $s^2/B$ and independent of $e$, the bias is exactly $\tfrac{s^2
d}{B}\, x$. From two independent minibatches, $\tfrac12 (J_1^T v_2 + J_2^T v_1)$ is unbiased.""",
    source=Source(
        "derived here; the question was raised in public by F. Huszar about " + PAPER + "section 4",
        "derived",
    ),
    checks=(
        Scenario(
            simulate=biases,
            reading=as_predicted,
            trial=chances.mean(DRAWS, ERRORS, 8.0, means=12),
            outside=(
                Outside("one minibatch, held to zero bias", change={"of_single": 0.0}),
                Outside("the size of the batch left out", change={"decay": 0.0}),
                Outside("a bias a tenth smaller", change={"of_single": 0.9}),
            ),
        ),
    ),
)
