r"""Gap-aware steps of finite size on the Dirac-GAN: the orbit that is left, and what the schedule
does in the wrong hands.
"""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import PRNGKeyArray

import minimax_lab as mm

from ..theorem import Outside, Scenario, Theorem
from . import OURS
from .dirac import AWARE, GAMES, PLAIN, SWAPPED, K, Misplaced, energy

# GAP-9 (T2): the orbit that is left.

# step, decay, how many times as fast the discriminator is
ORBITS = ((0.05, 0.0, 1.0), (0.1, 0.0, 1.0), (0.05, 0.95, 1.0), (0.1, 0.95, 1.0), (0.05, 0.0, 4.0))


def orbits(key: PRNGKeyArray, direction: mm.GapAware = AWARE) -> np.ndarray:
    """V averaged over the last hundred units of a long time, for every row of the table."""
    rules = [
        mm.Simultaneous((h, c * h), eqx.tree_at(lambda d: d.decay, direction, decay))
        for h, decay, c in ORBITS
    ]
    times, every = 1000, 10
    run = mm.sweep(
        GAMES[0],
        mm.stack(rules),
        (0.3, 0.0),
        round(times / 0.05),
        observe={"x": mm.position},
        every=every,
    )
    V = energy(run.observed["x"], np.array([c for *_, c in ORBITS])[:, None])
    return V[:, -len(V[0]) // 4 :].mean(axis=1)


def unscheduled_orbits(key: PRNGKeyArray) -> np.ndarray:
    """Without the schedule."""
    return orbits(key, PLAIN)


def predicted_orbits(lag: float = 1.0) -> np.ndarray:
    """8 h (1 + tau^2 c) / K with tau = h beta / (1 - beta)."""
    rows = np.array(ORBITS)
    step, decay, faster = rows.T
    tau = lag * step * decay / (1 - decay)
    return 8 * step * (1 + tau**2 * faster) / K


def as_predicted(measured: np.ndarray) -> tuple[bool, dict[str, float]]:
    """Within 5 %."""
    ratios = measured / predicted_orbits()
    names = [f"step {h}, decay {decay}, rates 1 to {c:g}" for h, decay, c in ORBITS]
    return bool(np.all(np.abs(ratios - 1) < 0.05)), dict(
        zip(names, map(float, ratios), strict=True)
    )


def without_lag(measured: np.ndarray) -> tuple[bool, dict[str, float]]:
    """The lag of the average left out."""
    ratios = measured / predicted_orbits(0.0)
    return bool(np.all(np.abs(ratios - 1) < 0.05)), {"largest ratio": float(ratios.max())}


GAP_9 = Theorem(
    id="GAP-9",
    name="With a finite step an orbit is left",
    statement=r"""Simultaneous steps $\eta$ of the zero-sum Dirac-GAN let $V$ grow by the factor
$1 + \eta^2/4$ an update near the equilibrium; gap-aware ones settle on an orbit with
$$V^* = \frac{8 \eta\, (1 + \tau^2 c)}{K}, \quad \tau = \frac{\eta \beta}{1 - \beta},$$
where $\beta$ is the decay of the average and $c$ the ratio of the rates ($V = \theta^2 +
\psi^2/c$), as long as $\tau \sqrt{c} \leq 2$ and $V^*$ is small.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=orbits,
            reading=as_predicted,
            outside=(
                Outside("no schedule", family=unscheduled_orbits),
                Outside("the lag of the average left out", claim=without_lag),
            ),
        ),
    ),
)


# GAP-10 (T3) to GAP-12 (T5): the wrong way round, too slow, the wrong player.


def ends(key: PRNGKeyArray, step: float = 0.1, slow: float = 0.999) -> dict[str, float]:
    """V at time 60 from 0.09: plain, scheduled, swapped, misplaced, and with a slow average."""
    directions = {
        "plain": PLAIN,
        "scheduled": AWARE,
        "swapped": SWAPPED,
        "average": mm.GapAware(decay=0.95),
        "slow": eqx.tree_at(lambda d: d.decay, AWARE, slow),
    }
    rules = mm.stack([mm.Simultaneous(step, d) for d in directions.values()])
    run = mm.sweep(GAMES[0], rules, (0.3, 0.0), round(60 / step))
    told = dict(zip(directions, map(float, energy(run.final)), strict=True))
    last = mm.run(
        GAMES[0], mm.Simultaneous(step, Misplaced()), (0.3, 0.0), round(60 / step), every=50
    ).final
    return told | {"misplaced": float(energy(last))}


def larger_step(key: PRNGKeyArray) -> dict[str, float]:
    """The same with steps of 0.2."""
    return ends(key, 0.2)


def without_swap(key: PRNGKeyArray) -> dict[str, float]:
    """The published branches in the place of the swapped ones, and s on the discriminator."""
    told = ends(key)
    return told | {"swapped": told["scheduled"], "misplaced": told["scheduled"]}


def quick_average(key: PRNGKeyArray) -> dict[str, float]:
    """A decay of 0.95 in the place of the slow one."""
    return ends(key, 0.2, 0.95)


def faster_than_plain(measured: dict[str, float]) -> tuple[bool, dict[str, float]]:
    """Swapped grows more than ten times as far as plain, which grows beyond the scheduled."""
    return outgrown(measured, "swapped")


def misplaced_grows(measured: dict[str, float]) -> tuple[bool, dict[str, float]]:
    """On the generator s drives V beyond ten times that without a schedule."""
    return outgrown(measured, "misplaced")


def outgrown(measured: dict[str, float], wrong: str) -> tuple[bool, dict[str, float]]:
    """Scheduled < plain < a tenth of the wrong one."""
    names = ("scheduled", "plain", wrong)
    here = [measured[name] for name in names]
    return bool(here[0] < here[1] and 10 * here[1] < here[2]), dict(zip(names, here, strict=True))


def nothing_gained(measured: dict[str, float]) -> tuple[bool, dict[str, float]]:
    """Within a tenth of what it is without a schedule."""
    ratio = measured["slow"] / measured["plain"]
    return bool(abs(ratio - 1) < 0.1), {"slow over plain": ratio}


GAP_10 = Theorem(
    id="GAP-10",
    name="Swapped branches drive the rotation",
    statement=r"""With $1/s$ in the place of $s$ (longer steps for a discriminator that is ahead)
the sign of $V'$ in GAP-7 turns: from $V = 0.09$ with $\eta = 0.1$, at time 60 the energy is more
than ten times that of plain steps, which itself is above the scheduled one.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=ends,
            reading=faster_than_plain,
            outside=(Outside("the published branches", family=without_swap),),
        ),
    ),
)

GAP_11 = Theorem(
    id="GAP-11",
    name="Too slow an average damps nothing",
    statement=r"""The damping of GAP-8 falls by the factor $1/(1 + \tau^2)$, $\tau = \eta \beta/(1 -
\beta)$, the part of the averaged loss that is still in phase. With $\eta = 0.2$, $\beta = 0.999$ it
is $2.5 \cdot 10^{-5}$: at time 60 the energy is that of plain steps to a tenth.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=larger_step,
            reading=nothing_gained,
            outside=(Outside("a decay of 0.95", family=quick_average),),
        ),
    ),
)

GAP_12 = Theorem(
    id="GAP-12",
    name="The schedule belongs to the adversary",
    statement=r"""With the discriminator's $s$ on the generator's rate the energy of the zero-sum
Dirac-GAN grows (GAP-7): from $V = 0.09$ with $\eta = 0.1$, at time 60 it is more than ten times
that of plain steps.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=ends,
            reading=misplaced_grows,
            outside=(Outside("s on the discriminator", family=without_swap),),
        ),
    ),
)
