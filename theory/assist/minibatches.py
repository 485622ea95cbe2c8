r"""AdvAs (Munk, Harvey, Wood 2020): r(x) = |grad_a L_a|^2, which the generator lowers as well. What
minibatches make of it.

Statements and numbers are ours; the paper's own theorems were not to be had. Everything is measured
on the library's objects: the penalty of `reshaped.assisted`, and what `AssistAdversary` adds to a
field.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import Saturating
from minimax_lab.reshaped import assisted

from ..draws.matrices import normals, within
from ..draws.points import direction_at
from ..theorem import Identity, Outside, Scenario, Source, Theorem
from ..verify import chances
from . import OURS, PAPER


class Logits(eqx.Module):
    """D(a) = p_0 + p_1 a + p_2 a^2 and G(z) = t_0 + e^{t_1} z, in the zero-sum objective."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> tuple[Array, Array]:
        real, latent = sample
        fake = x[0][0] + jnp.exp(x[0][1]) * latent
        return Saturating()(*(x[1] @ jnp.stack([jnp.ones_like(a), a, a**2]) for a in (real, fake)))


class Normals(eqx.Module):
    """`count` standard normals for the data and as many for the latents."""

    count: int = eqx.field(static=True)

    def __call__(self, data: Any, key: PRNGKeyArray) -> tuple[Array, Array]:
        real, latent = jax.random.normal(key, (2, self.count))
        return real, latent


AT = mm.Profile((jnp.array([0.8, 0.4]), jnp.array([0.2, -0.3, 0.25])))
NODES, DRAWS, BATCHES, BATCH = 120, 20_000, (4, 16), 4
ERRORS = 4.2  # standard ones, within which a mean must lie
TRIAL = chances.mean(DRAWS, ERRORS, 6.0, means=4)


def exact(own: Array) -> tuple[Array, Array]:
    """r, and the trace of the covariance of one example's gradient, by Gauss-Hermite quadrature, at
    the generator `own`.
    """
    points, weights = (jnp.asarray(part) for part in np.polynomial.hermite_e.hermegauss(NODES))
    weights = weights / jnp.sum(weights)

    def moments(a: Array, sign: float) -> tuple[Array, Array]:
        features = jnp.stack([jnp.ones_like(a), a, a**2], axis=1)
        gradients = sign * jax.nn.sigmoid(sign * features @ AT[1])[:, None] * features
        mean = weights @ gradients
        return mean, weights @ jnp.sum((gradients - mean) ** 2, axis=1)

    (one, spread), (other, more) = (
        moments(points, -1.0),
        moments(own[0] + jnp.exp(own[1]) * points, 1.0),
    )
    return jnp.sum((one + other) ** 2), spread + more


def summed(found: Array) -> dict[str, np.ndarray]:
    """Means and standard errors over draws."""
    return {
        "mean": np.asarray(jnp.mean(found, axis=0)),
        "error": np.asarray(jnp.std(found, axis=0) / len(found) ** 0.5),
    }


@functools.partial(jax.jit, static_argnums=1)
def penalties(keys: PRNGKeyArray, batch: int) -> Array:
    """|g_B|^2 as the reshaped game charges it, the mean of two, and <g_B, g_B'>; a row a draw."""
    game = mm.Game(Logits(), draw=Normals(batch))
    shaped = assisted(game, 1.0)

    def once(key: PRNGKeyArray) -> Array:
        one, two = (game.sample(k) for k in jax.random.split(key))
        charged = [shaped.totals(AT, seen)[0] - game.totals(AT, seen)[0] for seen in (one, two)]
        paired = game.field(AT, one)[1] @ game.field(AT, two)[1]
        return jnp.stack([sum(charged) / 2, paired])

    return jax.vmap(once)(keys)


@functools.partial(jax.jit, static_argnums=1)
def additions(keys: PRNGKeyArray, paired: bool) -> Array:
    """What the direction adds to the generator's gradient of the same draw."""
    game = mm.Game(Logits(), draw=Normals(BATCH))
    plain, direction = (
        mm.AssistAdversary(strength=0.0, paired=paired),
        mm.AssistAdversary(strength=1.0, paired=paired),
    )

    def once(key: PRNGKeyArray) -> Array:
        with_it, without = (
            d(game, AT, (None, None), mm.Tick(0, key))[0][0] for d in (direction, plain)
        )
        return with_it - without

    return jax.vmap(once)(keys)


def values(key: PRNGKeyArray) -> dict[str, Any]:
    """Estimates of r from batches of 4 and 16."""
    keys = jax.random.split(key, DRAWS)
    r, spread = jax.jit(exact)(AT[0])
    return {"r": float(r), "spread": float(spread)} | {
        f"{batch}": summed(penalties(keys, batch)) for batch in BATCHES
    }


def slopes(key: PRNGKeyArray) -> dict[str, Any]:
    """Estimates of its gradient from batches of 4."""
    keys = jax.random.split(key, DRAWS)
    r, spread = (np.asarray(part) for part in jax.jit(jax.jacrev(exact))(AT[0]))
    return {
        "r": r,
        "spread": spread,
        "single": summed(additions(keys, False)),
        "paired": summed(additions(keys, True)),
    }


def value_as_predicted(
    told: dict[str, Any], *, paired: float = 1.0, variance: float = 1.0, power: float = 1.0
) -> tuple[bool, dict[str, float]]:
    """Standard errors off: one batch from r + tr C / B, two from r."""
    off = {}
    for batch in BATCHES:
        found, r = told[f"{batch}"], told["r"]
        wanted = np.array([r + variance * told["spread"] / batch**power, paired * r])
        off[f"one batch of {batch}"], off[f"two of {batch}"] = _off(found, wanted)
    return max(off.values()) < ERRORS, off


def slope_as_predicted(
    told: dict[str, Any], *, paired: float = 1.0, variance: float = 1.0
) -> tuple[bool, dict[str, float]]:
    """Standard errors off, the coordinate that is further: one batch from grad r + grad tr C / B,
    two from grad r.
    """
    wanted = {
        "single": told["r"] + variance * told["spread"] / BATCH,
        "paired": paired * told["r"],
    }
    off = {name: float(np.max(_off(told[name], mean))) for name, mean in wanted.items()}
    return max(off.values()) < ERRORS, off


def _off(found: dict[str, np.ndarray], wanted: np.ndarray) -> np.ndarray:
    return np.abs(found["mean"] - wanted) / found["error"]


ADV_1 = Theorem(
    id="ADV-1",
    name="One minibatch adds its variance to the penalty",
    statement=r"""Let $g_B$ be the adversary's gradient from a batch of $B$ data and $B$ generated
examples, $g$ its mean, and $C$ the sum of the covariances of one example's gradient of either kind.
Then $E |g_B|^2 = |g|^2 + \mathrm{tr}\, C / B$, while $E \langle g_B, g_B' \rangle = |g|^2$ for two
independent batches.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=values,
            reading=value_as_predicted,
            trial=TRIAL,
            outside=(Outside("one minibatch, held to be unbiased", change={"variance": 0.0}),),
        ),
    ),
)

ADV_2 = Theorem(
    id="ADV-2",
    name="And the gradient of its variance to the penalty's gradient",
    statement=r"""With the same $g_B$, `AssistAdversary` of strength 1 adds on average
$\nabla_\theta |g|^2 + \nabla_\theta \mathrm{tr}\, C / B$ to the generator's direction, and with two
batches (`paired`) $\nabla_\theta |g|^2$: unbiased.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=slopes,
            reading=slope_as_predicted,
            trial=TRIAL,
            outside=(Outside("one minibatch, held to be unbiased", change={"variance": 0.0}),),
        ),
    ),
)


# ADV-3 and ADV-4: at a discriminator that is optimal.


class Fit(NamedTuple):
    """A game on one sample of 32, a profile, and a strength in (0.01, 100)."""

    game: mm.Game
    x: mm.Profile
    strength: Array


def fit(key: PRNGKeyArray) -> Fit:
    """Normal data and latents, a generator and a discriminator at random."""
    sample, own, other, strength = normals(key, (2, 32), (2,), (3,), ())
    return Fit(
        mm.Game(Logits(), data=(sample[0], sample[1])),
        mm.Profile((0.6 * jnp.tanh(own), 0.3 * other)),
        within(strength, 0.01, 100.0),
    )


def optimum(game: mm.Game, x: mm.Profile) -> mm.Profile:
    """The best discriminator, by damped Newton steps on its loss, which is convex."""
    real, latent = game.data
    features = jnp.concatenate([real, x[0][0] + jnp.exp(x[0][1]) * latent])
    reach = jnp.sqrt(1 + jnp.max(features**2) + jnp.max(features**4))

    def slope(other: Array) -> Array:
        return game.field(x.replace(1, other))[1]

    def step(other: Array, _: None) -> tuple[Array, None]:
        move = jnp.linalg.solve(jax.jacfwd(slope)(other), slope(other))
        # Shortened so that the logits move by so little that the curvature is still known there.
        far = reach * jnp.linalg.norm(move)
        return other - move * jnp.log1p(far) / (far + 1e-300), None

    return x.replace(1, jax.lax.scan(step, x[1], None, 80)[0])


def decayed(instance: Fit, optimal: bool) -> tuple[mm.Game, mm.Profile]:
    """The game with weight decay of 0.1 on the discriminator, and the best one in it, or that which
    was drawn.
    """
    game = mm.games.weight_decay(instance.game, (0.0, 0.1))
    return game, optimum(game, instance.x) if optimal else instance.x


def untouched(
    instance: Fit, *, whole: float = 1.0, optimal: bool = True
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The generator's part of the assisted direction and r, beside its own gradient and zero."""
    game, x = decayed(instance, optimal)
    turn, v = direction_at(mm.AssistAdversary(strength=instance.strength), game, x), game.field(x)
    return (turn[0], v[1] @ v[1]), (whole * v[0], jnp.zeros(()))


def envelope(instance: Fit, *, whole: float = 1.0, optimal: bool = True) -> tuple[Array, Array]:
    """Central differences of the best discriminator's value, beside the generator's gradient."""
    game, x = decayed(instance, optimal)

    def best(own: Array) -> Array:
        at = optimum(game, x.replace(0, own))
        return -game.totals(at)[1]

    shifts = 1e-5 * jnp.eye(2)
    values = jax.lax.map(best, jnp.concatenate([x[0] + shifts, x[0] - shifts]))
    return (values[:2] - values[2:]) / 2e-5, whole * game.field(x)[0]


class Product(eqx.Module):
    """D(a) = p_0 p_1 a and G(z) = t z, in the zero-sum objective."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> tuple[Array, Array]:
        return Saturating()(*(x[1][0] * x[1][1] * a for a in (sample[0], x[0] * sample[1])))


def stationary(
    instance: Fit, *, loss: float = math.log(4), still: bool = True
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Of p = 0, or else one that was drawn: r, what the penalty adds, and the loss, beside zeros
    and log 4.
    """
    game = mm.Game(Product(), data=(1 + instance.game.data[0], instance.game.data[1]))
    own, other = instance.x[0][0], instance.x[1][:2]
    x = mm.Profile((own, 0 * other if still else other))
    direction = mm.AssistAdversary(strength=instance.strength)
    added, v = direction_at(direction, game, x)[0] - game.field(x)[0], game.field(x)[1]
    return (v @ v, added, game.totals(x)[1]), (jnp.zeros(()), jnp.zeros(()), jnp.asarray(loss))


ADV_3 = Theorem(
    id="ADV-3",
    name="Where the adversary is optimal the penalty changes nothing",
    statement=r"""Let $\phi^*$ minimise the adversary's whole training loss, in its interior. Then
$r = 0$ there, so $\nabla_\theta r = 0$ as well, and AdvAs of any strength moves the generator as if
there were no penalty. The converse fails: a discriminator $D(x) = \phi_0 \phi_1 x$ has both at
$\phi = 0$, where its loss is $\log 4$ whatever the data and the generator.""",
    source=OURS,
    checks=(
        Identity(
            draw=fit,
            sides=untouched,
            tolerance=1e-9,
            most=200,
            outside=(Outside("a discriminator at random", change={"optimal": False}, least=0.9),),
        ),
        Identity(
            part="the converse",
            draw=fit,
            sides=stationary,
            tolerance=1e-12,
            most=200,
            outside=(Outside("elsewhere", change={"still": False}, least=0.9),),
        ),
    ),
)

ADV_4 = Theorem(
    id="ADV-4",
    name="The envelope theorem",
    statement=r"""Let $M(\theta) = \max_\phi h(\theta, \phi)$ be attained at $\phi^*$, with $h$
continuously differentiable and $M$ differentiable. Then $\nabla M(\theta) = \partial_\theta
h(\theta, \phi^*)$: the gradient that an optimal adversary gives is that of the divergence
itself.""",
    source=Source(
        "Danskin 1966; quoted as background in " + PAPER + "number not verified", "memory; derived"
    ),
    checks=(
        Identity(
            draw=fit,
            sides=envelope,
            tolerance=1e-7,
            most=100,
            outside=(Outside("a discriminator at random", change={"optimal": False}, least=0.9),),
        ),
    ),
)
