r"""Consensus optimisation on the Dirac-GAN away from the equilibrium: its exact field, and the
saddles it adds.

Its field is v + gamma J'v. The formulas below are in the sign of descent; f is undefined in the
proofs.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import Saturating

from ..draws.formulas import GAMMA, PAYOFF, PSI, THETA, dirac
from ..draws.points import SPURIOUS, direction_at, spurious
from ..theorem import Identity, Outside, Proof, Scenario, Source, Theorem
from . import PAPER
from .far import R2

NUMERICS = "Mescheder, Nowozin, Geiger 2017 (The Numerics of GANs)"


def derivatives() -> tuple[Any, Any]:
    """f' and f'' at theta psi."""
    t = sympy.Symbol("t", real=True)
    return PAYOFF(t).diff(t).subs(t, THETA * PSI), PAYOFF(t).diff(t, 2).subs(t, THETA * PSI)


def turn(consensus: bool = True) -> list[Any]:
    """The field of consensus, or the game's own, with f undefined: x minus one update of step
    one.
    """
    game = dirac()
    after, _ = game.update(mm.Simultaneous(1, mm.Consensus(GAMMA) if consensus else mm.Gradient()))
    return [THETA - after[0][0], PSI - after[1][0]]


# DIR-8: the exact gradient of |v|^2 / 2.


def derive_gradient(*, share: Any = sympy.Integer(1)) -> list[tuple[str, Any]]:
    """From the direction itself, f undefined; the second terms with a `share`."""
    first, second = derivatives()
    field, bent = turn(), share * R2 * first * second
    return [
        (
            "theta",
            sympy.expand(field[0] - PSI * first - GAMMA * (THETA * first**2 + PSI * bent)),
        ),
        (
            "psi",
            sympy.expand(field[1] + THETA * first - GAMMA * (PSI * first**2 + THETA * bent)),
        ),
    ]


def points(key: PRNGKeyArray) -> tuple[mm.Profile, Array]:
    """A point with normal coordinates, and a strength."""
    one, two = jax.random.split(key)
    return mm.Profile(tuple(jax.random.normal(one, (2,)))), 0.1 * 100 ** jax.random.uniform(two)


def gradients(instance: tuple[mm.Profile, Array], *, share: float = 1.0) -> tuple[Any, Any]:
    """The direction, and the formula with a `share` of its second term."""
    x, strength = instance
    theta, psi = x
    found = direction_at(mm.Consensus(strength), mm.games.dirac_gan(), x)
    first = jax.grad(Saturating().payoff)(theta * psi)
    second = (
        share * (x @ x) * first * -first * (1 - first)
    )  # f' = sigma(-s) and f'' = -sigma(s) sigma(-s)
    wanted = (
        psi * first + strength * (theta * first**2 + psi * second),
        -theta * first + strength * (psi * first**2 + theta * second),
    )
    return found.players, wanted


DIR_8 = Theorem(
    id="DIR-8",
    name="The field of consensus on the Dirac-GAN",
    statement=r"""With $L = \frac{1}{2} |v|^2 = \frac{1}{2} (\theta^2 + \psi^2) f'(\theta \psi)^2$,
$$\partial_\theta L = \theta f'^2 + (\theta^2 + \psi^2)\, \psi f' f'', \quad
\partial_\psi L = \psi f'^2 + (\theta^2 + \psi^2)\, \theta f' f'',$$
and consensus descends $v + \gamma \nabla L$. (The released code halves the second terms: the same
linearisation, other trajectories.)""",
    source=Source(PAPER + "appendix, and its released notebook", "code; derived"),
    checks=(
        Proof(
            derive=derive_gradient,
            outside=(Outside("the released half", change={"share": sympy.Rational(1, 2)}),),
        ),
        Identity(
            part="the direction",
            draw=points,
            sides=gradients,
            tolerance=1e-12,
            outside=(Outside("the released half", change={"share": 0.5}, least=0.99),),
        ),
    ),
)


# DIR-9: stationary points that are no equilibria.


def derive_condition(
    *, consensus: bool = True, two: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """The field of consensus is f' times a matrix times x; its determinant decides."""
    first, second = derivatives()
    a, b = GAMMA * first, -GAMMA * R2 * second
    matrix = sympy.Matrix([[a, 1 - b], [-(1 + b), a]])
    wanted = first * matrix * sympy.Matrix([THETA, PSI])
    t, one, other = sympy.symbols("t a b", positive=True)
    logistic = -sympy.log(1 + sympy.exp(-t))
    slope, curvature = logistic.diff(t), logistic.diff(t, 2)
    along = one / (1 + other)
    return [
        (
            "w = f' M x with M = [[a, 1 - b], [-1 - b, a]], a = gamma f', b = -gamma r^2 f''",
            (sympy.Matrix(turn(consensus)) - wanted).expand(),
        ),
        (
            "so w = 0 away from 0 asks det M = 1 + a^2 - b^2 = 0",
            sympy.expand(matrix.det() - 1 - a**2 + b**2),
        ),
        (
            "and its kernel has theta / psi = a / (1 + b)",
            sympy.expand((matrix[1, :] * sympy.Matrix([a, 1 + b]))[0]),
        ),
        (
            "where theta psi = r^2 a / (2 b), as b^2 = 1 + a^2",
            (along / (1 + along**2) - one / (two * other)).subs(one, sympy.sqrt(other**2 - 1)),
        ),
        (
            "which is -f' / (2 f''), whatever gamma",
            sympy.cancel(R2 * a / (two * b) + first / (two * second)),
        ),
        (
            "and for the logistic payoff 1 / (2 sigma(s))",
            -slope / (two * curvature) - (1 + sympy.exp(-t)) / two,
        ),
    ]


STARTS = mm.Profile(np.meshgrid(np.linspace(-2.1, 2.1, 12), np.linspace(-6.2, 6.2, 12)))


def found(strength: float, direction: mm.Direction | None) -> list[mm.Equilibrium]:
    """What Newton's method reaches from a lattice."""
    starts = jax.tree.map(lambda grid: jnp.asarray(grid).ravel(), STARTS)
    return mm.find_equilibria(mm.games.dirac_gan(), starts, direction=direction, reach=2.0)


def strengths(key: PRNGKeyArray) -> tuple[float, mm.Direction | None]:
    """A strength between 0.3 and 10."""
    strength = float(0.3 * (10 / 0.3) ** jax.random.uniform(key))
    return strength, mm.Consensus(strength)


def plain(key: PRNGKeyArray) -> tuple[float, mm.Direction | None]:
    """The game's own field."""
    return strengths(key)[0], None


def saddles(
    instance: tuple[float, mm.Direction | None], *, place: float = SPURIOUS
) -> tuple[Any, Any]:
    """Every stationary point found, beside (0, 0) and the predicted pair with theta psi at that
    place; as many of them as were predicted are compared.
    """
    strength, direction = instance
    here = sorted((float(e.profile[0]), float(e.profile[1])) for e in found(strength, direction))
    theta, psi = map(float, spurious(strength, place))
    wanted = [(-theta, -psi), (0.0, 0.0), (theta, psi)]
    here = here if len(here) == len(wanted) else [(1e3, 1e3)] * len(wanted)
    return jnp.array(here), jnp.array(wanted)


# strength: the point, and the eigenvalues of the field of descent there (the paper's are minus
# these).
TABLE = {
    0.3: ((0.18905, 3.90806), (-0.263, 1.989)),
    1.0: ((0.34125, 2.16509), (-0.556, 1.028)),
    3.0: ((0.54719, 1.35024), (-0.990, 1.015)),
    10.0: ((0.73812, 1.00097), (-2.669, 2.222)),
}


def tabulated(key: PRNGKeyArray) -> dict[float, list[mm.Equilibrium]]:
    """The spurious points at the table's strengths."""
    return {
        strength: [e for e in found(strength, mm.Consensus(strength)) if e.spurious]
        for strength in TABLE
    }


def tabulated_elsewhere(key: PRNGKeyArray) -> dict[float, list[mm.Equilibrium]]:
    """The same at strengths 5 % higher."""
    return {
        strength: [e for e in found(strength, mm.Consensus(1.05 * strength)) if e.spurious]
        for strength in TABLE
    }


def as_tabulated(measured: dict[float, list[mm.Equilibrium]]) -> tuple[bool, dict[str, float]]:
    """A mirrored pair of saddles each, at the tabulated place with the tabulated eigenvalues, to
    the digits given.
    """
    place, value, saddle = 0.0, 0.0, True
    for strength, (point, values) in TABLE.items():
        here = measured[strength]
        saddle &= len(here) == 2 and all(e.kind == mm.Kind.SADDLE for e in here)
        for e in here:
            place = max(place, float(np.max(np.abs(np.abs(e.profile.players) - np.array(point)))))
            value = max(
                value, float(np.max(np.abs(np.sort(e.eigenvalues.real) - np.array(values))))
            )
    numbers = {"largest difference in place": place, "largest difference in an eigenvalue": value}
    return saddle and place < 5e-6 and value < 5e-4, numbers


# strength, start, whether the flow of consensus converges to the equilibrium from there.
LABELS = (
    (1.0, (1.0, 1.0), True),
    (1.0, (2.0, 2.0), False),
    (3.0, (1.0, 1.0), False),
    (10.0, (1.0, 1.0), False),
    (10.0, (0.6, 0.9), True),
)


def escapes(key: PRNGKeyArray, factor: float = 1.0) -> dict[str, np.ndarray]:
    """Where steps of 0.01 of consensus, `factor` times as strong, have got by times 100 and 200
    from each of the starts.
    """
    rules = mm.stack(
        [mm.Simultaneous(0.01, mm.Consensus(factor * strength)) for strength, _, _ in LABELS]
    )
    starts = mm.stack([mm.Profile(start) for _, start, _ in LABELS])
    told = mm.sweep(
        mm.games.dirac_gan(),
        rules,
        starts,
        20_000,
        over=("rule", "start"),
        observe={"at": mm.position},
        every=10_000,
    )
    theta, psi = (np.asarray(part)[:, 1:] for part in told.observed["at"])
    return {"theta": theta, "psi": psi}


def weak_escapes(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """A tenth of the strength, for which these starts lie within the separatrices."""
    return escapes(key, 0.1)


def as_labelled(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """Converged to 1e-6; or escaped: psi beyond 4 and still growing by more than 5 % from time 100
    to 200, f' below 0.03.
    """
    theta, psi = measured["theta"], np.abs(measured["psi"])
    radii, slopes = np.hypot(theta, psi)[:, -1], 1 / (1 + np.exp(theta * measured["psi"]))[:, -1]
    gone = (psi[:, 1] > 1.05 * psi[:, 0]) & (psi[:, 1] > 4) & (slopes < 0.03)
    right = np.where([label for *_, label in LABELS], radii < 1e-6, gone)
    names = [f"r from {start} at strength {strength}" for strength, start, _ in LABELS]
    return bool(np.all(right)), dict(zip(names, map(float, radii), strict=True))


DIR_9 = Theorem(
    id="DIR-9",
    name="Consensus adds saddles, and what lies beyond them escapes",
    statement=r"""Let $a = \gamma f'(s)$ and $b = -\gamma r^2 f''(s)$ with $s = \theta \psi$, $r^2 =
\theta^2 + \psi^2$. The field of consensus on the Dirac-GAN vanishes away from $(0, 0)$ exactly
where $b^2 = 1 + a^2$ and $\theta / \psi = a / (1 + b)$; there $s = -f'(s) / (2 f''(s))$ whatever
$\gamma$. For the logistic payoff $2 s\, \sigma(s) = 1$, that is $s = \tfrac12 + W(1 / (2 \sqrt e))
= 0.7388$; for the $\gamma$ between 0.3 and 10 that were tried these are two points, mirror images,
and saddles. Beyond their stable manifolds $|\psi|$ grows on and on while $f'$ fades: consensus
converges only locally. From $(1, 1)$ it
reaches the equilibrium for $\gamma = 1$ but not for 3 and 10; from $(2, 2)$ not for 1 either.""",
    source=Source(
        PAPER + f"a remark on {NUMERICS}; condition, points and labels are ours", "memory; derived"
    ),
    checks=(
        Proof(
            part="condition",
            derive=derive_condition,
            outside=(Outside("the game's own field", change={"consensus": False}),),
        ),
        Identity(
            part="found by Newton's method",
            draw=strengths,
            sides=saddles,
            tolerance=1e-8,
            most=8,
            host=True,
            outside=(Outside("no consensus", family=plain, least=1.0),),
        ),
        Scenario(
            part="table",
            simulate=tabulated,
            reading=as_tabulated,
            unmoved="a table of places and eigenvalues",
            outside=(Outside("strengths 5 % higher", family=tabulated_elsewhere),),
        ),
        Scenario(
            part="basins",
            simulate=escapes,
            reading=as_labelled,
            unmoved="it says where five starts go",
            outside=(Outside("a tenth of the strength", family=weak_escapes),),
        ),
    ),
)
