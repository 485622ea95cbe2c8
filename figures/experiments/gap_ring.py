"""Gap-aware steps on the ring of eight with a mistuned discriminator, against the same rate merely
made smaller.
"""

from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, shaped
from figures.gans import plane_gan, trained
from minimax_lab import adversarial as adv

RING = adv.ring(8, radius=2.0, deviation=0.05)
SAMPLES = 1024
OBSERVE = {
    "loss": mm.smoothed_loss,
    "scale": mm.step_scale,
    "counts": adv.Sampled(adv.ModeCounts(RING), SAMPLES),
}


def ring_game(width: int, batch: int) -> mm.Game:
    """Two perceptrons of two hidden layers at the ring of radius 2; the loss is a sum of two means,
    so its ideal is log 4.
    """
    return plane_gan(RING, (width, width), batch)


def played(
    game: mm.Game, steps: Any, seeds: Any, updates: int, scheduled: bool, observe: Any, every: int
) -> mm.Run:
    """One run for each pair of steps and seed, by Adam at once; seeds fix the start and the
    batches.

    Without the schedule s runs from 1 to 1: the same program, in which the steps are Adam's own
    (GAP-P6).
    """
    scale = {"low": 0.1, "high": 2.0} if scheduled else {"low": 1.0, "high": 1.0}
    rule = mm.Simultaneous(steps, mm.GapAware(mm.Adam(first=0.5), **scale))
    return trained(game, rule, keys_of(seeds), updates, every, observe)


@experiment("slow", quick={"mistuned": (10.0,), "seeds": 1, "updates": 100})
def gap_ring(
    rate: float = 1e-3,
    mistuned: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0),
    seeds: int = 16,
    updates: int = 4_000,
    every: int = 50,
    width: int = 64,
    batch: int = 256,
):
    """Four arms in one program, float32: baseline, gap-aware, a tenth of the rate, and the rate
    times the gap-aware run's mean s.

    By arm, mistuning, seed and row: the smoothed loss of the discriminator, s, and the samples of
    1024 near each mode.
    """
    game, values = ring_game(width, batch), mm.grid(mistuned=mistuned, seed=range(seeds))
    shape = (len(mistuned), seeds)
    found: dict[str, Any] = {}

    def arm(name: str, factor: Any, scheduled: bool = False) -> None:
        both = rate * np.ones_like(values["mistuned"]), rate * factor * values["mistuned"]
        run = played(game, both, values["seed"], updates, scheduled, OBSERVE, every)
        rows = {part: shaped(row, shape) for part, row in run.observed.items()}
        found[f"{name}/loss"] = rows["loss"].astype(np.float32)
        found[f"{name}/scale"] = rows["scale"].astype(np.float32)
        found[f"{name}/counts"] = rows["counts"].astype(np.int16)
        found[f"{name}/lost"] = (run.verdict.kind == mm.Outcome.DIVERGED).reshape(shape)
        found["indices"] = run.indices

    arm("baseline", 1.0)
    arm("gap-aware", 1.0, scheduled=True)
    arm("tenth", 0.1)
    own = found["gap-aware/scale"][..., 1:].mean(-1, dtype=float)
    arm("own mean", own.ravel())
    return found | {"mistuned": np.array(mistuned)}
