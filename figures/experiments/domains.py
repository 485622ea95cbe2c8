"""Domain-adversarial digits: does holding the discriminator's loss at its ideal help, or would
another constant rate do?
"""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, trained
from minimax_lab import adversarial as adv

LOG2 = math.log(2)
# Shares of the ramp, bounds of s, ideal loss and widths: all of them numbers of one program.
ARMS: dict[str, dict[str, float]] = {
    "source only": {"factor": 0.0, "low": 1.0, "high": 1.0},
    "constant": {"low": 1.0, "high": 1.0},
    "gap-aware": {},
    "ideal log 4": {"ideal": 2 * LOG2, "width": 0.2 * LOG2},
    "ideal 0": {"ideal": 0.0},
}
CORRECT = {"factor": 1.0, "low": 0.1, "high": 2.0, "ideal": LOG2, "width": 0.1 * LOG2}


@experiment(
    "slow",
    quick={
        "steps": 60,
        "every": 20,
        "seeds": 2,
        "few": 2,
        "rates": (0.001, 0.01),
        "shifts": ("rotated",),
    },
)
def domains(
    shifts: tuple[str, ...] = ("rotated", "blocks", "contrast"),
    rates: tuple[float, ...] = (0.0001, 0.001, 0.003, 0.01, 0.03),
    wrong: tuple[float, ...] = (0.001, 0.01),
    steps: int = 1_500,
    every: int = 50,
    seeds: int = 24,
    few: int = 12,
    learner: float = 0.001,
    batch: int = 128,
):
    """By shift, arm, seed and row: accuracy on the target's test set, the discriminator's loss over
    all the data, s.

    Seeds fix starts and batches, the same for all arms; `few` for shifts after the first, which are
    also spared the wrong ideals.
    """
    found: dict[str, Any] = {}
    for shift in shifts:
        first = shift == shifts[0]
        arms = [
            ("source only", learner),
            *((name, rate) for name in ("constant", "gap-aware") for rate in rates),
        ]
        arms += [(name, rate) for name in ("ideal log 4", "ideal 0") for rate in wrong if first]
        run = _played(shift, arms, seeds if first else few, steps, every, learner, batch)
        shape = (len(arms), -1, len(run.indices))
        found |= {
            f"{shift}/names": np.array([name for name, _ in arms]),
            f"{shift}/rates": np.array([rate for _, rate in arms]),
            f"{shift}/accuracy": run.observed["accuracy"].reshape(shape),
            f"{shift}/loss": run.observed["losses"][..., 1].reshape(shape),
            f"{shift}/scale": run.observed["scale"].reshape(shape),
            f"{shift}/diverged": (run.verdict.kind == mm.Outcome.DIVERGED).reshape(shape[:2]),
        }
    return found | {"indices": run.indices}


def digit_game(seen: Any, batch: int, activation: str = "relu") -> mm.Game:
    """Features, classifier and discriminator of domains; the last with hidden units of a choice."""
    return adv.domain_game(
        adv.Rectified(adv.Perceptron((64, 128, 64))),
        adv.Perceptron((64, 10)),
        adv.Perceptron((64, 64, 1), activation),
        seen,
        batch=batch,
    )


def _played(
    shift: str,
    arms: list[tuple[str, float]],
    seeds: int,
    steps: int,
    every: int,
    learner: float,
    batch: int,
) -> mm.Run:
    """Every arm from every seed, in one program."""
    digits = adv.shifted_digits(shift)
    game = digit_game(digits.seen, batch)
    columns = {
        name: jnp.repeat(jnp.array([(CORRECT | ARMS[arm])[name] for arm, _ in arms]), seeds)
        for name in CORRECT
    }
    keys = keys_of(jnp.tile(jnp.arange(seeds), len(arms)))
    ramped = adv.Reversal(adv.Reversal(factor=adv.Ramp(steps)), factor=columns["factor"])
    bounds, width = {name: columns[name] for name in ("ideal", "low", "high")}, columns["width"]
    direction = mm.GapAware(mm.Adam(ramped), **bounds, width_low=width, width_high=width)
    rates = jnp.repeat(jnp.array([rate for _, rate in arms]), seeds)
    rule = mm.Simultaneous((learner, rates), direction)
    observe = {
        "accuracy": adv.Accuracy(digits.test, digits.answers),
        "losses": adv.whole_losses,
        "scale": mm.step_scale,
    }
    return trained(adv.domain_start, game, rule, keys, steps, every, observe)
