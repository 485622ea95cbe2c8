"""The planar games of the GDA-AM study (He et al. 2022) with Anderson mixing beside the rules it
was compared with.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.planar import GAMES, Chosen

# Page -> its game, start and step of the study under mixing, the depth, and the number of updates.
PAGES = {
    "fleeing_minimax, far": (
        "fleeing_minimax",
        (-6.0, -7.0),
        0.2,
        20,
        200,
    ),  # released with a depth of 200, never to be filled
    "cycle_trap": ("cycle_trap", (3.0, 3.0), 0.2, 20, 100),
    "fleeing_minimax": ("fleeing_minimax", (3.0, 3.0), 0.2, 20, 50),
    "bump": ("bump", (3.0, 3.0), 0.5, 20, 100),
    "two_basins": ("two_basins", (3.0, 3.0), 0.2, 5, 100),
    "false_minimax": ("false_minimax", (3.0, 3.0), 0.5, 20, 200),
    "flat_centre": ("flat_centre", (3.0, 3.0), 0.1, 5, 200),
}
FAR = (0.06, 0.1, 0.1, 0.05)  # the study's steps there
RIDGE = mm.Gram(ridge=1e-8)  # the released solver's
DIFFERENT = ["cycle_trap", "false_minimax"]  # where it leads elsewhere
FADED = "runs off to where the field fades"


def plain(
    simultaneous: float, alternating: float, extragradient: float, optimistic: float
) -> dict[str, mm.UpdateRule]:
    return {
        "simultaneous": mm.Simultaneous(simultaneous),
        "alternating": mm.Alternating(alternating),
        "extragradient": mm.Extragradient(extragradient),
        "optimistic": mm.Optimistic(optimistic),
    }


def mixed(step: float, depth: int, solver: mm.Gram = mm.Gram()) -> dict[str, mm.UpdateRule]:
    inner = {"simultaneous": mm.Simultaneous(step), "alternating": mm.Alternating(step)}
    return {
        f"mixed {name}": mm.Anderson(rule, depth, solver=solver) for name, rule in inner.items()
    }


@experiment(quick={"steps": 100})
def anderson_toys(steps: int = 200, rate: float = 0.5):
    """Every rule on all pages, one program for each rule and depth: points, and what became of the
    walk.
    """
    saved: dict[str, np.ndarray] = {"pages": np.array(list(PAGES))}
    for depth in (None, 20, 5):
        chosen = [page for page in PAGES if depth in (None, PAGES[page][3])]
        sets = [mixed(*PAGES[page][2:4]) if depth else plain(*sizes(page)) for page in chosen]
        for rule in sets[0]:
            saved |= walked(chosen, rule, [each[rule] for each in sets], steps)
    ridge = [mixed(*PAGES[page][2:4], RIDGE) for page in DIFFERENT]
    for rule in ridge[0]:
        saved |= walked(DIFFERENT, f"{rule}, ridge", [each[rule] for each in ridge], steps)
    adam = mm.Simultaneous(rate, mm.Adam(first=0.5, second=0.99))
    return saved | walked(["fleeing_minimax, far"], "Adam", [adam], steps)


def sizes(page: str) -> tuple[float, ...]:
    return FAR if page.endswith("far") else GAMES[PAGES[page][0]][-1]


def game_of(page: str) -> mm.Game:
    return mm.zero_sum(Chosen(), jnp.asarray(list(GAMES).index(PAGES[page][0])))


def walked(
    pages: list[str], name: str, rules: list[mm.UpdateRule], steps: int
) -> dict[str, np.ndarray]:
    """One walk a page, given up only where its numbers overflow; of each, the study's number of
    updates.
    """
    games, begin = (
        mm.stack([game_of(page) for page in pages]),
        mm.stack([mm.Profile(PAGES[page][1]) for page in pages]),
    )
    over = ("game", "rule", "start")
    run = mm.sweep(
        games,
        mm.stack(rules),
        begin,
        steps,
        over=over,
        observe={"position": mm.position},
        judge=mm.Judge(bound=1e60),
    )
    saved = {}
    for page, walk in zip(pages, mm.trajectories(run, name), strict=True):
        points = walk.points[: PAGES[page][-1] + 1]
        saved |= {
            f"{page}/{name}/points": points,
            f"{page}/{name}/end": np.array(ended(game_of(page), walk, points[-1])),
        }
    return saved


def ended(game: mm.Game, walk: Any, last: np.ndarray) -> str:
    """The kind of the profile a walk came to, else its outcome."""
    if walk.diverged:
        return "diverges"
    if float(mm.natural_residual(game, mm.Profile(last))) < 1e-5:
        return (
            FADED
            if walk.outcome == mm.Outcome.STALLED
            else mm.classify(game, mm.Profile(last), tolerance=1e-5).value
        )
    if np.linalg.norm(last) > 10 * np.linalg.norm(walk.points[0]):
        return "runs away"
    return "cycles" if walk.outcome == mm.Outcome.CYCLING else "still on its way"
