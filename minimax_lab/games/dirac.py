"""The Dirac-GAN: data at 0, a generator at theta, a linear discriminator.      Mescheder, Geiger,
Nowozin 2018.

The logit of "real" is -psi x (the paper's D is the logit of "fake", psi x), so with f(t) = -log(1 +
e^-t)

    theta' = -psi f'(theta psi),   psi' = theta f'(theta psi)

is the flow of the saturating objective, and every other objective and regulariser changes one of
the two lines. The only equilibrium is (0, 0). Consensus is a direction (`mm.Consensus`) and two
learning rates are a rule's steps, so neither is here.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from ..calls import checked
from ..checks import number, refuse, whole
from ..game import Game, Sample, Scalar, demand_key, everything, identity
from ..objectives import Objective, Saturating, demand_objective
from ..profile import Profile
from ..settings import Key, Number
from .sets import Box


class DiracLosses(eqx.Module):
    """The objective, averaged over (real noise, fake noise, weights) in the sample: logits -psi n
    and -psi (theta + n').
    """

    objective: Objective

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        theta, psi = x
        if jnp.ndim(theta) or jnp.ndim(psi):
            raise refuse(
                "the profile", (jnp.shape(theta), jnp.shape(psi)), "two numbers (theta, psi)"
            )
        real, fake, weights = sample
        losses = jax.vmap(self.objective)(-psi * real, -psi * (theta + fake))
        return tuple(weights @ loss for loss in losses)


class GradientPenalty(eqx.Module):
    """strength/2 (|dD/dx| - target)^2 for the discriminator, where |dD/dx| = |psi| everywhere: R1,
    R2 and WGAN-GP in one.

    With a target the field jumps at psi = 0; autodiff gives it the mean of both sides there.
    """

    strength: Number
    target: Number

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, ...]:
        theta, psi = x
        # Multiplied out, because autodiff finds no curvature in |psi|^2 at 0.
        return 0 * theta, self.strength * (
            psi**2 / 2 - self.target * jnp.abs(psi) + self.target**2 / 2
        )


class NoiseDraws(eqx.Module):
    """`count` draws of the noise on the data and on the generator's output."""

    count: int = eqx.field(static=True)

    def __call__(self, data: Float[Array, ""], key: PRNGKeyArray | None) -> Sample:
        key = demand_key(key, "noise by draws is random (by quadrature it is not)")
        real, fake = data * jax.random.normal(key, (2, self.count), data.dtype)
        return real, fake, jnp.full(self.count, 1 / self.count, data.dtype)


@checked
def dirac_gan(
    objective: Objective = Saturating(),
    *,
    noise: float = 0.0,
    draws: int | None = None,
    nodes: int = 64,
    penalty: float = 0.0,
    target: float = 0.0,
    clip: float | None = None,
) -> Game:
    """Player 0 is the generator theta, player 1 the discriminator psi.

    `noise` is the standard deviation of instance noise on data and output, averaged exactly by
    Gauss-Hermite quadrature with `nodes` nodes, or by `draws` random draws a sample. `penalty`/2
    (|psi| - `target`)^2 is paid by the discriminator. `clip` confines psi to [-clip, clip], as the
    projection of the game.
    """
    demand_objective(objective)
    noise, penalty, target = (
        number(value, name, least=0)
        for value, name in ((noise, "noise"), (penalty, "penalty"), (target, "target"))
    )
    if _off(penalty) and not _off(target):
        raise refuse("target", target, "0 where there is no penalty", "Give penalty= as well.")
    if _off(noise) and draws is not None:
        raise refuse("draws", draws, "None where there is no noise", "Give noise= as well.")
    if draws is None:
        data: PyTree = _quadrature(noise, whole(nodes, "nodes"), objective.separable)
        draw: Callable[[PyTree, Key], Sample] = everything
    else:
        data, draw = jnp.asarray(noise), NoiseDraws(whole(draws, "draws"))
    return Game(
        DiracLosses(objective),
        data,
        draw,
        penalties=None if _off(penalty) else GradientPenalty(penalty, target),
        project=identity if clip is None else _clipping(number(clip, "clip", above=0)),
        ideal=objective.ideal,
    )


def _clipping(bound: float) -> Box:
    return Box((-math.inf, -bound), (math.inf, bound))


def _off(value: object) -> bool:
    return isinstance(value, float) and value == 0


def _quadrature(noise: Number, nodes: int, separable: bool) -> tuple[Array, Array, Array]:
    """Nodes and weights for E over independent standard normals: one list serves both where the
    losses are a sum.
    """
    if _off(noise):
        return jnp.zeros(1), jnp.zeros(1), jnp.ones(1)
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    weights = weights / weights.sum()
    real, fake = (points, points) if separable else map(np.ravel, np.meshgrid(points, points))
    if not separable:
        weights = np.outer(weights, weights).ravel()
    return noise * jnp.asarray(real), noise * jnp.asarray(fake), jnp.asarray(weights)
