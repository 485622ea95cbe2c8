"""The game of two modes over learning rates, samples, correlations and sizes: what recovery depends
on.
"""

from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.modes import DIRECTIONS, played, table
from minimax_lab import games

# A step of one of these walks about as far as a normalised one of 0.005: Adam's turn has the length
# of the root of 2560 weights.
STEPS: dict[str, tuple[float, ...]] = {
    "SGDA": (0.02, 0.1, 0.4, 1.6),
    "nSGDA": (0.001, 0.005, 0.02, 0.1),
    "Adam": (2e-5, 1e-4, 4e-4, 2e-3),
    "AdaLR": (2e-5, 1e-4, 4e-4, 2e-3),
    "AdaDir": (0.02, 0.1, 0.4, 1.6),
}


@experiment(
    "slow", quick={"steps": 500, "seeds": 1, "ratios": (0.1, 1.0), "methods": ("SGDA", "nSGDA")}
)
def modes_rates(
    steps: int = 9_000,
    seeds: int = 4,
    ratios: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0, 3.0),
    correlation: float = 0.1,
    methods: tuple[str, ...] = ("SGDA", "nSGDA", "Adam", "AdaLR", "AdaDir"),
    recovered: float = 0.15,
):
    """Five methods over four steps of D, five ratios of G's step to it and four seeds: 400 runs, a
    program a method.
    """
    game, parts = games.two_mode(correlation), {}
    for name in methods:
        values = mm.grid(step=STEPS[name], ratio=ratios, seed=range(500, 500 + seeds))
        parts[name] = played(game, DIRECTIONS[name], values, steps)
    return table(parts, recovered)


@experiment("slow", quick={"steps": 300, "seeds": 1, "batches": (1,), "alone": ("G only",)})
def modes_mechanism(
    steps: int = 9_000,
    seeds: int = 10,
    batches: tuple[int, ...] = (1, 2, 8, 32, 0),
    alone: tuple[str, ...] = ("G only", "D only"),
    recovered: float = 0.15,
):
    """nSGDA on single samples, on larger batches and (batch 0) on the population; normalising one
    player only.
    """
    parts: dict[str, dict[str, Any]] = {}
    for batch in batches:
        values = mm.grid(step=[0.005], ratio=[0.1, 1.0], seed=range(600, 600 + seeds))
        parts[f"batch {batch}"] = played(
            games.two_mode(0.1, batch=batch or None), DIRECTIONS["nSGDA"], values, steps
        )
    for name in alone:
        step, ratio = {"G only": (0.02, [0.01, 0.1]), "D only": (0.005, [1.0, 10.0])}[name]
        values = mm.grid(step=[step], ratio=ratio, seed=range(600, 600 + seeds))
        parts[name] = played(games.two_mode(0.1), DIRECTIONS[name], values, steps)
    return table(parts, recovered)


@experiment(
    "slow",
    quick={"steps": 300, "long": 300, "seeds": 1, "neurons": (5,), "correlations": (0.1, 0.5)},
)
def modes_phase(
    steps: int = 9_000,
    long: int = 15_000,
    seeds: int = 8,
    neurons: tuple[int, ...] = (5, 10, 20, 40),
    correlations: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7),
    recovered: float = 0.15,
):
    """Correlation of the modes by number of neurons: nSGDA at a ratio of 0.3, SGDA at 0.1."""
    parts = {}
    for count in neurons:
        for correlation in correlations:
            game = games.two_mode(correlation, neurons=count)
            for name, step, ratio, length in (
                ("nSGDA", 0.005, 0.3, steps),
                ("SGDA", 0.1, 0.1, long),
            ):
                values = mm.grid(step=[step], ratio=[ratio], seed=range(700, 700 + seeds))
                parts[f"{name}/{count}/{correlation}"] = played(
                    game, DIRECTIONS[name], values, length
                )
    return table(parts, recovered)


@experiment("slow", quick={"steps": 200, "seeds": 1, "dimensions": (64,), "neurons": (20,)})
def modes_scaling(
    steps: int = 9_000,
    seeds: int = 8,
    dimensions: tuple[int, ...] = (64, 256, 1024),
    neurons: tuple[int, ...] = (20, 40),
    recovered: float = 0.15,
):
    """nSGDA in higher dimensions at a ratio of 0.3, with 32 latents."""
    parts = {}
    for dimension in dimensions:
        for count in neurons:
            game = games.two_mode(0.1, dimension=dimension, neurons=count, latents=32)
            values = mm.grid(step=[0.005], ratio=[0.3], seed=range(800, 800 + seeds))
            parts[f"{dimension}/{count}"] = played(game, DIRECTIONS["nSGDA"], values, steps)
    return table(parts, recovered)


@experiment("slow", quick={"steps": 300, "long": 300, "seeds": 2, "chosen": ("two",)})
def modes_several(
    steps: int = 9_000,
    long: int = 60_000,
    seeds: int = 8,
    recovered: float = 0.5,
    chosen: tuple[str, ...] = ("two", "unequal", "four", "four, unequal"),
):
    """Beyond two equal modes: four modes, and two of which one is shown three times as often; 0.5
    of a fair share recovers.
    """
    wide = {"correlation": 0.1, "latents": 32, "neurons": 80}
    cases = {
        "two": (2, {"latents": 16}),
        "unequal": (2, {"latents": 16, "shares": (3.0, 1.0)}),
        "four": (4, wide),
        "four, unequal": (4, wide | {"shares": (4.0, 2.0, 1.0, 1.0)}),
    }
    found: dict[str, Any] = {}
    for case in chosen:
        count, settings = cases[case]
        for name, step, ratio, length in (("nSGDA", 0.005, 0.3, steps), ("SGDA", 0.02, 0.3, long)):
            values = mm.grid(step=[step], ratio=[ratio], seed=range(900, 900 + seeds))
            run = played(games.modes(count, **settings), DIRECTIONS[name], values, length)
            found |= {
                f"{case}/{name}/{part}": run[part] for part in ("shares", "least", "diverged")
            }
            found[f"{case}/{name}/recovered"] = np.sum(run["least"] >= recovered / count)
    return found
