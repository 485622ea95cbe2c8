"""Directions that look at how the field turns: H = |v|^2 / 2 and its gradient J^T v.

J = S + A. The gradient of H mixes both parts; the symplectic adjustment keeps the antisymmetric one
only, so it vanishes where the game is a plain minimisation. Both cost one Jacobian product on top
of the whole field.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from ..checks import number, refuse
from ..game import Game
from ..profile import Profile
from ..settings import Number, declared, flag, per_player, real
from .base import Cost, Memories, Memoryless, Tick, Turn


class Consensus(Memoryless):
    """d = v + strength * J^T v.      Mescheder, Nowozin, Geiger 2017.

    On minibatches J^T v from one draw is biased by half the gradient of the noise's variance;
    `paired` uses two independent draws, (J_1^T v_2 + J_2^T v_1) / 2, which is unbiased and costs
    twice as much.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import c, s, x, y
        >>> game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
        >>> game.update_matrix(mm.Simultaneous(s, mm.Consensus(c))).tolist()
        [[-c*s + 1, -s], [s, -c*s + 1]]
    """

    strength: Number = real(least=0, each=True)
    paired: bool = flag()

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        if not self.paired:
            sample = game.sample(tick.key)
            v = game.field(x, sample)
            return v + self.strength * game.pull(x, v, sample), memory
        one, two = (None, None) if tick.key is None else jax.random.split(tick.key)
        one, two = game.sample(one), game.sample(two)
        v, w = game.field(x, one), game.field(x, two)
        pulled = game.pull(x, w, one) + game.pull(x, v, two)
        return _half(v + w + self.strength * pulled), memory

    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        return Cost(gradients=players, products=1).times(2 if self.paired else 1)


class Symplectic(Memoryless):
    """d = v + strength * A^T v, with A^T v = (J^T v - J v) / 2.      Balduzzi et al. 2018 (SGA).

    `align` gives the adjustment the sign of (v . J^T v)(A^T v . J^T v) / size + 1/10, which keeps
    it pulling towards stable and away from unstable stationary profiles; the sign jumps, so the
    aligned direction is linear only where it rests.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import c, s, x, y
        >>> rule = mm.Simultaneous(s, mm.Symplectic(c, align=False))
        >>> mm.SymbolicGame((x * y, -x * y), ((x,), (y,))).update_matrix(rule).tolist()
        [[-c*s + 1, -s], [s, -c*s + 1]]
        >>> mm.SymbolicGame((x**2 / 2, y**2), ((x,), (y,))).update_matrix(rule).tolist()
        [[1 - s, 0], [0, 1 - 2*s]]
    """

    strength: Number = real(1.0, each=True)
    align: bool = flag(True)

    unsymbolic = "takes the sign of an inner product to align; align=False is arithmetic"

    def __check_init__(self) -> None:
        if self.align and isinstance(self.strength, tuple):
            cause = "All players turn by one sign; align=False takes a number a player."
            raise refuse("Symplectic.strength", self.strength, "one number to align", cause)

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        sample = game.sample(tick.key)
        v = game.field(x, sample)
        pulled = game.pull(x, v, sample)
        adjustment = _half(pulled - game.push(x, v, sample))
        strength: Number = self.strength
        if self.align:
            size = sum(leaf.size for leaf in jax.tree.leaves(x))
            strength = strength * jnp.sign((v @ pulled) * (adjustment @ pulled) / size + 0.1)
        return v + strength * adjustment, memory

    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        return Cost(gradients=players, products=2)


def _strengths(given: object, name: str) -> Number | tuple[Number | None, ...]:
    if isinstance(given, tuple | list):
        return tuple(s if s is None else number(s, name, least=0) for s in given)
    return number(given, name, least=0)


class Smoothing(Memoryless):
    """d_i = v_i + strength_i * grad_i (|v_j|^2 / 2, summed over the others j): consensus without
    what concerns a player alone.

    A strength of None leaves its player alone, at no cost: `Smoothing((None, 10.0))` flattens the
    generator's landscape through the discriminator, the "smooth" baseline in the code of Mescheder,
    Nowozin, Geiger 2017.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import c, s, x, y
        >>> game = mm.SymbolicGame((x**2 / 2 + x * y, y**2 / 2 - x * y), ((x,), (y,)))
        >>> rule = mm.Simultaneous(s, mm.Smoothing((None, c)))  # d_y = v_y + c v_x
        >>> game.update_matrix(rule).expand().tolist()
        [[1 - s, -s], [-c*s + s, -c*s - s + 1]]
    """

    strength: Number | tuple[Number | None, ...] = declared(_strengths)

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        strengths = per_player(self.strength, "Smoothing.strength", len(x))
        sample = game.sample(tick.key)
        turn = v = game.field(x, sample)
        for i, strength in enumerate(strengths):
            if strength is not None:
                others = (game.pull(x, v, sample, of=j) for j in range(len(x)) if j != i)
                pulled = functools.reduce(operator.add, others)
                turn = turn.replace(i, (v + strength * pulled)[i])
        return turn, memory

    def cost(self, players: int, movers: Sequence[int]) -> Cost:
        """One product of another player's rows for each player that is smoothed."""
        strengths = per_player(self.strength, "Smoothing.strength", players)
        smoothed = [i for i in movers if strengths[i] is not None]
        seen = players if smoothed and players > 1 else len(movers)
        return Cost(gradients=seen, products=len(smoothed) * (players - 1))


def _half(x: Profile) -> Profile:
    """x / 2, exact on symbols too (0.5 would turn a formula's rationals into floats)."""
    return Profile(jax.tree.map(lambda leaf: leaf / 2, x.players))
