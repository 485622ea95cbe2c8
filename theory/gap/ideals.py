r"""What loss a discriminator has at best: the ideal ones that the schedule keeps to, and what is
lost between unequal distributions.

Distributions p of the data and q of the generator live on four places. A loss is the mean of an
objective over all pairs of a real and a generated place; it is convex in the logits, so that it is
least where its slope is zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from minimax_lab import objectives
from minimax_lab.objectives import Objective

from ..draws.matrices import between
from ..theorem import Bound, Family, Identity, Outside, Parameters, Source, Theorem
from ..verify.sampling import drawn
from . import PAPER

PLACES = 4
TABLE = Source(PAPER + "the table of ideal losses; all but the first ours", "code; derived")
LOG_2, LOG_4 = math.log(2), math.log(4)
Row = tuple[Objective, Array, Array | float]  # the best logits, and the loss they have
Sides = tuple[tuple[Array, Array], tuple[Array, Array]]


class Pair(NamedTuple):
    """Two distributions, a share in (0.1, 0.9), and logits of a discriminator."""

    p: Array
    q: Array
    share: Array
    logits: Array


def shapes() -> dict[str, tuple[int, ...]]:
    """Logarithms of both, a share, logits."""
    return {"p": (PLACES,), "q": (PLACES,), "share": (), "logits": (PLACES,)}


def pair(p: Parameters) -> Pair:
    """Both positive everywhere."""
    one, other = (jax.nn.softmax(3 * jnp.tanh(p[name] / 2)) for name in ("p", "q"))
    return Pair(one, other, between(p["share"], 0.1, 0.9), p["logits"])


PAIRS = Family(shapes, pair)


def unequal(key: PRNGKeyArray) -> Pair:
    """Two distributions."""
    return pair(drawn(PAIRS, (), key))


def equal(key: PRNGKeyArray) -> Pair:
    """One distribution, twice."""
    found = unequal(key)
    return found._replace(q=found.p)


def loss(objective: Objective, logits: Array, p: Array, q: Array) -> Array:
    """The discriminator's, over all pairs."""
    pairs = jax.vmap(lambda real: jax.vmap(lambda fake: objective(real, fake)[1])(logits))(logits)
    return jnp.sum(jnp.outer(p, q) * pairs)


def at_best(instance: Pair, rows: Sequence[Row]) -> Sides:
    """Losses at the best logits and their slopes there, beside what they should be and zero."""
    found = [
        jax.value_and_grad(loss, argnums=1)(objective, best, instance.p, instance.q)
        for objective, best, _ in rows
    ]
    wanted = jnp.stack([jnp.asarray(value) for *_, value in rows])
    values, slopes = (jnp.stack(part) for part in zip(*found, strict=True))
    return (values, slopes), (wanted, 0 * slopes)


# GAP-14: ideal losses, and those between unequal distributions.


def divergences(
    instance: Pair,
    *,
    ideal: float = LOG_4,
    jensen: float = 2.0,
    squares: float = 1.0,
    labels: float = 4.0,
) -> Sides:
    """Of the cross-entropies' sum and of least squares."""
    p, q, *_ = instance
    middle, product = (p + q) / 2, jnp.sum(p * q / (p + q))
    divergence = jnp.sum(p * jnp.log(p / middle) + q * jnp.log(q / middle)) / 2
    return at_best(
        instance,
        (
            (objectives.NonSaturating(), jnp.log(p / q), ideal - jensen * divergence),
            (objectives.LeastSquares(), p / (p + q), squares * product),
            (objectives.LeastSquares(-1.0, 1.0), (p - q) / (p + q), labels * product),
        ),
    )


def overlap(instance: Pair, *, hinge: float = 2.0, variation: float = 2.0) -> Array:
    """1 - (2 - 2 TV) / (the hinge loss)."""
    p, q, _, logits = instance
    here = loss(objectives.Hinge(), logits, p, q)
    return 1 - (hinge - variation * jnp.sum(jnp.abs(p - q)) / 2) / here


def entropy(share: Array) -> Array:
    """Of two outcomes."""
    return -share * jnp.log(share) - (1 - share) * jnp.log1p(-share)


def ideals(
    instance: Pair,
    *,
    standard: float = LOG_4,
    squares: float = 0.5,
    labels: float = 2.0,
    hinge: float = 2.0,
    paired: float = LOG_2,
    smoothed: float = 2.0,
    shared: float = 1.0,
) -> Sides:
    """Of every objective."""
    flat, share = jnp.zeros(PLACES), instance.share
    source, kept = share / (1 - share), share / (2 - share)
    return at_best(
        instance,
        (
            (objectives.NonSaturating(), flat, standard),
            (objectives.LeastSquares(), flat + 1 / 2, squares),
            (objectives.LeastSquares(-1.0, 1.0), flat, labels),
            (objectives.Hinge(), flat, hinge),
            (objectives.Relativistic(), flat, paired),
            (
                objectives.NonSaturating(1 - share),
                flat + jnp.log(kept),
                smoothed * entropy(share / 2),
            ),
            (objectives.DomainConfusion(share), flat + jnp.log(source), shared * entropy(share)),
        ),
    )


GAP_14 = Theorem(
    id="GAP-14",
    name="Ideal losses, and those between unequal distributions",
    statement=r"""For distributions $p$ of the data and $q$ of the generator the least loss of a
discriminator is $\log 4 - 2\, \mathrm{JSD}(p, q)$ for the cross-entropies' sum, $\int pq/(p+q)$ for
least squares with labels 0 and 1, $4 \int pq/(p+q)$ with labels $\mp 1$, and $2 - 2\,
\mathrm{TV}(p, q)$ for the hinge. So at $q = p$ they are $\log 4$, $1/2$, $2$ and $2$; there it is
$\log 2$ for the relativistic pairing, $2 H((1 - e)/2)$ where real labels are smoothed by $e$, and
$H(w)$ for a classifier of two domains in shares $w$ and $1 - w$, $H$ the entropy of two
outcomes.""",
    source=TABLE,
    checks=(
        Identity(
            part="unequal",
            draw=unequal,
            sides=divergences,
            tolerance=1e-12,
            outside=(
                Outside("the divergence once", change={"jensen": 1.0}, least=0.9),
                Outside("labels 0 and 1 for -1 and 1", change={"squares": 4.0}, least=0.9),
            ),
        ),
        Bound(
            part="the hinge",
            family=PAIRS,
            margin=overlap,
            sharp=True,
            outside=(Outside("no overlap counted", change={"variation": 0.5}, least=0.1),),
        ),
        Identity(
            part="equal",
            draw=equal,
            sides=ideals,
            tolerance=1e-12,
            outside=(
                Outside("unequal ones", family=unequal, least=0.9),
                Outside("the sum of two means for the mean", change={"shared": 2.0}, least=0.9),
            ),
        ),
    ),
)

# GAP-15: no gap, and nothing learnt.


def indifferent(
    instance: Pair,
    *,
    standard: float = LOG_4,
    squares: float = 0.5,
    hinge: float = 2.0,
    constant: bool = True,
) -> tuple[Array, Array]:
    """Losses of discriminators that say one thing everywhere, or else what was drawn."""
    kinds = (objectives.NonSaturating(), objectives.LeastSquares(), objectives.Hinge())
    logits = [jnp.full(PLACES, same) if constant else instance.logits for same in (0.0, 0.5, 0.0)]
    found = [
        loss(kind, row, instance.p, instance.q) for kind, row in zip(kinds, logits, strict=True)
    ]
    return jnp.stack(found), jnp.stack([jnp.asarray(v) for v in (standard, squares, hinge)])


GAP_15 = Theorem(
    id="GAP-15",
    name="A gap of zero does not say that the generator is right",
    statement=r"""A discriminator that says the same everywhere ($0$; $1/2$ for least squares) has
exactly the ideal loss of $\log 4$, $1/2$ (least squares) and $2$ (hinge), whatever the generator
does.""",
    source=Source("ours", "derived"),
    checks=(
        Identity(
            draw=unequal,
            sides=indifferent,
            tolerance=1e-12,
            outside=(
                Outside("a discriminator that differs", change={"constant": False}, least=0.9),
            ),
        ),
    ),
)
