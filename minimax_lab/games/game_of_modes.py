r"""Modes to be learnt by a linear generator against a discriminator with one layer of cubic
neurons.

    X = u_l with probability share_l,   G(z) = sum_j z_j v_j,   S(x) = a sum_i sigma(<w_i, x>) + b,

sigma(t) = t^3, continued linearly beyond |t| = cut. Modes are unit vectors with <u_k, u_l> =
correlation. Player 0 holds the columns v_j as rows of one array, player 1 its neurons w_i, and a
and b where they are trained. This is the two-mode game of Jelassi, Dobre, Mensch, Li, Gidel 2022 as
recalled, for any number of modes and any shares. Where a > 0 every column moves towards the
neurons, whatever the sign of <w_i, v_j>, since sigma' is even. `learnt_modes` has what to watch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ..calls import checked
from ..checks import is_concrete, nearest, number, refuse, whole
from ..game import Game, Scalar, demand_key, demand_keys, everything
from ..objectives import Objective, Saturating, demand_objective
from ..profile import Profile
from ..reshaped import part_of
from ..settings import Key, Number

TRAINABLE = ("scale", "bias")


class Seen(NamedTuple):
    """What a loss is shown: real vectors, latents, and the probability of each pair (None: all rows
    count alike).
    """

    real: Array  # modes by dimension
    latent: Array  # a row each
    pairs: Array | None
    scale: Number
    bias: Number
    cut: Number


class Batch(eqx.Module):
    """`size` real vectors and as many one-hot latents; with `extra`, every further latent is on
    with that probability.
    """

    size: int = eqx.field(static=True)
    extra: Number | None = None

    def __call__(self, data: Seen, key: PRNGKeyArray | None) -> Seen:
        key = demand_key(key, "this game draws its batches at random")
        assert data.pairs is not None
        columns = 2 + (0 if self.extra is None else len(data.latent))
        chances = jax.random.uniform(key, (self.size, columns), data.real.dtype)
        real = data.real[_chosen(data.pairs.sum(1), chances[:, 0])]
        latent = data.latent[_chosen(data.pairs.sum(0), chances[:, 1])]
        if self.extra is not None:
            on = chances[:, 2:] < jnp.asarray(self.extra, chances.dtype)
            latent = jnp.maximum(latent, on.astype(latent.dtype))
        return data._replace(real=real, latent=latent, pairs=None)


class Modes(eqx.Module):
    """objective(S(X), S(G(z))), averaged over pairs of a real vector and a latent."""

    objective: Objective
    neurons: int = eqx.field(static=True)
    trainable: tuple[str, ...] = eqx.field(default=(), static=True)

    def __call__(self, x: Profile, seen: Seen) -> tuple[Scalar, ...]:
        real, fake = self.logits(x[1], seen.real, seen), self.logits(x[1], seen.latent @ x[0], seen)
        if seen.pairs is None:
            return self.objective(real, fake)
        losses = jax.vmap(lambda r: jax.vmap(lambda f: self.objective(r, f))(fake))(real)
        return tuple(jnp.sum(seen.pairs * loss) for loss in losses)

    def logits(
        self, discriminator: dict[str, Array], inputs: Float[Array, "n dimension"], seen: Seen
    ) -> Float[Array, " n"]:
        """a sum_i sigma(<w_i, x>) + b, row by row."""
        summed = jnp.sum(cubic(inputs @ discriminator["neurons"].T, seen.cut), axis=1)
        return discriminator.get("scale", seen.scale) * summed + discriminator.get(
            "bias", seen.bias
        )


@checked
def modes(
    count: int = 2,
    correlation: float = 0.1,
    *,
    dimension: int = 64,
    neurons: int = 40,
    latents: int = 16,
    batch: int | None = 1,
    objective: Objective | None = None,
    shares: Sequence[float] | None = None,
    latent_shares: Sequence[float] | None = None,
    extra: float | None = None,
    trainable: Sequence[str] = (),
    scale: float = 1.0,
    bias: float = 0.0,
    cut: float | None = None,
) -> Game:
    """The game of `count` modes; `batch=None` gives the gradients of the whole population.

    Exactly one latent is on, uniformly or by `latent_shares`; with `extra` each of the others too
    with that probability. `trainable` names which of "scale" (a) and "bias" (b) the discriminator
    learns. `cut` is dimension^0.2 by default.
    """
    count, dimension = whole(count, "count"), whole(dimension, "dimension")
    neurons, latents = whole(neurons, "neurons"), whole(latents, "latents")
    correlation = number(correlation, "correlation", least=0, below=1)
    if not is_concrete(correlation) or np.ndim(correlation):
        cause = "For a sweep stack games: mm.stack([two_mode(c) for c in ...])."
        raise refuse("correlation", correlation, "one number", cause)
    if dimension < count:
        raise refuse("dimension", dimension, f"at least {count}, one for each mode")
    objective = Saturating() if objective is None else objective
    demand_objective(objective)
    real = np.zeros((count, dimension))
    real[:, :count] = np.linalg.cholesky((1 - correlation) * np.eye(count) + correlation)
    pairs = np.outer(
        _shares(shares, count, "shares"), _shares(latent_shares, latents, "latent_shares")
    )
    cut = dimension**0.2 if cut is None else number(cut, "cut", above=0)
    scale, bias = number(scale, "scale"), number(bias, "bias")
    data = Seen(jnp.asarray(real), jnp.eye(latents), jnp.asarray(pairs), scale, bias, cut)
    if batch is not None:
        extra = None if extra is None else number(extra, "extra", above=0, below=1)
        draw: Callable[[Seen, Key], Seen] = Batch(whole(batch, "batch"), extra)
    elif extra is None:
        draw = everything
    else:
        cause = "The population of such latents has 2^latents members."
        raise refuse("extra", extra, "None where batch is None", cause)
    losses = Modes(objective, neurons, _trainable(trainable))
    return Game(losses, data=data, draw=draw, ideal=objective.ideal)


two_mode = functools.partial(modes, 2)  # the paper's: two modes, equally likely


@checked
def modes_start(
    game: Game, key: PRNGKeyArray, spread: float = 0.3, dtype: DTypeLike | None = None
) -> Profile:
    """w_i ~ N(0, spread^2 I / d), v_j ~ N(0, spread^2 I / d^2), a and b as the game has them; a
    stack from an array of keys.
    """
    losses = part_of(game, Modes, "games.modes or games.two_mode")
    demand_keys(key)
    if key.ndim:
        return jax.vmap(lambda one: modes_start(game, one, spread, dtype))(key)
    spread = number(spread, "spread", above=0)
    kind = jnp.dtype(jnp.result_type(float) if dtype is None else dtype)
    one, two = jax.random.split(key)
    dimension, latents = game.data.real.shape[-1], game.data.latent.shape[-1]
    columns = spread / dimension * jax.random.normal(one, (latents, dimension), kind)
    weights = spread / dimension**0.5 * jax.random.normal(two, (losses.neurons, dimension), kind)
    trained = {name: jnp.asarray(getattr(game.data, name), kind) for name in losses.trainable}
    return Profile((columns, {"neurons": weights} | trained))


def cubic(t: Array, cut: Number) -> Array:
    """t^3 up to |t| = cut, then its tangent: odd, and smooth to first order."""
    inner = jnp.clip(t, -cut, cut)
    return inner**2 * (3 * t - 2 * inner)


def _chosen(shares: Float[Array, " kinds"], chances: Float[Array, " size"]) -> Array:
    """Which kind each chance in [0, 1) falls to."""
    return jnp.sum(chances[:, None] >= jnp.cumsum(shares)[:-1], axis=1, dtype=jnp.int32)


def _shares(given: Sequence[float] | None, count: int, argument: str) -> np.ndarray:
    """Probabilities from positive numbers in their proportion; equal ones by default."""
    if given is None:
        return np.full(count, 1 / count)
    if np.ndim(given) != 1:
        raise refuse(argument, given, f"{count} positive numbers")
    shares = np.asarray([number(share, argument, least=0) for share in given], float)
    if len(shares) != count:
        raise refuse(argument, given, f"{count} positive numbers")
    if np.any(shares == 0):
        what = (
            "A latent that is never on has a column that never learns"
            if "latent" in argument
            else "A mode never shown is none"
        )
        raise refuse(argument, given, "positive numbers", f"{what}: leave it out.")
    return shares / shares.sum()


def _trainable(given: Sequence[str]) -> tuple[str, ...]:
    if not isinstance(given, str | tuple | list):
        raise refuse("trainable", given, f"a tuple made of {', '.join(TRAINABLE)}")
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in TRAINABLE:
            raise nearest("trainable", str(name), TRAINABLE)
    return tuple(name for name in TRAINABLE if name in names)
