"""Keeping an adversary neither too weak nor too strong: its step follows how far its loss is from
the one it has at the solution.

With L* that ideal loss and u = average - L* the gap of a running average of the adversary's loss,

    s(u) = high^min(u / width_high, 1)   for u > 0 (too weak: longer steps),
    s(u) = low^min(-u / width_low, 1)    for u <= 0 (too strong: shorter steps).

log s is linear on either side of zero and then flat; s(0) = 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from ..checks import InputError, is_concrete, is_number, refuse
from ..game import Game
from ..profile import Profile
from ..settings import Key, Number, count, real
from .base import Direction, Memories, Memory, Particular, Tick, Turn, Wrapper
from .gradient import Gradient

if TYPE_CHECKING:
    from ..running.observables import View

_SUPPLY = (
    "Give GapAware(ideal=...), or the game ideal=(generator's, adversary's); games made from an "
    "objective have it."
)
_NO_WIDTH = (
    "A tenth of an ideal loss of zero is no width: s would be 0/0 there. Give both in units of the "
    "loss, say a tenth of the |loss| you see."
)


class Watched(NamedTuple):
    """What is remembered of the adversary: its smoothed loss, the gap and the scale that follow
    from it, and the inner memory.
    """

    average: Float[Array, ""]
    gap: Float[Array, ""]
    scale: Float[Array, ""]
    inner: Memory


class GapAware(Wrapper, Particular):
    """d_a * s(m' - ideal),   m' = decay * m + (1 - decay) * L_a(x),   m_0 = ideal.
    Hazimeh, Ponomareva 2023.

    Scales what the wrapped direction gives the adversary, so moments inside are those of an
    unscaled run; scales do not accumulate. m averages the adversary's loss without penalties, on
    the draw the gradient sees (beside directions that draw in pairs, on a third). An ideal of None
    is asked of the game, widths of None are a tenth of it. No gradient on top: the loss is a
    by-product of the gradient.

    Examples:
        >>> import minimax_lab as mm
        >>> game = mm.games.dirac_gan(mm.objectives.Saturating())
        >>> rule, observe = mm.Simultaneous(0.1, mm.GapAware(decay=0.0)), {"scale": mm.step_scale}
        >>> for start in ((1.0, -1.0), (1.0, 1.0)):  # the adversary's loss above log 4, and below
        ...     print(mm.run(game, rule, start, 1, observe=observe).observed["scale"].round(3))
        [1. 2.]
        [1.  0.1]
    """

    direction: Direction = Gradient()
    adversary: int = count(1, least=0)
    ideal: Number | None = real(None)
    low: Number = real(0.1, above=0, most=1)
    high: Number = real(2.0, least=1)
    width_low: Number | None = real(None, above=0)
    width_high: Number | None = real(None, above=0)
    decay: Number = real(0.95, least=0, below=1)

    rescales = True
    unsymbolic = "asks on which side of its ideal a loss is, which has no answer on symbols"

    def __check_init__(self) -> None:
        inside = jax.tree.leaves(self.direction, is_leaf=_aware)
        if any(_aware(part) and part.adversary == self.adversary for part in inside):
            raise InputError(
                f"GapAware inside GapAware would scale adversary {self.adversary} twice, beyond "
                "low and high: one each is enough."
            )
        self._demand_widths(self.ideal)

    def suits(self, game: Game) -> None:
        # Where nothing is known of an ideal, `init` says so, once it has seen the players.
        if self.ideal is not None or getattr(game, "ideal", None) is not None:
            self._demand_widths(self._ideal(game))

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        if self.adversary >= len(x):
            allowed = f"one of the players 0..{len(x) - 1}"
            raise refuse("GapAware.adversary", self.adversary, allowed)
        self.suits(game)
        inner = self.direction.init(game, x, key)
        average = jnp.asarray(self._ideal(game), x.dtype)
        own = Watched(average, 0 * average, 1 + 0 * average, inner[self.adversary])
        return _with(inner, self.adversary, own)

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        watched, player, ideal = memory[self.adversary], self.adversary, self._ideal(game)
        turn, inner = self.direction(game, x, _with(memory, player, watched.inner), tick)
        loss = jnp.asarray(game.losses(x, game.sample(tick.key))[player]).astype(x.dtype)
        average = self.decay * watched.average + (1 - self.decay) * loss
        gap = average - ideal
        scale = schedule(gap, self.low, self.high, *self._widths(ideal))
        turn = turn.replace(player, (scale * Profile((turn[player],)))[0])
        return turn, _with(inner, player, Watched(average, gap, scale, inner[player]))

    def _ideal(self, game: Game) -> Number:
        if self.ideal is not None:
            return self.ideal
        known = getattr(game, "ideal", None)
        if known is not None and self.adversary >= len(known):
            allowed = f"one of the players 0..{len(known) - 1} whose ideal the game knows"
            raise refuse("GapAware.adversary", self.adversary, allowed)
        if known is None or known[self.adversary] is None:
            allowed = "a number for this game, whose ideal losses are not known"
            raise refuse("GapAware.ideal", None, allowed, _SUPPLY)
        return known[self.adversary]

    def _widths(self, ideal: Any) -> tuple[Number, Number]:
        tenth = 0.1 * abs(ideal)
        low, high = self.width_low, self.width_high
        return tenth if low is None else low, tenth if high is None else high

    def _demand_widths(self, ideal: Number | None) -> None:
        nothing = is_number(ideal) and is_concrete(ideal) and np.any(np.asarray(ideal) == 0)
        for name in ("width_low", "width_high"):
            if nothing and getattr(self, name) is None:
                allowed = "a positive number where the ideal loss is zero (Wasserstein)"
                raise refuse(f"GapAware.{name}", None, allowed, _NO_WIDTH)


def demand_uncancelled(
    outer: Direction, inner: Direction, players: tuple[int, ...] | None = None
) -> None:
    """Raised at construction: what gives directions (of these players) a length of its own would
    undo s, however deep inside.
    """
    for part in jax.tree.leaves(inner, is_leaf=_aware):
        if _aware(part) and (players is None or part.adversary in players):
            name = type(outer).__name__
            given = (
                f"{name}(GapAware(...))"
                if part is inner
                else f"{name}({type(inner).__name__}(...GapAware(...)))"
            )
            raise InputError(
                f"{given} is senseless: {name} gives the adversary another length and would cancel "
                f"the scale. The other order is meaningful: GapAware({name}(...))."
            )


def schedule(
    gap: Array, low: Number, high: Number, width_low: Number, width_high: Number
) -> Float[Array, ""]:
    """s(gap): 1 at 0, `high` from width_high on, `low` from -width_low on, exponential in between.

    Lipschitz with high log(high) / width_high above zero and log(1 / low) / width_low below.
    """
    # Exponents outside [0, 1] belong to the branch not taken, where they could overflow and spoil
    # derivatives.
    above, below = high ** jnp.clip(gap / width_high, 0, 1), low ** jnp.clip(-gap / width_low, 0, 1)
    return jnp.where(gap > 0, above, below)


def watched(state: PyTree) -> Watched:
    """What the gap-aware direction within a rule's state remembers; of several, stacked in the
    order of their adversaries.
    """
    found = [
        part
        for part in jax.tree.leaves(state, is_leaf=lambda part: isinstance(part, Watched))
        if isinstance(part, Watched)
    ]
    if not found:
        raise refuse(
            "the rule", "without a GapAware direction", "one whose smoothed loss can be observed"
        )
    if len(found) == 1:
        return found[0]
    average, gap, scale = (
        jnp.stack([getattr(one, name) for one in found]) for name in Watched._fields[:3]
    )
    return Watched(average, gap, scale, ())


def smoothed_loss(view: View) -> Float[Array, ""]:
    """An observable, the adversary's loss as `GapAware` smooths it: at the start, the ideal one."""
    return watched(view.state).average


def loss_gap(view: View) -> Float[Array, ""]:
    """The smoothed loss less the ideal one, by which `GapAware` sets the adversary's step."""
    return watched(view.state).gap


def step_scale(view: View) -> Float[Array, ""]:
    """s: by what `GapAware` has just multiplied the adversary's direction."""
    return watched(view.state).scale


def _aware(part: object) -> bool:
    return isinstance(part, GapAware)


def _with(memory: Memories, player: int, own: Memory) -> Memories:
    return (*memory[:player], own, *memory[player + 1 :])
