r"""What the gap-aware schedule does to a step: it scales it, after a lag, and with bounds of one it
does nothing at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.directions.base import Memories, Memoryless, Turn
from minimax_lab.directions.gap_aware import watched
from minimax_lab.objectives import NonSaturating

from ..draws.matrices import between, normals, within
from ..draws.points import origin
from ..theorem import Identity, Outside, Theorem
from . import RELEASED

# GAP-4: a scaled step.

GAME = mm.games.dirac_gan(NonSaturating())


class Walk(NamedTuple):
    """A place on the Dirac-GAN, a step, and a place to remember moments from."""

    x: mm.Profile
    before: mm.Profile
    step: Array


def walk(key: PRNGKeyArray) -> Walk:
    """Places with normal coordinates, a step in (0.01, 1)."""
    here, before, step = normals(key, (2,), (2,), ())
    return Walk(mm.Profile(tuple(here)), mm.Profile(tuple(before)), within(step, 0.01, 1.0))


def two_updates(instance: Walk, rule: mm.UpdateRule) -> tuple[Any, Any]:
    """One update at the earlier place to fill the memories, and one here."""
    state = rule.init(GAME, instance.before, None)
    _, state = rule.update(GAME, instance.before, state, mm.Tick(0, None))
    return rule.update(GAME, instance.x, state, mm.Tick(1, None))


def means(memory: Any) -> Any:
    """The running means among what Adam remembers."""
    return eqx.filter(memory, eqx.is_inexact_array)


BASE = mm.Consensus(0.5)  # a gradient with a penalty inside


class Inside(Memoryless):
    """The discriminator's part times a number: what Adam is given where the scale is put inside."""

    scale: Array

    def __call__(self, game: mm.Game, x: mm.Profile, memory: Memories, tick: mm.Tick) -> Turn:
        turn, memory = BASE(game, x, memory, tick)
        return (1.0, self.scale) * turn, memory

    def cost(self, players: int, movers: Sequence[int]) -> mm.Cost:
        return BASE.cost(players, movers)


def unchanged(direction: mm.Direction) -> mm.Direction:
    """SGD."""
    return direction


METHODS: tuple[Callable[[mm.Direction], mm.Direction], ...] = (unchanged, mm.RMSProp, mm.Adam)


def steps(
    instance: Walk, *, power: float = 1.0, inside: bool = False
) -> tuple[list[Any], list[Any]]:
    """Gap-aware updates and their moments, beside those of the wrapped method whose discriminator's
    rate is s^power times as long, or to whose gradient s is given `inside`.
    """
    found, wanted = [], []
    for method in METHODS:
        aware = mm.GapAware(method(BASE), decay=0.0)
        after, state = two_updates(instance, mm.Simultaneous(instance.step, aware))
        s = watched(state).scale
        plain = method(Inside(s) if inside else BASE)
        rates = instance.step, instance.step * (1.0 if inside else s**power)
        moved, moments = two_updates(instance, mm.Simultaneous(rates, plain))
        found.append((after, means(watched(state).inner)))
        wanted.append((moved, means(moments[1])))
    return found, wanted


GAP_4 = Theorem(
    id="GAP-4",
    name="Scaling the rate is scaling the step",
    statement=r"""With SGD, RMSProp or Adam inside, a gap-aware update is that of the wrapped
method with the adversary's rate times $s$: the step is $s$ times as long, a penalty in the gradient
included, the moments are those of the unscaled method, and the others' steps are untouched.""",
    source=RELEASED,
    checks=(
        Identity(
            draw=walk,
            sides=steps,
            tolerance=1e-14,
            outside=(Outside("the scale inside Adam", change={"inside": True}, least=0.9),),
        ),
    ),
)


# GAP-5: the lag of the average.


class Constant(eqx.Module):
    """The adversary's loss is a number in the data, whatever is played."""

    def __call__(self, x: mm.Profile, loss: Array) -> tuple[Array, Array]:
        return -loss + 0 * x[0], loss + 0 * x[1]


class Drop(NamedTuple):
    """The loss falls by `depth` below an ideal one of log 4, and the average forgets by `decay` an
    update.
    """

    depth: Array
    decay: Array


WIDTH, MOST = 0.1 * math.log(4), 400


def drop(key: PRNGKeyArray) -> Drop:
    """Depths from 1.02 to 20 widths, decays from 0.5 to 0.98."""
    depth, decay = normals(key, (), ())
    return Drop(WIDTH * (1.02 + within(depth, 0.01, 20.0)), between(decay, 0.5, 0.98))


def published(key: PRNGKeyArray) -> Drop:
    """By one half, with a decay of 0.95."""
    return Drop(jnp.asarray(0.5), jnp.asarray(0.95))


def lags(instance: Drop, *, lag: float = 1.0, averaged: bool = True) -> tuple[Array, Array]:
    """Updates until s is at its floor, beside ceil(log(1 - w / depth) / log(decay)); the batch's
    own loss where nothing is `averaged`.
    """
    waited = updates_to_floor(instance if averaged else instance._replace(decay=jnp.zeros(())))
    return waited, jnp.ceil(lag * jnp.log(1 - WIDTH / instance.depth) / jnp.log(instance.decay))


def updates_to_floor(instance: Drop) -> Array:
    """How many updates it takes."""
    game = mm.Game(Constant(), data=math.log(4) - instance.depth, ideal=(None, math.log(4)))
    direction, x = mm.GapAware(decay=instance.decay), origin((), ())

    def advance(memory: Any, _: None) -> tuple[Any, Array]:
        memory = direction(game, x, memory, mm.Tick(0, None))[1]
        return memory, watched(memory).scale

    scales = jax.lax.scan(advance, direction.init(game, x, None), None, MOST)[1]
    return 1 + jnp.sum(jnp.where(scales > 0.1, 1.0, 0.0))


def published_lag(instance: Drop, *, updates: float = 7.0) -> tuple[Array, Array]:
    """Beside seven."""
    return updates_to_floor(instance), jnp.asarray(updates)


def slower(key: PRNGKeyArray) -> Drop:
    """With a decay of 0.96."""
    return Drop(jnp.asarray(0.5), jnp.asarray(0.96))


GAP_5 = Theorem(
    id="GAP-5",
    name="How long the average lags",
    statement=r"""Let the loss fall at once by $D > w_-$ below the ideal one, where the average
stood. With decay $\beta$ the scale reaches its floor after $\lceil \log(1 - w_-/D) / \log \beta
\rceil$ updates: for $\beta = 0.95$, $D = 0.5$ and the published width after 7.""",
    source=RELEASED,
    checks=(
        Identity(
            draw=drop,
            sides=lags,
            tolerance=1e-12,
            outside=(Outside("the batch's own loss", change={"averaged": False}, least=0.5),),
        ),
        Identity(
            part="as published",
            draw=published,
            sides=published_lag,
            tolerance=1e-12,
            most=1,
            outside=(Outside("a decay of 0.96", family=slower, least=1.0),),
        ),
    ),
)


# GAP-6: bounds of one.


def baseline(instance: Walk, *, low: float = 1.0, high: float = 1.0) -> tuple[Any, Any]:
    """Two updates each, at once and in turn, gap-aware and plain."""
    inner = mm.Adam(BASE)
    aware = mm.GapAware(inner, low=low, high=high)
    walks = mm.Simultaneous, mm.Alternating
    return tuple(
        [two_updates(instance, make(instance.step, d))[0] for make in walks] for d in (aware, inner)
    )  # type: ignore[return-value]


GAP_6 = Theorem(
    id="GAP-6",
    name="Bounds of one are the baseline",
    statement="With $f = h = 1$ a gap-aware update is that of the wrapped method, bit for bit.",
    source=RELEASED,
    checks=(
        Identity(
            draw=walk,
            sides=baseline,
            tolerance=0.0,
            outside=(Outside("the published bounds", change={"low": 0.1, "high": 2.0}, least=0.9),),
        ),
    ),
)
