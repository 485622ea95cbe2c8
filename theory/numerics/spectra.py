r"""The Numerics of GANs (Mescheder, Nowozin, Geiger 2017): spectra of the update decide, consensus
optimisation moves them.

The paper ascends, v' = -J; here everything is written for descent, x' = x - h v(x), so a stable J
has eigenvalues of positive real part and "negative definite" becomes positive definite. What is
measured comes from the rules themselves: their update, differentiated.
"""

from __future__ import annotations

import cmath
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.markets import quartic
from ..draws.matrices import (
    between,
    definite,
    orthogonal,
    radius,
    symmetric,
    with_eigenvalues,
    within,
)
from ..draws.points import derivative_at, origin
from ..theorem import Bound, Family, Outside, Parameters, Scenario, Source, Theorem
from . import PAPER

# NUM-3: the step limit of simultaneous descent.


def spectral_shapes(pairs: int) -> dict[str, tuple[int, ...]]:
    """`pairs` complex pairs of eigenvalues in a hidden basis, coupled, and a step."""
    size = 2 * pairs
    return {
        "basis": (size, size),
        "real": (pairs,),
        "imaginary": (pairs,),
        "upper": (size, size),
        "fraction": (),
    }


def spectral(p: Parameters, signs: Any = 1.0) -> tuple[Array, Array]:
    """A Jacobian with real parts in (0.05, 2) and its step as a fraction, in (1/4, 4), of the
    limit.
    """
    real = signs * within(p["real"], 0.05, 2.0)
    return with_eigenvalues(
        p["basis"], real, 2 * p["imaginary"], 0.2 * jnp.tanh(p["upper"])
    ), within(p["fraction"], 0.25, 4.0)


def repelling(p: Parameters) -> tuple[Array, Array]:
    """The same with one pair of eigenvalues on the wrong side."""
    pairs = p["real"].size
    return spectral(p, jnp.where(jnp.arange(pairs) == 0, -1.0, 1.0))


def step_limit_margin(
    instance: tuple[Array, Array], *, factor: float = 2.0, power: float = 2.0
) -> Array:
    """1 - radius below the limit, radius - 1 above it, of the update by that fraction of the
    limit.
    """
    jacobian, fraction = instance
    values = jnp.linalg.eigvals(jacobian)
    bent = 1 + jnp.abs(values.imag / values.real) ** power
    limit = jnp.min(factor / (jnp.abs(values.real) * bent))
    update = derivative_at(
        mm.Simultaneous(fraction * limit), mm.games.linear(jacobian), origin(*(1,) * len(jacobian))
    )
    return jnp.where(fraction < 1, 1.0, -1.0) * (1 - radius(update))


NUM_3 = Theorem(
    id="NUM-3",
    name="Step limit of simultaneous descent",
    statement=r"""Let every eigenvalue $\lambda$ of the Jacobian $J$ have positive real part and let
$h > 0$. Then $\rho(I - hJ) < 1$ if and only if, for every $\lambda$,
$$h < \frac{1}{|\mathrm{Re}\,\lambda|}\;\frac{2}{1 + (\mathrm{Im}\,\lambda /
\mathrm{Re}\,\lambda)^2}.$$""",
    source=Source(PAPER + "Lemma 4", "memory; derived"),
    checks=(
        Bound(
            family=Family(spectral_shapes, spectral, sizes=((2,), (3,))),
            margin=step_limit_margin,
            sharp=True,
            outside=(
                Outside(
                    "one pair of eigenvalues has a negative real part",
                    Family(spectral_shapes, repelling, ((2,),)),
                    least=0.3,
                ),
                Outside("the ratio not squared", change={"power": 1.0}, least=0.1),
            ),
        ),
    ),
)


# NUM-4: linearisation predicts the rate of a nonlinear game.


def curved(key: PRNGKeyArray) -> mm.Game:
    """A strongly convex-strongly concave quadratic game, its leading pair of eigenvalues ahead by a
    twentieth, plus quartics: the field gains a cube and keeps its Jacobian at zero.
    """
    return quartic(mm.games.random_quadratic(key, 2, 2, gap=0.05, step=0.1))


def repelled(key: PRNGKeyArray) -> mm.Game:
    """The same with its field turned round: every eigenvalue has a negative real part."""
    game = mm.games.random_quadratic(key, 2, 2, gap=0.05, step=0.1)
    P, B, Q, b, c = game.data
    return quartic(mm.Game(game.losses, data=(-P, B, -Q, b, c)))


def walks(key: PRNGKeyArray, make: Any = curved) -> dict[str, np.ndarray]:
    """Errors of simultaneous descent with step 0.1 on eight such games, and the eigenvalues of the
    update at zero.
    """
    games, start = (
        eqx.filter_vmap(make)(jax.random.split(key, 8)),
        mm.Profile((jnp.full(2, 1e-3), jnp.full(2, -1e-3))),
    )
    rule, zero = mm.Simultaneous(0.1), origin(2, 2)
    judge = mm.Judge(tolerance=1e-15)
    told = mm.sweep(
        games, rule, start, 600, over="game", observe={"error": mm.distance_to(zero)}, judge=judge
    )
    each = [
        jax.tree.map(lambda leaf, i=i: leaf[i] if eqx.is_array(leaf) else leaf, games)
        for i in range(8)
    ]
    values = np.stack([mm.update_spectrum(game, rule, zero).values for game in each])
    return {"errors": np.asarray(told.observed["error"]), "values": values}


def repelled_walks(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """`walks` on the reversed games."""
    return walks(key, repelled)


def slopes(measured: dict[str, np.ndarray], *, power: float = 1.0) -> tuple[bool, dict[str, float]]:
    """The slope of log error against the log of the predicted radius to this power: within a
    thousandth on every game, and falling.
    """
    lead = measured["values"][:, 0]
    rates = [
        mm.measured_rate(errors[errors > 0], turning=abs(cmath.phase(value))).value
        for errors, value in zip(measured["errors"], lead, strict=True)
    ]
    misses = np.abs(np.array(rates) / np.log(np.abs(lead) ** power) - 1)
    grown = measured["errors"][:, -1] / measured["errors"][:, 0]
    numbers = {
        "largest relative miss of the slope": float(np.max(misses)),
        "largest final/first error": float(np.max(grown)),
    }
    return bool(np.all(misses < 1e-3) and np.all(grown < 1)), numbers


NUM_4 = Theorem(
    id="NUM-4",
    name="Simultaneous descent converges locally, at the predicted rate",
    statement=r"""Let $v(\bar x) = 0$ and let every eigenvalue of $J = v'(\bar x)$ have positive
real part. Then for all small steps $h$ simultaneous descent converges to $\bar x$ from a
neighbourhood, and its error falls as $\rho(I - hJ)^k$ (up to a polynomial in $k$ where the leading
eigenvalue is defective). Tried: strongly convex-strongly concave games made nonlinear by fourth
powers, with a simple leading pair and $h = \tfrac{1}{10}$.""",
    source=Source(PAPER + "Proposition 3 and Corollary 5", "memory; derived"),
    checks=(
        Scenario(
            simulate=walks,
            reading=slopes,
            outside=(
                Outside("all real parts are negative", family=repelled_walks),
                Outside("twice the rate", change={"power": 2.0}),
            ),
        ),
    ),
)


# NUM-6: consensus turns semi-definite into definite.


def saddle_shapes(n: int, m: int) -> dict[str, tuple[int, ...]]:
    """A zero-sum quadratic game of n >= m numbers a player, and a strength."""
    square = {"P": (n, n), "Q": (m, m), "rows": (n, n), "columns": (m, m)}
    return square | {"p": (n,), "q": (m,), "coupling": (m,), "spare": (n - m,), "strength": ()}


def saddle(p: Parameters, least: float = 0.0, weakest: float = 1.0) -> tuple[mm.Game, Array]:
    """P and Q have `least` as an eigenvalue, the rest in (0, 3); the last singular value of B, in
    (0.3, 3), times `weakest`.

    At their defaults J is semi-definite, and invertible: B has full column rank and P is definite
    where B' vanishes.
    """
    m = p["q"].size
    rows, columns = orthogonal(p["rows"]), orthogonal(p["columns"])
    B = (rows[:, :m] * within(p["coupling"], 0.3, 3.0).at[-1].multiply(weakest)) @ columns.T
    idle = rows[:, m:]
    P = (
        symmetric(p["P"], between(p["p"], 0.0, 3.0).at[-1].set(least))
        + (idle * within(p["spare"], 0.3, 3.0)) @ idle.T
    )
    Q = symmetric(p["Q"], between(p["q"], 0.0, 3.0).at[-1].set(least))
    return mm.games.quadratic(P, B, Q), within(p["strength"], 0.01, 30.0)


def indefinite(p: Parameters) -> tuple[mm.Game, Array]:
    """P and Q have a negative eigenvalue."""
    return saddle(p, least=-0.5)


def singular(p: Parameters) -> tuple[mm.Game, Array]:
    """P, Q and B vanish in the same directions, and J with them; for players of one size."""
    return saddle(p | {"P": p["rows"], "Q": p["columns"]}, weakest=0.0)


def consensus_jacobian(game: mm.Game, strength: Array, single: int = 0) -> Array:
    """J + strength J'J at zero, from the direction itself: one update of step one is x - (v +
    strength J'v). Of a quadratic game, or of so many players of a `single` number each.
    """
    sizes = (1,) * single if single else tuple(b.size for b in game.data[-2:])
    update = derivative_at(mm.Simultaneous(1.0, mm.Consensus(strength)), game, origin(*sizes))
    return jnp.eye(len(update)) - update


def definiteness(
    instance: tuple[mm.Game, Array], *, factor: float = 1.0, power: float = 2.0
) -> Array:
    """How far the smallest value of x'(J + strength J'J)x exceeds strength times the smallest
    squared singular value of J.
    """
    game, strength = instance
    jacobian = consensus_jacobian(game, 0 * strength)
    floor = factor * strength * jnp.min(jnp.linalg.svd(jacobian, compute_uv=False)) ** power
    return definite(consensus_jacobian(game, strength))[0] / floor - 1


def positivity(instance: tuple[mm.Game, Array]) -> Array:
    """By how many powers of ten the smallest value of x'(J + strength J'J)x exceeds a billionth of
    the largest.

    Where J is singular the value is zero, never less: what is left is rounding, some seven powers
    below a billionth.
    """
    least, most = definite(consensus_jacobian(*instance))
    return jnp.log10(jnp.maximum(least / most, 1e-18)) + 9


NUM_6 = Theorem(
    id="NUM-6",
    name="Consensus makes semi-definite definite",
    statement=r"""Let the Jacobian $J$ be positive semi-definite ($x^T J x \geq 0$ for all $x$) and
invertible, and let $\gamma > 0$. Then the Jacobian $J + \gamma J^T J$ of consensus optimisation at
an equilibrium is positive definite. Quantitatively, $x^T (J + \gamma J^T J)\, x \geq \gamma\,
\sigma_{\min}(J)^2\, |x|^2$, and this is attained.""",
    source=Source(PAPER + "Lemma 7; the quantitative form is ours", "memory; derived"),
    checks=(
        Bound(
            family=Family(saddle_shapes, saddle, sizes=((2, 2), (3, 1))),
            margin=definiteness,
            sharp=True,
            outside=(
                Outside(
                    "J is not positive semi-definite",
                    Family(saddle_shapes, indefinite, ((2, 2),)),
                    least=0.5,
                ),
                Outside(
                    "J is singular",
                    Family(saddle_shapes, singular, ((2, 2),)),
                    positivity,
                    least=1.0,
                ),
            ),
        ),
    ),
)
