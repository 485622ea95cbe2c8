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
from minimax_lab.objectives import NonSaturating, Objective, Saturating

from ..theorem import Identity, Outside, Proof, Scenario, Source, Theorem
from ..verify import chances
from . import PAPER

SMALL = mm.games.two_mode(0.3, dimension=6, neurons=5, latents=4, trainable=("scale", "bias"))
CUT = 6**0.2
Shown = tuple[mm.Profile, Any]

# NS-4: the gradients.


def shown(key: PRNGKeyArray) -> Shown:
    """A place where some neurons are past the cut, and one pair of a mode and a latent."""
    x = mm.games.modes_start(SMALL, key, 3.0)
    return x.replace(0, 4 * x[0]), SMALL.sample(jax.random.fold_in(key, 1))


def formulas(
    place: Shown, three: float, odd: bool, saturating: bool
) -> tuple[Array, Array, Array, Array]:
    """The ascent directions of V, W, a and b for one pair; sigma' may be made `odd`."""
    x, seen = place
    V, (W, a, b) = x[0], (x[1][name] for name in ("neurons", "scale", "bias"))
    (X,), (z,) = seen.real, seen.latent
    fake = z @ V

    def slope(t: Array) -> Array:
        return three * jnp.minimum(jnp.abs(t), CUT) ** 2 * (jnp.sign(t) if odd else 1.0)

    sums = [jnp.sum(cubic(W @ y, CUT)) for y in (X, fake)]
    real, false = jax.nn.sigmoid(-(a * sums[0] + b)), jax.nn.sigmoid(a * sums[1] + b)
    neurons = a * (real * jnp.outer(slope(W @ X), X) - false * jnp.outer(slope(W @ fake), fake))
    columns = a * jnp.outer(z, slope(W @ fake) @ W) * (false if saturating else 1 - false)
    return columns, neurons, real * sums[0] - false * sums[1], real - false


def gradients(
    place: Shown, *, three: float = 3.0, odd: bool = False, objective: Objective = Saturating()
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Minus the field by autodiff, beside the formulas."""
    losses = eqx.tree_at(lambda m: m.objective, SMALL.losses, objective)
    v = mm.Game(losses, data=SMALL.data).field(*place)
    found = -v[0], -v[1]["neurons"], -v[1]["scale"], -v[1]["bias"]
    return found, formulas(place, three, odd, isinstance(objective, Saturating))


def other_gradients(
    place: Shown, *, three: float = 3.0, odd: bool = False
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """With the other loss of the generator."""
    return gradients(place, three=three, odd=odd, objective=NonSaturating())


def cuts(key: PRNGKeyArray) -> Array:
    """A cut in (1/2, 4)."""
    return jax.random.uniform(key, (), minval=0.5, maxval=4.0)


def joints(
    cut: Array, *, value: float = 1.0, slope: float = 3.0, kinked: bool = False
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Value and slope just inside and just outside +-cut, beside those of the cube there; `kinked`
    simply stops.
    """
    ends = jnp.stack([cut, -cut])

    def bent(t: Array) -> Array:
        return jnp.clip(t, -cut, cut) ** 3 if kinked else cubic(t, cut)

    near = jnp.stack([(1 - 1e-13) * ends, (1 + 1e-13) * ends])
    found = jax.vmap(jax.vmap(jax.value_and_grad(bent)))(near)
    return found, (value * near**3, slope * near**2)


NS_4 = Theorem(
    id="NS-4",
    name="Gradients of the game of modes",
    statement=r"""For one pair $(X, z)$, with $S(x) = a \sum_i \sigma(\langle w_i, x\rangle) + b$
and $p = \mathrm{sigmoid}(S)$,
$$g_{w_i} = (1 - p(X))\, a\, \sigma'(\langle w_i, X\rangle) X - p(Vz)\, a\, \sigma'(\langle w_i,
Vz\rangle) Vz, \quad g_{v_m} = z_m\, p(Vz)\, a \sum_i \sigma'(\langle w_i, Vz\rangle) w_i .$$
For the non-saturating loss the last has $1 - p(Vz)$ for $p(Vz)$. $\sigma'$ is even: every column
moves towards every neuron where $a > 0$. The truncated cubic is smooth to first order.""",
    source=Source(PAPER + ", the synthetic game", "memory; derived"),
    checks=(
        Identity(
            draw=shown, sides=gradients, tolerance=1e-9, most=400,
            outside=(Outside("an odd slope", change={"odd": True}, least=0.3),),
        ),
        Identity(
            part="non-saturating", draw=shown, sides=other_gradients, tolerance=1e-9, most=400,
            outside=(Outside("an odd slope", change={"odd": True}, least=0.3),),
        ),
        Identity(
            part="the cut", draw=cuts, sides=joints, tolerance=1e-10,
            outside=(Outside("no tangent beyond", change={"kinked": True}, least=0.9),),
        ),
    ),
)  # fmt: skip

# NS-5: who moves first.

DIMENSIONS, SPREADS, STARTS = (64, 256), (0.3, 1.0), 900
OFF = 4.2  # standard errors


def first_ratios(
    key: PRNGKeyArray, spreads: tuple[float, ...] = SPREADS, larger: float = 0.0
) -> np.ndarray:
    """The median of log(|g_W| / |g_V|) over many starts and its standard error, by dimension and
    spread; columns d^larger times larger.
    """
    keys = jax.random.split(key, STARTS)
    found = []
    for d in DIMENSIONS:
        game = mm.games.two_mode(0.1, dimension=d, neurons=20, latents=2)
        grown = jnp.asarray(float(d) ** larger)
        found.append([middle(_ratios(game, keys, jnp.asarray(s), grown)) for s in spreads])
    return np.array(found)


def middle(ratios: Array) -> tuple[float, float]:
    """The median of the logarithms, and its standard error by the quantiles between which it lies
    in 68 % of samples.
    """
    logs, step = np.sort(np.log(np.asarray(ratios))), round(len(ratios) ** 0.5 / 2)
    centre = len(logs) // 2
    return float(np.median(logs)), float(logs[centre + step] - logs[centre - step]) / 2


@eqx.filter_jit
def _ratios(game: mm.Game, keys: PRNGKeyArray, spread: Any, larger: Array) -> Array:
    def one(key: PRNGKeyArray) -> Array:
        x = mm.games.modes_start(game, key, spread)
        norms = game.field(
            x.replace(0, larger * x[0]), game.sample(jax.random.fold_in(key, 1))
        ).norms()
        return norms[1] / norms[0]

    return jax.vmap(one)(keys)


def equal_ratios(key: PRNGKeyArray) -> np.ndarray:
    """From columns as large as the neurons."""
    return first_ratios(key, larger=0.5)


def proportional(
    found: np.ndarray, *, unit: float = 1.0, dimension: float = 1.0, spread: float = 3.0
) -> tuple[bool, Mapping[str, float]]:
    """Standard errors off the law, and the power of the dimension in between."""
    measured, errors = np.moveaxis(found, -1, 0)
    d, s = np.log(np.array(DIMENSIONS))[:, None], np.log(np.array(SPREADS))
    off = np.max(np.abs(measured - np.log(unit) - dimension * d + spread * s) / errors)
    power = np.polyfit(d[:, 0], measured[:, 0], 1)[0]
    return bool(off < OFF), {"standard errors off": float(off), "power of d": float(power)}


NS_5 = Theorem(
    id="NS-5",
    name="The discriminator's first gradient is d times the generator's",
    statement=r"""With $w_i \sim N(0, s_W^2 I)$, $v_j \sim N(0, s_V^2 I)$, $a = 1$ and $p$ near
$1/2$, the first gradients have $|g_W| / |g_V| \approx 1 / (s_V^2\, d\, s_W \sqrt{d})$ in the
median: with $s_W = s/\sqrt{d}$ and $s_V = s/d$ it is $d / s^3$, for $s$ of 0.3 and 1, 20 neurons
and $d$ of 64 and 256: so say medians of 900 starts, which are known to 3 %.""",
    source=Source(PAPER + ", stage 1 of the proof; constant ours", "memory; derived"),
    checks=(
        Scenario(
            simulate=first_ratios, reading=proportional,
            trial=chances.mean(STARTS, OFF, 6.0, means=len(DIMENSIONS)),
            outside=(Outside("columns as large as neurons", family=equal_ratios),),
        ),
    ),
)  # fmt: skip

# NS-6: the competition of two modes inside a neuron.


def derive_competition(
    *, threshold: Any = sympy.Rational(1, 3), pull: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
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
        ("c_1' = c_1^2 + gamma c_2^2", grown[0] - (1 + pull * gamma * r**2)),
        ("c_2' = c_2^2 + gamma c_1^2", grown[1] - (r**2 + pull * gamma)),
        ("r' = c_1 (1 - r)(gamma r^2 - (1 - gamma) r + gamma)", speed - (1 - r) * quadratic),
        ("the other fixed points are the roots of the quadratic", quadratic.subs(r, root)),
        (
            "whose discriminant is (1 - 3 gamma)(1 + gamma)",
            sympy.discriminant(quadratic, r) - (1 - 3 * gamma) * (1 + gamma),
        ),
        ("the average r = 1 has the eigenvalue 1 - 3 gamma", at_one - (1 - 3 * gamma)),
        ("so it turns stable at gamma = 1/3", sympy.solve(at_one, gamma) == [threshold]),
        ("where the other root meets it", root.subs(gamma, threshold) - 1),
    ]


CORRELATIONS = (0.2, 0.3, 0.32, 0.35, 0.5)


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


def attracted(
    found: np.ndarray, *, threshold: float = 1 / 3, four: float = 4.0, average: float = 1.0
) -> tuple[bool, Mapping[str, float]]:
    """Within 0.005 of r* below 1/3, of 1 beyond."""
    g = np.array(CORRELATIONS)
    apart = np.sqrt(np.maximum((1 - g) ** 2 - four * g**2, 0))
    expected = np.where(g < threshold, ((1 - g) - apart) / (2 * g), average)
    fine = np.abs(found - expected) < 0.005
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
            derive=derive_competition,
            outside=(Outside("1/2", change={"threshold": sympy.Rational(1, 2)}),),
        ),
        Scenario(
            simulate=competed,
            reading=attracted,
            outside=(Outside("orthogonal modes", family=uncorrelated),),
        ),
    ),
)
