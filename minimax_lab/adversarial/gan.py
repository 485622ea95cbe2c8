"""Generative adversarial networks as games: player 0 is the generator, player 1 the discriminator,
both minimise.

    fake = G(x_0, z),   losses = objective(D(x_1, real), D(x_1, fake)),   z ~ N(0, I).

A sample holds the real batch and the latent one, so both players see the same draw wherever a
direction takes one sample. Nothing else distinguishes such a game from a planar one: rules,
directions, spectra and verdicts are the same objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import ArrayLike

from ..calls import checked
from ..checks import number, refuse, whole
from ..game import Game, demand_key, demand_keys, identity
from ..networks.base import (
    Architecture,
    Network,
    demand_gives,
    demand_network,
    demand_takes,
    projection_of,
)
from ..objectives import NonSaturating, Objective, demand_objective
from ..profile import Profile
from ..reshaped import part_of, penalised
from ..running.observables import View
from ..settings import Number
from .mixtures import Source, as_source

Scalar = Float[Array, ""]


class Batch(NamedTuple):
    """What one update sees: real samples, the latent variables of as many fake ones, and for each
    pair of them a place between the two, in [0, 1].
    """

    real: Float[Array, "count ..."]
    latent: Float[Array, "count latent"]
    between: Float[Array, " count"] | None = None


class Draw(eqx.Module):
    """One batch of a source, and standard normal latents beside it."""

    count: int = eqx.field(static=True)
    latent: int = eqx.field(static=True)

    def __call__(self, data: Source, key: PRNGKeyArray | None) -> Batch:
        key = demand_key(key, "a GAN draws its batches at random")
        one, two = jax.random.split(key)
        real = data(one, self.count)
        latent = jax.random.normal(two, (self.count, self.latent), real.dtype)
        ends = jnp.zeros((), real.dtype), jnp.ones((), real.dtype)
        between = jax.random.uniform(jax.random.fold_in(key, 2), (self.count,), real.dtype, *ends)
        return Batch(real, latent, between)


class Adversarial(eqx.Module):
    """objective(D(real), D(G(z))): the two losses of a generator and a discriminator."""

    generator: Network
    discriminator: Network
    objective: Objective

    def __call__(self, x: Profile, sample: Batch) -> tuple[Scalar, Scalar]:
        real = self.discriminator(x[1], sample.real)
        fake = self.discriminator(x[1], self.generator(x[0], sample.latent))
        return self.objective(real, fake)


class Projected(eqx.Module):
    """Every network's parameters kept in the set they live in."""

    generator: Network
    discriminator: Network

    def __call__(self, x: Profile) -> Profile:
        projections = map(projection_of, (self.generator, self.discriminator))
        return Profile(p if one is None else one(p) for one, p in zip(projections, x, strict=True))


class SlopePenalty(eqx.Module):
    """strength / 2 * E |grad_a D(a)|^2 for the discriminator, on real (R1) or on fake samples
    (R2).
    """

    generator: Network
    discriminator: Network
    strength: Number
    real: bool = eqx.field(static=True)

    def __call__(self, x: Profile, sample: Batch) -> tuple[Scalar, Scalar]:
        seen = sample.real if self.real else self.generator(x[0], sample.latent)
        slopes = jax.grad(lambda a: jnp.sum(self.discriminator(x[1], a)))(seen)
        penalty = self.strength / 2 * jnp.sum(slopes**2) / len(seen)
        return jnp.zeros_like(penalty), penalty


class UnitSlope(eqx.Module):
    """strength * E (|grad_a D(a)| - target)^2 for the discriminator, a between a real and a fake
    sample.
    """

    generator: Network
    discriminator: Network
    strength: Number
    target: Number

    def __call__(self, x: Profile, sample: Batch) -> tuple[Scalar, Scalar]:
        fake, real, e = self.generator(x[0], sample.latent), sample.real, sample.between
        if e is None:
            raise refuse("sample.between", None, "one number in [0, 1] for each pair of samples")
        e = e.reshape(-1, *[1] * (real.ndim - 1))
        slopes = jax.grad(lambda a: jnp.sum(self.discriminator(x[1], a)))(e * real + (1 - e) * fake)
        squares = jnp.sum(slopes**2, tuple(range(1, slopes.ndim)))
        # Where the slope is zero the norm has no derivative.
        norms = jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1)), 0)
        penalty = self.strength * jnp.mean((norms - self.target) ** 2)
        return jnp.zeros_like(penalty), penalty


def gan(
    generator: Network,
    discriminator: Network,
    objective: Objective | None = None,
    *,
    data: Source | ArrayLike,
    batch: int = 512,
    latent: int | None = None,
) -> Game:
    """The game of two networks, losses = objective(D(real), D(G(z))) with z ~ N(0, I).

    A network is any frozen value applied as `network(parameters, inputs)`, batch first, such as
    `Perceptron`. Its `projection`, if it has one, is that of the game: clipped weights, refreshed
    vectors of a spectral norm.

    Arguments:
        generator: the network of player 0, from latents to samples.
        discriminator: the network of player 1, from samples to a single logit.
        objective: what is made of the logits, by default `NonSaturating()`.
        data: a source such as `ring()`, or an array with one example a row.
        batch: how many samples of each kind an update sees.
        latent: the width of z, by default the generator's input width.

    Examples:
        >>> import jax
        >>> from minimax_lab import adversarial
        >>> networks = adversarial.Perceptron((2, 4, 2)), adversarial.Perceptron((2, 4, 1))
        >>> game = adversarial.gan(*networks, data=adversarial.ring(), batch=8)
        >>> x = adversarial.start(game, jax.random.key(0))
        >>> len(x), len(game.totals(x, game.sample(jax.random.key(1))))
        (2, 2)
    """
    objective = NonSaturating() if objective is None else objective
    demand_objective(objective)
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        demand_network(network, name)
    source, batch = as_source(data), whole(batch, "batch")
    if latent is None:
        if not isinstance(generator, Architecture) or len(generator.takes) != 1:
            cause = "Only networks of minimax_lab.networks tell the shape of their inputs."
            raise refuse("latent", None, "the width of z", cause)
        (latent,) = generator.takes
    latent = whole(latent, "latent")
    _demand_fit(generator, discriminator, source, latent)
    return Game(
        Adversarial(generator, discriminator, objective),
        data=source,
        draw=Draw(batch, latent),
        project=_project(generator, discriminator),
        ideal=objective.ideal,
    )


@checked
def start(game: Game, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Profile:
    """Fresh parameters for both networks; from an array of keys, a stack of them for `sweep`.

    Arguments:
        game: one made by `gan`.
        key: a key, or an array of them.
        dtype: the precision of the parameters.

    Examples:
        >>> import jax
        >>> from minimax_lab import adversarial
        >>> networks = adversarial.Perceptron((2, 4, 2)), adversarial.Perceptron((2, 4, 1))
        >>> game = adversarial.gan(*networks, data=adversarial.ring())
        >>> [layer["weight"].shape for layer in adversarial.start(game, jax.random.key(0))[1]]
        [(2, 4), (4, 1)]
    """
    losses = adversarial(game)
    demand_keys(key)
    if not jnp.issubdtype(dtype, jnp.floating):
        raise refuse("dtype", dtype, "a floating type such as jnp.float32")
    if key.ndim:
        return jax.vmap(lambda one: start(game, one, dtype))(key)
    one, two = jax.random.split(key)
    return Profile((losses.generator.init(one, dtype), losses.discriminator.init(two, dtype)))


@checked
def slope_penalty(game: Game, strength: float, on: str = "real") -> Game:
    """R1 (on real samples) or R2 (on fake ones): strength/2 E |grad D|^2 is added to what the
    discriminator pays (Mescheder, Geiger, Nowozin 2018).

    Arguments:
        game: one made by `gan`.
        strength: a number, at least zero.
        on: "real" or "fake".

    Examples:
        >>> import jax
        >>> from minimax_lab import adversarial
        >>> networks = adversarial.Perceptron((2, 4, 2)), adversarial.Perceptron((2, 4, 1))
        >>> game = adversarial.gan(*networks, data=adversarial.ring(), batch=8)
        >>> x = adversarial.start(game, jax.random.key(0))
        >>> sample = game.sample(jax.random.key(1))
        >>> before = game.totals(x, sample)
        >>> after = adversarial.slope_penalty(game, 10.0).totals(x, sample)
        >>> bool(after[0] == before[0]), bool(after[1] > before[1])
        (True, True)
    """
    if on not in ("real", "fake"):
        raise refuse("on", on, '"real" or "fake"')
    losses, strength = adversarial(game), number(strength, "strength", least=0)
    penalty = SlopePenalty(losses.generator, losses.discriminator, strength, on == "real")
    return penalised(game, penalty)


@checked
def gradient_penalty(game: Game, strength: float = 10.0, target: float = 1.0) -> Game:
    """strength * E (|grad D(a)| - target)^2 is added to what the discriminator pays, a drawn evenly
    between a real and a fake sample (Gulrajani et al. 2017).

    The ideal losses stay those of the objective, which are without penalties. With a target of
    zero, or with the Wasserstein objective, they are attained; otherwise a discriminator that must
    slope loses more, even between equal distributions.

    Arguments:
        game: one made by `gan`.
        strength: a number, at least zero.
        target: the slope that costs nothing; zero in later work.

    Examples:
        >>> import jax
        >>> from minimax_lab import adversarial
        >>> networks = adversarial.Perceptron((2, 4, 2)), adversarial.Perceptron((2, 4, 1))
        >>> game = adversarial.gan(*networks, data=adversarial.ring(), batch=8)
        >>> x = adversarial.start(game, jax.random.key(0))
        >>> sample = game.sample(jax.random.key(1))
        >>> after = adversarial.gradient_penalty(game).totals(x, sample)
        >>> bool(after[1] > game.totals(x, sample)[1])
        True
    """
    losses, strength = adversarial(game), number(strength, "strength", least=0)
    target = number(target, "target", least=0)
    penalty = UnitSlope(losses.generator, losses.discriminator, strength, target)
    return penalised(game, penalty)


def logits(view: View) -> Float[Array, " logits"]:
    """(E D(real), E D(G(z))): how sure the discriminator is, an observable for `mm.run`."""
    losses, x, sample = adversarial(view.game), view.after, view.sample
    real = losses.discriminator(x[1], sample.real)
    fake = losses.discriminator(x[1], losses.generator(x[0], sample.latent))
    return jnp.stack([jnp.mean(real), jnp.mean(fake)])


def generate(game: Game, x: Profile, key: PRNGKeyArray, count: int) -> Float[Array, "count ..."]:
    """Samples of the generator, G(x_0, z) with z ~ N(0, I).

    Arguments:
        game: one made by `gan`.
        x: the parameters of its networks.
        key: the randomness of z.
        count: how many.

    Examples:
        >>> import jax
        >>> from minimax_lab import adversarial
        >>> networks = adversarial.Perceptron((2, 4, 2)), adversarial.Perceptron((2, 4, 1))
        >>> game = adversarial.gan(*networks, data=adversarial.ring(), batch=8)
        >>> x = adversarial.start(game, jax.random.key(0))
        >>> adversarial.generate(game, x, jax.random.key(1), 5).shape
        (5, 2)
    """
    losses = adversarial(game)
    latent = jax.random.normal(
        key, (whole(count, "count"), part_of(game, Draw, "adversarial.gan").latent), x.dtype
    )
    return losses.generator(x[0], latent)


def adversarial(game: Game) -> Adversarial:
    """The losses of a game made by `gan`, also where it has been reshaped since."""
    return part_of(game, Adversarial, "adversarial.gan")


def _project(*networks: Network) -> Callable[[Profile], Profile]:
    """The whole space, unless a network has a projection of its own."""
    own = any(projection_of(network) is not None for network in networks)
    return Projected(*networks) if own else identity


def _demand_fit(generator: Network, discriminator: Network, source: Source, latent: int) -> None:
    if isinstance(generator, Architecture) and generator.takes != (latent,):
        raise refuse("latent", latent, f"{generator.takes[0]}, the generator's input width")
    told = " x ".join(map(str, source.shape))
    demand_gives(generator, "generator", source.shape, f"one with {told}, as the data has")
    demand_takes(discriminator, "discriminator", source.shape, f"one with {told}, as the data has")
    demand_gives(discriminator, "discriminator", (1,), "one with a single logit")
