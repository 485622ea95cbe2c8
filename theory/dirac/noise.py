r"""Instance noise on the Dirac-GAN: what it adds to the Jacobian, and the penalty that adds the
same.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import NonSaturating

from ..draws.formulas import GAMMA, C, S, dirac, dirac_matrix, with_dampings
from ..draws.matrices import ordered, quadratic_roots, truth
from ..theorem import Identity, Outside, Proof, Source, Theorem
from . import PAPER
from .equilibrium import ZERO, measured

# DIR-7: what instance noise does.


def derive_noise(
    *, penalty: Any = 0, two: Any = sympy.Integer(2), four: Any = sympy.Integer(4)
) -> list[tuple[str, Any]]:
    """From the field with noise of three values: every law acts through its variance, p n^2."""
    chance, size = sympy.symbols("p n", positive=True)
    law = ((chance / 2, -size), (1 - chance, 0), (chance / 2, size))
    noisy = dirac_matrix(dirac(penalty=penalty, law=law))
    variance, mu = chance * size**2, sympy.Symbol("mu")
    logistic = {S: sympy.Rational(1, 2), C: -sympy.Rational(1, 4)}
    t = sympy.Symbol("t", real=True)
    payoff = -sympy.log(1 + sympy.exp(-t))
    discriminant = sympy.discriminant(noisy.subs(logistic).charpoly(mu).as_expr(), mu)
    return [
        (
            "noise adds -2 f''(0) p n^2 to the discriminator's own curvature, and nothing else",
            noisy - with_dampings(0, -two * C * variance),
        ),
        ("of the logistic payoff f'(0) = 1/2", payoff.diff(t).subs(t, 0) - logistic[S]),
        ("and f''(0) = -1/4", payoff.diff(t, 2).subs(t, 0) - logistic[C]),
        (
            "there the discriminant is (variance^2 - 4)/4: real roots from variance 2 on",
            discriminant - (variance**2 - two**2) / four,
        ),
    ]


def deviations(key: PRNGKeyArray) -> tuple[mm.Game, Any, Array]:
    """The game under noise of a variance in (0.003, 6), a fiftieth or more away from two, its
    sample, and the standard deviation.
    """
    variance = 0.003 * 2000 ** jax.random.uniform(key)
    # two eigenvalues that all but meet have lost half their digits
    variance = jnp.where(jnp.abs(variance / 2 - 1) < 0.02, 1.95, variance)
    deviation = jnp.sqrt(variance)
    game = mm.games.dirac_gan(noise=deviation)  # type: ignore[arg-type]  # a traced number
    return game, game.sample(None), deviation


def drawn_noise(key: PRNGKeyArray) -> tuple[mm.Game, Any, Array]:
    """As released: a mean over 1000 random draws in place of the integral."""
    one, two = jax.random.split(key)
    deviation = jax.random.uniform(one, minval=0.5, maxval=1.35)
    game = mm.games.dirac_gan(noise=deviation, draws=1000)  # type: ignore[arg-type]  # a traced number
    return game, game.sample(two), deviation


def noise_jacobians(
    instance: tuple[mm.Game, Any, Array], *, half: float = 0.5, critical: float = 2.0
) -> tuple[Any, Any]:
    """The Jacobian at the equilibrium, its eigenvalues and whether they are complex, beside the
    formulas.
    """
    game, sample, deviation = instance
    found, variance = game.jacobian(ZERO, sample), deviation**2
    wanted = jnp.array([[0.0, 0.5], [-0.5, 0.0]]).at[1, 1].set(half * variance)
    values = ordered(jnp.linalg.eigvals(found))
    turning = truth(jnp.any(values[1] != 0))
    roots = quadratic_roots(half * variance, jnp.asarray(0.25))
    return (found, values, turning), (wanted, roots, truth(variance < critical))


DIR_7 = Theorem(
    id="DIR-7",
    name="Instance noise damps the discriminator",
    statement=r"""With independent noise of mean 0 and variance $\sigma^2$ on data and generated
points, the Jacobian of the field of descent at the equilibrium of the Dirac-GAN gains $-2 f''(0)\,
\sigma^2$ in the discriminator's own entry and nothing else. For $f(t) = -\log(1 + e^{-t})$ this is
$\sigma^2 / 2$, the eigenvalues are
$$\lambda = \frac{\sigma^2}{4} \pm \sqrt{\frac{\sigma^4}{16} - \frac{1}{4}},$$
complex for $\sigma^2 < 2$ and real beyond.""",
    source=Source(PAPER + "Lemma 3.2", "memory; derived"),
    checks=(
        Proof(
            derive=derive_noise,
            outside=(Outside("a penalty besides the noise", change={"penalty": GAMMA}),),
        ),
        Identity(
            part="by quadrature",
            draw=deviations,
            sides=noise_jacobians,
            tolerance=1e-10,
            outside=(
                Outside(
                    "a mean over 1000 draws in place of the integral",
                    family=drawn_noise,
                    least=0.95,
                ),
                Outside("said to oscillate up to variance 4", change={"critical": 4.0}, least=0.05),
            ),
        ),
    ),
)


# DIR-11: noise and penalty, the same near the equilibrium.


def derive_equality(*, factor: Any = sympy.Integer(2)) -> list[tuple[str, Any]]:
    """The Jacobians of the noisy and the penalised game, with f undefined."""
    size, half = sympy.Symbol("n", positive=True), sympy.Rational(1, 2)
    noisy = dirac(law=((half, -size), (half, size)))
    penalised = dirac(penalty=-factor * C * size**2)
    return [
        (
            "gamma = -2 f''(0) sigma^2 gives the Jacobian of the noise",
            dirac_matrix(noisy) - dirac_matrix(penalised),
        )
    ]


def noises(key: PRNGKeyArray) -> tuple[Array, Array]:
    """A standard deviation in (0.1, 2) and a step."""
    u = jax.random.uniform(key, (2,))
    return 0.1 + 1.9 * u[0], 0.02 * 100 ** u[1]


def spectra(instance: tuple[Array, Array], *, factor: float = 0.5) -> tuple[Any, Any]:
    """Eigenvalues of field and alternating update: under noise, and under a penalty of `factor`
    times its variance.
    """
    deviation, step = instance

    def both(game: mm.Game) -> tuple[Array, Array]:
        return ordered(jnp.linalg.eigvals(game.jacobian(ZERO))), measured(
            game, mm.Alternating(step)
        )

    objective = NonSaturating()
    noisy = mm.games.dirac_gan(objective, noise=deviation)  # type: ignore[arg-type]  # a traced number
    penalised = mm.games.dirac_gan(objective, penalty=factor * deviation**2)  # type: ignore[arg-type]  # a traced number
    return both(noisy), both(penalised)


DIR_11 = Theorem(
    id="DIR-11",
    name="A penalty of half the noise's variance",
    statement=r"""Near the equilibrium of the Dirac-GAN instance noise of variance $\sigma^2$ and
the gradient penalty $\frac{\gamma}{2} \psi^2$ with $\gamma = -2 f''(0)\, \sigma^2$ have the same
Jacobian, hence the same eigenvalues under every method; for the logistic payoff $\gamma = \sigma^2
/ 2$.""",
    source=Source(
        PAPER + "section 4; an author's answer on the code, sigma = sqrt(2 gamma)",
        "memory; issue; derived",
    ),
    checks=(
        Proof(
            derive=derive_equality,
            outside=(Outside("half that penalty", change={"factor": sympy.Integer(1)}),),
        ),
        Identity(
            part="spectra",
            draw=noises,
            sides=spectra,
            tolerance=1e-8,
            outside=(
                Outside("a penalty equal to the variance", change={"factor": 1.0}, least=0.95),
            ),
        ),
    ),
)
