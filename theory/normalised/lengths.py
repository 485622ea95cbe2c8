r"""What normalising and grafting do to a step, by construction: lengths, directions, and deafness
to the loss's scale.

    g-nSGDA: v_i / |v_i|     l-nSGDA: tensor by tensor     AdaLR: |A(v)| v / |v|     AdaDir: |v|
    A(v) / |A(v)|

Players here hold two tensors each, so that the two kinds of norm differ.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import normals
from ..draws.points import direction_at
from ..theorem import Identity, Outside, Source, Theorem
from . import PAPER

GRAFTING = "Agarwal, Anil, Hazan, Koren, Zhang 2020"
STEP, STEPS = 0.01, 4
RATES = (0.02, 0.05)
Place = tuple[mm.Game, mm.Profile]


class Layers(eqx.Module):
    """Two tensors a player, multiplied within and across players, with a bounded nonlinearity."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> Array:
        scale, target = sample
        (one, two), (other, shift) = x
        made = jnp.tanh(target @ one + two)
        return scale * jnp.sum(jnp.sin(made @ other) * (1 + shift) + made**2)


def places(key: PRNGKeyArray) -> Place:
    """A random game of this kind and a place in it."""
    target, one, two, other, shift = normals(key, (3, 3), (3, 3), (3,), (3, 3), (3,))
    return mm.zero_sum(Layers(), (jnp.ones(()), target)), mm.Profile(
        ((one, 0.1 * two), (other, 3 * shift))
    )


def walked(direction: mm.Direction, place: Place, steps: int) -> mm.Profile:
    """The last turn of a few steps along a direction."""
    return followed(direction, direction, place, steps)[0]


def followed(
    path: mm.Direction, other: mm.Direction, place: Place, steps: int = STEPS
) -> tuple[mm.Profile, ...]:
    """After a few steps along `path`: its turn, the gradient, and the turn of `other`, which saw
    the same gradients.
    """
    game, start = place

    def update(index: Array, walk: Any) -> Any:
        x, moved, _, _, memory, beside = walk
        x = x - STEP * moved
        moved, memory = path(game, x, memory, mm.Tick(index, None))
        seen, beside = other(game, x, beside, mm.Tick(index, None))
        return x, moved, game.field(x), seen, memory, beside

    still = 0 * start
    begun = (
        start,
        still,
        still,
        still,
        path.init(game, start, None),
        other.init(game, start, None),
    )
    return tuple(jax.lax.fori_loop(0, steps, update, begun)[1:4])


def units(x: mm.Profile) -> Array:
    """Every player's own direction, as one vector."""
    return jnp.concatenate(
        [mm.Profile((part,)).ravel()[0] / norm for part, norm in zip(x, x.norms(), strict=True)]
    )


ADALR, ADADIR = mm.Graft(mm.Adam(), mm.Gradient()), mm.Graft(mm.Gradient(), mm.Adam())
Sides = tuple[tuple[Any, ...], tuple[Any, ...]]


def grafts(
    place: Place,
    *,
    length: float = 1.0,
    longer: mm.Direction = ADALR,
    turned: mm.Direction = ADADIR,
) -> Sides:
    """Lengths and directions of AdaLR and AdaDir, beside Adam's lengths along the gradient and the
    gradient's along Adam.
    """
    long, gradient, adam = followed(longer, mm.Adam(), place)
    bent, second, adam_there = followed(turned, mm.Adam(), place)
    found = (long.norms(), units(long), bent.norms(), units(bent))
    wanted = (length * adam.norms(), units(gradient), length * second.norms(), units(adam_there))
    return found, wanted


def itself(
    place: Place, *, length: float = 1.0, other: mm.Direction = mm.Adam()
) -> tuple[mm.Profile, mm.Profile]:
    """Adam's direction at the length of another, which is itself, layer by layer; beside Adam."""
    grafted, _, adam = followed(mm.Graft(other, mm.Adam(), per_tensor=True), mm.Adam(), place)
    return grafted, length * adam


NS_1 = Theorem(
    id="NS-1",
    name="A graft is as long as one direction, along the other",
    statement=r"""Let $A(v)$ be Adam's direction after any number of updates. AdaLR has the length
$|A(v)|$ and the direction of $v$, AdaDir the length $|v|$ and the direction of $A(v)$, player by
player; Adam grafted onto itself is Adam.""",
    source=Source(f"{GRAFTING}; variants of {PAPER}", "paper; memory"),
    checks=(
        Identity(
            part="AdaLR and AdaDir", draw=places, sides=grafts, tolerance=1e-9, most=200,
            outside=(Outside(
                    "the one for the other",
                    change={"longer": ADADIR, "turned": ADALR},
                    least=0.9,
                ),),
        ),
        Identity(
            part="onto itself", draw=places, sides=itself, tolerance=1e-9, most=200,
            outside=(Outside("onto the gradient", change={"other": mm.Gradient()}, least=0.9),),
        ),
    ),
)  # fmt: skip


def lengths(
    place: Place,
    *,
    player: float = 1.0,
    tensor: float = 1.0,
    whole: mm.Direction = mm.Normalised(),
    layers: mm.Direction = mm.Normalised(per_tensor=True),
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """How far a step of the rule moves every player and, layer-wise, every tensor, and the ratio of
    both players, over the rates, beside one.
    """

    def moved(direction: mm.Direction) -> mm.Profile:
        game, x = place
        rule = mm.Simultaneous(RATES, direction)
        return x - rule.update(game, x, rule.init(game, x, None), mm.Tick(0, None))[0]

    global_step, rates = moved(whole), jnp.asarray(RATES)
    norms = global_step.norms()
    tensors = jnp.stack([jnp.linalg.norm(t) for t in jax.tree.leaves(moved(layers))])
    found = norms / rates, tensors / jnp.repeat(rates, 2), norms[1] / norms[0]
    return found, (jnp.full(2, player), jnp.full(4, tensor), rates[1] / rates[0])


NS_2 = Theorem(
    id="NS-2",
    name="Normalised steps have one length",
    statement=r"""Where no gradient is zero, a step of g-nSGDA moves player $i$ by exactly $\eta_i$,
one of l-nSGDA every tensor of player $i$ by $\eta_i$. So the ratio of the players' updates is
$\eta_D / \eta_G$ whatever their gradients are. (Tried with $\tfrac{1}{50}$ and
$\tfrac{1}{20}$.)""",
    source=Source(PAPER + ", the definition", "memory; code"),
    checks=(
        Identity(
            draw=places, sides=lengths, tolerance=1e-12,
            outside=(
                Outside("plain gradients", change={"whole": mm.Gradient()}, least=0.9),
                Outside("tensors of a global step", change={"layers": mm.Normalised()}, least=0.9),
            ),
        ),
    ),
)  # fmt: skip


def louder(
    place: Place, *, same: float = 1.0, direction: mm.Direction = mm.Normalised()
) -> tuple[mm.Profile, mm.Profile]:
    """The last of ten turns, on a loss times something from 1/1000 to 1000 and on the loss."""
    game, x = place
    loudness = 1000.0 ** jnp.sin(1000 * game.data[1][0, 0])
    loud = mm.zero_sum(Layers(), (loudness * game.data[0], game.data[1]))
    return walked(direction, (loud, x), 10), same * walked(direction, place, 10)


NS_3 = Theorem(
    id="NS-3",
    name="Normalised paths do not feel the scale of the loss",
    statement=r"""Multiplying both losses by any $c > 0$ leaves every path of nSGDA as it is: ten
steps with $c$ from $10^{-3}$ to $10^3$.""",
    source=Source(PAPER + ", from the definition", "derived"),
    checks=(
        Identity(
            draw=places, sides=louder, tolerance=1e-9, most=200,
            outside=(Outside("plain gradients", change={"direction": mm.Gradient()}, least=0.9),),
        ),
    ),
)  # fmt: skip


# NS-15: Adam's first step.


EXACT = mm.Adam(first=0.0, epsilon=0.0)


def signs(place: Place, *, power: float = 0.5, adam: mm.Direction = EXACT) -> tuple[Array, Array]:
    """How long Adam's first turn is, beside the square root of how many numbers a player has."""
    game, x = place
    numbers = jnp.array([mm.Profile((part,)).ravel()[0].size for part in x], float)
    return direction_at(adam, game, x).norms(), numbers**power


def grafted_signs(
    place: Place, *, power: float = 0.5, adam: mm.Direction = mm.Graft(EXACT, mm.Gradient())
) -> tuple[Array, Array]:
    """The same of AdaLR."""
    return signs(place, power=power, adam=adam)


NS_15 = Theorem(
    id="NS-15",
    name="Adam's first step has the length of the signs",
    statement=r"""Where no entry of the gradient is zero, the first step of Adam (its epsilon
zero) has the length
$\eta \sqrt{n}$ in a player of $n$ numbers, whatever the gradient is, and so has that of AdaLR: a
rate of nSGDA does the work of one of Adam that is $\sqrt{n}$ times smaller.""",
    source=Source(PAPER + ", from the definition", "derived"),
    checks=(
        Identity(
            part="Adam", draw=places, sides=signs, tolerance=1e-9,
            outside=(Outside("plain gradients", change={"adam": mm.Gradient()}, least=0.9),),
        ),
        Identity(
            part="AdaLR", draw=places, sides=grafted_signs, tolerance=1e-9,
            outside=(Outside("AdaDir", change={"adam": ADADIR}, least=0.9),),
        ),
    ),
)  # fmt: skip
