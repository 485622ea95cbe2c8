"""Adversarial objectives: both players' losses as formulas of the discriminator's logits, and what
they are at the solution.

`real` and `fake` are logits of "this is real", any shape; losses average over them. The generator
(player 0) and the discriminator (player 1) both minimise. `ideal` is each player's loss once the
two distributions are equal and the discriminator is the best one. With p the data, q the
generator's distribution, s(u) = log(1 + e^u):

    GAN, non-saturating   E_p s(-D) + E_q s(D)              log 4       best: log 4 - 2 JSD(p, q)
    labels smoothed by e  ... + e E_p D                     2 H((1 - e) / 2), H a coin's entropy
    least squares         E_p (D - b)^2 + E_q (D - a)^2     (b - a)^2 / 2
    hinge                 E_p (1 - D)_+ + E_q (1 + D)_+     2           best: 2 - 2 TV(p, q)
    Wasserstein           E_q D - E_p D                     0           best: -W1(p, q)
    relativistic          E s(D(x_q) - D(x_p))              log 2
    domain confusion      w E_p s(-D) + (1 - w) E_q s(D)    -w log w - (1 - w) log(1 - w)
    K domains             sum_k w_k E_k -log softmax(D)_k   -sum_k w_k log w_k

Papers and programs differ by a factor: the sum of two means has log 4, their mean log 2
(`Weighted(..., discriminator=0.5)`).

On the Dirac-GAN (data at 0, generator at t, logit -psi x) each induces the payoff f(theta psi) +
constant to the discriminator; `payoff(t)` is that function, and its first two derivatives at 0
decide everything local.
"""

from __future__ import annotations

import abc
import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.nn import relu, softplus
from jaxtyping import Array, Float

from .checks import nearest, number, refuse
from .settings import Declared, Number, declared, real

Logits = Float[Array, "..."]
Scalar = Float[Array, ""]
Ideal = tuple[float | None, float | None]  # of the generator and the discriminator


class Objective(Declared):
    """losses = objective(real, fake): the generator's and the discriminator's loss, averaged over
    the logits.
    """

    @abc.abstractmethod
    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        """(generator's loss, discriminator's loss)."""

    @property
    @abc.abstractmethod
    def ideal(self) -> Ideal:
        """Both losses at the solution."""

    @property
    def separable(self) -> bool:
        """Whether the losses are a sum of a mean over real and a mean over fake logits."""
        return True

    def payoff(self, t: Scalar) -> Scalar:
        """What the discriminator of the Dirac-GAN gains at theta psi = t, f(t) + constant."""
        return -self(jnp.zeros_like(t), -t)[1]


def slope(objective: Objective) -> Scalar:
    """f'(0): how fast the Dirac-GAN turns."""
    return jax.grad(objective.payoff)(0.0)


def curvature(objective: Objective) -> Scalar:
    """f''(0): how much instance noise of unit variance would damp it, times -1."""
    return jax.grad(jax.grad(objective.payoff))(0.0)


class Saturating(Objective):
    """L_D = E s(-D(x_p)) + E s(D(x_q)),  L_G = -L_D: zero-sum.      Goodfellow et al. 2014.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> generator, discriminator = mm.objectives.Saturating()(jnp.zeros(4), jnp.zeros(4))
        >>> print(f"{generator:.4f} {discriminator:.4f}")  # log 4
        -1.3863 1.3863
    """

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = jnp.mean(softplus(-real)) + jnp.mean(softplus(fake))
        return -loss, loss

    @property
    def ideal(self) -> Ideal:
        return -math.log(4), math.log(4)


class NonSaturating(Objective):
    """L_D = E s(-D(x_p)) + E s(D(x_q)),  L_G = E s(-D(x_q)).      Goodfellow et al. 2014.

    `smoothing` e gives real samples the label 1 - e in L_D (one-sided; Salimans et al. 2016).

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> generator, discriminator = mm.objectives.NonSaturating()(jnp.zeros(4), jnp.zeros(4))
        >>> print(f"{generator:.4f} {discriminator:.4f}")  # log 2 and log 4
        0.6931 1.3863
    """

    smoothing: Number = real(0.0, least=0, below=1)

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        # Cross-entropy with label 1 - e is s(-u) + e u.
        on_real = jnp.mean(softplus(-real)) + self.smoothing * jnp.mean(real)
        return jnp.mean(softplus(-fake)), on_real + jnp.mean(softplus(fake))

    @property
    def ideal(self) -> Ideal:
        # The best discriminator says (1 - e)/2 everywhere: a logit of log((1 - e)/(1 + e)).
        share = (1 - float(self.smoothing)) / 2
        return -math.log(share), 2 * _entropy(share, 1 - share)


class Wasserstein(Objective):
    """L_D = E D(x_q) - E D(x_p),  L_G = -L_D: needs a bound on D's slope.
    Arjovsky, Chintala, Bottou 2017.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> print(*mm.objectives.Wasserstein()(jnp.array([1.0, 3.0]), jnp.array([0.5])))
        1.5 -1.5
    """

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = jnp.mean(fake) - jnp.mean(real)
        return -loss, loss

    @property
    def ideal(self) -> Ideal:
        return 0.0, 0.0


class LeastSquares(Objective):
    """L_D = E (D(x_p) - b)^2 + E (D(x_q) - a)^2,  L_G = E (D(x_q) - c)^2.      Mao et al. 2017.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> losses = mm.objectives.LeastSquares()(jnp.full(4, 0.5), jnp.full(4, 0.5))
        >>> print(*losses, mm.objectives.LeastSquares().ideal)
        0.25 0.5 (0.25, 0.5)
    """

    a: Number = real(0.0)
    b: Number = real(1.0)
    c: Number = real(1.0)

    def __check_init__(self) -> None:
        if isinstance(self.a, float) and isinstance(self.b, float) and self.a == self.b:
            raise refuse("LeastSquares.a and b", (self.a, self.b), "two different labels")

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = jnp.mean((real - self.b) ** 2) + jnp.mean((fake - self.a) ** 2)
        return jnp.mean((fake - self.c) ** 2), loss

    @property
    def ideal(self) -> Ideal:
        a, b, c = float(self.a), float(self.b), float(self.c)
        return ((a + b) / 2 - c) ** 2, (b - a) ** 2 / 2


class Hinge(Objective):
    """L_D = E (1 - D(x_p))_+ + E (1 + D(x_q))_+,  L_G = -E D(x_q).
    Lim, Ye 2017; Tran et al. 2017.

    Between equal distributions every |D| <= 1 is best, so the generator's ideal loss is not a
    number.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> logits = jnp.array([[0.0], [0.5], [2.0]])
        >>> print(*(float(mm.objectives.Hinge()(logit, logit)[1]) for logit in logits))
        2.0 2.0 3.0
    """

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        return -jnp.mean(fake), jnp.mean(relu(1 - real)) + jnp.mean(relu(1 + fake))

    @property
    def ideal(self) -> Ideal:
        return None, 2.0


class Relativistic(Objective):
    """L_D = E s(D(x_q) - D(x_p)),  L_G = E s(D(x_p) - D(x_q)), over pairs.
    Jolicoeur-Martineau 2019.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> for logits in (jnp.zeros(4), jnp.arange(4.0)):  # only differences count: log 2
        ...     print(*(f"{loss:.4f}" for loss in mm.objectives.Relativistic()(logits, logits)))
        0.6931 0.6931
        0.6931 0.6931
    """

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        if jnp.shape(real) != jnp.shape(fake):
            allowed = "logits of one shape"
            cause = "They are compared in pairs."
            raise refuse("real and fake", (jnp.shape(real), jnp.shape(fake)), allowed, cause)
        return jnp.mean(softplus(real - fake)), jnp.mean(softplus(fake - real))

    @property
    def ideal(self) -> Ideal:
        return math.log(2), math.log(2)

    @property
    def separable(self) -> bool:
        return False


class DomainConfusion(Objective):
    """L_D = w E s(-D(x_p)) + (1 - w) E s(D(x_q)),  L_G = -L_D: p and q are source and target, seen
    in shares w and 1 - w.

    Ganin et al. 2016. With w = 1/2 it is half the saturating objective.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> logits = jnp.array([1.0, -2.0]), jnp.array([0.5])
        >>> half = mm.objectives.Weighted(mm.objectives.Saturating(), 0.5, 0.5)
        >>> for objective in (mm.objectives.DomainConfusion(0.5), half):
        ...     print(*(f"{loss:.4f}" for loss in objective(*logits)))
        -1.0971 1.0971
        -1.0971 1.0971
    """

    share: Number = real(0.5, above=0, below=1)

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        loss = self.share * jnp.mean(softplus(-real)) + (1 - self.share) * jnp.mean(softplus(fake))
        return -loss, loss

    @property
    def ideal(self) -> Ideal:
        entropy = _entropy(float(self.share), 1 - float(self.share))
        return -entropy, entropy


class Weighted(Objective):
    """generator * L_G, discriminator * L_D of another objective: the mean of two means is half
    their sum, ideal loss and all.

    Examples:
        >>> import minimax_lab as mm
        >>> mean = mm.objectives.Weighted(mm.objectives.NonSaturating(), discriminator=0.5)
        >>> print(*(f"{loss:.4f}" for loss in mean.ideal))  # log 2 each
        0.6931 0.6931
    """

    objective: Objective
    generator: Number = real(1.0, above=0)
    discriminator: Number = real(1.0, above=0)

    def __check_init__(self) -> None:
        demand_objective(self.objective, "Weighted.objective")

    def __call__(self, real: Logits, fake: Logits) -> tuple[Scalar, Scalar]:
        of_generator, of_discriminator = self.objective(real, fake)
        return self.generator * of_generator, self.discriminator * of_discriminator

    @property
    def ideal(self) -> Ideal:
        of_generator, of_discriminator = self.objective.ideal
        weights = float(self.generator), float(self.discriminator)
        return (
            None if of_generator is None else weights[0] * of_generator,
            None if of_discriminator is None else weights[1] * of_discriminator,
        )

    @property
    def separable(self) -> bool:
        return self.objective.separable


def _shares(given: object, name: str) -> tuple[Number, ...]:
    if isinstance(given, int) and not isinstance(given, bool):
        given = (1 / given,) * given if given > 1 else ()
    if not isinstance(given, tuple | list) or len(given) < 2:
        raise refuse(name, given, "a number of domains, at least 2, or one share each")
    shares = tuple(number(share, name, above=0) for share in given)
    if not math.isclose(total := float(sum(shares)), 1, rel_tol=1e-6):
        raise refuse(name, given, "shares that sum to 1", f"They sum to {total:.6g}.")
    return shares


class Domains(Declared):
    """L_D = sum_k w_k E_k [-log softmax(D)_k],  L_G = -L_D: which of K domains a sample is from,
    seen in shares w.

    Takes one array of logits a domain, (samples, K) each. Ideal: the entropy of the shares, log K
    where they are equal.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> objective = mm.objectives.Domains(3)
        >>> generator, discriminator = objective((jnp.zeros((4, 3)),) * 3)
        >>> print(f"{discriminator:.4f} {objective.ideal[1]:.4f}")  # log 3
        1.0986 1.0986
    """

    shares: tuple[Any, ...] = declared(_shares)

    def __call__(self, logits: tuple[Logits, ...]) -> tuple[Scalar, Scalar]:
        count = len(self.shares)
        if len(logits) != count or any(jnp.shape(block)[-1:] != (count,) for block in logits):
            shapes = [jnp.shape(block) for block in logits]
            allowed = f"{count} arrays, one a domain, of {count} logits a sample"
            raise refuse("logits", f"of shapes {shapes}", allowed)
        own = [
            jnp.mean(jax.nn.log_softmax(block, axis=-1)[..., k]) for k, block in enumerate(logits)
        ]
        loss = -sum(share * mean for share, mean in zip(self.shares, own, strict=True))
        return -loss, loss

    @property
    def ideal(self) -> Ideal:
        """Both losses where the domains cannot be told apart."""
        entropy = _entropy(*map(float, self.shares))
        return -entropy, entropy


def demand_objective(given: object, argument: str = "objective") -> None:
    """Objectives are values; a name gets the nearest class, a class the advice to call it."""
    if isinstance(given, Objective):
        return
    if isinstance(given, str):
        raise nearest(
            argument,
            given,
            (f"objectives.{kind.__name__}()" for kind in Objective.__subclasses__()),
        )
    hint = "Call the class: Saturating()." if isinstance(given, type) else ""
    raise refuse(argument, given, "an objective such as objectives.Saturating()", hint)


def _entropy(*shares: float) -> float:
    return -sum(share * math.log(share) for share in shares)
