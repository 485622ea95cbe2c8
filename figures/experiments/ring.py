"""Three players in a ring: each chases one neighbour and flees the other, with a little
friction.
"""

import numpy as np

import minimax_lab as mm
from figures import experiment


@experiment(quick={"steps": 60})
def ring(
    step: float = 0.2,
    steps: int = 240,
    friction: float = 0.1,
    start: tuple[float, ...] = (1.0, 0.5, -1.0),
):
    """The walk of four rules, and the factor by which each update's spectrum says the distance
    shrinks.
    """
    game = mm.games.ring(3, friction)
    found: dict[str, np.ndarray] = {}
    walks = {
        "simultaneous": mm.Simultaneous(step),
        "alternating": mm.Alternating(step),
        "extragradient": mm.Extragradient(step),
        "optimistic": mm.Optimistic(step),
    }
    for name, rule in walks.items():
        run = mm.run(game, rule, start, steps, observe={"position": mm.position})
        found[f"{name}/points"] = np.stack(
            [np.asarray(p) for p in run.observed["position"]], axis=1
        )
        found[f"{name}/radius"] = np.array(
            mm.update_spectrum(game, rule, mm.Profile((0.0, 0.0, 0.0))).radius
        )
    return found | {"names": np.array(list(walks))}
