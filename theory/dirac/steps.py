r"""The Dirac-GAN near its equilibrium: which steps converge, and the same for a linear
discriminator in any dimension.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import Objective
from minimax_lab.reshaped import weight_decay

from ..draws.formulas import GAMMA, PAYOFF, H, S, dirac, dirac_matrix, named
from ..draws.matrices import between, ordered, orthogonal, quadratic_roots, radius, within
from ..draws.points import derivative_at, origin
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Source, Theorem
from ..verify.sampling import drawn
from . import PAPER
from .equilibrium import ZERO

# DIR-10: the steps that are stable.


def jury(game: mm.SymbolicGame, rule: mm.UpdateRule) -> tuple[Any, Any, Any]:
    """1 - T + D, 1 + T + D and 1 - D of an update: both eigenvalues lie inside the circle when all
    three are positive.
    """
    update = dirac_matrix(game, rule)
    return 1 - update.trace() + update.det(), 1 + update.trace() + update.det(), 1 - update.det()


def derive_limits(
    *, share: Any = 1, two: Any = sympy.Integer(2), four: Any = sympy.Integer(4)
) -> list[tuple[str, Any]]:
    """The three Jury conditions of both walks, with a penalty and with consensus, factored. The
    game has a `share` of both.
    """
    penalised, plain = dirac(penalty=share * GAMMA), dirac()
    consensus = mm.Consensus(share * GAMMA)
    above, below = sympy.sqrt(GAMMA**2 + 4 * S**2), sympy.sqrt(GAMMA**2 - 4 * S**2)
    at_once, in_turn = jury(penalised, mm.Simultaneous(H)), jury(penalised, mm.Alternating(H))
    mixed, mixed_turn = (
        jury(plain, mm.Simultaneous(H, consensus)),
        jury(plain, mm.Alternating(H, consensus)),
    )
    free, free_turn = jury(plain, mm.Simultaneous(H)), jury(plain, mm.Alternating(H))
    c = H * GAMMA * S**2
    return [
        ("at once: 1 - T + D = h^2 s^2", at_once[0] - (H * S) ** 2),
        ("at once: 1 - D = h s^2 (gamma / s^2 - h)", at_once[2] - H * S**2 * (GAMMA / S**2 - H)),
        ("at once: 1 + T + D = (2 - h gamma/2)^2 + h^2 (s^2 - gamma^2/4)",
         at_once[1] - (2 - H * GAMMA / 2) ** 2 - H**2 * (S**2 - GAMMA**2 / 4)),
        ("which vanishes first at h = 4 / (gamma + sqrt(gamma^2 - 4 "
         "s^2))", at_once[1].subs(H, four / (GAMMA + below))),
        ("in turn: 1 - T + D = h^2 s^2", in_turn[0] - (H * S) ** 2),
        ("in turn: 1 - D = h gamma", in_turn[2] - H * GAMMA),
        ("in turn: 1 + T + D falls in h", sympy.diff(in_turn[1], H) + 2 * GAMMA + 2 * H * S**2),
        ("and vanishes at h = 4 / (gamma + sqrt(gamma^2 + 4 "
         "s^2))", in_turn[1].subs(H, four / (GAMMA + above))),
        ("consensus at once: 1 - D = h s^2 (1 + gamma^2 s^2) (2 gamma / (1 + gamma^2 s^2) - h)",
         mixed[2] - H * S**2 * (1 + GAMMA**2 * S**2) * (two * GAMMA / (1 + GAMMA**2 * S**2) - H)),
        ("consensus at once: 1 + T + D = (2 - c)^2 + h^2 "
         "s^2", mixed[1] - (2 - c) ** 2 - (H * S) ** 2),
        ("consensus in turn: 1 + T + D = (2 - c - h s) (2 - c + h "
         "s)", mixed_turn[1] - (2 - c - H * S) * (2 - c + H * S)),
        ("consensus in turn: 1 - D = c (2 - c)", mixed_turn[2] - c * (2 - c)),
        ("so the limit is h s (1 + gamma s) = "
         "2", (2 - c - H * S).subs(H, two / (S * (1 + GAMMA * S)))),
        ("neither, at once: 1 - D = -h^2 s^2, |mu| > 1", free[2] + (H * S) ** 2),
        ("neither, in turn: D = 1 and 1 + T + D = 4 - h^2 s^2, |mu| = 1 up to h s = 2",
         sympy.Matrix([free_turn[2], free_turn[1] - two**2 + (H * S) ** 2])),
    ]  # fmt: skip


def limits(
    slope: Any, penalty: Any, strength: Any, two: Any = 2.0, four: Any = 4.0, critical: Any = 2.0
) -> Array:
    """The largest stable step: at once and in turn with a penalty, at once and in turn with
    consensus.
    """
    apart = jnp.sqrt(jnp.maximum(penalty**2 - 4 * slope**2, 0.0))
    at_once = jnp.where(penalty < critical * slope, penalty / slope**2, four / (penalty + apart))
    in_turn = four / (penalty + jnp.sqrt(penalty**2 + 4 * slope**2))
    mixed = two * strength / (1 + (strength * slope) ** 2)
    return jnp.stack([at_once, in_turn, mixed, two / (slope * (1 + strength * slope))])


Damped = tuple[Array, Array, Array]  # f'(0), a penalty and a strength of consensus


def strengths(key: PRNGKeyArray, low: float = 0.05, high: float = 2.5) -> Damped:
    """s in (0.1, 0.5), a penalty between multiples of the critical 2 s, a twentieth away from one,
    and a strength.
    """
    u = jax.random.uniform(key, (3,))
    slope, relative = 0.1 + 0.4 * u[0], low + (high - low) * u[1]
    relative = jnp.where(
        jnp.abs(relative - 1) < 0.05, 0.95, relative
    )  # a double eigenvalue at the limit loses half the digits
    return slope, 2 * slope * relative, 0.05 * 200 ** u[2]


def overdamped(key: PRNGKeyArray) -> Damped:
    """More than the critical penalty."""
    return strengths(key, low=1.2)


def crossing(game: mm.Game, rule: Callable[[Any], mm.UpdateRule]) -> Array:
    """The step below 32 at which the spectral radius crosses one, by bisection."""

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = (ends[0] + ends[1]) / 2
        stable = radius(derivative_at(rule(middle), game, ZERO)) < 1
        return jnp.where(stable, middle, ends[0]), jnp.where(stable, ends[1], middle)

    return jax.lax.fori_loop(0, 56, halve, (jnp.asarray(0.0), jnp.asarray(32.0)))[0]


class Taylor(Objective):
    """f(t) = slope t + curvature t^2 / 2, zero-sum: what is left of any payoff near the
    equilibrium.
    """

    slope: Any
    curvature: Any

    def __call__(self, real: Array, fake: Array) -> tuple[Array, Array]:
        gain = jnp.mean(self.gain(real)) + jnp.mean(self.gain(-fake))
        return gain, -gain

    def gain(self, t: Array) -> Array:
        """f."""
        return self.slope * t + self.curvature * t**2 / 2

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return None, None


def crossings(
    instance: Damped,
    *,
    share: float = 1.0,
    two: float = 2.0,
    four: float = 4.0,
    critical: float = 2.0,
) -> tuple[Array, Array]:
    """Measured and predicted limits; the game has a `share` of penalty and strength."""
    steepness, penalty, strength = instance

    def both(penalty: Array, strength: Array) -> Array:
        payoff = Taylor(steepness, -0.25)
        game = mm.games.dirac_gan(payoff, penalty=penalty)  # type: ignore[arg-type]  # traced
        direction = mm.Consensus(strength)
        return jnp.stack(
            [
                crossing(game, partial(walk, direction=direction))
                for walk in (mm.Simultaneous, mm.Alternating)
            ]
        )

    found = jax.vmap(both)(
        share * jnp.stack([penalty, 0 * penalty]), share * jnp.stack([0 * strength, strength])
    )
    return found.ravel(), limits(steepness, penalty, strength, two, four, critical)


DIR_10 = Theorem(
    id="DIR-10",
    name="Largest stable steps on the Dirac-GAN",
    statement=r"""Let $s = f'(0) > 0$. With a gradient penalty $\gamma > 0$ simultaneous steps $h$
are locally stable if and only if $h < \gamma / s^2$ where $\gamma < 2 s$, and $h < 4 / (\gamma +
\sqrt{\gamma^2 - 4 s^2})$ where $\gamma \geq 2 s$; alternating steps if and only if $h < 4 /
(\gamma + \sqrt{\gamma^2 + 4 s^2})$. Consensus of strength $\gamma$ is stable if and only if $h < 2
\gamma / (1 + \gamma^2 s^2)$ at once, and $h < 2 / (s + \gamma s^2)$ in turn. Without either no step
is: at once $|\mu| > 1$, in turn $|\mu| = 1$ for both up to $h s = 2$, and $\mu_1 \mu_2 = 1$
always.""",
    source=Source(
        PAPER + "the limits follow from its lemmas; those of alternation and above 2 s are ours",
        "derived",
    ),
    checks=(
        Proof(
            derive=derive_limits,
            outside=(Outside("neither penalty nor consensus", change={"share": 0}),),
        ),
        Identity(
            part="where the radius crosses one",
            draw=strengths,
            sides=crossings,
            tolerance=1e-9,
            most=200,
            outside=(
                Outside("neither penalty nor consensus", change={"share": 0.0}, least=1.0),
                Outside(
                    "the first limit above the critical penalty",
                    family=overdamped,
                    change={"critical": 1e9},
                    least=1.0,
                ),
            ),
        ),
    ),
)


# DIR-12: Theorem 4.1 for a linear discriminator in any dimension.


class Cloud(eqx.Module):
    """Data z and output z + theta, logit -psi'x: D(x) = psi'x in as many dimensions as there are,
    realisable at theta = 0.
    """

    objective: Objective

    def __call__(self, x: mm.Profile, data: Array) -> tuple[Array, Array]:
        theta, psi = x
        return self.objective(-data @ psi, -(data + theta) @ psi)


def derive_copies(*, share: Any = sympy.Integer(1)) -> list[tuple[str, Any]]:
    """Data at 0 in two and three dimensions, f undefined: the characteristic polynomial is a
    power. The game has a `share` of the penalty.
    """
    mu, claims = sympy.Symbol("mu"), []
    for size in (2, 3):
        theta, psi = (
            sympy.symbols(f"theta_0:{size}", real=True),
            sympy.symbols(f"psi_0:{size}", real=True),
        )
        gain, square = (
            PAYOFF(sum(a * b for a, b in zip(theta, psi, strict=True))),
            sum(b**2 for b in psi),
        )
        game = mm.SymbolicGame(
            (gain, -gain), (theta, psi), penalties=(0, share * GAMMA * square / 2)
        )
        found = named(game.jacobian(dict.fromkeys((*theta, *psi), 0)))
        claims.append(
            (
                f"{size} copies of the pair",
                (found.charpoly(mu).as_expr() - (mu**2 - GAMMA * mu + S**2) ** size).expand(),
            )
        )
    return claims


def cloud_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """A covariance by basis and eigenvalues, a penalty, f'(0) and f''(0), and a fraction of the
    step limit.
    """
    return {
        "basis": (size, size),
        "spread": (size,),
        "penalty": (),
        "slope": (),
        "curvature": (),
        "fraction": (),
    }


class Damping(NamedTuple):
    """A game on a cloud, f'(0), the penalty, f''(0), the eigenvalues s_i of the covariance, and a
    fraction of the step limit.
    """

    game: mm.Game
    slope: Array
    penalty: Array
    curvature: Array
    spreads: Array
    fraction: Array

    def dampings(self, two: Any, share: Any = 1.0) -> Array:
        """gamma_i = gamma - 2 f''(0) s_i, with a `share` of the penalty."""
        return share * self.penalty - two * self.curvature * self.spreads


def cloud(
    p: Parameters, penalised: float = 1.0, concave: float = 1.0, spread: float = 1.0
) -> Damping:
    """2 d points +- sqrt(d s_i) u_i: mean zero, covariance of eigenvalues s_i in (0, 2) times
    `spread`.
    """
    size = len(p["basis"])
    spreads, penalty = (
        spread * between(p["spread"], 0.0, 2.0),
        penalised * within(p["penalty"], 0.05, 3.0),
    )
    arms = jnp.sqrt(size * spreads)[:, None] * orthogonal(p["basis"]).T
    slope, curvature = within(p["slope"], 0.2, 2.0), -concave * within(p["curvature"], 0.05, 1.0)
    game = mm.Game(Cloud(Taylor(slope, curvature)), data=jnp.concatenate([arms, -arms]))
    decaying = weight_decay(game, (0.0, penalty))  # type: ignore[arg-type]  # a traced number
    return Damping(
        decaying, slope, penalty, curvature, spreads, between(p["fraction"], 0.02, 0.999)
    )


def undamped(p: Parameters) -> Damping:
    """Data at 0 and no penalty."""
    return cloud(p, penalised=0.0, spread=0.0)


def convex(p: Parameters) -> Damping:
    """f''(0) > 0 under noise, no penalty."""
    return cloud(p, penalised=0.0, concave=-1.0)


def contraction(instance: Damping, *, two: float = 2.0) -> Array:
    """1 - radius of the update, at once and in turn, at that fraction of the limit of the worst
    damping.
    """
    game, slope, fraction = instance.game, instance.slope, instance.fraction
    dampings = instance.dampings(two)
    zero = origin(dampings.size, dampings.size)
    bounds = jax.vmap(lambda damping: limits(slope, jnp.abs(damping), 1.0)[:2])(dampings)
    steps = fraction * jnp.min(jnp.where(dampings[:, None] == 0, 1.0, bounds), axis=0)
    walks = (mm.Simultaneous(steps[0]), mm.Alternating(steps[1]))
    return jnp.min(jnp.stack([1 - radius(derivative_at(walk, game, zero)) for walk in walks]))


def copies(instance: Damping, *, two: float = 2.0, share: float = 1.0) -> tuple[Array, Array]:
    """The eigenvalues of the Jacobian beside gamma_i/2 +- sqrt(gamma_i^2/4 - s^2)."""
    dampings = instance.dampings(two, share)
    zero = origin(dampings.size, dampings.size)
    pairs = jax.vmap(lambda damping: quadratic_roots(damping, instance.slope**2))(dampings)
    wanted = ordered(jax.lax.complex(pairs[:, 0].ravel(), pairs[:, 1].ravel()))
    return ordered(jnp.linalg.eigvals(instance.game.jacobian(zero))), wanted


def cloud_draw(key: PRNGKeyArray, size: int) -> Damping:
    """An instance at random."""
    return cloud(drawn(CLOUDS, (size,), key))


CLOUDS = Family(cloud_shapes, cloud, sizes=((2,),))

DIR_12 = Theorem(
    id="DIR-12",
    name="Regularised GANs converge locally, in any dimension",
    statement=r"""Let data $z$ have mean 0 and covariance $\Sigma$ (0 for data at a point), let the
generator shift it, $z + \theta$, $\theta \in R^d$, and let $D_\psi(x) = \psi^T x$ with $f'(0) \neq
0$, $f''(0) < 0$ and the R1 or R2 penalty $\frac{\gamma}{2} |\psi|^2$, $\gamma > 0$. With $\gamma_i
= \gamma - 2 f''(0)\, s_i$ for the eigenvalues $s_i$ of $\Sigma$, the Jacobian at the equilibrium
has the $d$ pairs
$$\lambda = \frac{\gamma_i}{2} \pm \sqrt{\frac{\gamma_i^2}{4} - f'(0)^2},$$
and simultaneous and alternating steps below the least limit of DIR-10 over all $\gamma_i$ converge
locally, linearly.""",
    source=Source(
        PAPER + "Theorem 4.1, for a linear discriminator; the covariance is ours", "memory; derived"
    ),
    checks=(
        Proof(
            part="data at a point",
            derive=derive_copies,
            outside=(Outside("no penalty", change={"share": 0}),),
        ),
        Identity(
            part="pairs",
            draw=cloud_draw,
            sides=copies,
            tolerance=1e-10,
            sizes=((3,),),
            outside=(
                Outside("the penalty left out of the formula", change={"share": 0.0}, least=0.95),
            ),
        ),
        Bound(
            part="convergence",
            family=CLOUDS,
            margin=contraction,
            outside=(
                Outside("no penalty, no noise", Family(cloud_shapes, undamped, ((2,),)), least=1.0),
                Outside(
                    "f''(0) > 0 under noise, no penalty",
                    Family(cloud_shapes, convex, ((2,),)),
                    least=1.0,
                ),
            ),
        ),
    ),
)
