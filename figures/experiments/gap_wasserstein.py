"""The gap-aware schedule where the ideal loss is zero: Wasserstein critics on the ring of eight,
whose widths must be given, since a tenth of nothing is nothing.
"""

from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, shaped
from figures.experiments.gap_ring import OBSERVE, RING
from figures.gans import trained
from minimax_lab import adversarial as adv
from minimax_lab import objectives


@experiment(
    "slow", quick={"mistuned": (10.0,), "widths": (1.0,), "seeds": 1, "updates": 40, "every": 10}
)
def gap_wasserstein(
    rate: float = 1e-3,
    mistuned: tuple[float, ...] = (1.0, 10.0, 30.0),
    widths: tuple[float, ...] = (0.1, 0.3, 1.0),
    penalty: float = 10.0,
    seeds: int = 8,
    updates: int = 3_000,
    every: int = 50,
    width: int = 64,
    batch: int = 256,
):
    """By arm (constant, gap-aware of each width, a tenth of the rate), mistuning, seed and row: the
    critic's smoothed loss without its penalty, s, and samples of 1024 near each mode.
    """
    networks = adv.Perceptron((8, width, width, 2)), adv.Perceptron((2, width, width, 1))
    plain = adv.gan(*networks, objectives.Wasserstein(), data=RING, batch=batch)
    game, values = (
        adv.gradient_penalty(plain, penalty),
        mm.grid(mistuned=mistuned, seed=range(seeds)),
    )
    shape, steps = (len(mistuned), seeds), rate * values["mistuned"]
    found: dict[str, Any] = {"mistuned": np.array(mistuned)}
    arms: dict[str, tuple[float, dict[str, float]]] = {"constant": (1.0, {"low": 1.0, "high": 1.0})}
    arms |= {f"gap-aware, {w:g}": (1.0, {"width_low": w, "width_high": w}) for w in widths}
    arms["constant, a tenth"] = (0.1, {"low": 1.0, "high": 1.0})
    for name, (factor, how) in arms.items():
        scheduled = {"width_low": 1.0, "width_high": 1.0} | how
        both = rate * np.ones_like(steps), factor * steps
        rule = mm.Simultaneous(both, mm.GapAware(mm.Adam(first=0.5), **scheduled))
        run = trained(game, rule, keys_of(values["seed"]), updates, every, OBSERVE)
        rows = {part: shaped(row, shape) for part, row in run.observed.items()}
        found[f"{name}/loss"] = rows["loss"].astype(np.float32)
        found[f"{name}/scale"] = rows["scale"].astype(np.float32)
        found[f"{name}/counts"] = rows["counts"].astype(np.int16)
        found[f"{name}/lost"] = (run.verdict.kind == mm.Outcome.DIVERGED).reshape(shape)
        found["indices"] = run.indices
    return found | {"arms": np.array(list(arms))}
