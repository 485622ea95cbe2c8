"""The game of two modes: who recovers both, at which rates, and why (Jelassi, Dobre, Mensch, Li,
Gidel 2022, as recalled).
"""

from functools import partial
from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import interval, keys_of, trained
from minimax_lab import games

ROWS, LAST = 100, 20  # snapshots of a run, and those a final value is the mean of
ADAM = mm.Adam(first=0.0)
DIRECTIONS: dict[str, mm.Direction] = {
    "SGDA": mm.Gradient(),
    "nSGDA": mm.Normalised(),
    "Adam": ADAM,
    "AdaLR": mm.Graft(ADAM, mm.Gradient()),
    "AdaDir": mm.Graft(mm.Gradient(), ADAM),
    "G only": mm.Normalised(players=0),
    "D only": mm.Normalised(players=1),
}
OBSERVE = {
    "shares": games.column_shares,
    "strength": games.neuron_strength,
    "norms": mm.gradient_norms,
}
# times (1 + the norm of the start, about 1.9 at 40 neurons): a run is lost at a norm of about 1000
BOUND = 350.0


def played(
    game: mm.Game, direction: mm.Direction, values: dict[str, Any], steps: int, spread: float = 0.3
) -> dict[str, Any]:
    """One run for each row of `values` (step of D, ratio of G's to it, seed), in one program; one
    row each of what came of it.

    Seeds fix start and draws: runs of one seed at two rates see the same ones. A diverged run has
    learnt nothing; a ratio of zero stands for one that is not a number.
    """
    rule = mm.Simultaneous((values["step"] * values["ratio"], values["step"]), direction)
    run = trained(
        partial(games.modes_start, spread=spread),
        game,
        rule,
        keys_of(values["seed"]),
        steps,
        steps // ROWS,
        OBSERVE,
        judge=mm.Judge(bound=BOUND),
    )
    shares, lost = run.observed["shares"], run.verdict.kind == "diverged"
    final = np.where(lost[:, None], 0, shares[:, -LAST:].mean(1))
    norms = run.observed["norms"]
    ratios = norms[:, :, 1] / np.where(norms[:, :, 0] > 0, norms[:, :, 0], np.inf)
    ratios = np.where(np.isfinite(ratios), ratios, 0)
    return {
        **{name: np.asarray(value, float) for name, value in values.items()},
        "shares": final.astype(np.float32),
        "least": final[:, :-2].min(1),
        "best": shares[:, :, :-2].min(2).max(1),
        "diverged": lost,
        "learnt": games.first_growth(run.indices, run.observed["strength"] >= 0.7),
        "grown": games.first_growth(run.indices, shares[:, :, :-1].sum(2) > 0),
        "gradient ratio": np.stack([ratios[:, 0], np.median(ratios, axis=1)], axis=1),
    }


def table(parts: dict[str, dict[str, Any]], recovered: float) -> dict[str, np.ndarray]:
    """All runs in one table with the name of their group, and for each group the exact 95 %
    interval of the recovered share.
    """
    names = list(parts)
    columns = {
        name: np.concatenate([part[name] for part in parts.values()]) for name in parts[names[0]]
    }
    group = np.repeat(np.arange(len(names)), [len(part["seed"]) for part in parts.values()])
    hits = np.array([int(np.sum(part["least"] >= recovered)) for part in parts.values()])
    runs = np.bincount(group, minlength=len(names))
    low, high = interval(hits, runs)
    return columns | {
        "group": group,
        "names": np.array(names),
        "recovered": hits,
        "runs": runs,
        "low": low,
        "high": high,
    }


@experiment(
    "slow",
    quick={
        "steps": 300,
        "long": 300,
        "runs": 2,
        "first": (100,),
        "correlations": (0.1,),
        "controls": (),
    },
)
def modes_recovery(
    correlations: tuple[float, ...] = (0.1, 0.2),
    first: tuple[int, ...] = (100, 1000),
    runs: int = 16,
    steps: int = 9_000,
    long: int = 60_000,
    normalised: tuple[float, ...] = (0.1, 0.3, 1.0),
    plain: tuple[float, ...] = (0.01, 0.1, 0.3, 1.0, 10.0),
    controls: tuple[str, ...] = ("population", "slow G"),
    recovered: float = 0.15,
):
    """How many runs end with at least 15 % of the columns on each mode; two sets of seeds, the
    second fresh.

    48 runs of nSGDA (16 seeds), 75 of SGDA (5 seeds, 60,000 steps), two controls of ten: population
    gradients, a ratio of 0.03. The intervals take runs as independent; rates share seeds, so they
    are somewhat too narrow.
    """
    parts: dict[str, dict[str, Any]] = {}
    few = max(1, runs * 5 // 16)
    for correlation in correlations:
        game, whole = (games.two_mode(correlation, batch=batch) for batch in (1, None))
        for set_, seed in enumerate(first):
            seeds, name = range(seed, seed + runs), f"{correlation}/{set_}/"
            values = mm.grid(step=[0.005], ratio=normalised, seed=seeds)
            parts[name + "nSGDA"] = played(game, DIRECTIONS["nSGDA"], values, steps)
            values = mm.grid(step=[0.02, 0.1, 0.4], ratio=plain, seed=seeds[:few])
            parts[name + "SGDA"] = played(game, DIRECTIONS["SGDA"], values, long)
            if "population" in controls:
                values = mm.grid(step=[0.005], ratio=[0.1, 1.0], seed=seeds[:few])
                parts[name + "population"] = played(whole, DIRECTIONS["nSGDA"], values, steps)
            if "slow G" in controls:
                values = mm.grid(step=[0.005], ratio=[0.03], seed=seeds[: 2 * few])
                parts[name + "slow G"] = played(game, DIRECTIONS["nSGDA"], values, steps)
    return table(parts, recovered)
