r"""What a discriminator's loss tells of a collapsed generator: why a gap from the ideal loss is a
measure of anything.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from minimax_lab.objectives import NonSaturating

from ..theorem import Identity, Outside, Source, Theorem


class Captured(NamedTuple):
    """A generator uniform on k of n modes, and how its discriminator's logit on those is off from
    the best one.
    """

    modes: Array
    captured: Array
    error: Array


def captured(key: PRNGKeyArray) -> Captured:
    """Up to all of 2 to 12 modes."""
    u = jax.random.uniform(key, (2,))
    modes = jnp.floor(2 + 11 * u[0])
    return Captured(modes, jnp.floor(1 + modes * u[1]), jnp.zeros(()))


def losses_told(
    instance: Captured, *, own: float = 1.0, inverse: float = 1.0, share: float = 1.0
) -> tuple[Any, Any]:
    """The discriminator's loss and its slope at the best logits, beside the law and zero."""
    n, k = instance.modes, instance.captured
    made = jnp.arange(12.0) < k
    every = jnp.arange(12.0) < n

    def loss(logit: Array) -> Array:
        # One logit a mode, 60 where nothing is generated; the objective's means are taken mode by
        # mode.
        terms = jax.vmap(NonSaturating())(
            jnp.where(made, logit, 60.0), jnp.broadcast_to(logit, (12,))
        )[1]
        alone = jax.vmap(NonSaturating())(jnp.where(made, logit, 60.0), jnp.full(12, -80.0))[1]
        real = jnp.sum(jnp.where(every, alone, 0.0)) / n
        return real + jnp.sum(jnp.where(made, terms - alone, 0.0)) / k

    best = jnp.log(k / n) + instance.error
    value, slope = jax.value_and_grad(loss)(best)
    law = share * (k / n) * jnp.log1p(inverse * n / k) + jnp.log1p(own * k / n)
    return (value, slope), (law, jnp.zeros(()))


def imperfect(key: PRNGKeyArray) -> Captured:
    """A logit off by one half."""
    return captured(key)._replace(error=jnp.asarray(0.5))


def eight(key: PRNGKeyArray) -> Array:
    """How many of eight modes are captured."""
    return jnp.array([1.0, 2.0, 3.0, 4.0, 8.0])


def one_too_many(key: PRNGKeyArray) -> Array:
    """One more each, up to all."""
    return jnp.minimum(eight(key) + 1, 8.0)


def tabulated(
    counts: Array,
    *,
    one: float = 0.392,
    two: float = 0.626,
    three: float = 0.806,
    four: float = 0.955,
    all_of_them: float = 1.386,
) -> tuple[Array, Array]:
    """The loss of the best discriminator, beside the table."""

    def at_best(count: Array) -> Array:
        return losses_told(Captured(jnp.asarray(8.0), count, jnp.zeros(())))[0][0]

    return jax.vmap(at_best)(counts), jnp.stack([one, two, three, four, all_of_them])


GAP_13 = Theorem(
    id="GAP-13",
    name="The discriminator's loss counts the modes",
    statement=r"""Let the data be $n$ equally likely modes far apart, and the generator uniform on
$k$ of them. The best discriminator has the logit $\log(k/n)$ on those, and its loss is
$$\frac{k}{n} \log\left(1 + \frac{n}{k}\right) + \log\left(1 + \frac{k}{n}\right),$$
for $n = 8$ and $k = 1, 2, 3, 4, 8$: 0.392, 0.626, 0.806, 0.955, $\log 4$. So the gap from the ideal
loss counts what is missing.""",
    source=Source("ours", "derived"),
    checks=(
        Identity(
            draw=captured,
            sides=losses_told,
            tolerance=1e-12,
            outside=(
                Outside(
                    "a discriminator off by one half in its logit", family=imperfect, least=0.9
                ),
            ),
        ),
        Identity(
            part="eight modes",
            draw=eight,
            sides=tabulated,
            tolerance=5e-4,
            most=1,
            outside=(Outside("one mode too many", family=one_too_many, least=1.0),),
        ),
    ),
)
