r"""Gap-aware steps on the Dirac-GAN: a damping of rotation, by averaging over a turn; and what
becomes of it in the wrong hands.

With u = -theta psi the discriminator's loss is log 2 + log(1 + e^u), so the gap has the sign of u;
V = theta^2 + psi^2 / c for a discriminator c times as fast. K = log(high)/w_+ + log(1/low)/w_- is
the sum of both slopes of the schedule at zero.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.directions.base import Memories, Turn, Wrapper
from minimax_lab.directions.gap_aware import watched
from minimax_lab.objectives import NonSaturating, Saturating
from minimax_lab.settings import Key

from ..draws.points import direction_at, on_circle
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Scenario, Theorem
from . import OURS

WIDTH = 0.1 * math.log(4)
K = (math.log(2.0) + math.log(10.0)) / WIDTH
GAMES = mm.games.dirac_gan(Saturating()), mm.games.dirac_gan(NonSaturating())
AWARE = mm.GapAware(decay=0.0)  # the loss of the moment
PLAIN = mm.GapAware(low=1.0, high=1.0, decay=0.0)
SWAPPED = eqx.tree_at(
    lambda d: (d.low, d.high), AWARE, (10.0, 0.5)
)  # which the constructor refuses


class Misplaced(Wrapper):
    """The generator scaled by the s of the discriminator."""

    direction: mm.GapAware = AWARE

    rescales = True

    def init(self, game: mm.Game, x: mm.Profile, key: Key) -> Memories:
        return self.direction.init(game, x, key)

    def __call__(self, game: mm.Game, x: mm.Profile, memory: Memories, tick: mm.Tick) -> Turn:
        turn, memory = self.direction(game, x, memory, tick)
        s = watched(memory).scale
        return (s, 1 / s) * turn, memory


def energy(x: mm.Profile, faster: Any = 1.0) -> Any:
    """V = theta^2 + psi^2 / c."""
    return x[0] ** 2 + x[1] ** 2 / faster


# GAP-7: V never grows.


def change(
    game: mm.Game, direction: mm.Direction, x: mm.Profile, faster: Any
) -> tuple[Array, Array]:
    """V' along the flow, and the sum of what it is made of, in size."""
    turn = direction_at(direction, game, x)
    parts = jnp.stack([x[0] * turn[0], x[1] * turn[1]])  # a rate of c cancels the c in V
    return -2 * jnp.sum(parts), 2 * jnp.sum(jnp.abs(parts))


def place(p: Parameters) -> mm.Profile:
    """Normal coordinates."""
    return mm.Profile(tuple(p["x"]))


def place_shapes() -> dict[str, tuple[int, ...]]:
    """theta and psi."""
    return {"x": (2,)}


def descent(x: mm.Profile, direction: mm.Direction = AWARE) -> Array:
    """-V' beside its parts, for both generator losses."""
    pairs = [change(game, direction, x, 1.0) for game in GAMES]
    return jnp.min(jnp.stack([-v / (size + 1e-300) for v, size in pairs]))


def swapped_descent(x: mm.Profile) -> Array:
    """Longer steps for the one who is too strong."""
    return descent(x, SWAPPED)


def misplaced_descent(x: mm.Profile) -> Array:
    """The same s on the generator."""
    return descent(x, Misplaced())


def flow(saturating: bool, of_generator: bool = False) -> tuple[Any, Any, Any]:
    """V' from the update of the very rule with a rate of c s, its u, and s."""
    theta, psi, u = sympy.symbols("theta psi u", real=True)
    h, c, s = sympy.symbols("h c s", positive=True)

    def softplus(t: Any) -> Any:
        return sympy.log(1 + sympy.exp(t))

    loss = softplus(-theta * psi)
    game = mm.SymbolicGame(
        (-loss if saturating else softplus(theta * psi), loss), ((theta,), (psi,))
    )
    rates = (s * h, c * h) if of_generator else (h, c * s * h)
    after, _ = game.update(mm.Simultaneous(rates))
    rate = sympy.diff(after[0][0] ** 2 + after[1][0] ** 2 / c, h).subs(h, 0)
    return sympy.simplify(rate.subs(psi, -u / theta)), u, s


def logistic(u: Any) -> Any:
    """1 / (1 + e^-u)."""
    return 1 / (1 + sympy.exp(-u))


def derive_descent() -> list[tuple[str, Any]]:
    """Both generator losses; then the signs, with s = 1 + q above a gap of zero and 1/(1 + q)
    below.
    """
    zero_sum, u, s = flow(True)
    nonsaturating, _, _ = flow(False)
    misplaced, _, _ = flow(True, of_generator=True)
    p, q = sympy.symbols("p q", positive=True)
    gap = sympy.log(1 + sympy.exp(u)) - sympy.log(2)
    return [
        ("zero-sum: V' = -2 u sg(u) (s - 1)", zero_sum + 2 * u * logistic(u) * (s - 1)),
        (
            "non-saturating: V' = 2 u (sg(-u) - s sg(u))",
            nonsaturating - 2 * u * (logistic(-u) - s * logistic(u)),
        ),
        (
            "which is the same, less 2 u tanh(u/2)",
            (nonsaturating + 2 * u * logistic(u) * (s - 1) + 2 * u * sympy.tanh(u / 2)).rewrite(
                sympy.exp
            ),
        ),
        ("the gap grows with u", sympy.diff(gap, u).is_positive),
        ("and is zero where u is", gap.subs(u, 0)),
        ("u > 0, s > 1: u sg(u) (s - 1) > 0", (p * logistic(p) * q).is_positive),
        (
            "u < 0, s < 1: u sg(u) (s - 1) > 0",
            sympy.factor(-p * logistic(-p) * (1 / (1 + q) - 1)).is_positive,
        ),
        ("u tanh(u/2) > 0 for u > 0", (p * sympy.tanh(p / 2)).is_positive),
        ("and is even", (-p) * sympy.tanh(-p / 2) - p * sympy.tanh(p / 2)),
        (
            "on the generator: V' = +2 u sg(u) (s - 1), with V = theta^2 + psi^2 / c",
            misplaced - 2 * u * logistic(u) * (s - 1),
        ),
    ]


def derive_misplaced() -> list[tuple[str, Any]]:
    """The wrong claim: the same s on the generator lets V fall as well."""
    misplaced, u, s = flow(True, of_generator=True)
    return [("V' = -2 u sg(u) (s - 1)", misplaced + 2 * u * logistic(u) * (s - 1))]


PLACES = Family(place_shapes, place)

GAP_7 = Theorem(
    id="GAP-7",
    name="Gap-aware steps let the Dirac-GAN's energy fall",
    statement=r"""Let the discriminator of the Dirac-GAN have the rate $c\, s$, $c > 0$, with $s$ of
the loss of the moment, and $V = \theta^2 + \psi^2 / c$, $u = -\theta \psi$, $\sigma(u) = 1/(1 +
e^{-u})$. Along the continuous flow
$$V' = -2 u\, \sigma(u)\, (s - 1) \leq 0 \quad \text{(zero-sum)}, \qquad
V' = -2 u\, \sigma(u)\, (s - 1) - 2 u \tanh(u/2) \leq 0 \quad \text{(non-saturating)},$$
with equality on the axes only, since $s > 1$ exactly where $u > 0$; so every flow tends to $(0, 0)$
(LaSalle). With $s = 1$ the zero-sum $V$ is constant. The same $s$ on the generator's rate makes the
zero-sum $V' = +2 u\, \sigma(u)\, (s - 1) \geq 0$.""",
    source=OURS,
    checks=(
        Proof(
            derive=derive_descent, outside=(Outside("s on the generator", claim=derive_misplaced),)
        ),
        Bound(
            part="the direction",
            family=PLACES,
            margin=descent,
            outside=(
                Outside("the branches swapped", claim=swapped_descent, least=0.9),
                Outside("s on the generator", claim=misplaced_descent, least=0.9),
            ),
        ),
    ),
)


# GAP-8 (T1): the constants of averaging.


class Circle(NamedTuple):
    """A small energy and a schedule's two slopes at zero, as bounds of widths of a tenth of log
    4.
    """

    energy: Array
    low: Array
    high: Array


def circle(key: PRNGKeyArray) -> Circle:
    """Energies about 1e-6, bounds at random."""
    e, low, high = jax.random.uniform(key, (3,))
    return Circle(1e-7 * 10**e, 0.02 + 0.9 * low, 1.1 + 8 * high)


def averages(
    instance: Circle, share: float = 1.0, ideal: float | None = None
) -> tuple[Array, Array]:
    """-V'/V^2 averaged over a turn by quadrature, zero-sum and not, beside K/32 and K/32 + 1/8."""
    angles = 2 * jnp.pi * (jnp.arange(256.0) + 0.5) / 256
    radius = jnp.sqrt(instance.energy)
    aware = mm.GapAware(ideal=ideal, width_low=WIDTH, width_high=WIDTH, decay=0.0)
    direction = eqx.tree_at(lambda d: (d.low, d.high), aware, (instance.low, instance.high))

    def at(angle: Array) -> Array:
        x = on_circle(angle, radius)
        return jnp.stack([change(game, direction, x, 1.0)[0] for game in GAMES])

    found = -jnp.mean(jax.vmap(at)(angles), axis=0) / instance.energy**2
    slopes = (jnp.log(instance.high) + jnp.log(1 / instance.low)) / WIDTH
    return found, jnp.stack([share * slopes / 32, share * slopes / 32 + 1 / 8])


def halved_averages(instance: Circle) -> tuple[Array, Array]:
    """K/64."""
    return averages(instance, 0.5)


def wrong_ideal(instance: Circle) -> tuple[Array, Array]:
    """The ideal loss of the mean of two means for their sum: s stays at its ceiling."""
    return averages(instance, ideal=math.log(2))


def rates(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The slopes of 1/V from time 75 to 300, gap-aware and plain, by alternating steps, which keep
    the zero-sum V.
    """
    step, times = 0.02, np.arange(75.0, 301.0)
    rules = mm.stack([mm.Alternating(step, direction) for direction in (AWARE, PLAIN)])
    told = {}
    for name, game in zip(("zero-sum", "non-saturating"), GAMES, strict=True):
        run = mm.sweep(
            game,
            rules,
            (0.3, 0.0),
            round(300 / step),
            observe={"x": mm.position},
            every=round(1 / step),
        )
        V = energy(run.observed["x"])[:, 75:]
        told[name], told[f"{name}, plain"] = (np.polyfit(times, 1 / each, 1)[0] for each in V)
    return told


def as_averaged(
    measured: dict[str, np.ndarray], share: float = 1.0
) -> tuple[bool, dict[str, float]]:
    """Within 10 % of K/32 and K/32 + 1/8; within 0.01 of 0 and 1/8 without the schedule."""
    wanted = {"zero-sum": share * K / 32, "non-saturating": share * K / 32 + 1 / 8}
    aware = all(abs(measured[name] / rate - 1) < 0.1 for name, rate in wanted.items())
    plain = (
        abs(measured["zero-sum, plain"]) < 0.01
        and abs(measured["non-saturating, plain"] - 1 / 8) < 0.02
    )
    return bool(aware and plain), {name: float(rate) for name, rate in measured.items()}


def halved_rates(measured: dict[str, np.ndarray]) -> tuple[bool, dict[str, float]]:
    """K/64."""
    return as_averaged(measured, 0.5)


GAP_8 = Theorem(
    id="GAP-8",
    name="Gap-aware steps damp in proportion to the energy",
    statement=r"""Let $K = \log f / w_+ + \log(1/h) / w_-$ (21.61 as published). Averaged over a
turn near the equilibrium of the Dirac-GAN, $V' = -\tfrac{K}{32} V^2$ for the zero-sum game and
$-(\tfrac{K}{32} + \tfrac18) V^2$ for the non-saturating one, up to higher orders. So $1/V$ grows by
0.675 and 0.800 in a unit of time, and the distance falls as $1/\sqrt{t}$: not exponentially.""",
    source=OURS,
    checks=(
        Identity(
            part="by quadrature",
            draw=circle,
            sides=averages,
            tolerance=1e-5,
            most=200,
            outside=(
                Outside("K/64", claim=halved_averages, least=0.99),
                Outside("the ideal loss of another normalisation", claim=wrong_ideal, least=0.99),
            ),
        ),
        Scenario(
            part="along runs",
            simulate=rates,
            reading=as_averaged,
            outside=(Outside("K/64", claim=halved_rates),),
        ),
    ),
)
