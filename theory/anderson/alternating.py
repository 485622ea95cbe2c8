r"""Mixed alternating descent-ascent on bilinear games: where the eigenvalues of G = I - M lie, and
what follows for GMRES.

    M = [[I, -hA], [hA', I - h^2 A'A]],     per singular value s:  lambda^2 - h^2 s^2 lambda + h^2
    s^2 = 0.

Below h s = 2 that is a conjugate pair on the circle |lambda - 1| = 1 with real part h^2 s^2 / 2.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.formulas import planar
from ..draws.krylov import gmres, norms, system
from ..draws.matrices import between, normals, within
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Source, Theorem
from ..verify.sampling import drawn
from . import PAPER
from .simultaneous import Case, case, shapes

SIZES = ((3, 6), (20, 12))


def short(p: Parameters) -> Case:
    """The games of the simultaneous theorems (sigma_1 = 1), steps in (0, 2)."""
    return case(p)._replace(step=between(p["step"], 0.05, 1.95))


def long(p: Parameters) -> Case:
    """Steps in (2.05, 3): the hypothesis h sigma_1 < 2 dropped."""
    return case(p)._replace(step=between(p["step"], 2.05, 3.0))


def at_random(key: PRNGKeyArray, size: int) -> Case:
    """One such instance."""
    return short(drawn(Family(shapes, short), (size, 1), key))


def at_random_long(key: PRNGKeyArray, size: int) -> Case:
    """With a long step."""
    return long(drawn(Family(shapes, long), (size, 1), key))


def matrix_of(case: Case) -> Array:
    """G of the very rule."""
    return system(case.game, mm.Alternating(case.step), case.residual.size)[0]


# AM-5: the rate.


def share(case: Case) -> tuple[Array, Array]:
    """kappa_V = sqrt((2 + h) / (2 - h)) for sigma_1 = 1, and r / c = sqrt(1 - h^2 sigma_n^2 /
    4).
    """
    h = case.step
    return jnp.sqrt((2 + h) / (2 - h)), jnp.sqrt(1 - (h / case.ratio) ** 2 / 4)


def falls(case: Case) -> Array:
    """|r_k| / |r_0| for k = 0, ..., p."""
    sizes = norms(gmres(matrix_of(case), case.residual, case.updates)[1])
    return sizes / sizes[0]


def disc_rate(case: Case) -> Array:
    """1 - measured / allowed, the worst of all steps but the zeroth."""
    condition, ratio = share(case)
    k = jnp.arange(1.0, case.updates + 1)
    return 1 - jnp.max(falls(case)[1:] / (condition * ratio**k))


def without_condition(case: Case) -> Array:
    """The factor kappa_V dropped."""
    _, ratio = share(case)
    k = jnp.arange(1.0, case.updates + 1)
    return 1 - jnp.max(falls(case)[1:] / ratio**k)


def nearly_even(p: Parameters) -> Case:
    """kappa in (1.0005, 1.05), steps in (0.7, 1.1)."""
    ratio = within(p["ratio"], 1.0005, 1.05)
    A = jnp.diag(jnp.stack([jnp.ones(()), 1 / ratio]))
    return Case(
        mm.games.bilinear(A), between(p["step"], 0.7, 1.1), ratio, p["residual"], p["updates"].size
    )


def of_mixing(case: Case) -> Array:
    """As recalled: distances of the mixed points w_k = g(x_(k-1)) instead of residuals of x_k."""
    G, (condition, ratio) = matrix_of(case), share(case)
    away = jnp.linalg.solve(G, case.residual)
    left = away - gmres(G, case.residual, case.updates)[0][:-1]
    sizes = norms(left - left @ G.T) / jnp.linalg.norm(away)
    return 1 - jnp.max(sizes / (condition * ratio ** jnp.arange(1.0, case.updates + 1)))


def derive_vacuous() -> list[tuple[str, Any]]:
    """When the bound says anything at all."""
    h, s, p = sympy.symbols("h s p", positive=True)
    logarithm = sympy.log((2 + h) / (2 - h)) / 2 + p * sympy.log(1 - h**2 * s**2 / 4) / 2
    least = sympy.solve(logarithm, p)[0]
    near = sympy.limit(least * s**2, s, 0) - 4 * sympy.log((2 + h) / (2 - h)) / h**2
    at = float(least.subs({h: 1, s: sympy.Rational(1, 10)}))
    return [
        (
            "it is one at p = ln((2 + h) / (2 - h)) / -ln(1 - h^2 sigma_n^2 / 4)",
            logarithm.subs(p, least),
        ),
        ("for small sigma_n that is 4 ln((2 + h) / (2 - h)) / (h^2 sigma_n^2)", near),
        (f"at h = 1, kappa = 10 it is {at:.1f}: vacuous up to there", 438 < at < 440),
    ]


AM_5 = Theorem(
    id="AM-5",
    name="The disc bound for alternating descent-ascent, and how little it says",
    statement=r"""Let $A$ be square with $\sigma_1 = 1$, $\sigma_n > 0$, and $0 < h < 2$. After $p$
steps of GMRES on alternating descent-ascent
$$|r_p| \leq \sqrt{\frac{2 + h}{2 - h}}\, \left( 1 - \frac{h^2 \sigma_n^2}{4} \right)^{p/2} |r_0|.$$
It exceeds one, and so says nothing, unless $p > \ln \frac{2+h}{2-h} / (-\ln(1 - h^2 \sigma_n^2 /
4))$: 439 steps at $h = 1$ and $\kappa = 10$. GMRES itself ends after as many steps as there are
numbers.

**As recalled (unverified)** the same factors, written $\sqrt{1 + 2h/(2-h)}\, (r/c)^p$, bound
*distances* after $p$ updates of mixing, and are exceeded: $w_p = g(x_{p-1})$ (AM-1) and $\|M\| >
1$, so that at $h = \kappa = p = 1$ distances may grow by 1.618, where they allow 1.5.""",
    source=Source(PAPER + "alternating theorem, of the GMRES residual", "memory; derived"),
    checks=(
        Bound(
            family=Family(shapes, short, SIZES),
            margin=disc_rate,
            outside=(
                Outside("kappa_V dropped", claim=without_condition),
                Outside(
                    "as recalled: distances of mixed points",
                    Family(shapes, nearly_even, ((2, 1),)),
                    of_mixing,
                ),
            ),
        ),
        Proof(part="when vacuous", derive=derive_vacuous),
    ),
)


# AM-6: the spectrum.


def derive_circle(rule: Any = mm.Alternating) -> list[tuple[str, Any]]:
    """From the update matrix of the very rule on f = s x y; a pair of trace t and determinant d has
    |z - c|^2 = d - ct + c^2.
    """
    game, at, (s, h, _) = planar()
    G = sympy.eye(2) - game.update_matrix(rule(h), at)
    t, d, c = G.trace(), G.det(), sympy.Symbol("c", positive=True)
    farthest = (d - c * t + c**2) / c**2
    return [
        (
            "lambda^2 - h^2 s^2 lambda + h^2 s^2 = 0",
            sympy.Matrix([t - h**2 * s**2, d - h**2 * s**2]),
        ),
        (
            "t^2 - 4d = h^2 s^2 (h^2 s^2 - 4): a complex pair below h s = 2",
            t**2 - 4 * d - h**2 * s**2 * (h**2 * s**2 - 4),
        ),
        ("it has |lambda - 1| = 1", d - t),
        ("and |lambda - 2|^2 = 4 - h^2 s^2", d - 2 * t + 4 - (4 - h**2 * s**2)),
        (
            "|lambda - c|^2 / c^2 = 1 - h^2 s^2 (c - 1) / c^2",
            farthest - 1 + h**2 * s**2 * (c - 1) / c**2,
        ),
        ("which is least for c = 2", sympy.solve(sympy.diff((c - 1) / c**2, c), c) == [2]),
    ]


def derive_simultaneous_circle() -> list[tuple[str, Any]]:
    """The same of simultaneous steps, whose pair is +- i h s."""
    return derive_circle(mm.Simultaneous)


def circle(case: Case) -> tuple[Any, Any]:
    """|lambda - 1| beside one, and the largest |lambda - 2| beside sqrt(4 - h^2 sigma_n^2)."""
    values = jnp.linalg.eigvals(matrix_of(case))
    radii = jnp.abs(values - 1)
    return (radii, jnp.max(jnp.abs(values - 2))), (
        jnp.ones_like(radii),
        jnp.sqrt(4 - (case.step / case.ratio) ** 2),
    )


AM_6 = Theorem(
    id="AM-6",
    name="The spectrum of alternating descent-ascent lies on a circle",
    statement=r"""On a bilinear game with $h \sigma_1 < 2$ the eigenvalues of $G = I - M$ of
alternating descent-ascent satisfy
$$|\lambda - 1| = 1, \qquad |\lambda - 2| \leq \sqrt{4 - h^2 \sigma_n^2},$$
and of all discs with a centre $c > 1$ on the real axis the one about 2 has the least $r / c =
\sqrt{1 - h^2 \sigma_n^2 / 4}$. For $h \sigma_1 > 2$ an eigenvalue leaves the circle and $\rho(M) >
1$.""",
    source=Source(PAPER + "alternating theorem, its disc", "memory; derived"),
    checks=(
        Proof(
            derive=derive_circle,
            outside=(Outside("simultaneous steps", claim=derive_simultaneous_circle),),
        ),
        Identity(
            part="whole matrices",
            draw=at_random,
            sides=circle,
            tolerance=1e-10,
            sizes=((10,),),
            most=300,
            outside=(Outside("h sigma_1 > 2", family=at_random_long, least=0.9),),
        ),
    ),
)


# AM-7: the eigenvectors.


def derive_angle() -> list[tuple[str, Any]]:
    """Eigenvectors (M_12, mu - M_11) of a pair mu = 1 - lambda, from the update matrix of the very
    rule on f = s x y.
    """
    game, at, (s, h, _) = planar()
    M = game.update_matrix(mm.Alternating(h), at)
    # mu = a + ib: |v|^2 = M_12^2 + (a - M_11)^2 + b^2, and v* conj(v) = M_12^2 + (a - M_11 - ib)^2.
    a, b2 = M.trace() / 2, M.det() - M.trace() ** 2 / 4
    length = M[0, 1] ** 2 + (a - M[0, 0]) ** 2 + b2
    product = (M[0, 1] ** 2 + (a - M[0, 0]) ** 2 - b2) ** 2 + 4 * (a - M[0, 0]) ** 2 * b2
    cosine, u = h * s / 2, h * s
    return [
        ("their angle has |cos| = h s / 2", product / length**2 - cosine**2),
        (
            "so the condition number, squared, is (2 + h s) / (2 - h s)",
            (1 + cosine) / (1 - cosine) - (2 + u) / (2 - u),
        ),
    ]


def block(key: PRNGKeyArray) -> Array:
    """h s in (0.05, 1.95)."""
    return between(normals(key, ())[0], 0.05, 1.95)


def condition(s: Array, rule: Any = mm.Alternating) -> tuple[Array, Array]:
    """cond V of the very rule on f = s x y with step one, V of unit columns, beside sqrt((2 + s) /
    (2 - s)).
    """
    vectors = jnp.linalg.eig(system(mm.games.bilinear(s), rule(1.0), 2)[0])[1]
    sizes = jnp.linalg.svd(vectors, compute_uv=False)
    return sizes[0] / sizes[-1], jnp.sqrt((2 + s) / (2 - s))


def condition_simultaneous(s: Array) -> tuple[Array, Array]:
    """Of simultaneous steps, whose matrix is normal."""
    return condition(s, mm.Simultaneous)


def condition_squared(s: Array) -> tuple[Array, Array]:
    """Without the root."""
    found, wanted = condition(s)
    return found, wanted**2


AM_7 = Theorem(
    id="AM-7",
    name="How ill-conditioned the eigenvectors of alternating steps are",
    statement=r"""For one singular value $s$ and $u = hs < 2$ the unit eigenvectors of alternating
descent-ascent meet at an angle of cosine $u/2$, and their matrix has the condition number
$$\kappa_V = \sqrt{\frac{2 + u}{2 - u}}:$$
1.16316, 1.73205 and 6.2450 at $u = 0.3$, 1 and 1.9; singular at $u = 2$. Over all singular values
the largest $u$ decides.""",
    source=Source(PAPER + "alternating theorem, its constant", "memory; derived"),
    checks=(
        Proof(derive=derive_angle),
        Identity(
            part="numerically",
            draw=block,
            sides=condition,
            tolerance=1e-10,
            outside=(
                Outside("simultaneous steps", claim=condition_simultaneous, least=0.9),
                Outside("without the root", claim=condition_squared, least=0.9),
            ),
        ),
    ),
)
