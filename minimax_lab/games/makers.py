"""The catalogue's factories: the games under typed keyword arguments with defaults, from which a
command line makes flags.
"""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp

from .. import objectives
from ..checks import nearest
from ..game import Game
from ..reshaped import noisy
from . import affine, dirac, families, formulas, markets, matrices, sets


def bilinear(strength: float = 1.0) -> Game:
    """strength * x * y."""
    return affine.bilinear(strength)


def quadratic(convexity: float = 0.5, coupling: float = 1.0, concavity: float = 0.5) -> Game:
    """convexity x^2/2 + coupling x y - concavity y^2/2."""
    return affine.quadratic(convexity, coupling, concavity)


def ring(friction: float = 0.1) -> Game:
    """The ring of three."""
    return affine.ring(3, friction)


def market(
    friction: float = 0.1, defect: float = 0.0, trade: Literal["bilinear", "tanh"] = "bilinear"
) -> Game:
    """Three firms of one number each, all trading."""
    shapes = {"bilinear": {}, "tanh": {"trade": jnp.tanh}}
    if trade not in shapes:
        raise nearest("trade", trade, shapes)
    return markets.market((friction,) * 3, formulas.GOODS, defect=defect, **shapes[trade])


def box_bilinear(half_width: float = 1.0) -> Game:
    """x y with both numbers in [-half_width, half_width]."""
    return matrices.matrix(1.0, sets.Box(-half_width, half_width))


def dirac_wgan(clip: float = 1.0) -> Game:
    """psi clipped to [-clip, clip]."""
    return dirac.dirac_gan(objectives.Wasserstein(), clip=clip)


def dirac_wgan_gp(penalty: float = 0.7, target: float = 1.0) -> Game:
    """penalty/2 (|psi| - target)^2 instead of clipping."""
    return dirac.dirac_gan(objectives.Wasserstein(), penalty=penalty, target=target)


def dirac_noise(noise: float = 0.7) -> Game:
    """Instance noise by quadrature."""
    return dirac.dirac_gan(noise=noise)


def dirac_draws(noise: float = 0.7, draws: int = 1000) -> Game:
    """Instance noise by random draws."""
    return dirac.dirac_gan(noise=noise, draws=draws)


def dirac_gp(penalty: float = 0.3) -> Game:
    """R1 = R2: penalty/2 psi^2 paid by the discriminator."""
    return dirac.dirac_gan(penalty=penalty)


def dirac_gp_critical(penalty: float = 1.0) -> Game:
    """The same at the penalty where oscillation ends."""
    return dirac.dirac_gan(penalty=penalty)


def dirac_nsgan(penalty: float = 0.0) -> Game:
    """Non-saturating, with an optional zero-centred penalty."""
    return dirac.dirac_gan(objectives.NonSaturating(), penalty=penalty)


def dirac_nsgan_gp(penalty: float = 0.3) -> Game:
    """Non-saturating with a zero-centred penalty."""
    return dirac.dirac_gan(objectives.NonSaturating(), penalty=penalty)


def dirac_gan() -> Game:
    """The original GAN."""
    return dirac.dirac_gan()


def noisy_exchange(friction: float = 0.1, sigma: float = 0.1) -> Game:
    """Two firms whose gradients are seen through Gaussian noise."""
    return noisy(markets.exchange(friction), sigma)


def random_bilinear(seed: int = 0) -> Game:
    """Three numbers a player, singular values uniform in [1/2, 1]."""
    return families.random_bilinear(jax.random.key(seed), 3)


def random_quadratic(seed: int = 0, gap: float = 0.05) -> Game:
    """Three numbers a player, strongly convex-strongly concave."""
    return families.random_quadratic(jax.random.key(seed), 3, 3, gap=gap)
