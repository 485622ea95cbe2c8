"""Rules that stand for an average or an anchor of another rule's walk. The walker is their
memory.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array

from ..directions.base import Cost, Rest, Tick, rest
from ..game import Game
from ..profile import Profile
from ..settings import Index, Key, Number, count, real
from .base import Around, State, UpdateRule


class Walking(NamedTuple):
    """The walk that is averaged, and what its rule remembers."""

    walker: Profile
    inner: State


class Averaged(Around):
    """Uniform: a' = a + (w - a) / (k + 2), the mean of the start and all walkers so far.
    Bruck, Nemirovski 1977/78.

    With a `decay`: a' = decay * a + (1 - decay) * w, the exponential average under which GAN
    generators are judged; `decay=(0.999, 0.0)` averages the generator alone, since a decay of zero
    stands for the walker.

    Examples:
        >>> import minimax_lab as mm
        >>> game, observe = mm.games.bilinear(1.0), {"distance": mm.distance_to((0.0, 0.0))}
        >>> for rule in (mm.Alternating(1.0), mm.Averaged(mm.Alternating(1.0))):  # a cycle of six
        ...     run = mm.run(game, rule, (3.0, 4.0), 5, observe=observe)
        ...     print(run.observed["distance"].round(2))
        [5.   3.16 4.12 5.   3.16 4.12]
        [5.   3.64 2.11 1.35 0.82 0.  ]
    """

    rule: UpdateRule
    decay: Number | tuple[Number, ...] | None = real(None, least=0, below=1, each=True)

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return Walking(x, self.rule.init(game, x, key))

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        walker, inner = state
        walker, inner = self.rule.update(game, walker, inner, tick)
        weight = _uniform(tick.index, x.dtype) if self.decay is None else _complement(self.decay)
        return x + weight * (walker - x), Walking(walker, inner)

    def cost(self, players: int) -> Cost:
        return self.rule.cost(players)

    @property
    def rest(self) -> Rest:
        why = (
            "the weights of a uniform average change with every update; an exponential average "
            "(decay=0.99) has a fixed map"
        )
        return rest(Rest(obstacle=None if self.decay is not None else why), self.rule.rest)


class Following(NamedTuple):
    """The fast walk, and what its rule remembers."""

    fast: Profile
    inner: State


class Lookahead(Around):
    """Every `period` updates: slow' = slow + weight * (fast - slow), fast' = slow'.
    Chavdarova et al. 2021.

    Stands for the slow profile; the fast walker is its memory. All players are pulled back
    together, which is what makes it work in games. The inner memory is kept across the pull.

    Examples:
        >>> import minimax_lab as mm
        >>> game, start = mm.games.bilinear(1.0), (3.0, 4.0)
        >>> print(*mm.run(game, mm.Alternating(1.0), start, 3).final)  # half a cycle
        -3.0 -4.0
        >>> print(*mm.run(game, mm.Lookahead(mm.Alternating(1.0), period=3), start, 3).final)
        0.0 0.0
    """

    rule: UpdateRule
    period: int = count(5)
    weight: Number = real(0.5, above=0, most=1, each=True)

    def init(self, game: Game, x: Profile, key: Key) -> State:
        return Following(x, self.rule.init(game, x, key))

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        fast, inner = state
        fast, inner = self.rule.update(game, fast, inner, tick)
        due = (tick.index + 1) % self.period == 0
        pulled = x + self.weight * (fast - x)
        return _where(due, pulled, x), Following(_where(due, pulled, fast), inner)

    def cost(self, players: int) -> Cost:
        return self.rule.cost(players)

    @property
    def rest(self) -> Rest:
        return rest(Rest(period=self.period), self.rule.rest)


def _complement(decay: Number | tuple[Number, ...]) -> Number | tuple[Number, ...]:
    return tuple(1 - own for own in decay) if isinstance(decay, tuple) else 1 - decay


def _uniform(index: Index, dtype: DTypeLike) -> Number:
    return 1 / (index + 2) if isinstance(index, int) else 1 / (index.astype(dtype) + 2)


def _where(condition: bool | Array, yes: Profile, no: Profile) -> Profile:
    if isinstance(condition, bool):
        return yes if condition else no
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
