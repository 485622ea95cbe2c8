"""The Numerics of GANs on bilinear games f = x'By, where every singular value of B is a game of its
own.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.formulas import planar
from ..draws.matrices import radius
from ..draws.points import derivative_at, origin
from ..theorem import Identity, Outside, Proof, Source, Theorem
from . import PAPER

# NUM-8: consensus.


def derive_consensus_modulus(
    *, consensus: bool = True, factor: Any = sympy.Integer(2), power: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """From the update matrix of Simultaneous(h, Consensus(gamma)) on f = s x y; or without
    consensus.
    """
    game, at, (s, h, strength) = planar()
    direction = mm.Consensus(strength) if consensus else mm.Gradient()
    update = game.update_matrix(mm.Simultaneous(h, direction), at)
    limit = factor * strength / (1 + strength**2 * s**2)
    return [
        (
            "both eigenvalues have |mu|^2 = (1 - h gamma s^2)^2 + h^2 s^2",
            update.det() - (1 - h * strength * s**power) ** 2 - h**2 * s**2,
        ),
        (
            "they are a complex pair",
            (update.trace() ** 2 / 4 - update.det()).simplify().is_negative,
        ),
        (
            "|mu|^2 - 1 = h s^2 (1 + gamma^2 s^2) (h - 2 gamma / (1 + gamma^2 s^2)), so stability "
            "is h below that limit",
            update.det() - 1 - h * s**2 * (1 + strength**2 * s**2) * (h - limit),
        ),
        (
            "without consensus |mu|^2 = 1 + h^2 s^2",
            game.update_matrix(mm.Simultaneous(h), at).det() - 1 - h**2 * s**2,
        ),
    ]


def bilinear_draw(
    key: PRNGKeyArray, size: int, spread: float = 1.0
) -> tuple[mm.Game, Array, Array, Array]:
    """A bilinear game with singular values in (0.1, 3), those values, a step and a strength."""
    one, two, three, four = jax.random.split(key, 4)
    values = jax.random.uniform(one, (size,), minval=0.1, maxval=3.0)
    step = 0.02 * 100.0 ** jax.random.uniform(two)
    strength = 0.05 * 60.0 ** jax.random.uniform(three)
    return mm.games.random_bilinear(four, size, values), values, step, strength


def consensus_radii(
    instance: tuple[mm.Game, Array, Array, Array], *, factor: float = 2.0, share: float = 1.0
) -> tuple[Array, Array]:
    """The spectral radius of the update, beside the formula per singular value; and where it is
    one.

    The formula takes a `share` of the strength.
    """
    game, values, step, strength = instance
    start, most = origin(values.size, values.size), jnp.max(values)
    limit = factor * strength / (1 + (strength * most) ** 2)

    def measured(step: Array) -> Array:
        return radius(derivative_at(mm.Simultaneous(step, mm.Consensus(strength)), game, start))

    squares = (1 - share * step * strength * values**2) ** 2 + (step * values) ** 2
    found = jax.vmap(measured)(jnp.stack([step, limit]))
    return found, jnp.stack([jnp.sqrt(jnp.max(squares)), jnp.asarray(1.0)])


NUM_8 = Theorem(
    id="NUM-8",
    name="Consensus converges on bilinear games",
    statement=r"""Let $f(x, y) = x^T B y$. One step $h$ of consensus optimisation of strength
$\gamma > 0$ has, for each singular value $s > 0$ of $B$, eigenvalues of squared modulus
$$|\mu|^2 = (1 - h \gamma s^2)^2 + h^2 s^2,$$
so it converges if and only if $h < 2\gamma / (1 + \gamma^2 s^2)$ for every $s$. Without consensus
($\gamma = 0$) it diverges for every step, $|\mu|^2 = 1 + h^2 s^2$.""",
    source=Source(PAPER + "Corollary 8 on bilinear games", "memory; derived"),
    checks=(
        Proof(
            derive=derive_consensus_modulus,
            outside=(Outside("no consensus, gamma = 0", change={"consensus": False}),),
        ),
        Identity(
            part="whole matrices",
            draw=bilinear_draw,
            sides=consensus_radii,
            tolerance=1e-12,
            sizes=((2,), (5,)),
            outside=(
                Outside("half the strength in the formula", change={"share": 0.5}, least=0.9),
            ),
        ),
    ),
)


# NUM-9: alternating steps.


def derive_alternating(
    *, walk: Any = mm.Alternating, two: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """From the update matrix of Alternating(h), or another walk, on f = s x y."""
    game, at, (s, h, _) = planar()
    update, unknown = game.update_matrix(walk(h), at), sympy.Symbol("mu")
    trace = two - h**2 * s**2
    return [
        (
            "the eigenvalues solve mu^2 - (2 - h^2 s^2) mu + 1 = 0",
            update.charpoly(unknown).as_expr() - (unknown**2 - trace * unknown + 1),
        ),
        (
            "the discriminant is h^2 s^2 (h^2 s^2 - 4): a pair on the unit circle up to h s = 2",
            trace**2 - 4 - h**2 * s**2 * (h**2 * s**2 - two**2),
        ),
    ]


def alternating_radii(
    instance: tuple[mm.Game, Array, Array, Array],
    *,
    walk: Any = mm.Alternating,
    limit: float = 2.0,
) -> tuple[Array, Array]:
    """The spectral radius of a step: one up to h s = 2, the larger root of the quadratic beyond."""
    game, values, step, _ = instance
    update = derivative_at(walk(step), game, origin(values.size, values.size))
    u = jnp.maximum(2 * (step * jnp.max(values) / limit) ** 2 - 1, 1.0)
    return radius(update), u + jnp.sqrt(u**2 - 1)


NUM_9 = Theorem(
    id="NUM-9",
    name="Alternating steps neither converge nor diverge on bilinear games",
    statement=r"""Let $f(x, y) = x^T B y$. One alternating step $h$ has, for each singular value $s$
of $B$, eigenvalues that solve
$$\mu^2 - (2 - h^2 s^2)\,\mu + 1 = 0.$$
For $h s \leq 2$ both lie on the unit circle; for $h s > 2$ one lies outside.""",
    source=Source(PAPER + "supplement, for the alternating map", "memory; derived"),
    checks=(
        Proof(
            derive=derive_alternating,
            outside=(Outside("simultaneous steps", change={"walk": mm.Simultaneous}),),
        ),
        Identity(
            part="whole matrices",
            draw=bilinear_draw,
            sides=alternating_radii,
            tolerance=1e-7,  # eigenvalues meet at h s = 2, where half the digits are lost
            sizes=((2,), (5,)),
            outside=(Outside("simultaneous steps", change={"walk": mm.Simultaneous}, least=0.9),),
        ),
    ),
)
