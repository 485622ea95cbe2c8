r"""AdvAs near an equilibrium: which strengths converge, and which fastest; from the update matrix
of the very rule.

The penalty adds 2 strength P'P to the generator's own curvature, P the coupling, and nothing to the
adversary's: the damping that a rotation lacks, on one side only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.formulas import GAMMA, H, S, dirac, dirac_matrix, planar, with_dampings
from ..draws.matrices import normals, ordered, quadratic_roots, within
from ..draws.points import derivative_at, direction_at, origin
from ..theorem import Identity, Outside, Proof, Scenario, Theorem
from . import OURS

GAME = mm.games.dirac_gan()

# ADV-5: the threshold.


def rule(strength: Any, step: Any = H) -> mm.UpdateRule:
    """Simultaneous steps of the assisted direction."""
    return mm.Simultaneous(step, mm.AssistAdversary(strength=strength))


def derive_threshold(
    *, damping: Any = sympy.Integer(2), share: Any = sympy.Rational(1, 2)
) -> list[tuple[str, Any]]:
    """On the Dirac-GAN of an undefined f, whose slope at 0 is s."""
    update = dirac_matrix(dirac(), rule(GAMMA))
    trace, D = update.trace(), update.det()
    pull = damping * GAMMA * S**2
    return [
        (
            "the Jacobian of the field is [[2 gamma s^2, s], [-s, 0]]",
            (sympy.eye(2) - update) / H - with_dampings(pull, 0),
        ),
        ("D = 1 - 2 h gamma s^2 + h^2 s^2", sympy.expand(D - 1 + H * pull - H**2 * S**2)),
        (
            "1 - D = 2 h s^2 (gamma - h/2): positive exactly above h/2",
            sympy.expand(1 - D - damping * H * S**2 * (GAMMA - share * H)),
        ),
        ("1 - T + D = h^2 s^2 > 0", 1 - trace + D - (H * S) ** 2),
        (
            "1 + T + D = 4 + h^2 s^2 - 4 h gamma s^2",
            sympy.expand(1 + trace + D - 4 - (H * S) ** 2 + 2 * H * pull),
        ),
        ("non-saturating: the same", dirac_matrix(dirac(saturating=False), rule(GAMMA)) - update),
        (
            "with s = 1/2: |mu|^2 = 1 - h gamma/2 + h^2/4",
            sympy.expand(D.subs(S, sympy.Rational(1, 2)) - 1 + H * GAMMA / 2 - H**2 / 4),
        ),
    ]


THRESHOLDS = (0.8, 0.95, 1.05, 1.2)
STEP, UPDATES = 0.1, 4000


def energies(key: PRNGKeyArray, sign: float = 1.0) -> np.ndarray:
    """|x|^2 after 4000 updates over that at the start, for strengths about half the step, averaged
    over a turn.
    """
    rules = []
    for share in THRESHOLDS:
        direction = mm.AssistAdversary(strength=share * STEP / 2)
        rules.append(
            mm.Simultaneous(
                STEP, eqx.tree_at(lambda d: d.strength, direction, sign * share * STEP / 2)
            )
        )
    run = mm.sweep(GAME, mm.stack(rules), (1e-3, 0.0), UPDATES + 60, observe={"x": mm.position})
    theta, psi = (np.asarray(part)[:, UPDATES - 62 : UPDATES + 61] for part in run.observed["x"])
    return np.mean(theta**2 + psi**2, axis=1) / 1e-6


def flipped(key: PRNGKeyArray) -> np.ndarray:
    """The sign of the penalty turned."""
    return energies(key, -1.0)


def unassisted(key: PRNGKeyArray) -> np.ndarray:
    """No penalty."""
    return energies(key, 0.0)


def as_predicted(
    measured: np.ndarray, *, assist: float = 0.5, drift: float = 0.25
) -> tuple[bool, dict[str, float]]:
    """D^4000 within 5 %."""
    strengths = np.array(THRESHOLDS) * STEP / 2
    predicted = (1 - assist * STEP * strengths + drift * STEP**2) ** UPDATES
    ratios = measured / predicted
    names = [f"strength {share} of half the step" for share in THRESHOLDS]
    return bool(np.all(np.abs(ratios - 1) < 0.05)), dict(
        zip(names, map(float, measured), strict=True)
    )


ADV_5 = Theorem(
    id="ADV-5",
    name="AdvAs converges on the Dirac-GAN above half the step",
    statement=r"""Let $s = f'(0)$. Simultaneous steps $h$ with the penalty of strength $\gamma$ have
at the equilibrium an update of determinant $D = 1 - 2 h \gamma s^2 + h^2 s^2$ and, as long as
$\gamma s < 1$, conjugate eigenvalues with $|\mu|^2 = D$: they converge exactly for $\gamma > h/2$.
With the logistic payoff $|\mu|^2 = 1 - h \gamma / 2 + h^2/4$.""",
    source=OURS,
    checks=(
        Proof(
            derive=derive_threshold,
            outside=(Outside("the whole step", change={"share": sympy.Integer(1)}),),
        ),
        Scenario(
            simulate=energies,
            reading=as_predicted,
            outside=(
                Outside("the sign of the penalty", family=flipped),
                Outside("no penalty", family=unassisted),
            ),
        ),
    ),
)


# ADV-6: critical damping, and any coupling.


def derive_critical(
    *, damping: Any = sympy.Integer(2), critical: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
    """The roots of mu^2 - 2 gamma s^2 mu + s^2, from the update."""
    mu = sympy.Symbol("mu")
    field = (sympy.eye(2) - dirac_matrix(dirac(), rule(GAMMA))) / H
    polynomial = field.charpoly(mu).as_expr()
    bilinear, at, (s, _, _) = planar()
    update = bilinear.update_matrix(rule(GAMMA), at)
    best = critical / S
    return [
        (
            "lambda^2 - 2 gamma s^2 lambda + s^2",
            sympy.expand(polynomial - mu**2 + damping * GAMMA * S**2 * mu - S**2),
        ),
        ("a double root at gamma = 1 / s", sympy.discriminant(polynomial, mu).subs(GAMMA, best)),
        ("which is s", sympy.expand(polynomial.subs(GAMMA, best) - (mu - S) ** 2)),
        (
            "a bilinear game of strength s: the same",
            (sympy.eye(2) - update) / H - with_dampings(damping * GAMMA * s**2, 0, s),
        ),
    ]


class Saddle(NamedTuple):
    """min over x, max over y of x'Ax/2 + y'Px - y'Qy/2, and a strength."""

    game: mm.Game
    A: Array
    P: Array
    Q: Array
    strength: Array


SIZES = 3, 2


def saddle(key: PRNGKeyArray) -> Saddle:
    """Symmetric A, semi-definite Q, any P."""
    n, m = SIZES
    A, P, Q, strength = normals(key, (n, n), (m, n), (m, m), ())
    A, Q = (A + A.T) / 2, Q @ Q.T / m
    return Saddle(mm.Game(Saddled(), data=(A, P, Q)), A, P, Q, within(strength, 0.05, 3.0))


class Saddled(eqx.Module):
    """The two losses."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        A, P, Q = sample
        value = x[0] @ A @ x[0] / 2 + x[1] @ P @ x[0] - x[1] @ Q @ x[1] / 2
        return value, -value


def blocks(instance: Saddle, *, own: float = 2.0, cross: float = 2.0) -> tuple[Array, Array]:
    """The Jacobian of the direction, beside [[A + 2 g P'P, P' - 2 g P'Q], [-P, Q]]."""
    game, A, P, Q, strength = instance
    zero = origin(*SIZES)
    direction = mm.AssistAdversary(strength=strength)
    flat, unravel = zero.ravel()
    found = jax.jacfwd(lambda z: direction_at(direction, game, unravel(z)).ravel()[0])(flat)
    upper = [A + own * strength * P.T @ P, P.T - cross * strength * P.T @ Q]
    return found, jnp.block([upper, [-P, Q]])


def roots(key: PRNGKeyArray) -> tuple[Array, Array]:
    """A step in (0.01, 1), a strength in (0.1, 10)."""
    step, strength = normals(key, (), ())
    return within(step, 0.01, 1.0), within(strength, 0.1, 10.0)


def eigenvalues(
    instance: tuple[Array, Array],
    *,
    assist: float = 0.5,
    drift: float = 0.25,
    both: bool = False,
) -> tuple[Array, Array]:
    """Of the update on the Dirac-GAN, beside the closed form with s = 1/2; or with the damping on
    `both` players.
    """
    step, strength = instance
    found = derivative_at(rule(strength, step), GAME, origin((), ()), key=jax.random.key(0))
    pull, turn = assist * step * strength, drift * step**2
    determinant = (1 - pull / 2) ** 2 + turn if both else 1 - pull + turn
    return ordered(jnp.linalg.eigvals(found)), quadratic_roots(2 - pull, determinant)


def races(key: PRNGKeyArray, shares: tuple[float, ...] = (1.0, 2.0, 4.0)) -> np.ndarray:
    """|x|^2 over its start after 400 steps of 0.05, for strengths 1, 2 and 4, from (1e-3, 0)."""
    rules = mm.stack([rule(strength, 0.05) for strength in shares])
    run = mm.sweep(GAME, rules, (1e-3, 0.0), 400, every=400)
    return np.asarray(run.final[0] ** 2 + run.final[1] ** 2) / 1e-6


def weaker(key: PRNGKeyArray) -> np.ndarray:
    """Strengths of a quarter."""
    return races(key, (0.25, 0.5, 1.0))


def critical_wins(measured: np.ndarray, *, critical: float = 2.0) -> tuple[bool, dict[str, float]]:
    """Half of the critical strength, all of it, and twice that: each within 2 % of the linear
    update to the power 400, and the second ahead.
    """
    strengths, predicted = critical * np.array([0.5, 1.0, 2.0]), []
    for strength in strengths:
        update = np.array([[1 - 0.05 * strength / 2, -0.05 / 2], [0.05 / 2, 1]])
        predicted.append(np.sum(np.linalg.matrix_power(update, 400)[:, 0] ** 2))
    right = np.all(np.abs(measured / predicted - 1) < 0.02) and np.argmin(measured) == 1
    return bool(right), {
        f"strength {s}": float(m) for s, m in zip(strengths, measured, strict=True)
    }


ADV_6 = Theorem(
    id="ADV-6",
    name="What AdvAs adds to the linear dynamics, and critical damping",
    statement=r"""Let $v$ be the adversary's value with $\partial_\theta^2 v = A$, $\partial_\phi
\partial_\theta v = P$, $-\partial_\phi^2 v = Q$ at an equilibrium. With the penalty of strength
$\gamma$ the field of descent has there the Jacobian with rows $(A + 2 \gamma P^T P,\ P^T - 2 \gamma
P^T Q)$ and $(-P,\ Q)$. For $A = Q = 0$ every singular value $s$ of $P$ gives $\lambda^2 - 2 \gamma
s^2 \lambda + s^2 = 0$: stable for every $\gamma > 0$, and critically damped at $\gamma = 1/s$ (2 on
the logistic Dirac-GAN).""",
    source=OURS,
    checks=(
        Proof(
            part="roots",
            derive=derive_critical,
            outside=(Outside("at 2 / s", change={"critical": sympy.Integer(2)}),),
        ),
        Identity(
            part="Jacobian",
            draw=saddle,
            sides=blocks,
            tolerance=1e-12,
            outside=(
                Outside(
                    "the adversary's curvature left out of it", change={"cross": 0.0}, least=0.9
                ),
            ),
        ),
        Identity(
            part="updates",
            draw=roots,
            sides=eigenvalues,
            tolerance=1e-7,
            outside=(Outside("damping of both players", change={"both": True}, least=0.9),),
        ),
        Scenario(
            part="a race",
            simulate=races,
            reading=critical_wins,
            outside=(Outside("a quarter as strong", family=weaker),),
        ),
    ),
)
