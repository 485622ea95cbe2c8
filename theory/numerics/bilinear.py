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


def derive_consensus_modulus() -> list[tuple[str, Any]]:
    """From the update matrix of Simultaneous(h, Consensus(gamma)) on f = s x y."""
    game, at, (s, h, strength) = planar()
    update = game.update_matrix(mm.Simultaneous(h, mm.Consensus(strength)), at)
    squared = (1 - h * strength * s**2) ** 2 + h**2 * s**2
    return [
        ("both eigenvalues have |mu|^2 = (1 - h gamma s^2)^2 + h^2 s^2", update.det() - squared),
        (
            "they are a complex pair",
            (update.trace() ** 2 / 4 - update.det()).simplify().is_negative,
        ),
        (
            "|mu|^2 - 1 = h s^2 (1 + gamma^2 s^2) (h - 2 gamma / (1 + gamma^2 s^2)), so stability "
            "is h below that limit",
            squared
            - 1
            - h * s**2 * (1 + strength**2 * s**2) * (h - 2 * strength / (1 + strength**2 * s**2)),
        ),
    ]


def derive_without_consensus() -> list[tuple[str, Any]]:
    """The same with strength zero: |mu|^2 = 1 + h^2 s^2, so the claim of a stable step must
    fail.
    """
    game, at, (_, h, _) = planar()
    return [
        ("some step is stable", (1 - game.update_matrix(mm.Simultaneous(h), at).det()).is_positive)
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


def consensus_radii(instance: tuple[mm.Game, Array, Array, Array]) -> tuple[Array, Array]:
    """The spectral radius of the update, beside the formula per singular value."""
    game, values, step, strength = instance
    update = derivative_at(
        mm.Simultaneous(step, mm.Consensus(strength)), game, origin(values.size, values.size)
    )
    return radius(update), jnp.sqrt(
        jnp.max((1 - step * strength * values**2) ** 2 + (step * values) ** 2)
    )


def halved_radii(instance: tuple[mm.Game, Array, Array, Array]) -> tuple[Array, Array]:
    """The formula with half the strength."""
    game, values, step, strength = instance
    return consensus_radii(instance)[0], consensus_radii((game, values, step, strength / 2))[1]


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
            outside=(Outside("no consensus, gamma = 0", claim=derive_without_consensus),),
        ),
        Identity(
            part="whole matrices",
            draw=bilinear_draw,
            sides=consensus_radii,
            tolerance=1e-12,
            sizes=((2,), (5,)),
            outside=(Outside("half the strength in the formula", claim=halved_radii, least=0.9),),
        ),
    ),
)


# NUM-9: alternating steps.


def derive_alternating() -> list[tuple[str, Any]]:
    """From the update matrix of Alternating(h) on f = s x y."""
    game, at, (s, h, _) = planar()
    update = game.update_matrix(mm.Alternating(h), at)
    trace, unknown = 2 - h**2 * s**2, sympy.Symbol("mu")
    return [
        (
            "the eigenvalues solve mu^2 - (2 - h^2 s^2) mu + 1 = 0",
            update.charpoly(unknown).as_expr() - (unknown**2 - trace * unknown + 1),
        ),
        (
            "the discriminant is h^2 s^2 (h^2 s^2 - 4): a pair on the unit circle up to h s = 2",
            trace**2 - 4 - h**2 * s**2 * (h**2 * s**2 - 4),
        ),
    ]


def alternating_radii(instance: tuple[mm.Game, Array, Array, Array]) -> tuple[Array, Array]:
    """The spectral radius of an alternating step: one up to h s = 2, the larger root of the
    quadratic beyond.
    """
    game, values, step, _ = instance
    update = derivative_at(mm.Alternating(step), game, origin(values.size, values.size))
    u = jnp.maximum((step * jnp.max(values)) ** 2 / 2 - 1, 1.0)
    return radius(update), u + jnp.sqrt(u**2 - 1)


def simultaneous_radii(instance: tuple[mm.Game, Array, Array, Array]) -> tuple[Array, Array]:
    """Simultaneous steps, held to the formula of alternating ones."""
    game, values, step, _ = instance
    return radius(
        derivative_at(mm.Simultaneous(step), game, origin(values.size, values.size))
    ), alternating_radii(instance)[1]


NUM_9 = Theorem(
    id="NUM-9",
    name="Alternating steps neither converge nor diverge on bilinear games",
    statement=r"""Let $f(x, y) = x^T B y$. One alternating step $h$ has, for each singular value $s$
of $B$, eigenvalues that solve
$$\mu^2 - (2 - h^2 s^2)\,\mu + 1 = 0.$$
For $h s \leq 2$ both lie on the unit circle; for $h s > 2$ one lies outside.""",
    source=Source(PAPER + "supplement, for the alternating map", "memory; derived"),
    checks=(
        Proof(derive=derive_alternating),
        Identity(
            part="whole matrices",
            draw=bilinear_draw,
            sides=alternating_radii,
            tolerance=1e-7,  # eigenvalues meet at h s = 2, where half the digits are lost
            sizes=((2,), (5,)),
            outside=(Outside("simultaneous steps", claim=simultaneous_radii, least=0.9),),
        ),
    ),
)
