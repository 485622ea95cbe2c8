"""Helping the adversary: the generator also lowers the norm of the gradient on which the adversary
is trained.

    r(x) = |grad_a L_a(x)|^2,      grad_g r = 2 (d v_a / d x_g)^T v_a,

one transposed product of the field and never the Jacobian. r = 0 is necessary for the adversary to
be optimal, not sufficient.

Relatives, in these words: Nagarajan, Kolter 2017 is `AssistAdversary(strength=0.5)`, half a squared
norm; the cross terms of JARE (Nie, Patel 2020) are `Smoothing(strength)` and their generator's half
`AssistAdversary(strength=strength / 2)`; an unrolled game of one step of size a agrees with
`AssistAdversary(strength=a)` to first order in a where losses sum to zero (`reshaped.unrolled`).
`reshaped.assisted` adds the penalty to a game instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from ..checks import refuse
from ..game import Game
from ..profile import Profile
from ..reshaped import unpenalised
from ..settings import Key, Number, count, flag, real
from .base import Cost, Direction, Memories, Tick, Turn, Wrapper
from .gradient import Gradient


class AssistAdversary(Wrapper):
    """d_g + strength * grad_g |grad_a L_a|^2 for everyone but the adversary a.
    AdvAs: Munk, Harvey, Wood 2020.

    `normalised` lowers the strength to |d_g| / |grad_g r| where it is above, so that the penalty
    never outweighs the player's own direction. One minibatch adds the gradient of the noise's
    variance; `paired` multiplies the gradients of two draws, which is unbiased, and shows the
    wrapped direction the first. `penalties` says whether those of the adversary count in its
    gradient.

    Examples:
        >>> import minimax_lab as mm
        >>> from sympy.abc import a, s, x, y
        >>> game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))  # where r is x^2
        >>> game.update_matrix(mm.Simultaneous(s, mm.AssistAdversary(strength=a))).tolist()
        [[-2*a*s + 1, -s], [s, 1]]
    """

    direction: Direction = Gradient()
    strength: Number = real(1.0, least=0)
    normalised: bool = flag()
    adversary: int = count(1, least=0)
    paired: bool = flag()
    penalties: bool = flag(True)

    gradientlike = "would add a gradient to a step: the units differ"

    def extra(self, movers: Sequence[int]) -> Cost:
        """The adversary's gradient and a product of it, once a draw; in its own turn nothing."""
        helped = set(movers) > {self.adversary} or self.adversary not in movers
        return Cost(gradients=1, products=1).times((1 + self.paired) * helped)

    @property
    def jump(self) -> str:  # type: ignore[override]
        """Only the ratio of norms has one."""
        ratio = "divides two norms that are both zero at an equilibrium"
        return f"AssistAdversary(normalised=True) {ratio}" if self.normalised else ""

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        if self.adversary >= len(x) or len(x) < 2:
            allowed = f"one of the players 0..{len(x) - 1}, beside another one"
            raise refuse("AssistAdversary.adversary", self.adversary, allowed)
        return self.direction.init(game, x, key)

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        if self.paired and tick.key is not None:
            one, two = jax.random.split(tick.key)
        else:
            one = two = tick.key
        turn, memory = self.direction(game, x, memory, Tick(tick.index, one))
        pull = self._pulled(game, x, one, two)
        for player in range(len(x)):
            if player != self.adversary:
                turn = turn.replace(player, self._assisted(turn[player], pull[player]))
        return turn, memory

    def _pulled(self, game: Game, x: Profile, one: Key, two: Key) -> Profile:
        """The gradient of r, or of the product of two draws of v_a."""
        if not self.penalties:
            game = unpenalised(game)
        sample, a = game.sample(one), self.adversary
        v = game.field(x, sample)
        if one is two:
            return 2 * game.pull(x, v, sample, of=a)
        other = game.sample(two)
        w = game.field(x, other)
        return game.pull(x, w, sample, of=a) + game.pull(x, v, other, of=a)

    def _assisted(self, own: PyTree, pull: PyTree) -> PyTree:
        own, pull = Profile((own,)), Profile((pull,))
        strength = self.strength
        if self.normalised:
            strength = jnp.minimum(strength, _ratio(own, pull))
        return (own + strength * pull)[0]


def _ratio(own: Profile, pull: Profile) -> Float[Array, ""]:
    """|own| / |pull|, or one where the pull is nothing."""
    size = pull @ pull
    return jnp.where(size > 0, jnp.sqrt((own @ own) / jnp.where(size > 0, size, 1)), 1)
