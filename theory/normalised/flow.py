r"""The game of two modes near its start: the gradients in closed form, who moves first, and the
competition inside a neuron.

With c_k = <w, u_k> a cubic neuron that sees both modes equally often flows along c_1' = c_1^2 +
gamma c_2^2 and c_2' = c_2^2 + gamma c_1^2 (in its own time), so that r = c_2 / c_1 obeys r' = c_1
(1 - r)(gamma r^2 - (1 - gamma) r + gamma).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.games.game_of_modes import cubic

from ..theorem import Identity, Outside, Proof, Scenario, Source, Theorem
from . import PAPER

SMALL = mm.games.two_mode(0.3, dimension=6, neurons=5, latents=4, trainable=("scale", "bias"))
CUT = 6**0.2
Shown = tuple[mm.Profile, Any]

# NS-4: the gradients.


def shown(key: PRNGKeyArray) -> Shown:
    """A place where some neurons are past the cut, and one pair of a mode and a latent."""
    x = mm.games.modes_start(SMALL, key, 3.0)
    return x.replace(0, 4 * x[0]), SMALL.sample(jax.random.fold_in(key, 1))


def slope(t: Array) -> Array:
    """sigma'(t) = 3 min(|t|, cut)^2."""
    return 3 * jnp.minimum(jnp.abs(t), CUT) ** 2


def odd_slope(t: Array) -> Array:
    """A derivative that would not be even."""
    return jnp.sign(t) * slope(t)


def formulas(place: Shown, slope: Any) -> tuple[Array, Array, Array, Array]:
    """The ascent directions of V, W, a and b for one pair."""
    x, seen = place
    V, (W, a, b) = x[0], (x[1][name] for name in ("neurons", "scale", "bias"))
    (X,), (z,) = seen.real, seen.latent
    fake = z @ V
    sums = [jnp.sum(cubic(W @ y, CUT)) for y in (X, fake)]
    real, false = jax.nn.sigmoid(-(a * sums[0] + b)), jax.nn.sigmoid(a * sums[1] + b)
    neurons = a * (real * jnp.outer(slope(W @ X), X) - false * jnp.outer(slope(W @ fake), fake))
    columns = false * a * jnp.outer(z, slope(W @ fake) @ W)
    return columns, neurons, real * sums[0] - false * sums[1], real - false


def gradients(place: Shown) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Minus the field by autodiff, beside the formulas."""
    return derivatives(place), formulas(place, slope)


def derivatives(place: Shown) -> tuple[Array, ...]:
    """Minus the field."""
    v = SMALL.field(*place)
    return -v[0], -v[1]["neurons"], -v[1]["scale"], -v[1]["bias"]


def odd_gradients(place: Shown) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """With a column that flees neurons it looks away from."""
    return derivatives(place), formulas(place, odd_slope)


def cuts(key: PRNGKeyArray) -> Array:
    """A cut in (1/2, 4)."""
    return jax.random.uniform(key, (), minval=0.5, maxval=4.0)


def joints(cut: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Value and slope just inside and just outside +-cut."""
    ends = jnp.stack([cut, -cut])
    value = jax.vmap(jax.value_and_grad(lambda t: cubic(t, cut)))
    return value((1 - 1e-13) * ends), value((1 + 1e-13) * ends)


def kinked(cut: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """A cubic that simply stops."""
    ends = jnp.stack([cut, -cut])
    value = jax.vmap(jax.value_and_grad(lambda t: jnp.clip(t, -cut, cut) ** 3))
    return value((1 - 1e-13) * ends), value((1 + 1e-13) * ends)


NS_4 = Theorem(
    id="NS-4",
    name="Gradients of the game of modes",
    statement=r"""For one pair $(X, z)$, with $S(x) = a \sum_i \sigma(\langle w_i, x\rangle) + b$
and $p = \mathrm{sigmoid}(S)$,
$$g_{w_i} = (1 - p(X))\, a\, \sigma'(\langle w_i, X\rangle) X - p(Vz)\, a\, \sigma'(\langle w_i,
Vz\rangle) Vz, \quad g_{v_m} = z_m\, p(Vz)\, a \sum_i \sigma'(\langle w_i, Vz\rangle) w_i .$$
$\sigma'$ is even: every column moves towards every neuron where $a > 0$. The truncated cubic is
smooth to first order.""",
    source=Source(PAPER + ", the synthetic game", "memory; derived"),
    checks=(
        Identity(
            draw=shown, sides=gradients, tolerance=1e-9, most=400,
            outside=(Outside("an odd slope", claim=odd_gradients, least=0.3),),
        ),
        Identity(
            part="the cut", draw=cuts, sides=joints, tolerance=1e-10,
            outside=(Outside("no tangent beyond", claim=kinked, least=0.9),),
        ),
    ),
)  # fmt: skip

# NS-5: who moves first.

DIMENSIONS = (64, 256, 1024)


def first_ratios(
    key: PRNGKeyArray, spreads: tuple[float, ...] = (0.3, 1.0), larger: float = 0.0
) -> np.ndarray:
    """The median of |g_W| / |g_V| over 200 starts by spread and dimension, beside d / spread^3;
    columns d^larger times larger.
    """
    keys, found = jax.random.split(key, 200), []
    for d in DIMENSIONS:
        game = mm.games.two_mode(0.1, dimension=d, neurons=20, latents=2)
        found.append(
            [
                [float(_median(game, keys, jnp.asarray(s), jnp.asarray(d**larger))), d / s**3]
                for s in spreads
            ]
        )
    return np.array(found)


@eqx.filter_jit
def _median(game: mm.Game, keys: PRNGKeyArray, spread: Any, larger: Array) -> Array:
    def one(key: PRNGKeyArray) -> Array:
        x = mm.games.modes_start(game, key, spread)
        norms = game.field(
            x.replace(0, larger * x[0]), game.sample(jax.random.fold_in(key, 1))
        ).norms()
        return norms[1] / norms[0]

    return jnp.median(jax.vmap(one)(keys))


def equal_ratios(key: PRNGKeyArray) -> np.ndarray:
    """From columns as large as the neurons."""
    return first_ratios(key, (1.0,), 0.5)


def proportional(found: np.ndarray) -> tuple[bool, Mapping[str, float]]:
    """Within 15 % of the law, and of slope 1 +- 0.05 in the dimension."""
    measured, predicted = np.moveaxis(found, -1, 0)
    powers = np.polyfit(np.log(DIMENSIONS), np.log(measured), 1)[0]
    off, bent = np.max(np.abs(measured / predicted - 1)), np.max(np.abs(powers - 1))
    return bool(off < 0.15 and bent < 0.05), {
        "largest error": float(off),
        "power of d": float(powers[0]),
    }


NS_5 = Theorem(
    id="NS-5",
    name="The discriminator's first gradient is d times the generator's",
    statement=r"""With $w_i \sim N(0, s_W^2 I)$, $v_j \sim N(0, s_V^2 I)$, $a = 1$ and $p$ near
$1/2$, the first gradients have $|g_W| / |g_V| \approx 1 / (s_V^2\, d\, s_W \sqrt{d})$ in the
median: $d / 0.027$ for spreads of $0.3$, $d$ for unit ones.""",
    source=Source(PAPER + ", stage 1 of the proof; constant ours", "memory; derived"),
    checks=(
        Scenario(
            simulate=first_ratios, reading=proportional,
            outside=(Outside("columns as large as neurons", family=equal_ratios),),
        ),
    ),
)  # fmt: skip

# NS-6: the competition of two modes inside a neuron.


def derive_competition() -> list[tuple[str, Any]]:
    """r' from the field of one neuron in the plane of the modes, its fixed points, and where r = 1
    turns stable.
    """
    x, y, r = sympy.symbols("x y r", real=True)
    gamma = sympy.Symbol("gamma", positive=True)
    side = sympy.sqrt(1 - gamma**2)
    modes = (sympy.Matrix([1, 0]), sympy.Matrix([gamma, side]))
    inner = [u[0] * x + u[1] * y for u in modes]
    game = mm.SymbolicGame((-sum(c**3 for c in inner) / 3,), ((x, y),))
    flow = -sympy.Matrix(game.field()[0])
    grown = [
        sympy.expand((u.T * flow)[0].subs({y: (r - gamma) / side, x: 1})) for u in modes
    ]  # at c = (1, r)
    speed = sympy.simplify(grown[1] - r * grown[0])
    quadratic = gamma * r**2 - (1 - gamma) * r + gamma
    root = ((1 - gamma) - sympy.sqrt((1 - gamma) ** 2 - 4 * gamma**2)) / (2 * gamma)
    at_one = sympy.diff(speed, r).subs(r, 1)
    return [
        ("c_1' = c_1^2 + gamma c_2^2", grown[0] - (1 + gamma * r**2)),
        ("c_2' = c_2^2 + gamma c_1^2", grown[1] - (r**2 + gamma)),
        ("r' = c_1 (1 - r)(gamma r^2 - (1 - gamma) r + gamma)", speed - (1 - r) * quadratic),
        ("the other fixed points are the roots of the quadratic", quadratic.subs(r, root)),
        (
            "whose discriminant is (1 - 3 gamma)(1 + gamma)",
            sympy.discriminant(quadratic, r) - (1 - 3 * gamma) * (1 + gamma),
        ),
        ("the average r = 1 has the eigenvalue 1 - 3 gamma", at_one - (1 - 3 * gamma)),
        ("so it turns stable at gamma = 1/3", sympy.solve(at_one, gamma) == [sympy.Rational(1, 3)]),
        ("where the other root meets it", root.subs(gamma, sympy.Rational(1, 3)) - 1),
    ]


def derive_half() -> list[tuple[str, Any]]:
    """The wrong critical correlation."""
    gamma = sympy.Symbol("gamma", positive=True)
    return [("r = 1 turns stable at 1/2", (1 - 3 * gamma).subs(gamma, sympy.Rational(1, 2)))]


CORRELATIONS = (0.2, 0.3, 0.32, 0.4, 0.5)


def competed(key: PRNGKeyArray, correlations: tuple[float, ...] = CORRELATIONS) -> np.ndarray:
    """Where r ends from r = 0.05: beside each correlation expected."""
    return np.asarray(_ended(jnp.asarray(correlations)))


@jax.jit
def _ended(correlations: Array) -> Array:
    def one(gamma: Array) -> Array:
        def push(r: Array, _: None) -> tuple[Array, None]:
            first, second = 1 + gamma * r**2, r**2 + gamma  # c' at c = (1, r)
            return r + 0.05 * (second - r * first), None

        return jax.lax.scan(push, jnp.asarray(0.05), length=20_000)[0]

    return jax.vmap(one)(correlations)


def uncorrelated(key: PRNGKeyArray) -> np.ndarray:
    """Between orthogonal modes."""
    return competed(key, (0.0,) * len(CORRELATIONS))


def attracted(found: np.ndarray) -> tuple[bool, Mapping[str, float]]:
    """Within 0.01 of r* below 1/3, above 0.999 beyond."""
    g = np.array(CORRELATIONS)
    apart = np.sqrt(np.maximum((1 - g) ** 2 - 4 * g**2, 0))
    expected = np.where(g < 1 / 3, ((1 - g) - apart) / (2 * g), 1.0)
    fine = np.where(g < 1 / 3, np.abs(found - expected) < 0.01, found > 0.999)
    return bool(fine.all()), {f"r at {c}": float(r) for c, r in zip(g, found, strict=True)}


NS_6 = Theorem(
    id="NS-6",
    name="Above a correlation of 1/3 a neuron ends on the average",
    statement=r"""In the flow of one neuron that sees both modes alike,
$r = c_2/c_1$ is drawn to
$$r^* = \frac{(1 - \gamma) - \sqrt{(1 - \gamma)^2 - 4\gamma^2}}{2\gamma} < 1$$
for $\gamma < 1/3$, and to the average $r = 1$ beyond.""",
    source=Source(PAPER + ", stage 2 of the proof; threshold ours", "memory; derived"),
    checks=(
        Proof(
            derive=derive_competition, outside=(Outside("the threshold is 1/2", claim=derive_half),)
        ),
        Scenario(
            simulate=competed,
            reading=attracted,
            outside=(Outside("orthogonal modes", family=uncorrelated),),
        ),
    ),
)
