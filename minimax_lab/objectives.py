"""Adversarial objectives: both players' losses as formulas of the discriminator's logits, and what they are at the solution.

`real` and `fake` are logits of "this is real", any shape; losses average over them. The generator (player 0) and the
discriminator (player 1) both minimise. `ideal` is each player's loss once the two distributions are equal and the
discriminator is the best one. With p the data, q the generator's distribution, s(u) = log(1 + e^u):

    GAN, non-saturating   E_p s(-D) + E_q s(D)              log 4       best: log 4 - 2 JSD(p, q)
    least squares         E_p (D - b)^2 + E_q (D - a)^2     (b - a)^2 / 2
    hinge                 E_p (1 - D)_+ + E_q (1 + D)_+     2           best: 2 - 2 TV(p, q)
    Wasserstein           E_q D - E_p D                     0           best: -W1(p, q)
    relativistic          E s(D(x_q) - D(x_p))              log 2
    domain confusion      w E_p s(-D) + (1 - w) E_q s(D)    -w log w - (1 - w) log(1 - w)

On the Dirac-GAN (data at 0, generator at t, logit -psi x) each induces the payoff f(theta psi) + constant to the
discriminator; `payoff(t)` is that function, and its first two derivatives at 0 decide everything local.
"""

from __future__ import annotations

import abc
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.nn import relu, softplus
from jaxtyping import Array, Float

from .checks import nearest, number, refuse

Logits = Float[Array, "..."]
Scalar = Float[Array, ""]


class Objective(eqx.Module):
    """losses = objective(real, fake): the generator's and the discriminator's loss, averaged over the logits."""

    @abc.abstractmethod
    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        """(generator's loss, discriminator's loss)."""

    @property
    @abc.abstractmethod
    def ideal(self) -> tuple[float | None, float | None]:
        """Both losses at the solution."""

    @property
    def separable(self) -> bool:
        """Whether the losses are a sum of a mean over real and a mean over fake logits."""
        return True

    def payoff(self, t: Any) -> Scalar:
        """What the discriminator of the Dirac-GAN gains at theta psi = t, f(t) + constant."""
        return -self(jnp.zeros_like(t), -t)[1]


def slope(objective: Objective) -> Scalar:
    """f'(0): how fast the Dirac-GAN turns."""
    return jax.grad(objective.payoff)(0.0)


def curvature(objective: Objective) -> Scalar:
    """f''(0): how much instance noise of unit variance would damp it, times -1."""
    return jax.grad(jax.grad(objective.payoff))(0.0)


class Saturating(Objective):
    """L_D = E s(-D(x_p)) + E s(D(x_q)),  L_G = -L_D: zero-sum.      Goodfellow et al. 2014."""

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = jnp.mean(softplus(-real)) + jnp.mean(softplus(fake))
        return -loss, loss

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return -math.log(4), math.log(4)


class NonSaturating(Objective):
    """L_D = E s(-D(x_p)) + E s(D(x_q)),  L_G = E s(-D(x_q)).      Goodfellow et al. 2014.

    `smoothing` e gives real samples the label 1 - e in L_D (one-sided; Salimans et al. 2016).
    """

    smoothing: Any = eqx.field(default=0.0, converter=lambda v: number(v, "NonSaturating.smoothing", least=0, below=1))

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        # Cross-entropy with label 1 - e is s(-u) + e u.
        on_real = jnp.mean(softplus(-real)) + self.smoothing * jnp.mean(real)
        return jnp.mean(softplus(-fake)), on_real + jnp.mean(softplus(fake))

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        # The best discriminator says (1 - e)/2 everywhere: a logit of log((1 - e)/(1 + e)).
        share = (1 - float(self.smoothing)) / 2
        return -math.log(share), 2 * _entropy(share)


class Wasserstein(Objective):
    """L_D = E D(x_q) - E D(x_p),  L_G = -L_D: needs a bound on D's slope.      Arjovsky, Chintala, Bottou 2017."""

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = jnp.mean(fake) - jnp.mean(real)
        return -loss, loss

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return 0.0, 0.0


class LeastSquares(Objective):
    """L_D = E (D(x_p) - b)^2 + E (D(x_q) - a)^2,  L_G = E (D(x_q) - c)^2.      Mao et al. 2017."""

    a: Any = eqx.field(default=0.0, converter=lambda v: number(v, "LeastSquares.a"))
    b: Any = eqx.field(default=1.0, converter=lambda v: number(v, "LeastSquares.b"))
    c: Any = eqx.field(default=1.0, converter=lambda v: number(v, "LeastSquares.c"))

    def __check_init__(self) -> None:
        if isinstance(self.a, float) and self.a == self.b:
            raise refuse("LeastSquares.a and b", (self.a, self.b), "two different labels")

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = jnp.mean((real - self.b) ** 2) + jnp.mean((fake - self.a) ** 2)
        return jnp.mean((fake - self.c) ** 2), loss

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        a, b, c = float(self.a), float(self.b), float(self.c)
        return ((a + b) / 2 - c) ** 2, (b - a) ** 2 / 2


class Hinge(Objective):
    """L_D = E (1 - D(x_p))_+ + E (1 + D(x_q))_+,  L_G = -E D(x_q).      Lim, Ye 2017; Tran et al. 2017.

    Between equal distributions every |D| <= 1 is best, so the generator's ideal loss is not a number.
    """

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        return -jnp.mean(fake), jnp.mean(relu(1 - real)) + jnp.mean(relu(1 + fake))

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return None, 2.0


class Relativistic(Objective):
    """L_D = E s(D(x_q) - D(x_p)),  L_G = E s(D(x_p) - D(x_q)), over pairs.      Jolicoeur-Martineau 2019."""

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        if jnp.shape(real) != jnp.shape(fake):
            raise refuse(
                "real and fake", (jnp.shape(real), jnp.shape(fake)), "logits of one shape", "They are compared in pairs."
            )
        return jnp.mean(softplus(real - fake)), jnp.mean(softplus(fake - real))

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return math.log(2), math.log(2)

    @property
    def separable(self) -> bool:
        return False


class DomainConfusion(Objective):
    """L_D = w E s(-D(x_p)) + (1 - w) E s(D(x_q)),  L_G = -L_D: p and q are source and target, seen in shares w and 1 - w.

    Ganin et al. 2016. With w = 1/2 it is half the saturating objective.
    """

    share: Any = eqx.field(default=0.5, converter=lambda v: number(v, "DomainConfusion.share", above=0, below=1))

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = self.share * jnp.mean(softplus(-real)) + (1 - self.share) * jnp.mean(softplus(fake))
        return -loss, loss

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return -_entropy(float(self.share)), _entropy(float(self.share))


def demand_objective(given: Any, argument: str = "objective") -> None:
    """Objectives are values; a name gets the nearest class, a class the advice to call it."""
    if isinstance(given, Objective):
        return
    if isinstance(given, str):
        raise nearest(argument, given, (f"objectives.{kind.__name__}()" for kind in Objective.__subclasses__()))
    hint = "Call the class: Saturating()." if isinstance(given, type) else ""
    raise refuse(argument, given, "an objective such as objectives.Saturating()", hint)


def _entropy(share: float) -> float:
    return -share * math.log(share) - (1 - share) * math.log(1 - share)
