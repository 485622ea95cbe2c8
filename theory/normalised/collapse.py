r"""Who recovers both modes, and how those fail who do not: sixteen runs a reading, d = 64, 40
neurons, 16 columns.

The two theorems of the paper are asymptotic; each is read twice, strictly as recalled and as
measured at this size. A run has *recovered* with 15 % of the columns on each mode.
`figures/experiments/modes.py` has the full tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import PRNGKeyArray

import minimax_lab as mm

from ..theorem import Outside, Scenario, Source, Theorem
from . import PAPER
from .runs import RUNS, Told, play

RATES = (0.1, 0.3, 1.0)
OURS = Source(PAPER + "; the reading at finite size is ours", "memory; derived")
Reading = tuple[bool, Mapping[str, float]]


def plain(
    key: PRNGKeyArray, correlation: float = 0.1, ratios: tuple[float, ...] = (0.1, 0.3)
) -> Told:
    """SGDA with a step of 0.1 for D."""
    return play(key, mm.Gradient(), correlation, 0.1, ratios, 12_000)


def correlated(key: PRNGKeyArray) -> Told:
    """At a correlation of 0.5, above the critical one."""
    return plain(key, 0.5, (0.1,))


def close(key: PRNGKeyArray) -> Told:
    """At a correlation of 0.7."""
    return plain(key, 0.7, (0.1,))


def normalised(
    key: PRNGKeyArray, correlation: float = 0.1, ratios: tuple[float, ...] = RATES, **settings: Any
) -> Told:
    """nSGDA with a step of 0.005 for D and the ratios in turn."""
    return play(key, mm.Normalised(), correlation, 0.005, ratios, 9_000, **settings)


def slow_generator(key: PRNGKeyArray) -> Told:
    """A path too short for the generator."""
    return normalised(key, ratios=(0.03,))


def fast_generator(key: PRNGKeyArray) -> Told:
    """Columns that chase neurons which have learnt nothing yet."""
    return normalised(key, ratios=(3.0,))


# NS-7 and NS-8: what the discriminator has learnt when the generator starts to.


def averaged(told: Told) -> Reading:
    """The strongest neuron lies on the average, median alignment above 0.95, before the first
    column grows.
    """
    before, _ = told.first
    middle = float(np.median(before)) if len(before) else 0.0
    return len(before) >= RUNS // 2 and middle > 0.95, {
        "median alignment": middle,
        "runs grown": len(before),
    }


NS_7 = Theorem(
    id="NS-7",
    name="Plain D aligns with the average before G moves",
    statement=r"""With plain gradients and modes of correlation above $1/3$, the strongest neuron
has $|\langle w, u_1\rangle|$ and $|\langle w, u_2\rangle|$ within 5 % of each other, in the median
over runs, when the first column of the generator grows.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=correlated,
            reading=averaged,
            outside=(Outside("correlation 0.1", family=plain),),
        ),
    ),
)


def first_on_average(told: Told) -> Reading:
    """The first column to grow lies on the average in at least 80 % of the runs."""
    _, average = told.first
    share = float(np.mean(average)) if len(average) else 0.0
    return len(average) >= RUNS // 2 and share >= 0.8, {
        "on the average": share,
        "runs grown": len(average),
    }


NS_8 = Theorem(
    id="NS-8",
    name="The first output of plain G is the average",
    statement=r"""With plain gradients and modes of correlation above $1/3$, the first column that
leaves the noise lies on the average of the modes, in at least 80 % of the runs in which one
does.""",
    source=OURS,
    checks=(
        Scenario(
            simulate=correlated,
            reading=first_on_average,
            outside=(Outside("correlation 0.1", family=plain),),
        ),
    ),
)

# NS-9: collapse.


def never_a_mode(told: Told) -> Reading:
    """In at least 15 of 16 runs less than one column lies on a mode in the end."""
    runs = int(np.sum(told.coverage < 1 / 16))
    return runs >= RUNS - 1, {
        "runs without a mode": runs,
        "largest coverage": float(told.coverage.max()),
    }


def low_coverage(told: Told) -> Reading:
    """No run recovers, and none has more than a quarter of its columns on modes."""
    most = float(told.coverage.max())
    return told.recovered == 0 and most <= 0.25, {
        "recovered": told.recovered,
        "largest coverage": most,
    }


def all_rates(key: PRNGKeyArray) -> Told:
    """Sixteen ratios from 0.01 to 10, ten times as long a run as the generator needs."""
    return play(
        key, mm.Gradient(), 0.1, 0.02, tuple(np.geomspace(0.01, 10.0, RUNS)), 60_000, every=600
    )


NS_9 = Theorem(
    id="NS-9",
    name="Plain gradients collapse",
    statement=r"""As recalled (strict): whatever its rates, SGDA never puts a column on a single
mode; outputs are the average of the modes, or noise. As measured at $d = 64$: that holds for modes
of correlation 0.7 and fails at 0.1, where SGDA does learn single modes, but with one column or two:
at most a quarter of the columns leaves the noise, and no run recovers.""",
    source=Source(PAPER + ", the theorem on SGDA; second reading ours", "memory; derived"),
    checks=(
        Scenario(
            part="as recalled, correlation 0.7", simulate=close, reading=never_a_mode,
            outside=(Outside("correlation 0.1: not so at this size", family=plain),),
        ),
        Scenario(
            part="as measured, correlation 0.1", simulate=plain, reading=low_coverage,
            outside=(Outside("nSGDA in the same harness", family=normalised),),
        ),
        Scenario(
            part="as measured, all rates", simulate=all_rates, reading=low_coverage, slow=True,
            outside=(Outside("nSGDA in the same harness", family=normalised),),
        ),
    ),
)  # fmt: skip

# NS-10: recovery.


def both_modes(told: Told) -> Reading:
    """In at least 13 of 16 runs each mode has a column's worth of the columns."""
    runs = int(np.sum(told.least >= 1 / 16))
    return runs >= 13, {"runs with both modes": runs}


def recovers(told: Told) -> Reading:
    """At least 13 of 16 runs: the exact 95 % interval then reaches 0.9, and lies above a half."""
    return told.recovered >= 13, {
        "recovered": told.recovered,
        "median coverage": float(np.median(told.coverage)),
    }


NS_10 = Theorem(
    id="NS-10",
    name="Normalised gradients recover both modes",
    statement=r"""As recalled (strict): after $\Theta(1/\eta_D)$ steps of nSGDA some columns lie on
each mode. As measured at $d = 64$, correlation 0.1: in more than 90 % of the runs each mode has at
least 15 % of the columns, for $\eta_G / \eta_D$ from 0.1 to 1.""",
    source=Source(PAPER + ", the theorem on nSGDA; second reading ours", "memory; derived"),
    checks=(
        Scenario(
            part="as recalled", simulate=normalised, reading=both_modes,
            outside=(Outside("a ratio of 0.03", family=slow_generator),),
        ),
        Scenario(
            part="as measured", simulate=normalised, reading=recovers,
            outside=(
                Outside("a ratio of 0.03", family=slow_generator),
                Outside("a ratio of 3", family=fast_generator),
            ),
        ),
    ),
)  # fmt: skip

# NS-11: the same pace.


def paced(told: Told) -> Reading:
    """Updates keep one ratio to rounding; gradients start beyond 1000 and have a median below
    10.
    """
    moves, gradients = told.moves[:, 1:], told.gradients
    with np.errstate(divide="ignore", invalid="ignore"):
        kept, raw = moves[..., 1] / moves[..., 0], gradients[..., 1] / gradients[..., 0]
    first, middle = float(np.median(raw[:, 0])), float(np.nanmedian(raw))
    drift = float(np.max(kept.max(1) / kept.min(1) - 1))
    return drift < 1e-6 and first > 1e3 and middle < 10, {
        "drift": drift,
        "first ratio": first,
        "median ratio": middle,
    }


NS_11 = Theorem(
    id="NS-11",
    name="Normalised players keep pace",
    statement=r"""Under nSGDA the ratio of the players' updates is constant, while that of their
gradients starts above $10^3$ and falls to the order of one. (SGDA's gradients do not stay apart
either: no more than this is claimed.)""",
    source=OURS,
    checks=(
        Scenario(
            simulate=normalised, reading=paced, outside=(Outside("plain gradients", family=plain),)
        ),
    ),
)

# NS-12 and NS-13: which part of it matters, and adaptive methods.


def ablated(key: PRNGKeyArray) -> dict[str, int]:
    """How many of sixteen runs recover: nSGDA, on batches of 8, on the population, for G only, for
    D only.
    """
    only = {
        name: mm.Normalised(players=(player,)) for player, name in enumerate(("G only", "D only"))
    }
    return {
        "batch 1": normalised(key).recovered,
        "batch 8": normalised(key, batch=8).recovered,
        "population": normalised(key, batch=None).recovered,
        "G only": play(key, only["G only"], 0.1, 0.02, (0.01, 0.1), 9_000).recovered,
        "D only": play(key, only["D only"], 0.1, 0.005, (1.0, 10.0), 9_000).recovered,
    }


def per_sample(found: dict[str, int]) -> Reading:
    """Single samples recover; batches less, the population never; normalising D alone does nothing,
    G alone helps in part.
    """
    partly = 0 < found["G only"] < found["batch 1"] and found["batch 8"] < found["batch 1"]
    return found["batch 1"] >= 13 and partly and found["population"] == found["D only"] == 0, found


def pace_alone(found: dict[str, int]) -> Reading:
    """The account that keeping pace is what matters, on whatever samples."""
    return found["population"] >= 8, found


NS_12 = Theorem(
    id="NS-12",
    name="It is the step of each sample that counts",
    statement=r"""At this size the equal pace of the players does not recover the modes by itself:
nSGDA on population gradients keeps pace and never recovers, on batches of $8$ it recovers less
often. Normalising D alone does nothing, G alone recovers in part. Each column needs a full step of
its own when its latent is drawn.""",
    source=Source("ours, beyond " + PAPER, "derived"),
    checks=(
        Scenario(
            simulate=ablated,
            reading=per_sample,
            slow=True,
            outside=(Outside("pace alone", claim=pace_alone),),
        ),
    ),
)


def adaptive(key: PRNGKeyArray) -> dict[str, float]:
    """Recovered runs of Adam without momentum, AdaLR, AdaDir, and of both nSGDA with a trained;
    Adam's share on the average.
    """
    adam = mm.Adam(first=0.0)
    lengths, turns = mm.Graft(adam, mm.Gradient()), mm.Graft(mm.Gradient(), adam)
    told = play(key, adam, 0.1, 4e-4, (*RATES, 3.0), 9_000)
    layers = play(
        key, mm.Normalised(per_tensor=True), 0.1, 0.005, RATES, 9_000, trainable=("scale",)
    )
    return {
        "Adam": told.recovered,
        "Adam, most on the average": float(told.final[:, 2].max()),
        "AdaLR": play(key, lengths, 0.1, 1e-4, RATES, 9_000).recovered,
        "AdaDir": sum(
            play(key, turns, 0.1, step, (0.1, 0.3), 9_000).recovered for step in (0.02, 0.1)
        ),
        "layer-wise, a trained": layers.recovered,
        "global, a trained": normalised(key, trainable=("scale",)).recovered,
    }


def magnitude_matters(found: dict[str, float]) -> Reading:
    """AdaLR and both nSGDA recover, AdaDir and Adam itself do not."""
    good = min(found[name] for name in ("AdaLR", "layer-wise, a trained", "global, a trained"))
    return good >= 13 and found["AdaDir"] == found["Adam"] == 0, found


def adam_recovers(found: dict[str, float]) -> Reading:
    """The expectation that AdaLR does what Adam does."""
    return found["Adam"] >= 8, found


NS_13 = Theorem(
    id="NS-13",
    name="Adam's length recovers, Adam's direction does not",
    statement=r"""In the game of two modes AdaLR recovers as nSGDA does and AdaDir does not, as the
paper has it for images. Adam itself (without momentum) does not recover here at any rate tried: its
columns end on the average. With $a$ trained, layer-wise and global nSGDA differ and both
recover.""",
    source=Source(PAPER + ", the grafting experiment; this game ours", "paper; derived"),
    checks=(
        Scenario(
            simulate=adaptive,
            reading=magnitude_matters,
            slow=True,
            outside=(Outside("Adam too", claim=adam_recovers),),
        ),
    ),
)
