r"""The Wasserstein Dirac-GAN with a bounded discriminator: the cycle of its gradient penalty, the
orbit of its clipping.

With f(t) = t the field is linear on either side of psi = 0, so everything has a formula.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import PRNGKeyArray
from scipy.optimize import brentq

import minimax_lab as mm
from minimax_lab.games.formulas import dirac_wgan_gp
from minimax_lab.objectives import Wasserstein

from ..draws.points import on_circle
from ..theorem import Outside, Proof, Scenario, Source, Theorem
from . import PAPER
from .equilibrium import ZERO

# DIR-5: the cycle of WGAN-GP.


def derive_cycle(*, two: Any = sympy.Integer(2)) -> list[tuple[str, Any]]:
    """The flow for psi > 0 by its explicit solution, half a turn of it, and the map from one
    crossing of psi = 0 to the next.
    """
    k, g, a, t = sympy.symbols("k g a t", positive=True)  # gamma = 2 k
    omega, root = sympy.symbols("omega", positive=True), sympy.sqrt(1 - k**2)
    losses, ((theta,), (psi,)) = dirac_wgan_gp(two * k, g)
    game = mm.SymbolicGame(tuple(loss.subs(abs(psi), psi) for loss in losses), ((theta,), (psi,)))
    reach, fall = a + 2 * k * g, sympy.exp(-k * t)
    at = {
        theta: -2 * k * g
        + reach * fall * (sympy.cos(omega * t) + k / omega * sympy.sin(omega * t)),
        psi: reach * fall * sympy.sin(omega * t) / omega,
    }
    field = [block[0].subs(at, simultaneous=True) for block in game.field()]
    q = sympy.exp(-sympy.pi * k / omega)
    end = {symbol: value.subs(t, sympy.pi / omega) for symbol, value in at.items()}
    across = 2 * k * g + reach * q  # by symmetry the crossing mirrored is the next start
    cycle = 2 * k * g * (1 + q) / (1 - q)
    return [
        ("a start at (a, 0)", (at[theta].subs(t, 0) - a) ** 2 + at[psi].subs(t, 0) ** 2),
        ("theta follows the flow", (sympy.diff(at[theta], t) + field[0]).subs(omega, root)),
        ("psi follows the flow", (sympy.diff(at[psi], t) + field[1]).subs(omega, root)),
        ("half a turn later psi = 0 again", end[psi]),
        ("and theta = -(gamma g + (a + gamma g) q)", end[theta] + across),
        ("which is -a at a = gamma g (1 + q) / (1 - q)", (across - a).subs(a, cycle)),
        ("and nowhere else: half a turn multiplies differences by q", sympy.diff(across, a) - q),
        ("which is below one, as log q < 0", sympy.log(q).is_negative),
    ]


PENALTIES = np.array([0.3, 0.7, 1.5])
STEP = 1e-3


def amplitude(
    penalty: np.ndarray, target: float, two: float = 2.0, four: float = 4.0
) -> np.ndarray:
    """a*."""
    q = np.exp(-np.pi * penalty / (two * np.sqrt(1 - penalty**2 / four)))
    return penalty * target * (1 + q) / (1 - q)


def crossings(key: PRNGKeyArray, target: float = 1.0) -> dict[str, np.ndarray]:
    """|theta| at the last crossing of psi = 0 within time 100, from a random start, by simultaneous
    steps of 1/1000.
    """
    start = on_circle(jax.random.uniform(key, maxval=6.3), 2.0)
    games = mm.stack(
        [mm.games.dirac_gan(Wasserstein(), penalty=penalty, target=target) for penalty in PENALTIES]
    )
    told = mm.sweep(
        games, mm.Simultaneous(STEP), start, 100_000, over="game", observe={"position": mm.position}
    )
    found = []
    for theta, psi in zip(*map(np.asarray, told.observed["position"]), strict=True):
        last = np.flatnonzero(psi[1:] * psi[:-1] < 0)[-1]
        share = psi[last] / (psi[last] - psi[last + 1])
        found.append(abs(theta[last] + share * (theta[last + 1] - theta[last])))
    return {"crossings": np.array(found)}


def centred_crossings(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """A target of zero (nearly: the program is the same), which converges."""
    return crossings(key, 1e-12)


def near_amplitude(
    measured: dict[str, np.ndarray],
    *,
    two: float = 2.0,
    four: float = 4.0,
    factor: float = 1.0,
    nearness: float = 1.0,
) -> tuple[bool, dict[str, float]]:
    """Within h a* / gamma of a*."""
    wanted = factor * amplitude(PENALTIES, 1.0, two, four)
    misses = np.abs(measured["crossings"] / wanted - 1) / STEP
    numbers = {
        f"relative miss / step at penalty {p}": float(miss)
        for p, miss in zip(PENALTIES, misses, strict=True)
    }
    return bool(np.all(misses < nearness / PENALTIES)), numbers


DIR_5 = Theorem(
    id="DIR-5",
    name="WGAN-GP cycles",
    statement=r"""On the Dirac-GAN with $f(t) = t$ and the penalty $\frac{\gamma}{2} (|\psi| -
g)^2$, $g > 0$ and $0 < \gamma < 2$, the flow does not converge: it has one cycle, which attracts
every other orbit and crosses $\psi = 0$ at
$$|\theta| = \gamma g\, \frac{1 + q}{1 - q}, \quad q = \exp\left(-\frac{\pi \gamma}{2 \sqrt{1 -
\gamma^2 / 4}}\right).$$ Simultaneous steps of 1/1000 come within $h\, |\theta| / \gamma$ of it.
With $g = 0$ there is no cycle and everything converges.""",
    source=Source(PAPER + "Lemma on WGAN-GP; the amplitude is ours", "derived"),
    checks=(
        Proof(
            derive=derive_cycle,
            outside=(Outside("twice the penalty", change={"two": sympy.Integer(4)}),),
        ),
        Scenario(
            part="steps",
            simulate=crossings,
            reading=near_amplitude,
            outside=(Outside("the penalty centred at zero", family=centred_crossings),),
        ),
    ),
)


# DIR-6: the orbit of clipping.

STEPS = np.array([0.2, 0.1, 0.05, 0.02])
STARTS = np.array([0.5, 2.0])
CLIP = 1.0


def derive_ring(*, weight: Any = sympy.Integer(1)) -> list[tuple[str, Any]]:
    """What alternating steps conserve between clips."""
    theta, psi = sympy.symbols("theta psi", real=True)
    h = sympy.Symbol("h", positive=True)
    game = mm.SymbolicGame((theta * psi, -theta * psi), ((theta,), (psi,)))
    after, _ = game.update(mm.Alternating(h))
    form = theta**2 + psi**2 - weight * h * theta * psi
    now = {theta: after[0][0], psi: after[1][0]}
    phi = sympy.Symbol("phi", real=True)
    polar = sympy.simplify(form.subs({theta: sympy.cos(phi), psi: sympy.sin(phi)}))
    return [
        (
            "theta^2 + psi^2 - h theta psi is conserved by alternating steps",
            sympy.expand(form.subs(now, simultaneous=True) - form),
        ),
        ("which is r^2 (1 - h/2 sin 2 phi)", polar - 1 + h * sympy.sin(2 * phi) / 2),
        (
            "simultaneous steps turn by atan h and stretch by sqrt(1 + h^2)",
            game.update_matrix(mm.Simultaneous(h))
            - sympy.sqrt(1 + h**2) * sympy.rot_ccw_axis3(sympy.atan(h))[:2, :2],
        ),
    ]


def orbits(key: PRNGKeyArray, clip: float | None = CLIP) -> dict[str, np.ndarray]:
    """The least and greatest radius of the last 5000 of 20,000 steps, by walk (at once, in turn),
    start (0.5, 2) and step.
    """
    lanes = np.repeat(STARTS, len(STEPS)), np.tile(STEPS, len(STARTS))
    angles = jax.random.uniform(key, (len(lanes[0]),), maxval=6.3)
    starts = jax.vmap(on_circle)(angles, jnp.asarray(lanes[0]))
    game, seen = mm.games.dirac_gan(Wasserstein(), clip=clip), []
    for walk in (mm.Simultaneous, mm.Alternating):
        rule = walk(jnp.asarray(lanes[1]))
        told = mm.sweep(
            game,
            rule,
            starts,
            20_000,
            over=("rule", "start"),
            observe={"radius": mm.distance_to(ZERO)},
        )
        late = np.asarray(told.observed["radius"])[:, -5000:].reshape(len(STARTS), len(STEPS), -1)
        seen.append(np.stack([late.min(axis=-1), late.max(axis=-1)]))
    return {
        "at once": seen[0],
        "in turn": seen[1],
        "angles": np.asarray(angles).reshape(len(STARTS), len(STEPS)),
    }


def unclipped_orbits(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """Clipping so far out that it is never met."""
    return orbits(key, 1e6)


def farthest(steps: np.ndarray, two: float = 2.0) -> np.ndarray:
    """sqrt(1 + h^2) exp(g phi) with g = log(1 + h^2) / (2 atan h) and exp(g phi) cos phi = -1: how
    far a spiral that leaves the clip gets until it meets the other one, and half a step more.
    """
    growths = np.log1p(steps**2) / (two * np.arctan(steps))
    angles = [
        brentq(lambda phi, g=g: np.exp(g * phi) * np.cos(phi) + 1, np.pi / 2, np.pi)
        for g in growths
    ]
    return np.sqrt(1 + steps**2) * np.exp(growths * np.array(angles))


def rings(angles: np.ndarray, half: float, settles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest radius in turn: of what starts inside the clip by its phase, of
    what leaves the clip by that of its corner.
    """
    inside = settles**2 * (1 - half * STEPS * np.sin(2 * angles))
    least, most = inside / (1 + half * STEPS), inside / (1 - half * STEPS)
    clipped = (STARTS >= CLIP)[:, None]
    least = np.where(clipped, settles**2 * (1 - half * STEPS), least)
    most = np.where(clipped, settles**2 / (1 - half * STEPS), most)
    return np.sqrt(least), np.sqrt(most)


def on_the_circle(
    measured: dict[str, np.ndarray],
    *,
    half: float = 0.5,
    two: float = 2.0,
    settles: tuple[float, ...] = tuple(np.minimum(STARTS, CLIP)),
) -> tuple[bool, dict[str, float]]:
    """At once: from the clip to `farthest`. In turn: within the ring of the lesser of start and
    clip.
    """
    least, most = measured["at once"]
    at_once = np.all(least >= CLIP * (1 - 1e-12)) and np.all(most <= CLIP * farthest(STEPS, two))
    inner, outer = rings(measured["angles"], half, np.array(settles)[:, None])
    low, high = measured["in turn"]
    in_turn = np.all(low >= inner * (1 - 1e-9)) and np.all(high <= outer * (1 + 1e-9))
    numbers = {
        f"greatest radius at step {h}, at once": float(m)
        for h, m in zip(STEPS, most.max(axis=0), strict=True)
    }
    misses = np.max(np.abs(np.stack([low / inner, high / outer]) - 1))
    return bool(at_once and in_turn), numbers | {"farthest from a ring's edge": float(misses)}


DIR_6 = Theorem(
    id="DIR-6",
    name="Clipped WGAN goes round on the circle of the clip",
    statement=r"""On the Dirac-GAN with $f(t) = t$ and $|\psi| \leq c$ the clipped flow settles on
the circle of radius $\min(r_0, c)$, and does not converge. Alternating steps $h$ conserve
$\theta^2 + \psi^2 - h \theta \psi$ between clips: what starts inside, at the angle $\varphi$, keeps
to $$\frac{1 - \frac h2 \sin 2\varphi}{1 + \frac h2} \leq \frac{r^2}{r_0^2} \leq \frac{1 - \frac h2
\sin 2\varphi}{1 - \frac h2},$$ and what has been clipped to $c^2 (1 - \frac h2) \leq r^2 \leq c^2 /
(1 - \frac h2)$. Simultaneous steps grow from every start until they are clipped, and then keep to
$$c \leq r \leq c\, \sqrt{1 + h^2}\; e^{g \phi}, \quad g = \frac{\log(1 + h^2)}{2 \arctan h}, \quad
e^{g \phi} \cos\phi = -1, \quad \frac\pi2 < \phi < \pi.$$""",
    source=Source(PAPER + "Lemma on WGAN; radii and the last bound are ours", "derived"),
    checks=(
        Proof(
            derive=derive_ring,
            outside=(Outside("r itself is conserved", change={"weight": 0}),),
        ),
        Scenario(
            part="late radii",
            simulate=orbits,
            reading=on_the_circle,
            outside=(
                Outside("no clip within reach", family=unclipped_orbits),
                Outside(
                    "a start inside the circle, claimed to reach it",
                    change={"settles": (CLIP, CLIP)},
                ),
            ),
        ),
    ),
)
