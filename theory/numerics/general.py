r"""Consensus optimisation on any zero-sum game (The Numerics of GANs, Corollary 8), with the steps
it allows; and on any game, where it draws in more than it should.

With W = J + gamma J'J and an eigenvector x of length one, Wx = lambda x, let t = |Jx| and a = Re
x*Jx. Then Re lambda = a + gamma t^2 and |lambda|^2 <= gamma^2 t^4 + 2 a gamma t^2 + t^2, where a is
in [0, t] as J is semi-definite. Every h below 2 Re lambda / |lambda|^2 contracts; the least of
these limits is at a = 0 or at a = t, and at t = |J|.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import definite, norm, normals, orthogonal, skew, symmetric, within
from ..draws.points import origin
from ..theorem import Bound, Family, Outside, Parameters, Scenario, Source, Theorem
from . import PAPER
from .consensus import jacobians, ratio_game, ratio_shapes, turned_over
from .definiteness import Woven
from .spectra import consensus_jacobian, indefinite, saddle_shapes

# NUM-13: local convergence at every non-singular local Nash equilibrium of a zero-sum game.


def limit(strength: Array, size: Array, first: float = 2.0, second: float = 2.0) -> Array:
    """The steps that consensus allows where |J| = size."""
    return jnp.minimum(
        first * strength / (1 + (strength * size) ** 2), second / (size * (1 + strength * size))
    )


def allowed_steps(
    instance: tuple[mm.Game, Array], *, first: float = 2.0, second: float = 2.0
) -> Array:
    """How far the steps under which every eigenvalue contracts exceed the limit: at worst Re lambda
    is negative, and so are they.
    """
    game, strength = instance
    J, bent = jacobians(game, [0 * strength, strength])
    values = jnp.linalg.eigvals(bent)
    steps = jnp.min(2 * values.real / jnp.abs(values) ** 2)
    return steps / limit(strength, norm(J), first, second) - 1


@eqx.filter_jit
def degenerate(keys: PRNGKeyArray, least: Array, weakest: Array) -> tuple[mm.Game, Array]:
    """Games x'Px/2 + x'By - y'Qy/2 + tanh(Cx) tanh(Dy), one a key, and |J| at zero: P and Q have
    the eigenvalue `least`, and in its direction B + C'D the singular value `weakest`.
    """

    def one(key: PRNGKeyArray) -> tuple[mm.Game, Array]:
        U, V, C, D, p, s = normals(key, (2, 2), (2, 2), (2, 2), (2, 2), (2,), ())
        P, Q = (
            symmetric(free, jnp.stack([least, jax.nn.sigmoid(own)]))
            for free, own in zip((U, V), p, strict=True)
        )
        values = jnp.stack([weakest, within(s, 1.0, 2.0)])
        B = (orthogonal(U) * values) @ orthogonal(V).T
        game = mm.zero_sum(Woven(), (P, B - C.T @ D, Q, C, D))
        return game, norm(game.jacobian(origin(2, 2)))

    return eqx.filter_vmap(one)(keys)


def walks(
    key: PRNGKeyArray, least: float = 0.0, weakest: float = 0.5, share: float = 1.0
) -> dict[str, np.ndarray]:
    """How the distance to zero changes in 3000 steps of consensus of strength 1 / |J|, times a
    `share`, half as long as is allowed, on eight such games.
    """
    games, sizes = degenerate(jax.random.split(key, 8), jnp.asarray(least), jnp.asarray(weakest))
    rules = mm.Simultaneous(limit(1 / sizes, sizes) / 2, mm.Consensus(share / sizes))
    start = mm.Profile((jnp.full(2, 1e-2), jnp.full(2, -1e-2)))
    told = mm.sweep(
        games,
        rules,
        start,
        3000,
        over=("game", "rule"),
        observe={"error": mm.distance_to(origin(2, 2))},
        every=3000,
    )
    errors = np.asarray(told.observed["error"])
    return {"shrunk": errors[:, -1] / errors[:, 0]}


def at_a_maximum(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """P and Q have a negative eigenvalue: no Nash equilibrium."""
    return walks(key, least=-0.5)


def singular(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """B + C'D vanishes where P and Q do."""
    return walks(key, weakest=0.0)


def unmixed(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The same steps of plain descent."""
    return walks(key, share=0.0)


def arrived(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """All came a million times nearer."""
    most = float(np.max(measured["shrunk"]))
    return most < 1e-6, {"largest final/first distance": most}


NUM_13 = Theorem(
    id="NUM-13",
    name="Consensus converges locally on every zero-sum game",
    statement=r"""Let the game be zero-sum, $\bar x$ a local Nash equilibrium with $J = v'(\bar x)$
invertible, and $\gamma > 0$. Then consensus optimisation converges locally to $\bar x$ for small
steps $h$, even where own second derivatives vanish there and plain descent diverges.
Quantitatively, with $L = \|J\|$, for all
$$h < \min\left( \frac{2 \gamma}{1 + \gamma^2 L^2},\; \frac{2}{L\, (1 + \gamma L)} \right),$$
and no larger number that depends on $\gamma$ and $L$ alone will do. All that is used of the game is
that $J$ is positive semi-definite and invertible.""",
    source=Source(PAPER + "Corollary 8; the limit of the steps is ours", "memory; derived"),
    checks=(
        Bound(
            part="steps",
            family=Family(ratio_shapes, ratio_game, ((2, 2), (3, 1))),
            margin=allowed_steps,
            sharp=True,
            outside=(
                Outside(
                    "J is negative definite",
                    Family(ratio_shapes, turned_over, ((1, 1),)),
                    least=0.5,
                ),
                Outside(
                    "an own curvature is negative",
                    Family(saddle_shapes, indefinite, ((2, 2),)),
                    least=0.3,
                ),
            ),
        ),
        Scenario(
            part="curved games",
            simulate=walks,
            reading=arrived,
            unmoved="it says that there is a neighbourhood, not how large it is",
            outside=(
                Outside("no Nash equilibrium", at_a_maximum),
                Outside("J is singular", singular),
                Outside("plain descent", unmixed),
            ),
        ),
    ),
)


# NUM-15: every non-singular stationary point attracts, once the strength is large.


def any_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """A Jacobian by the basis and spectrum of S and by A, and a multiple."""
    square = (size, size)
    return {"basis": square, "spectrum": (size,), "skew": square, "multiple": ()}


def any_game(p: Parameters) -> tuple[Array, Array]:
    """S has an eigenvalue in (-2, -1/20), and the multiple is in (1.05, 10)."""
    spectrum = p["spectrum"].at[0].set(-within(p["spectrum"][0], 0.05, 2.0))
    return symmetric(p["basis"], spectrum) + skew(p["skew"]), within(p["multiple"], 1.05, 10.0)


def drawn_in(
    instance: tuple[Array, Array], *, factor: float = 1.0, power: float = 2.0, which: int = -1
) -> Array:
    """How far the least value of x'(J + gamma J'J)x exceeds (multiple - 1) |least of S| at gamma =
    multiple |least of S| / sigma^2, sigma the singular value of this place.
    """
    J, multiple = instance
    game, least = mm.games.linear(J), -definite(J)[0]
    strength = multiple * least / jnp.linalg.svd(J, compute_uv=False)[which] ** power
    bent = consensus_jacobian(game, strength, len(J))
    return definite(bent)[0] / (factor * (multiple - 1) * least) - 1


NUM_15 = Theorem(
    id="NUM-15",
    name="Strong consensus draws into every non-singular stationary point",
    statement=r"""Let $v(\bar x) = 0$ in any game, with $J = S + A$ invertible and
$\lambda_{\min}(S) < 0$, so that $\bar x$ may be a saddle or a maximum of every loss. Once
$$\gamma\, \sigma_{\min}(J)^2 > -\lambda_{\min}(S)$$
the Jacobian $J + \gamma J^T J$ of consensus is positive definite and $\bar x$ attracts: $x^T (J +
\gamma J^T J)\, x \geq (\gamma\, \sigma_{\min}(J)^2 + \lambda_{\min}(S))\, |x|^2$, which is
attained.""",
    source=Source(
        PAPER + "a later criticism, as in Balduzzi et al. 2018; the threshold is ours",
        "memory; derived",
    ),
    checks=(
        Bound(
            family=Family(any_shapes, any_game, ((2,), (4,))),
            margin=drawn_in,
            sharp=True,
            outside=(
                Outside(
                    "the largest singular value in the place of the least",
                    change={"which": 0},
                    least=0.5,
                ),
            ),
        ),
    ),
)
