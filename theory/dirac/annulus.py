r"""Alternating steps on the Dirac-GAN far from its equilibrium: to which order in the step they
keep the radius, and for which payoffs they go on keeping it.

Between steps Q = r^2 - h s f'(s), s = theta psi, changes by -h^2 r^2 s f'(s) f''(s) + O(h^3). The
flow turns at the rate f'(s), so the mean of that over the time of a turn is the mean of -h^2 r^2 s
f''(s) over the angle, over the mean of 1 / f': it vanishes where f'' is even.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.objectives import Objective, Saturating

from ..draws.formulas import PAYOFF, PSI, THETA, H, dirac
from ..draws.points import on_circle
from ..theorem import Outside, Proof, Scenario, Source, Theorem
from . import PAPER
from .equilibrium import ZERO
from .far import R2

# DIR-14: alternating steps keep to an annulus.


def derive_drift(
    *, walk: Any = mm.Alternating, weight: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
    """Q after an update, f undefined, by orders of h."""
    t = sympy.Symbol("t", real=True)
    game, s = dirac(), THETA * PSI
    after, _ = game.update(walk(H))
    ends = {THETA: after[0][0], PSI: after[1][0]}
    kept = R2 - H * s * PAYOFF(t).diff(t).subs(t, s)
    change = kept.subs(ends, simultaneous=True) - kept
    slope, curvature = (PAYOFF(t).diff(t, n).subs(t, s) for n in (1, 2))
    field = game.field()

    def at_order(order: int) -> Any:
        return (change.diff(H, order) / sympy.factorial(order)).subs(H, 0).doit()

    odd = sympy.log(1 + sympy.exp(-t)).diff(t, 2)
    return [
        ("Q = r^2 - h s f'(s) is kept up to h", sympy.Matrix([at_order(0), at_order(1)])),
        (
            "at h^2 it changes by -r^2 s f'(s) f''(s)",
            sympy.expand(at_order(2) + weight * R2 * s * slope * curvature),
        ),
        (
            "the flow turns at the rate f'(s)",
            sympy.expand(PSI * field[0][0] - THETA * field[1][0] - R2 * slope),
        ),
        ("the logistic f'' is even", sympy.simplify((odd - odd.subs(t, -t)).rewrite(sympy.exp))),
    ]


class Cubic(Objective):
    """f(t) = t/2 - t^3/60, zero-sum: f'' is odd."""

    def __call__(self, real: Array, fake: Array) -> tuple[Array, Array]:
        gain = jnp.mean(self.gain(real)) + jnp.mean(self.gain(-fake))
        return gain, -gain

    def gain(self, t: Array) -> Array:
        """f."""
        return t / 2 - t**3 / 60

    @property
    def ideal(self) -> tuple[float | None, float | None]:
        return None, None


RADII, STEPS, ANGLES = np.array([0.5, 1.4, 3.0]), np.array([0.2, 0.05]), 24


def annuli(
    key: PRNGKeyArray, objective: Objective | None = None, walk: Any = mm.Alternating
) -> dict[str, np.ndarray]:
    """The least and the greatest radius, relative to the first, in 20,000 steps of 0.2 and 0.05
    from three circles.
    """
    radii, steps, angles = (
        grid.ravel() for grid in np.meshgrid(RADII, STEPS, 2 * np.pi * np.arange(ANGLES) / ANGLES)
    )
    starts = jax.vmap(on_circle)(angles + jax.random.uniform(key), jnp.asarray(radii))
    told = mm.sweep(
        mm.games.dirac_gan(Saturating() if objective is None else objective),
        walk(jnp.asarray(steps)),
        starts,
        20_000,
        over=("rule", "start"),
        observe={"radius": mm.distance_to(ZERO)},
        every=4,
    )
    relative = np.asarray(told.observed["radius"]) / radii[:, None]
    return {"least": relative.min(axis=1), "most": relative.max(axis=1), "steps": steps}


def skewed(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """The cubic payoff."""
    return annuli(key, Cubic())


def at_once(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """Simultaneous steps."""
    return annuli(key, walk=mm.Simultaneous)


def within_the_annulus(
    measured: dict[str, np.ndarray], *, width: float = 0.45
) -> tuple[bool, dict[str, float]]:
    """|r / r_0 - 1| stays below 0.45 h."""
    off = np.maximum(1 - measured["least"], measured["most"] - 1) / measured["steps"]
    return bool(np.all(off < width)), {"largest relative change / step": float(np.max(off))}


DIR_14 = Theorem(
    id="DIR-14",
    name="Alternating steps keep to an annulus where f'' is even",
    statement=r"""Let $s = \theta \psi$, $r^2 = \theta^2 + \psi^2$. One alternating step $h$ of
gradient descent on the Dirac-GAN, generator first, changes $Q = r^2 - h\, s f'(s)$ by $-h^2 r^2\,
s f'(s) f''(s) + O(h^3)$ for every smooth payoff $f$. In the time of a turn of the flow, whose angle
moves at the rate $f'(s)$, the mean of this vanishes where $f''$ is even, as for $f(t) = -\log(1 +
e^{-t})$: neither inwards nor outwards to that order. There 20,000 steps of 0.2 and 0.05 from $r_0 =
0.5, 1.4, 3$ kept to $|r / r_0 - 1| < 0.45\, h$.""",
    source=Source(PAPER + "Lemma 2.4, far from the equilibrium; the drift is ours", "derived"),
    checks=(
        Proof(
            derive=derive_drift,
            outside=(Outside("simultaneous steps", change={"walk": mm.Simultaneous}),),
        ),
        Scenario(
            part="the annulus",
            simulate=annuli,
            reading=within_the_annulus,
            outside=(
                Outside("f'' is odd: f(t) = t/2 - t^3/60", skewed),
                Outside("simultaneous steps", at_once),
            ),
        ),
    ),
)
