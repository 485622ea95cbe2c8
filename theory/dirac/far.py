r"""The Dirac-GAN far from its equilibrium: what its flow conserves, how fast steps leave it, how
slowly NSGAN gets there.

With a purely imaginary spectrum linearisation decides nothing; here the radius r, r^2 = theta^2 +
psi^2, does.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.analysis.flow import flow
from minimax_lab.games.formulas import dirac_gan, dirac_nsgan
from minimax_lab.objectives import NonSaturating, Saturating, Wasserstein

from ..draws.formulas import GAMMA, PAYOFF, PSI, THETA, H, dirac
from ..draws.points import on_circle, updated
from ..theorem import Identity, Outside, Proof, Scenario, Source, Theorem
from . import PAPER
from .equilibrium import ZERO
from .steps import Taylor

R2 = THETA**2 + PSI**2


flowed = eqx.filter_jit(flow)


def radius(x: Any) -> Array:
    """r, entry by entry for a history or a stack."""
    return jnp.hypot(*x)


# DIR-2: what the flow conserves.


def derive_conservation(
    *, saturating: bool = True, factor: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
    """r' r = -x . v, with f undefined."""
    plain, penalised = dirac(saturating=saturating), dirac(saturating=saturating, penalty=GAMMA)
    return [
        (
            "every zero-sum payoff f(theta psi): r is constant",
            sympy.expand(plain.profile @ plain.field()),
        ),
        (
            "with a penalty r r' = -gamma psi^2",
            sympy.expand(penalised.profile @ penalised.field() - factor * GAMMA * PSI**2),
        ),
    ]


def turning(key: PRNGKeyArray, penalty: float = 0.0) -> tuple[mm.Game, mm.Profile]:
    """The logistic payoff, from a random point with r^2 = 2."""
    game = mm.games.dirac_gan(penalty=jnp.asarray(penalty))  # type: ignore[arg-type]  # an array
    return game, on_circle(jax.random.uniform(key, maxval=6.3), jnp.sqrt(2.0))


def damped(key: PRNGKeyArray) -> tuple[mm.Game, mm.Profile]:
    """With a gradient penalty of 0.3."""
    return turning(key, 0.3)


def drift(instance: tuple[mm.Game, mm.Profile]) -> tuple[Array, Array]:
    """r^2 along the flow up to time 300, beside 2."""
    game, start = instance
    times, near = jnp.array([0.0, 10.0, 100.0, 300.0]), jnp.asarray(1e-10)
    found = radius(flowed(game.field, start, times, relative=near, absolute=near)) ** 2
    return found, 2 + 0 * found


DIR_2 = Theorem(
    id="DIR-2",
    name="The Dirac-GAN's flow goes round in circles",
    statement=r"""For every payoff $f(\theta \psi)$ that one player gains and the other loses, the
flow of gradient descent conserves $\theta^2 + \psi^2$. With a gradient penalty $\frac{\gamma}{2}
\psi^2$ instead $\frac{d}{dt} \frac{1}{2} (\theta^2 + \psi^2) = -\gamma \psi^2$.""",
    source=Source(PAPER + "Lemma 2.2", "memory; derived"),
    checks=(
        Proof(
            derive=derive_conservation,
            outside=(Outside("not zero-sum: NSGAN", change={"saturating": False}),),
        ),
        Identity(
            part="integrated",
            draw=turning,
            sides=drift,
            tolerance=1e-7,
            most=12,
            host=True,
            unmoved="r^2 stays what it was",
            outside=(Outside("a gradient penalty", family=damped, least=1.0),),
        ),
    ),
)


# DIR-3: how simultaneous steps grow.


def derive_growth(
    *, walk: Any = mm.Simultaneous, power: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """From the update of the rule itself, f undefined."""
    game, t = dirac(), sympy.Symbol("t", real=True)
    after, _ = game.update(walk(H))
    slope = PAYOFF(t).diff(t).subs(t, THETA * PSI)
    return [
        (
            "r^2 is multiplied by 1 + h^2 f'(theta psi)^2",
            sympy.expand(after @ after - R2 * (1 + H**power * slope**power)),
        )
    ]


def steps(key: PRNGKeyArray) -> tuple[mm.Profile, Array]:
    """A point with normal coordinates of deviation 2, and a step."""
    one, two = jax.random.split(key)
    return mm.Profile(tuple(2 * jax.random.normal(one, (2,)))), 0.02 * 100 ** jax.random.uniform(
        two
    )


def growths(
    instance: tuple[mm.Profile, Array], *, walk: Any = mm.Simultaneous, power: float = 2.0
) -> tuple[Any, Any]:
    """r^2 after a step, beside the law, for three payoffs."""
    x, step = instance
    found, wanted = [], []
    for objective in (Saturating(), Wasserstein(), Taylor(0.7, -0.3)):
        game = mm.games.dirac_gan(objective)
        after = updated(walk(step), game, x)
        slope = jax.grad(objective.payoff)(x[0] * x[1])
        found.append(after @ after)
        wanted.append((x @ x) * (1 + jnp.abs(step * slope) ** power))
    return found, wanted


DIR_3 = Theorem(
    id="DIR-3",
    name="Simultaneous steps on the Dirac-GAN move outwards",
    statement=r"""For every payoff $f(\theta \psi)$ one simultaneous step $h$ of gradient descent on
the Dirac-GAN multiplies $\theta^2 + \psi^2$ by $1 + h^2 f'(\theta \psi)^2$: it never comes nearer
to the equilibrium.""",
    source=Source(PAPER + "Lemma 2.3, in a global form", "memory; derived"),
    checks=(
        Proof(
            derive=derive_growth,
            outside=(Outside("alternating steps", change={"walk": mm.Alternating}),),
        ),
        Identity(
            part="one step",
            draw=steps,
            sides=growths,
            tolerance=1e-14,
            outside=(Outside("alternating steps", change={"walk": mm.Alternating}, least=0.95),),
        ),
    ),
)


# DIR-4: the non-saturating objective.


def derive_decay(
    *, formula: Any = dirac_nsgan, eight: Any = sympy.Integer(8), two: Any = sympy.Integer(2)
) -> list[tuple[str, Any]]:
    """The radius along the flow and along steps, and both averaged over a turn to leading order."""
    game, s = mm.SymbolicGame(*formula()), THETA * PSI
    inward = game.profile @ game.field()
    after, _ = game.update(mm.Simultaneous(H))
    field = game.field()
    r, phi, t, small = sympy.symbols("r phi t epsilon", positive=True)
    polar = {THETA: small * r * sympy.cos(phi), PSI: small * r * sympy.sin(phi)}

    def averaged(formula: Any, order: int) -> Any:
        leading = sympy.diff(formula.subs(polar, simultaneous=True), small, order).subs(
            small, 0
        ) / sympy.factorial(order)
        return sympy.integrate(sympy.expand(leading), (phi, 0, 2 * sympy.pi)) / (2 * sympy.pi)

    pull, push = averaged(s * sympy.tanh(s / 2), 4), averaged(field @ field, 2)
    return [
        (
            "flow: r r' = -s tanh(s / 2), s = theta psi",
            sympy.simplify((inward - s * sympy.tanh(s / 2)).rewrite(sympy.exp)),
        ),
        ("its mean over a turn is -r^4 / 16 to leading order", pull - r**4 / (2 * eight)),
        (
            "so (r^2)' = -r^4 / 8, which r^2 = 8 / t solves",
            (sympy.diff(eight / t, t) + 2 * pull.subs(r, sympy.sqrt(eight / t))),
        ),
        (
            "a step changes r^2 by -2 h x.v + h^2 |v|^2",
            sympy.expand(after @ after - R2 + 2 * H * inward - H**2 * (field @ field)),
        ),
        (
            "whose mean, h^2 r^2 / 4 - h r^4 / 8, vanishes at r^2 = 2 h",
            (H**2 * push - 2 * H * pull).subs(r, sympy.sqrt(two * H)),
        ),
        ("and nowhere else", H**2 * push - 2 * H * pull - H * r**2 * (2 * H - r**2) / 8),
    ]


def decays(key: PRNGKeyArray, game: mm.Game | None = None) -> dict[str, np.ndarray]:
    """r^2 t along the flow from four points with r^2 = 2, at t = 100, 1000 and 10,000."""
    times, near = jnp.array([0.0, 1e2, 1e3, 1e4]), jnp.asarray(1e-8)
    game = mm.games.dirac_gan(NonSaturating()) if game is None else game
    starts = [
        on_circle(angle, jnp.sqrt(2.0)) for angle in jax.random.uniform(key, (4,), maxval=6.3)
    ]
    radii = np.array(
        [radius(flowed(game.field, start, times, relative=near, absolute=near)) for start in starts]
    )
    return {"products": (radii**2 * np.asarray(times))[:, 1:]}


def saturated_decays(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The saturating objective, whose r is constant."""
    return decays(key, turning(key)[0])


def eight(measured: dict[str, np.ndarray], *, limit: float = 8.0) -> tuple[bool, dict[str, float]]:
    """r^2 t within half a per cent of 8 at t = 10,000."""
    products = measured["products"]
    numbers = {
        f"mean r^2 t at {time}": float(np.mean(column))
        for time, column in zip((100, 1000, 10_000), products.T, strict=True)
    }
    return bool(np.all(np.abs(products[:, -1] / limit - 1) < 5e-3)), numbers


STEPS = np.array([0.2, 0.05, 0.02])


def rings(key: PRNGKeyArray, walk: Any = mm.Simultaneous) -> dict[str, np.ndarray]:
    """The mean radius of the last 10,000 of 100,000 steps of 0.2, 0.05 and 0.02, from inside (r =
    0.1) and outside (r = 1).
    """
    starts = jax.vmap(on_circle)(
        jax.random.uniform(key, (6,), maxval=6.3), jnp.repeat(jnp.array([0.1, 1.0]), 3)
    )
    told = mm.sweep(
        mm.games.dirac_gan(NonSaturating()),
        walk(jnp.tile(STEPS, 2)),
        starts,
        100_000,
        over=("rule", "start"),
        observe={"radius": mm.distance_to(ZERO)},
        every=20,
    )
    return {"radii": np.asarray(told.observed["radius"])[:, -500:].mean(axis=1)}


def rings_in_turn(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """Alternating steps, which follow r^2 = 8 / (k h) inwards."""
    return rings(key, mm.Alternating)


def root_of_twice_the_step(
    measured: dict[str, np.ndarray], *, factor: float = 2.0
) -> tuple[bool, dict[str, float]]:
    """Mean radii within 0.2 % of sqrt(2 h)."""
    misses = np.abs(measured["radii"] / np.sqrt(factor * np.tile(STEPS, 2)) - 1)
    return bool(np.all(misses < 2e-3)), {"largest relative miss of sqrt(2 h)": float(misses.max())}


def as_the_flow(
    measured: dict[str, np.ndarray], *, limit: float = 8.0
) -> tuple[bool, dict[str, float]]:
    """Mean radii of updates k from 90,000 to 100,000 within 1 % of those of r^2 = 8 / (k h + 8 /
    r_0^2).
    """
    updates = np.arange(90_000, 100_000, 20)[:, None]
    starts, steps = np.repeat([0.1, 1.0], len(STEPS)), np.tile(STEPS, 2)
    wanted = np.sqrt(limit / (updates * steps + limit / starts**2)).mean(axis=0)
    misses = np.abs(measured["radii"] / wanted - 1)
    return bool(np.all(misses < 1e-2)), {"largest relative miss": float(misses.max())}


DIR_4 = Theorem(
    id="DIR-4",
    name="NSGAN approaches as slowly as 8/t, and cycles under simultaneous steps",
    statement=r"""On the Dirac-GAN with the non-saturating objective the flow satisfies
$\frac{d}{dt} \frac{1}{2} r^2 = -s\, \tanh(s/2)$ with $s = \theta \psi$ and $r^2 = \theta^2 +
\psi^2$, so that it converges, but only algebraically: $r^2 t \to 8$. Simultaneous steps $h$ settle,
for small $h$, on a cycle of mean radius $\sqrt{2h}$ (to leading order in $h$); alternating steps
follow the flow, $r_k^2 \approx 8 / (k h + 8 / r_0^2)$. Linearisation, $\lambda = \pm i/2$, cannot
tell.""",
    source=Source(PAPER + "section 3 on NSGAN; rate and radius are ours", "derived"),
    checks=(
        Proof(
            derive=derive_decay,
            outside=(Outside("the saturating objective", change={"formula": dirac_gan}),),
        ),
        Scenario(
            part="flow",
            simulate=decays,
            reading=eight,
            outside=(Outside("the saturating objective", family=saturated_decays),),
        ),
        Scenario(
            part="cycle",
            simulate=rings,
            reading=root_of_twice_the_step,
            outside=(Outside("alternating steps", family=rings_in_turn),),
        ),
        Scenario(
            part="in turn",
            simulate=rings_in_turn,
            reading=as_the_flow,
            outside=(Outside("simultaneous steps", family=rings),),
        ),
    ),
)
