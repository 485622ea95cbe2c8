r"""Mixed alternating descent-ascent on bilinear games: where the eigenvalues of G = I - M lie, and
what follows for GMRES.

    M = [[I, -hA], [hA', I - h^2 A'A]],     per singular value s:  lambda^2 - h^2 s^2 lambda + h^2
    s^2 = 0.

Below h s = 2 that is a conjugate pair on the circle |lambda - 1| = 1 with real part h^2 s^2 / 2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.formulas import planar
from ..draws.krylov import gmres, norms, system
from ..draws.matrices import between, normals, radius, within
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


class Rates(NamedTuple):
    """kappa_V and r / c, for sigma_1 = 1."""

    condition: Array
    ratio: Array


def rates(case: Case, root: Any = 0.5, four: Any = 4.0) -> Rates:
    """sqrt((2 + h) / (2 - h)) and sqrt(1 - h^2 sigma_n^2 / 4)."""
    h = case.step
    return Rates(((2 + h) / (2 - h)) ** root, jnp.sqrt(1 - (h / case.ratio) ** 2 / four))


def falls(case: Case) -> Array:
    """|r_k| / |r_0| for k = 0, ..., p."""
    sizes = norms(gmres(matrix_of(case), case.residual, case.updates)[1])
    return sizes / sizes[0]


def disc_rate(case: Case, *, root: float = 0.5, four: float = 4.0) -> Array:
    """1 - measured / allowed, the worst of all steps but the zeroth."""
    condition, ratio = rates(case, root, four)
    k = jnp.arange(1.0, case.updates + 1)
    return 1 - jnp.max(falls(case)[1:] / (condition * ratio**k))


def turned(p: Parameters) -> Case:
    """kappa in (1.0005, 1.05), steps in (0.9, 1.1), and a start whose distance the map stretches
    most, but for a tenth.
    """
    ratio = within(p["ratio"], 1.0005, 1.05)
    A = jnp.diag(jnp.stack([jnp.ones(()), 1 / ratio]))
    case = Case(mm.games.bilinear(A), between(p["step"], 0.9, 1.1), ratio, p["residual"], 1)
    G = matrix_of(case)
    noise = 0.1 * p["residual"] / jnp.linalg.norm(p["residual"])
    worst = jnp.linalg.svd(jnp.eye(len(G)) - G)[2][0]
    return case._replace(residual=G @ (worst + noise))


def of_mixing(case: Case) -> Array:
    """As recalled: distances of the mixed points w_k = g(x_(k-1)) instead of residuals of x_k."""
    G, (condition, ratio) = matrix_of(case), rates(case)
    away = jnp.linalg.solve(G, case.residual)
    left = away - gmres(G, case.residual, case.updates)[0][:-1]
    sizes = norms(left - left @ G.T) / jnp.linalg.norm(away)
    return 1 - jnp.max(sizes / (condition * ratio ** jnp.arange(1.0, case.updates + 1)))


def derive_vacuous(
    *, root: sympy.Rational = sympy.Rational(1, 2), four: sympy.Integer = sympy.Integer(4)
) -> list[tuple[str, Any]]:
    """When the bound says anything at all."""
    h, s, p = sympy.symbols("h s p", positive=True)
    logarithm = root * sympy.log((2 + h) / (2 - h)) + p * sympy.log(1 - h**2 * s**2 / four) / 2
    least = -sympy.log((2 + h) / (2 - h)) / sympy.log(1 - h**2 * s**2 / 4)
    near = sympy.limit(least * s**2, s, 0) - four * sympy.log((2 + h) / (2 - h)) / h**2
    at = logarithm.subs({h: 1, s: sympy.Rational(1, 10)})
    return [
        (
            "it is one at p = ln((2 + h) / (2 - h)) / -ln(1 - h^2 sigma_n^2 / 4)",
            logarithm.subs(p, least),
        ),
        ("for small sigma_n that is 4 ln((2 + h) / (2 - h)) / (h^2 sigma_n^2)", near),
        (
            "at h = 1, kappa = 10 it is vacuous at p = 438 and not at 439",
            bool(at.subs(p, 438) > 0) and bool(at.subs(p, 439) < 0),
        ),
    ]


AM_5 = Theorem(
    id="AM-5",
    name="The disc bound for alternating descent-ascent, and how little it says",
    statement=r"""Let $A$ be square with $\sigma_1 = 1$, $\sigma_n > 0$, and $0 < h < 2$. After $p$
steps of GMRES on alternating descent-ascent
$$|r_p| \leq \sqrt{\frac{2 + h}{2 - h}}\, \left( 1 - \frac{h^2 \sigma_n^2}{4} \right)^{p/2} |r_0|.$$
It exceeds one, and so says nothing, unless $p > \ln \frac{2+h}{2-h} / (-\ln(1 - h^2 \sigma_n^2 /
4))$: 439 steps at $h = 1$ and $\kappa = 10$. GMRES itself ends after as many steps as there are
numbers, and falls as a Chebyshev polynomial long before (AM-14). The bound is loose: no
instance met is above it with $\kappa_V^{0.29}$ in the place of $\kappa_V$, nor with
$1 - h^2 \sigma_n^2 / 2.8$ inside.

**As recalled (unverified)** the same factors, written $\sqrt{1 + 2h/(2-h)}\, (r/c)^p$, bound
*distances* after $p$ updates of mixing, and are exceeded: $w_p = g(x_{p-1})$ (AM-1) and $\|M\| >
1$, so that at $h = \kappa = p = 1$ distances may grow by 1.618, where they allow 1.5.""",
    source=Source(PAPER + "alternating theorem, of the GMRES residual", "memory; derived"),
    checks=(
        Bound(
            family=Family(shapes, short, SIZES),
            margin=disc_rate,
            loose={
                "root": "from above: 1/2, by the disc and the eigenvectors; from below: the search "
                "exceeds an exponent of 0.14",
                "four": "from above: 4, by the disc; from below: the search exceeds 2.73, and the "
                "arc on which the eigenvalues lie gives a better rate (AM-14)",
            },
            outside=(
                Outside("kappa_V dropped", change={"root": 0.0}, least=0.1),
                Outside(
                    "as recalled: distances of mixed points",
                    Family(shapes, turned, ((2, 1),)),
                    of_mixing,
                    least=0.9,
                ),
            ),
        ),
        Proof(
            part="when vacuous",
            derive=derive_vacuous,
            outside=(
                Outside("the condition number without its root", change={"root": sympy.Integer(1)}),
            ),
        ),
    ),
)


# AM-6: the spectrum.


def derive_circle(
    *,
    rule: Any = mm.Alternating,
    centre: sympy.Integer = sympy.Integer(2),
    four: sympy.Integer = sympy.Integer(4),
) -> list[tuple[str, Any]]:
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
            t**2 - 4 * d - h**2 * s**2 * (h**2 * s**2 - four),
        ),
        ("it has |lambda - 1| = 1", d - t),
        (
            "and |lambda - 2|^2 = 4 - h^2 s^2",
            d - centre * t + centre**2 - (four - h**2 * s**2),
        ),
        (
            "|lambda - c|^2 / c^2 = 1 - h^2 s^2 (c - 1) / c^2",
            farthest - 1 + h**2 * s**2 * (c - 1) / c**2,
        ),
        ("which is least for c = 2", sympy.diff((c - 1) / c**2, c).subs(c, centre)),
    ]


def circle(case: Case, *, centre: float = 2.0, four: float = 4.0) -> tuple[Any, Any]:
    """|lambda - 1| beside one, and the largest |lambda - 2| beside sqrt(4 - h^2 sigma_n^2)."""
    values = jnp.linalg.eigvals(matrix_of(case))
    radii = jnp.abs(values - 1)
    return (radii, jnp.max(jnp.abs(values - centre))), (
        jnp.ones_like(radii),
        jnp.sqrt(four - (case.step / case.ratio) ** 2),
    )


def beyond(case: Case, *, two: float = 2.0) -> tuple[Array, Array]:
    """rho(M) beside (u^2 - 2 + u sqrt(u^2 - 4)) / 2, u = h sigma_1."""
    G, u = matrix_of(case), case.step
    return radius(jnp.eye(len(G)) - G), (u**2 - two + u * jnp.sqrt(u**2 - two**2)) / two


AM_6 = Theorem(
    id="AM-6",
    name="The spectrum of alternating descent-ascent lies on a circle",
    statement=r"""On a bilinear game with $h \sigma_1 < 2$ the eigenvalues of $G = I - M$ of
alternating descent-ascent satisfy
$$|\lambda - 1| = 1, \qquad |\lambda - 2| \leq \sqrt{4 - h^2 \sigma_n^2},$$
and of all discs with a centre $c > 1$ on the real axis the one about 2 has the least $r / c =
\sqrt{1 - h^2 \sigma_n^2 / 4}$. For $u = h \sigma_1 > 2$ an eigenvalue leaves the circle, and
$$\rho(M) = \tfrac12 \left( u^2 - 2 + u \sqrt{u^2 - 4} \right) > 1.$$""",
    source=Source(PAPER + "alternating theorem, its disc", "memory; derived"),
    checks=(
        Proof(
            derive=derive_circle,
            outside=(Outside("simultaneous steps", change={"rule": mm.Simultaneous}),),
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
        Identity(
            part="beyond the limit",
            draw=at_random_long,
            sides=beyond,
            tolerance=1e-10,
            sizes=((4,),),
            most=300,
            outside=(Outside("a limit of 1.9", change={"two": 1.9}, least=0.9),),
        ),
    ),
)


# AM-7: the eigenvectors.


def derive_angle(
    *, rule: Any = mm.Alternating, two: sympy.Integer = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """Eigenvectors (M_12, mu - M_11) of a pair mu = 1 - lambda, from the update matrix of the very
    rule on f = s x y; and the norm of M.
    """
    game, at, (s, h, _) = planar()
    M = game.update_matrix(rule(h), at)
    # mu = a + ib: |v|^2 = M_12^2 + (a - M_11)^2 + b^2, and v* conj(v) = M_12^2 + (a - M_11 - ib)^2.
    a, b2 = M.trace() / 2, M.det() - M.trace() ** 2 / 4
    length = M[0, 1] ** 2 + (a - M[0, 0]) ** 2 + b2
    product = (M[0, 1] ** 2 + (a - M[0, 0]) ** 2 - b2) ** 2 + 4 * (a - M[0, 0]) ** 2 * b2
    u = h * s
    cosine = u / two
    largest = (u**2 + sympy.sqrt(u**4 + 4)) / 2
    printed = {"3/10": 1.16316, "1": 1.73205, "19/10": 6.2450}
    return [
        ("their angle has |cos| = h s / 2", product / length**2 - cosine**2),
        (
            "so the condition number, squared, is (2 + h s) / (2 - h s)",
            (1 + cosine) / (1 - cosine) - (two + u) / (two - u),
        ),
        (
            "1.16316, 1.73205 and 6.2450 at h s = 0.3, 1 and 1.9",
            all(
                abs(float(sympy.sqrt((two + at) / (two - at))) - number) < 5e-5
                for at, number in ((sympy.Rational(at), n) for at, n in printed.items())
            ),
        ),
        ("det M = 1", M.det() - 1),
        (
            "so |M| = (u^2 + sqrt(u^4 + 4)) / 2: no contraction",
            largest**2 + largest**-2 - (M.T * M).trace(),
        ),
    ]


def block(key: PRNGKeyArray) -> Array:
    """h s in (0.05, 1.95)."""
    return between(normals(key, ())[0], 0.05, 1.95)


def condition(
    s: Array, *, rule: Any = mm.Alternating, root: float = 0.5, two: float = 2.0
) -> tuple[Array, Array]:
    """cond V of the very rule on f = s x y with step one, V of unit columns, beside sqrt((2 + s) /
    (2 - s)).
    """
    G = system(mm.games.bilinear(s), rule(1.0), 2)[0]
    return jnp.linalg.cond(jnp.linalg.eig(G)[1]), ((two + s) / (two - s)) ** root


def spread_out(key: PRNGKeyArray, size: int) -> Case:
    """Singular values evenly from 1/5 to 1: of eigenvalues that coincide the eigenvectors would be
    any.
    """
    game = mm.games.bilinear(jnp.diag(jnp.linspace(0.2, 1, size)))
    return at_random(key, size)._replace(game=game)


def whole_condition(case: Case, *, root: float = 0.5) -> tuple[Array, Array]:
    """cond V of the whole matrix, beside that of the largest singular value."""
    return jnp.linalg.cond(jnp.linalg.eig(matrix_of(case))[1]), rates(case, root).condition


AM_7 = Theorem(
    id="AM-7",
    name="How ill-conditioned the eigenvectors of alternating steps are",
    statement=r"""For one singular value $s$ and $u = hs < 2$ the unit eigenvectors of alternating
descent-ascent meet at an angle of cosine $u/2$, and their matrix has the condition number
$$\kappa_V = \sqrt{\frac{2 + u}{2 - u}}:$$
1.16316, 1.73205 and 6.2450 at $u = 0.3$, 1 and 1.9; singular at $u = 2$. Over all singular values
the largest $u$ decides. The map is no contraction: $\|M\| = \tfrac12 (u^2 + \sqrt{u^4 + 4})$,
1.618 at $u = 1$.""",
    source=Source(PAPER + "alternating theorem, its constant", "memory; derived"),
    checks=(
        Proof(
            derive=derive_angle,
            outside=(Outside("simultaneous steps", change={"rule": mm.Simultaneous}),),
        ),
        Identity(
            part="numerically",
            draw=block,
            sides=condition,
            tolerance=1e-10,
            outside=(
                Outside("simultaneous steps", change={"rule": mm.Simultaneous}, least=0.9),
                Outside("without the root", change={"root": 1.0}, least=0.9),
            ),
        ),
        Identity(
            part="whole matrices",
            draw=spread_out,
            sides=whole_condition,
            tolerance=1e-8,
            sizes=((6,),),
            most=300,
            outside=(Outside("without the root", change={"root": 1.0}, least=0.9),),
        ),
    ),
)
