r"""The optimiser under the experiments of The Numerics of GANs: RMSProp as TensorFlow 1 had it, its
mean of squares begun at one.

u' = 0.9 u + 0.1 g^2,      x' = x - h g / sqrt(u' + 1e-10),      u_0 = 1.

A start at zero makes the first step long and of one length whatever the gradient; a start at one
makes it short.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.krylov import iterates
from ..draws.matrices import normals, radius, within
from ..draws.points import derivative_at, origin
from ..theorem import Identity, Outside, Source, Theorem
from . import PAPER

STEPS = 50
TENSORFLOW = mm.RMSProp.tensorflow1()
FROM_ZERO = mm.RMSProp(decay=0.9, epsilon=1e-10)  # as other libraries have it


class Bowl(NamedTuple):
    """Minimise a x^2 / 2 from `start` with steps h."""

    curvature: Array
    start: Array
    step: Array

    @property
    def game(self) -> mm.Game:
        return mm.games.linear(self.curvature)


def bowl(key: PRNGKeyArray) -> Bowl:
    """Curvatures in (0.2, 5), starts half or more away from zero, steps in (0.001, 0.1)."""
    curvature, start, step = normals(key, (), (), ())
    return Bowl(
        within(curvature, 0.2, 5.0),
        jnp.sign(start) * (0.5 + jnp.abs(start)),
        within(step, 1e-3, 1e-1),
    )


def walked(bowl: Bowl, direction: mm.RMSProp) -> Array:
    """The places of so many steps of the rule itself."""
    start = mm.Profile((bowl.start[None],))
    return iterates(bowl.game, mm.Simultaneous(bowl.step, direction), start, STEPS)[0][1:, 0]


def parity(
    bowl: Bowl,
    *,
    rule: mm.RMSProp = TENSORFLOW,
    decay: float = 0.9,
    share: float = 0.1,
    epsilon: float = 1e-10,
    first: float = 1.0,
) -> tuple[Array, Array]:
    """The rule beside the recursion as TensorFlow's source has it, mean of squares begun at
    `first`.
    """

    def advance(pair: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
        x, mean = pair
        slope = bowl.curvature * x
        mean = decay * mean + share * slope * slope
        x = x - bowl.step * slope / jnp.sqrt(mean + epsilon)
        return (x, mean), x

    by_hand = jax.lax.scan(advance, (bowl.start, jnp.asarray(first)), None, STEPS)[1]
    return walked(bowl, rule), by_hand


def first_steps(
    bowl: Bowl, *, order: int = 1, square: float = 10.0, decay: float = 0.9
) -> tuple[Array, Array]:
    """The length of the first step begun at zero, and begun at one, in units of h: sqrt(10), and
    |g| / sqrt(0.9 + g^2 / 10); exchanged where `order` is -1.
    """
    slope = bowl.curvature * bowl.start
    ends = (walked(bowl, direction)[0] for direction in (FROM_ZERO, TENSORFLOW))
    left = jnp.stack([jnp.abs(end - bowl.start) / bowl.step for end in ends])
    lengths = [jnp.sqrt(square), jnp.abs(slope) / jnp.sqrt(decay + slope**2 / square)]
    return left, jnp.stack(lengths[::order])


def at_rest(bowl: Bowl, *, rested: bool = True, inverse: float = 1e5) -> tuple[Array, Array]:
    """The spectral radius of the update at the equilibrium, the mean of squares decayed to nothing,
    beside 1e5 h a - 1; or the mean of squares still where it began.
    """
    rule, mean = mm.Simultaneous(bowl.step, TENSORFLOW), 0.0 if rested else 1.0
    update = derivative_at(rule, bowl.game, origin(1), jnp.array([0.0, mean]))
    return radius(update) / 1e5, (inverse * bowl.step * bowl.curvature - 1) / 1e5


NUM_12 = Theorem(
    id="NUM-12",
    name="RMSProp as the paper's experiments had it",
    statement=r"""The experiments walk by $u' = 0.9\, u + 0.1\, g^2$, $x' = x - h\, g / \sqrt{u' +
10^{-10}}$ with $u_0 = 1$. Begun at $u_0 = 0$ instead, the first step would be $\sqrt{10}\, h$ long
whatever the gradient, not $h |g| / \sqrt{0.9 + g^2/10}$. Lemma 4 does not speak of this update:
linearised where it is at rest ($u = 0$) on $a x^2 / 2$ its spectral radius is $10^5 h a - 1$,
unstable unless $h a \leq 2 \cdot 10^{-5}$.""",
    source=Source(
        PAPER + "the experiments; TensorFlow 1's optimiser; the last sentence is ours",
        "code; derived",
    ),
    checks=(
        Identity(
            part="fifty steps",
            draw=bowl,
            sides=parity,
            tolerance=1e-12,
            outside=(
                Outside(
                    "the mean of squares begins at zero", change={"rule": FROM_ZERO}, least=0.9
                ),
            ),
        ),
        Identity(
            part="first step",
            draw=bowl,
            sides=first_steps,
            # the 1e-10 under the root is left out of the formula: at most 5e-8 where the slope is a
            # tenth
            tolerance=1e-7,
            outside=(Outside("the two beginnings exchanged", change={"order": -1}, least=0.9),),
        ),
        Identity(
            part="at rest",
            draw=bowl,
            sides=at_rest,
            tolerance=1e-10,
            outside=(
                Outside(
                    "not at rest: the mean of squares still at one",
                    change={"rested": False},
                    least=0.9,
                ),
            ),
        ),
    ),
)
