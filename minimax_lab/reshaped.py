"""Game -> game: penalties, weight decay, noise. What is reshaped keeps its data, its set and its
ideal losses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from .checks import demand_flag, number, numbers, refuse, whole
from .game import Game, Losses, Sample, Scalar, as_game, demand_key, is_game
from .profile import Profile
from .settings import Number

Part = TypeVar("Part")


class Sum(eqx.Module):
    """first(x, sample) + second(x, sample), player by player."""

    first: Losses
    second: Losses

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        both = zip(self.first(x, sample), self.second(x, sample), strict=True)
        return tuple(a + b for a, b in both)


class Decay(eqx.Module):
    """strength_i / 2 * |x_i|^2 for each player i."""

    strength: Number | tuple[Number, ...]

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        strengths = self.strength if isinstance(self.strength, tuple) else (self.strength,) * len(x)
        if len(strengths) != len(x):
            raise refuse(
                "strength", self.strength, f"one number, or {len(x)} numbers for {len(x)} players"
            )
        return tuple(
            s * (Profile((p,)) @ Profile((p,))) / 2 for s, p in zip(strengths, x, strict=True)
        )


def penalised(game: Game, penalties: Losses) -> Game:
    """Player i minimises losses[i] + penalties[i], on top of what it has; pass a module-level
    function or frozen module.
    """
    game = _game(game)
    if not callable(penalties):
        raise refuse(
            "penalties", penalties, "a function (profile, sample) -> one scalar per player"
        )
    return _with(
        game, penalties=penalties if game.penalties is None else Sum(game.penalties, penalties)
    )


def weight_decay(game: Game, strength: float | tuple[float, ...]) -> Game:
    """Player i pays strength_i / 2 * |x_i|^2: adds strength_i to its own curvature and leaves the
    interaction alone.
    """
    return penalised(game, Decay(numbers(strength, "strength", least=0)))


class Jittered(eqx.Module):
    """losses_i + sigma <n_i, x_i> with n ~ N(0, I) drawn from the key in the sample: the gradient
    is off by exactly sigma n_i.
    """

    losses: Losses
    sigma: Number

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        inner, key = sample
        leaves, structure = jax.tree.flatten(x)
        keys = jax.random.split(key, len(leaves))
        normal = [
            jax.random.normal(k, jnp.shape(leaf), leaf.dtype)
            for k, leaf in zip(keys, leaves, strict=True)
        ]
        noise = jax.tree.unflatten(structure, normal)
        return tuple(
            loss + self.sigma * (Profile((p,)) @ Profile((n,)))
            for loss, p, n in zip(self.losses(x, inner), x, noise, strict=True)
        )


class Inner(eqx.Module):
    """The penalties of a game whose sample now carries a noise key beside its own sample."""

    penalties: Losses

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        return self.penalties(x, sample[0])


class WithKey(eqx.Module):
    """(the game's own sample, a key of one's own)."""

    draw: Callable[[PyTree, Any], Sample]

    def __call__(self, data: PyTree, key: PRNGKeyArray | None) -> tuple[Sample, PRNGKeyArray]:
        own, inner = jax.random.split(demand_key(key, "a noisy game draws at random"))
        return self.draw(data, inner), own


def noisy(game: Game, sigma: float) -> Game:
    """Every player's gradient gains Gaussian noise, sigma * N(0, I), anew in every sample;
    penalties stay exact.
    """
    game = _game(game)
    penalties = None if game.penalties is None else Inner(game.penalties)
    losses = Jittered(game.losses, number(sigma, "sigma", least=0))
    return _with(game, losses=losses, penalties=penalties, draw=WithKey(game.draw))


class Stray(eqx.Module):
    """strength * |grad_a (losses + penalties)_a|^2 for everyone but the adversary a."""

    losses: Losses
    penalties: Losses | None
    strength: Number
    adversary: int = eqx.field(static=True)

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        game = Game(self.losses, penalties=self.penalties)
        _demand_player(self.adversary, x)
        own = jax.grad(
            lambda own: game.totals(x.replace(self.adversary, own), sample)[self.adversary]
        )(x[self.adversary])
        penalty = self.strength * (Profile((own,)) @ Profile((own,)))
        return tuple(0 * penalty if i == self.adversary else penalty for i in range(len(x)))


def assisted(
    game: Game, strength: float | Array = 1.0, *, adversary: int = 1, penalties: bool = True
) -> Game:
    """Everyone but the adversary pays strength * |grad_a L_a|^2: AdvAs (Munk, Harvey, Wood 2020) as
    a game of its own.

    Descending its field is `AssistAdversary(strength=strength)` on the plain game; where the draws
    are random it is the biased estimator of one draw. `penalties` says whether those of the
    adversary count in its gradient.
    """
    game = _game(game)
    strength, adversary = number(strength, "strength", least=0), whole(adversary, "adversary", 0)
    demand_flag(penalties, "penalties")
    counted = game.penalties if penalties else None
    return penalised(game, Stray(game.losses, counted, strength, adversary))


class Unrolled(eqx.Module):
    """losses_i(x with x_a replaced by its k-th step) for everyone but the adversary a, whose own
    loss stays.
    """

    losses: Losses
    penalties: Losses | None
    rate: Number
    steps: int = eqx.field(static=True)
    adversary: int = eqx.field(static=True)

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        game, a = Game(self.losses, penalties=self.penalties), self.adversary
        _demand_player(a, x)
        slope = jax.grad(lambda own: game.totals(x.replace(a, own), sample)[a])

        def step(own: Profile, _: None) -> tuple[Profile, None]:
            return own - self.rate * Profile((slope(own[0]),)), None

        ahead, _ = jax.lax.scan(step, Profile((x[a],)), length=self.steps)
        foreseen = self.losses(x.replace(a, ahead[0]), sample)
        return tuple(
            now if i == a else then
            for i, (now, then) in enumerate(zip(self.losses(x, sample), foreseen, strict=True))
        )


def unrolled(game: Game, steps: int = 1, rate: float | Array = 0.1, *, adversary: int = 1) -> Game:
    """Everyone but the adversary is judged after `steps` steps of gradient descent by it, x_a <-
    x_a - rate * grad_a L_a.

    Unrolled GANs: Metz, Poole, Pfau, Sohl-Dickstein 2017. Derivatives pass through these steps, all
    on one draw.
    """
    game = _game(game)
    steps, adversary = whole(steps, "steps"), whole(adversary, "adversary", 0)
    rate = number(rate, "rate", above=0)
    return _with(game, losses=Unrolled(game.losses, game.penalties, rate, steps, adversary))


def unpenalised(game: Game) -> Game:
    """The losses alone."""
    return game if game.penalties is None else _with(game, penalties=None)


def part_of(game: Game, kind: type[Part], maker: str) -> Part:
    """The part of this kind in a game made by `maker`, also where it has been reshaped since."""

    def wanted(part: object) -> bool:
        return isinstance(part, kind)

    found = [part for part in jax.tree.leaves(game, is_leaf=wanted) if wanted(part)]
    if not found:
        raise refuse("game", game, f"a game made by {maker}")
    return found[0]


def _with(game: Game, **changes: Any) -> Game:
    return dataclasses.replace(game, **changes)


def _game(game: object) -> Game:
    if not is_game(game):
        raise refuse("game", game, "a Game", "The game comes first: noisy(game, 0.1).")
    return as_game(game)


def _demand_player(adversary: int, x: Profile) -> None:
    if adversary >= len(x) or len(x) < 2:
        raise refuse(
            "adversary", adversary, f"one of the players 0..{len(x) - 1}, beside another one"
        )
