"""Every rule on the Dirac-GAN under every objective and regulariser: who converges."""

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.dirac import VARIANTS

ORIGIN = (0.0, 0.0)


def rules(step: float, turns: int) -> dict[str, mm.UpdateRule]:
    """The notebook's three orders of play, and rules that its paper does not have."""
    return {
        "simultaneous": mm.Simultaneous(step),
        "alternating": mm.Alternating(step),
        f"{turns} turns of D": mm.Alternating(step, order=(0,) + (1,) * turns),
        "extragradient": mm.Extragradient(step),
        "optimistic": mm.Optimistic(step),
        "consensus 1": mm.Simultaneous(step, mm.Consensus(1.0)),
    }


@experiment("slow", quick={"steps": 50})
def dirac_rules(
    step: float = 0.2,
    steps: int = 2_000,
    start: tuple[float, float] = (1.0, 1.0),
    turns: int = 5,
    near: float = 1e-6,
):
    """The distance to the origin after the last update, and the largest modulus of an eigenvalue of
    the update there.
    """
    games = {name: game for name, game in VARIANTS.items() if not name.startswith("consensus")}
    every = rules(step, turns)
    distance, radius = np.full((2, len(games), len(every)), np.nan)
    for i, (name, game) in enumerate(games.items()):
        for j, rule in enumerate(every.values()):
            run = mm.run(game, rule, start, steps, every=steps, judge=mm.Judge(tolerance=1e-300))
            distance[i, j] = np.hypot(*map(float, run.final))
            # Against a target the field jumps at psi = 0 and vanishes nowhere.
            if "target" not in name:
                radius[i, j] = mm.update_spectrum(game, rule, mm.Profile(ORIGIN)).radius
    return {
        "names": np.array(list(games)),
        "rules": np.array(list(every)),
        "distance": np.where(np.isfinite(distance), distance, np.inf),
        "radius": radius,
    }
