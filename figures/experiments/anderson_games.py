"""The bilinear and quadratic games of the GDA-AM study's code, drawn as it draws them, with its
steps, depths and lengths.
"""

import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab.games.mixing_study import CASES, Case, drawn


def rules(case: Case) -> dict[str, mm.UpdateRule]:
    """Plain rules, then mixed ones: of simultaneous steps also without any remedy."""
    simultaneous, alternating, extragradient, optimistic = case.sizes
    (deep, step), (other, turn) = case.simultaneous, case.alternating
    return {
        "simultaneous": mm.Simultaneous(simultaneous),
        "alternating": mm.Alternating(alternating),
        "extragradient": mm.Extragradient(extragradient),
        "optimistic": mm.Optimistic(optimistic),
        "mixed simultaneous": mm.Anderson(mm.Simultaneous(step), deep),
        "mixed simultaneous, no remedy": mm.Anderson(mm.Simultaneous(step), deep, remedy=None),
        "mixed alternating": mm.Anderson(mm.Alternating(turn), other),
    }


@experiment("slow", quick={"size": 20, "steps": 200, "names": ("1a", "2b")})
def anderson_games(
    names: tuple[str, ...] = ("1a", "1b", "1c", "2b", "2c"),
    size: int = 100,
    steps: int = 1000,
    seed: int = 0,
):
    """Squared distances to the solution of every rule, and how often simultaneous mixing
    stagnated.
    """
    saved: dict[str, np.ndarray] = {"names": np.array(names)}
    for name in names:
        case = CASES[name]
        game, start = drawn(name, seed, size)
        x, aim = mm.Profile((start[:size], start[size:])), mm.games.saddle(game)
        for rule_name, rule in rules(case).items():
            observe = {"distance": mm.distance_to(aim)}
            if rule_name.startswith("mixed"):
                observe["mixing"] = mm.mixing
            run = mm.run(
                game, rule, x, min(steps, case.steps), observe=observe, judge=mm.Judge(bound=1e100)
            )
            saved[f"{name}/{rule_name}"] = run.observed["distance"] ** 2
            if rule_name.startswith("mixed"):
                saved[f"{name}/{rule_name}/stagnations"] = np.asarray(
                    run.observed["mixing"].stagnations[-1]
                )
    return saved
