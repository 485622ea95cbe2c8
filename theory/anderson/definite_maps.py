r"""Maps of bilinear games that mixing does not stagnate on: extragradient, and two simultaneous
steps at once.

With K = [[0, A], [-A', 0]], K'K = -K^2 = diag(AA', A'A), one step h has

    extragradient:         I - M = hK + h^2 K'K,        two steps:      I - M = 2hK + h^2 K'K,

both normal, with the definite symmetric part h^2 K'K.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import sympy
from jaxtyping import Array

import minimax_lab as mm

from ..draws.krylov import gmres, norms, system
from ..theorem import Bound, Family, Identity, Outside, Proof, Source, Theorem
from .gmres import coupled, equivalence
from .simultaneous import Case, case, shapes


def twice(step: Any) -> mm.UpdateRule:
    """Two simultaneous steps as one."""
    return mm.Repeated(mm.Simultaneous(step), 2)


def derive_definite(
    *,
    ahead: Callable[[Any], Any] = mm.Extragradient,
    composed: Callable[[Any], Any] = twice,
    four: sympy.Integer = sympy.Integer(4),
) -> list[tuple[str, Any]]:
    """From the update matrices of the very rules on x'Ay with two numbers a player."""
    h, entries = sympy.Symbol("h", positive=True), sympy.symbols("a11 a12 a21 a22", real=True)
    x, y = sympy.symbols("x1 x2", real=True), sympy.symbols("y1 y2", real=True)
    A = sympy.Matrix(2, 2, entries)
    value = (sympy.Matrix(x).T * A * sympy.Matrix(y))[0]
    game = mm.SymbolicGame((value, -value), (x, y))
    eye, squares = sympy.eye(4), sympy.diag(A * A.T, A.T * A)

    def claims(rule: Any, words: str, turn: Any) -> list[tuple[str, Any]]:
        G = eye - game.update_matrix(rule(h))
        S = (G + G.T) / 2
        return [
            (f"{words}: its symmetric part is h^2 diag(AA', A'A)", (S - h**2 * squares).expand()),
            (
                f"{words}: G'G = h^2 ({turn} I + h^2 diag) diag, and so is GG'",
                (G.T * G - h**2 * (turn * eye + h**2 * squares) * squares).expand(),
            ),
            (f"{words}: it is normal", (G.T * G - G * G.T).expand()),
        ]

    k, t = sympy.symbols("kappa t", positive=True)
    b = sympy.Symbol("b", positive=True)
    q = 4 * (b / k**2) * b / (t + b / k**2 + b) ** 2
    return [
        *claims(ahead, "extragradient", 1),
        *claims(composed, "two steps", four),
        (
            "1 - q tends to ((kappa^2 - 1) / (kappa^2 + 1))^2",
            sympy.limit(1 - q, b, sympy.oo) - ((k**2 - 1) / (k**2 + 1)) ** 2,
        ),
    ]


def gain(low: Any, high: Any, turn: Any, two: Any = 2.0) -> Any:
    """The least share of |r|^2 that a step removes: q of the statement."""
    whole = turn + low + high
    near, mixed = low / (turn + low), (two / whole) ** 2 * low * high
    return jnp.where(high <= turn + low, near, mixed)


def never_stagnates(
    case: Case,
    *,
    rule: Callable[[Any], Any] = mm.Extragradient,
    turn: float = 1.0,
    two: float = 2.0,
    root: float = 0.5,
) -> Array:
    """1 - |r_k| / |r_0| (1 - q)^(-k/2), the worst of all k."""
    G, _ = system(case.game, rule(case.step), case.residual.size)
    sizes = norms(gmres(G, case.residual, case.updates)[1])
    high = case.step**2
    q = gain(high / case.ratio**2, high, turn, two)
    k = jnp.arange(1.0, case.updates + 1)
    return 1 - jnp.max(sizes[1:] / sizes[0] * (1 - q) ** (-root * k))


def two_never_stagnate(
    case: Case, *, turn: float = 4.0, two: float = 2.0, root: float = 0.5
) -> Array:
    """The same of two simultaneous steps at once."""
    return never_stagnates(case, rule=twice, turn=turn, two=two, root=root)


def ahead(walk: Any, *, rule: Callable[[Any], Any] = mm.Extragradient) -> tuple[Any, Any]:
    """The points and residuals of mixed extragradient, beside those of GMRES mapped once more."""
    return equivalence(walk, rule=rule)


FAMILY = Family(shapes, case, ((2, 1), (3, 4)))
STAGNANT = Outside("simultaneous steps", change={"rule": mm.Simultaneous}, least=0.9)

AM_17 = Theorem(
    id="AM-17",
    name="Mixed extragradient never stagnates on bilinear games",
    statement=r"""Let $A$ be square with singular values from $\sigma_n > 0$ to $\sigma_1$. One step
$h$ of extragradient on a bilinear game has a normal $G = I - M$ of symmetric part $h^2
\mathrm{diag}(A A^T, A^T A) \succ 0$, and two simultaneous steps taken as one have the same
symmetric part. So GMRES gains at every step, mixing follows it (AM-1), $w_{k+1} = g(x_k)$, and with
$a = h^2 \sigma_n^2$, $b = h^2 \sigma_1^2$ and $t = 1$ for extragradient, $t = 4$ for two steps
$$|r_k| \leq (1 - q)^{k/2}\, |r_0|, \qquad q = \begin{cases} \frac{a}{t + a} & b \leq t + a, \\
\frac{4 a b}{(t + a + b)^2} & \text{else,} \end{cases}$$
which one step attains. Long steps do no harm: as $h \to \infty$ the factor $\sqrt{1 - q}$ of a
step tends to $(\kappa^2 - 1) / (\kappa^2 + 1)$.""",
    source=Source("ours, by the field of values of a normal matrix", "derived"),
    checks=(
        Proof(
            derive=derive_definite,
            outside=(
                Outside("simultaneous steps", change={"ahead": mm.Simultaneous}),
                Outside("alternating steps", change={"composed": mm.Alternating}),
            ),
        ),
        Bound(
            part="extragradient",
            family=FAMILY,
            margin=never_stagnates,
            sharp=True,
            outside=(
                STAGNANT,
                Outside("exponent k", change={"root": 1.0}, least=0.1),
            ),
        ),
        Bound(
            part="two steps at once",
            family=FAMILY,
            margin=two_never_stagnate,
            sharp=True,
            outside=(Outside("the q of extragradient", change={"turn": 1.0}, least=0.1),),
        ),
        Identity(
            part="mixing follows GMRES",
            draw=coupled,
            sides=ahead,
            tolerance=1e-8,
            unmoved="one point beside another",
            sizes=((10,),),
            most=200,
            outside=(STAGNANT,),
        ),
    ),
)
