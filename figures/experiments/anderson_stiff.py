"""A bilinear game of condition number 215, as in the main pictures of the GDA-AM study: comparison,
depths, learning rates.
"""

from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment

MIXED = {"simultaneous": mm.Simultaneous, "alternating": mm.Alternating}


def drawn(size: int, seed: int) -> tuple[mm.Game, mm.Profile]:
    """x'Ay + b'x + c'y with A of norm one; A, offsets and start normal."""
    random = np.random.RandomState(seed)
    A, (b, c), start = random.randn(size, size), random.randn(2, size), random.randn(2, size)
    return mm.games.bilinear(A / np.linalg.norm(A, 2), b, c), mm.Profile(start)


def distances(
    game: mm.Game, start: mm.Profile, rules: dict[str, mm.UpdateRule], steps: int, every: int
) -> dict[str, Any]:
    """Distance to the solution along every rule; one that is lost is cut there."""
    observe, judge = {"distance": mm.distance_to(mm.games.saddle(game))}, mm.Judge(bound=1e12)
    return {
        name: mm.run(game, rule, start, steps, observe=observe, every=every, judge=judge).observed[
            "distance"
        ]
        for name, rule in rules.items()
    }


@experiment("slow", quick={"size": 20, "steps": 400, "long": 2000, "every": 20, "depths": (3, 10)})
def anderson_stiff(
    size: int = 100,
    seed: int = 332,
    long: int = 50_000,
    steps: int = 10_000,
    every: int = 50,
    depth: int = 10,
    depths: tuple[int, ...] = (3, 10, 50, 100),
    rates: tuple[float, ...] = (0.1, 1.0, 2.0),
    small: float = 0.01,
):
    """Three studies on one game and start; the steps of the baselines are the released ones."""
    game, start = drawn(size, seed)
    A = np.asarray(game.data[0])
    compared = {
        "simultaneous": mm.Simultaneous(1.0),
        "alternating": mm.Alternating(1.0),
        "optimistic": mm.Optimistic(0.25),
        "extragradient": mm.Extragradient(1.0),
        "mixed simultaneous": mm.Anderson(mm.Simultaneous(1.0), depth),
        "no remedy": mm.Anderson(mm.Simultaneous(1.0), depth, remedy=None),
        "no remedy, cleared": mm.Anderson(
            mm.Simultaneous(1.0), depth, restart=mm.Restart(keep=True), remedy=None
        ),
        "remedy: cleared": mm.Anderson(mm.Simultaneous(1.0), depth, remedy=mm.Restart(keep=True)),
        "mixed alternating": mm.Anderson(mm.Alternating(1.0), depth),
    }
    deep = {
        f"{name}, {p}, {step:g}": mm.Anderson(rule(step), p)
        for step in (1.0, small)
        for p in depths
        for name, rule in MIXED.items()
    }
    paced = {
        f"{name}, {step:g}": mm.Anderson(rule(step), depth)
        for step in rates
        for name, rule in MIXED.items()
    }
    paced |= {
        f"no remedy, {step:g}": mm.Anderson(mm.Simultaneous(step), depth, remedy=None)
        for step in rates
    }
    paced |= {f"optimistic, {step:g}": mm.Optimistic(step) for step in (0.5, 1.0)}
    saved: dict[str, Any] = {"condition": np.array(np.linalg.cond(A))}
    lengths = {
        "compared": (compared, long, 5 * every),
        "deep": (deep, steps, every),
        "paced": (paced, steps, every),
    }
    for study, (rules, most, apart) in lengths.items():
        saved[f"{study}/indices"] = np.arange(0, most + 1, apart)
        saved |= {
            f"{study}/{name}": row
            for name, row in distances(game, start, rules, most, apart).items()
        }
    return saved
