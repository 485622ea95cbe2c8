r"""AdvAs as a derivative: beside an unrolled adversary, beside differences of the penalty, and
bounded by a player's own part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import NonSaturating, Objective, Saturating
from minimax_lab.reshaped import assisted, unrolled

from ..draws.matrices import normals, within
from ..draws.points import direction_at
from ..theorem import Bound, Family, Identity, Outside, Parameters, Source, Theorem
from . import OURS, PAPER

METZ = Source(
    "ours; the game is that of Metz, Poole, Pfau, Sohl-Dickstein 2017 (Unrolled GANs)", "derived"
)


class Bent(eqx.Module):
    """Fakes t * z, and a discriminator of one layer with weights w + w^3; `stopped` lets no
    derivative through the fakes.
    """

    objective: Objective
    stopped: bool = eqx.field(default=False, static=True)

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> tuple[Array, Array]:
        real, latent = sample
        weights, fake = x[1] + x[1] ** 3, x[0] * latent
        fake = jax.lax.stop_gradient(fake) if self.stopped else fake
        return self.objective(real @ weights, fake @ weights)


class Duel(NamedTuple):
    """A game on one sample, a profile, a direction of unit length in the generator's space, and a
    strength or a step.
    """

    game: mm.Game
    x: mm.Profile
    way: Array
    strength: Array


SHAPES = {"real": (8, 2), "latent": (8, 2), "own": (2,), "other": (2,), "way": (2,), "strength": ()}


def shapes() -> dict[str, tuple[int, ...]]:
    """A sample of eight, the weights of both, a direction and a strength."""
    return SHAPES


def built(p: Parameters, objective: Objective = NonSaturating()) -> Duel:
    """Strengths in (0.01, 100)."""
    x = mm.Profile((p["own"], 0.5 * p["other"]))
    way = p["way"] / jnp.linalg.norm(p["way"])
    return Duel(
        mm.Game(Bent(objective), data=(p["real"], p["latent"])),
        x,
        way,
        within(p["strength"], 0.01, 100.0),
    )


def duel(key: PRNGKeyArray) -> Duel:
    """The non-saturating game."""
    return built(dict(zip(SHAPES, normals(key, *SHAPES.values()), strict=True)))


def zero_sum(key: PRNGKeyArray) -> Duel:
    """The zero-sum one."""
    return built(dict(zip(SHAPES, normals(key, *SHAPES.values()), strict=True)), Saturating())


# ADV-7: one unrolled step.


def ahead(game: mm.Game, x: mm.Profile, a: Array) -> Array:
    """The generator's gradient after one step of the adversary."""
    return unrolled(game, 1, a).field(x)[0]


def ahead_stopped(game: mm.Game, x: mm.Profile, a: Array) -> Array:
    """The same where no derivative passes through that step."""
    moved = jax.lax.stop_gradient(x - (0.0, a) * game.field(x))
    return game.field(x.replace(1, moved[1]))[0]


def remainders(
    instance: Duel, *, strength: float = 1.0, order: float = 2.0, judged: Any = ahead
) -> tuple[Array, Array]:
    """(unrolled - assisted) / a^2 for the generator, at a = 1/10 000 and at half of that."""
    game, x, *_ = instance

    def remainder(a: Array) -> Array:
        assisted = direction_at(mm.AssistAdversary(strength=strength * a), game, x)[0]
        return (judged(game, x, a) - assisted) / a**order

    one, other = jax.vmap(remainder)(1e-4 / jnp.array([1.0, 2.0]))
    return one, other


ADV_7 = Theorem(
    id="ADV-7",
    name="One unrolled step is AdvAs to first order",
    statement=r"""In a zero-sum game let the generator be judged after one step of size $a$ by the
adversary, with derivatives passing through that step. Its gradient is $\nabla_\theta h + a
\nabla_\theta r + O(a^2)$: one-step unrolling is AdvAs of strength $a$. (The remainder over $a^2$
tends to a limit.) Where losses do not sum to zero it is another method.""",
    source=METZ,
    checks=(
        Identity(
            draw=zero_sum,
            sides=remainders,
            tolerance=2e-2,
            most=500,
            outside=(
                Outside("no derivative through it", change={"judged": ahead_stopped}, least=0.9),
                Outside("losses that do not sum to zero", family=duel, least=0.9),
            ),
        ),
    ),
)


# ADV-8: the derivative.


def differences(
    instance: Duel, *, factor: float = 1.0, two: float = 2.0, stopped: bool = False
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """What strength one adds along a direction, beside a central difference of the penalty that the
    reshaped game charges and beside 2 (d g / d theta)' g.
    """
    game, x, way, _ = instance
    shaped = assisted(game, 1.0)

    def penalty(h: Array) -> Array:
        at = x.replace(0, x[0] + h * way)
        return shaped.totals(at)[0] - game.totals(at)[0]

    def gradient(own: Array) -> Array:
        return game.field(x.replace(0, own))[1]

    ahead, behind = jax.vmap(penalty)(jnp.array([1e-5, -1e-5]))
    product = two * jax.jacfwd(gradient)(x[0]).T @ gradient(x[0])
    found = added(still(game) if stopped else game, x)
    return (found @ way, found), (factor * (ahead - behind) / 2e-5, product)


def still(game: mm.Game) -> mm.Game:
    """The game whose fakes let no derivative through."""
    return mm.Game(Bent(NonSaturating(), stopped=True), data=game.data)


def added(game: mm.Game, x: mm.Profile) -> Array:
    """What strength one adds to the generator's gradient."""
    return direction_at(mm.AssistAdversary(strength=1.0), game, x)[0] - game.field(x)[0]


def nothing(instance: Duel, *, stopped: bool = True) -> tuple[Array, Array]:
    """With detached fakes the addition is exactly zero."""
    game = still(instance.game) if stopped else instance.game
    return added(game, instance.x), jnp.zeros(2)


ADV_8 = Theorem(
    id="ADV-8",
    name="The penalty's gradient is one transposed product",
    statement=r"""With $g = \nabla_\phi L_a$, $\nabla_\theta |g|^2 = 2 (\partial_\theta g)^T g$,
through the generated samples alone: it is the difference quotient of the penalty, and exactly zero
where they are detached.""",
    source=OURS,
    checks=(
        Identity(
            part="differences",
            draw=duel,
            sides=differences,
            tolerance=1e-6,
            most=500,
            outside=(Outside("fakes detached", change={"stopped": True}, least=0.9),),
        ),
        Identity(
            part="fakes detached",
            draw=duel,
            sides=nothing,
            tolerance=0.0,
            most=500,
            unmoved="nothing is added",
            outside=(Outside("fakes attached", change={"stopped": False}, least=0.9),),
        ),
    ),
)


# ADV-9: the normalised strength.


def shares(instance: Duel, *, most: float = 1.0, normalised: bool = True) -> Array:
    """1 - |penalty's part| / |own part|."""
    game, x, _, strength = instance
    own = game.field(x)[0]
    part = (
        direction_at(mm.AssistAdversary(strength=strength, normalised=normalised), game, x)[0] - own
    )
    return 1 - jnp.linalg.norm(part) / (most * jnp.linalg.norm(own))


ADV_9 = Theorem(
    id="ADV-9",
    name="A normalised penalty never outweighs the player's own direction",
    statement=r"""With the strength $\min(\gamma,\ |d_g| / |\nabla_g r|)$ in the place of $\gamma$,
taken as a constant, the part of the penalty in the generator's direction is never longer than
$|d_g|$, and as long where $\gamma$ is large.""",
    source=Source("the rule as remembered from " + PAPER + "the bound is ours", "memory; derived"),
    checks=(
        Bound(
            family=Family(shapes, built),
            margin=shares,
            sharp=True,
            outside=(Outside("a fixed strength", change={"normalised": False}, least=0.3),),
        ),
    ),
)


# ADV-10: relatives.


def relatives(
    instance: Duel, *, half: float = 0.5, curved: bool = True
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The generator's part of the cross terms and of consensus less its own curvature, beside that
    of AdvAs of half the strength; the curvature may be forgotten.
    """
    game, x, _, strength = instance
    own = game.field(x)[0]

    def gradient(weights: Array) -> Array:
        return game.field(x.replace(0, weights))[0]

    bent = strength * jax.jacfwd(gradient)(x[0]).T @ own if curved else 0 * own
    assisted = direction_at(mm.AssistAdversary(strength=half * strength), game, x)[0]
    cross = direction_at(mm.Smoothing(strength), game, x)[0]
    consensus = direction_at(mm.Consensus(strength), game, x)[0] - bent
    return (cross, consensus), (assisted, assisted)


ADV_10 = Theorem(
    id="ADV-10",
    name="AdvAs is the generator's half of older penalties",
    statement=r"""In any game, for the generator AdvAs of strength $\gamma / 2$ is the cross term of
strength $\gamma$ (JARE without each player's own curvature), and consensus optimisation of strength
$\gamma$ less $\gamma\, (\partial_\theta v_\theta)^T v_\theta$, $v$ the gradients of both.""",
    source=OURS,
    checks=(
        Identity(
            draw=duel,
            sides=relatives,
            tolerance=1e-10,
            most=500,
            outside=(
                Outside("the whole strength", change={"half": 1.0}, least=0.9),
                Outside("consensus as a whole", change={"curved": False}, least=0.9),
            ),
        ),
    ),
)
