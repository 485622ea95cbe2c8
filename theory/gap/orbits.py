r"""Gap-aware steps of finite size on the Dirac-GAN: the orbit that is left, the damping that a slow
average leaves, and what the schedule does in the wrong hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import normals, within
from ..draws.points import on_circle, updated
from ..theorem import Identity, Outside, Scenario, Theorem
from . import OURS
from .dirac import AWARE, GAMES, PLAIN, SWAPPED, Circle, K, Misplaced, averages, circle, energy

Row = tuple[float, float, float]  # step, decay, how many times as fast the discriminator is


def watch(
    rows: Sequence[Row],
    walk: type[mm.UpdateRule],
    radius: float,
    steps: int,
    direction: mm.GapAware,
) -> np.ndarray:
    """V every tenth update, row by row."""
    rules = [
        walk((h, c * h), eqx.tree_at(lambda d: d.decay, direction, decay)) for h, decay, c in rows
    ]
    run = mm.sweep(
        GAMES[0],
        mm.stack(rules),
        (radius, 0.0),
        steps,
        observe={"x": mm.position},
        every=10,
    )
    return energy(run.observed["x"], np.array(rows)[:, 2:])


def lag_of(rows: Sequence[Row]) -> np.ndarray:
    """tau = h beta / (1 - beta)."""
    step, decay, _ = np.array(rows).T
    return step * decay / (1 - decay)


def told(rows: Sequence[Row], ratios: np.ndarray) -> dict[str, float]:
    """A number for every row."""
    names = [f"step {h}, decay {decay}, rates 1 to {c:g}" for h, decay, c in rows]
    return dict(zip(names, map(float, ratios), strict=True))


# GAP-9 (T2): the orbit that is left.


class Turned(NamedTuple):
    """A place on a small ellipse, a step, and how many times as fast the discriminator is."""

    angle: Array
    step: Array
    faster: Array


def turned(key: PRNGKeyArray) -> Turned:
    """Any angle, steps in (0.01, 1), rates up to ten times apart."""
    angle, step, faster = normals(key, (), (), ())
    return Turned(3 * angle, within(step, 0.01, 1.0), within(faster, 0.1, 10.0))


def growth(
    instance: Turned, *, quarter: float = 0.25, walk: type[mm.UpdateRule] = mm.Simultaneous
) -> tuple[Array, Array]:
    """(V after an update / V before - 1) / (c h^2) of plain steps, beside 1/4."""
    angle, h, c = instance
    x = on_circle(angle, 1e-5) * (1.0, jnp.sqrt(c))
    after = updated(walk((h, c * h), PLAIN), GAMES[0], x)
    return (energy(after, c) / energy(x, c) - 1) / (c * h**2), jnp.asarray(quarter)


ORBITS: tuple[Row, ...] = (
    (0.05, 0.0, 1.0),
    (0.1, 0.0, 1.0),
    (0.05, 0.95, 1.0),
    (0.1, 0.95, 1.0),
    (0.05, 0.0, 4.0),
    (0.025, 0.95, 4.0),
    (0.05, 0.95, 4.0),
    (0.05, 0.9, 9.0),
)


def orbits(
    key: PRNGKeyArray, direction: mm.GapAware = AWARE, rows: Sequence[Row] = ORBITS
) -> np.ndarray:
    """V averaged over the last quarter of a long time, for every row of the table."""
    V = watch(rows, mm.Simultaneous, 0.3, 20_000, direction)
    return V[:, -len(V[0]) // 4 :].mean(axis=1)


def unscheduled_orbits(key: PRNGKeyArray) -> np.ndarray:
    """Without the schedule."""
    return orbits(key, PLAIN)


def beyond(key: PRNGKeyArray) -> np.ndarray:
    """With every step four times as long, so that tau sqrt(c) reaches 7.6."""
    return orbits(key, rows=[(4 * h, decay, c) for h, decay, c in ORBITS]) / 4


def predicted_orbits(
    factor: float = 8.0, lag: float = 1.0, square: float = 2.0, power: float = 1.0
) -> np.ndarray:
    """8 h (1 + tau^2 c) / K, for every row."""
    step, _, faster = np.array(ORBITS).T
    return factor * step * (1 + (lag * lag_of(ORBITS)) ** square * faster**power) / K


def as_predicted(
    measured: np.ndarray,
    *,
    factor: float = 8.0,
    lag: float = 1.0,
    square: float = 2.0,
    power: float = 1.0,
) -> tuple[bool, dict[str, float]]:
    """Within 4 %."""
    ratios = measured / predicted_orbits(factor, lag, square, power)
    return bool(np.all(np.abs(ratios - 1) < 0.04)), told(ORBITS, ratios)


GAP_9 = Theorem(
    id="GAP-9",
    name="With a finite step an orbit is left",
    statement=r"""Simultaneous steps $\eta$, and $c \eta$ for the discriminator, of the zero-sum
Dirac-GAN let $V = \theta^2 + \psi^2/c$ grow by the factor $1 + c\, \eta^2/4$ an update near the
equilibrium; gap-aware ones settle on an orbit with
$$V^* = \frac{8 \eta\, (1 + \tau^2 c)}{K}, \quad \tau = \frac{\eta \beta}{1 - \beta},$$
to 4 %, where $\beta$ is the decay of the average, as long as $\tau \sqrt{c} \leq 2$ and $V^*$ is
small (up to 0.17 here; $c$ up to 9).""",
    source=OURS,
    checks=(
        Identity(
            part="one update",
            draw=turned,
            sides=growth,
            tolerance=1e-6,
            outside=(Outside("in turn", change={"walk": mm.Alternating}, least=0.9),),
        ),
        Scenario(
            part="orbits",
            simulate=orbits,
            reading=as_predicted,
            outside=(
                Outside("no schedule", family=unscheduled_orbits),
                Outside("tau sqrt(c) up to 7.6", family=beyond),
                Outside("the lag of the average left out", change={"lag": 0.0}),
                Outside("c without its power of one", change={"power": 0.5}),
            ),
        ),
    ),
)


# GAP-10 (T3) and GAP-12 (T5): the wrong way round, the wrong player.


def ends(key: PRNGKeyArray) -> dict[str, float]:
    """V at time 60 from 0.09 with steps of 0.1: plain, scheduled, swapped and misplaced."""
    names = ("plain", "scheduled", "swapped")
    rules = mm.stack([mm.Simultaneous(0.1, d) for d in (PLAIN, AWARE, SWAPPED)])
    run = mm.sweep(GAMES[0], rules, (0.3, 0.0), 600)
    last = mm.run(GAMES[0], mm.Simultaneous(0.1, Misplaced()), (0.3, 0.0), 600, every=50).final
    return dict(zip(names, map(float, energy(run.final)), strict=True)) | {
        "misplaced": float(energy(last))
    }


def set_right(key: PRNGKeyArray) -> dict[str, float]:
    """The published branches in the place of the swapped ones, and s on the discriminator."""
    found = ends(key)
    return found | {"swapped": found["scheduled"], "misplaced": found["scheduled"]}


def driven(
    found: dict[str, float], *, swapped: float = 69.8, scheduled: float = 0.1046
) -> tuple[bool, dict[str, float]]:
    """Over the energy of plain steps, to 1 %."""
    return _over_plain(found, {"swapped": swapped, "scheduled": scheduled})


def misplaced_grows(
    found: dict[str, float], *, misplaced: float = 56.8
) -> tuple[bool, dict[str, float]]:
    """Over the energy of plain steps, to 1 %."""
    return _over_plain(found, {"misplaced": misplaced})


def _over_plain(found: dict[str, float], wanted: dict[str, float]) -> tuple[bool, dict[str, float]]:
    ratios = {name: found[name] / found["plain"] for name in wanted}
    return all(abs(ratios[name] / wanted[name] - 1) < 0.01 for name in wanted), ratios


def swapped_averages(
    instance: Circle, *, damping: float = 1 / 32, own: float = 1 / 8, swap: bool = True
) -> tuple[Array, Array]:
    """-V'/V^2 over a turn, beside -K/32 and -K/32 + 1/8."""
    return averages(instance, damping=-damping, own=own, swap=swap)


def misplaced_averages(
    instance: Circle, *, damping: float = 1 / 32, own: float = 1 / 8, misplace: bool = True
) -> tuple[Array, Array]:
    """The same with s on the generator."""
    return averages(instance, damping=-damping, own=own, misplace=misplace)


GAP_10 = Theorem(
    id="GAP-10",
    name="Swapped branches drive the rotation",
    statement=r"""With $1/s$ in the place of $s$ (longer steps for a discriminator that is ahead)
the damping of GAP-8 turns its sign: averaged over a turn near the equilibrium,
$V' = \tfrac{K}{32} V^2$ for the zero-sum game and $(\tfrac{K}{32} - \tfrac18) V^2$ for the
non-saturating one. From $V = 0.09$ with $\eta = 0.1$, at time 60 the zero-sum energy is 69.8 times
that of plain steps, where the published branches leave 0.105 of it.""",
    source=OURS,
    checks=(
        Identity(
            part="by quadrature",
            draw=circle,
            sides=swapped_averages,
            tolerance=1e-5,
            most=200,
            outside=(Outside("the published branches", change={"swap": False}, least=0.99),),
        ),
        Scenario(
            part="at a finite step",
            simulate=ends,
            reading=driven,
            outside=(Outside("the published branches", family=set_right),),
        ),
    ),
)

GAP_12 = Theorem(
    id="GAP-12",
    name="The schedule belongs to the adversary",
    statement=r"""With the discriminator's $s$ on the generator's rate the energy of the zero-sum
Dirac-GAN grows (GAP-7): averaged over a turn near the equilibrium, $V' = \tfrac{K}{32} V^2$, and
$(\tfrac{K}{32} - \tfrac18) V^2$ for the non-saturating one. From $V = 0.09$ with $\eta = 0.1$, at
time 60 the zero-sum energy is 56.8 times that of plain steps.""",
    source=OURS,
    checks=(
        Identity(
            part="by quadrature",
            draw=circle,
            sides=misplaced_averages,
            tolerance=1e-5,
            most=200,
            outside=(Outside("s on the discriminator", change={"misplace": False}, least=0.99),),
        ),
        Scenario(
            part="at a finite step",
            simulate=ends,
            reading=misplaced_grows,
            outside=(Outside("s on the discriminator", family=set_right),),
        ),
    ),
)

# GAP-11 (T4): too slow.

LAGS: tuple[Row, ...] = tuple(
    (0.02, decay, c) for c in (0.25, 1.0, 4.0) for decay in (0.0, 0.95, 0.98, 0.99, 0.995)
)


def dampings(key: PRNGKeyArray) -> np.ndarray:
    """The slopes of 1/V over time 31 to 126 from V = 0.01, by alternating steps, which keep the
    zero-sum V.
    """
    V = watch(LAGS, mm.Alternating, 0.1, 6280, AWARE)
    times = 0.2 * np.arange(V.shape[1])
    late = slice(len(times) // 4, None)
    return np.array([np.polyfit(times[late], 1 / each[late], 1)[0] for each in V])


def out_of_phase(
    measured: np.ndarray,
    *,
    damping: float = 1 / 32,
    lag: float = 1.0,
    square: float = 2.0,
    power: float = 1.0,
) -> tuple[bool, dict[str, float]]:
    """Within 4 % of c K / 32 / (1 + tau^2 c)."""
    faster = np.array(LAGS)[:, 2]
    law = 1 + (lag * lag_of(LAGS)) ** square * faster**power
    ratios = measured * law / (damping * K * faster)
    return bool(np.all(np.abs(ratios - 1) < 0.04)), told(LAGS, ratios)


def slowed(key: PRNGKeyArray, slow: float = 0.999) -> dict[str, float]:
    """V at time 60 from 0.09 with steps of 0.2, plain and with a slow average."""
    directions = (PLAIN, eqx.tree_at(lambda d: d.decay, AWARE, slow))
    rules = mm.stack([mm.Simultaneous(0.2, d) for d in directions])
    run = mm.sweep(GAMES[0], rules, (0.3, 0.0), 300)
    return dict(zip(("plain", "slow"), map(float, energy(run.final)), strict=True))


def quick_average(key: PRNGKeyArray) -> dict[str, float]:
    """A decay of 0.95 in the place of the slow one."""
    return slowed(key, 0.95)


def nothing_gained(
    found: dict[str, float], *, slow: float = 0.966
) -> tuple[bool, dict[str, float]]:
    """Over the energy of plain steps, to 1 %."""
    return _over_plain(found, {"slow": slow})


GAP_11 = Theorem(
    id="GAP-11",
    name="Too slow an average damps nothing",
    statement=r"""For rates $1 : c$ and an average of decay $\beta$, $1/V$ grows by
$c K / (32\, (1 + \tau^2 c))$ in a unit of time near the equilibrium of the zero-sum Dirac-GAN,
$\tau = \eta \beta/(1 - \beta)$: of the averaged loss the part $1/(1 + \tau^2 c)$ is still in phase.
It holds to 4 % for $\tau \sqrt c$ from 0 to 8. With $\eta = 0.2$, $\beta = 0.999$ that part is
$2.5 \cdot 10^{-5}$: from $V = 0.09$, at time 60 the energy is 0.966 of that of plain steps.""",
    source=OURS,
    checks=(
        Scenario(
            part="the damping left",
            simulate=dampings,
            reading=out_of_phase,
            outside=(
                Outside("the lag left out", change={"lag": 0.0}),
                Outside("c without its power of one", change={"power": 0.5}),
                Outside("tau without its square", change={"square": 1.0}),
            ),
        ),
        Scenario(
            part="hardly any",
            simulate=slowed,
            reading=nothing_gained,
            outside=(Outside("a decay of 0.95", family=quick_average),),
        ),
    ),
)
