"""The bilinear and quadratic games of the GDA-AM study's code, drawn as it draws them, with its
steps, depths and lengths.
"""

from typing import NamedTuple

import numpy as np

import minimax_lab as mm
from figures import experiment


class Case(NamedTuple):
    """A game of the study: how it is drawn, its number of updates, the four plain steps, and
    (depth, step) of the mixed rules.
    """

    drawn: str
    condition: float
    steps: int
    sizes: tuple[float, float, float, float]
    simultaneous: tuple[int, float]
    alternating: tuple[int, float]


CASES = {
    "1a": Case("definite A, no offsets", 5, 500, (0.02, 0.1, 0.2, 0.1), (100, 0.4), (100, 0.4)),
    "1b": Case("normal A, no offsets", 0, 1000, (0.05, 0.05, 0.05, 0.02), (350, 0.1), (150, 0.1)),
    "1c": Case("normal A, offsets", 0, 1000, (0.001, 0.01, 0.03, 0.01), (200, 0.2), (125, 0.2)),
    "2b": Case(
        "definite A, B and C, offsets", 20, 1000, (0.001, 0.2, 0.2, 0.1), (150, 0.2), (200, 0.3)
    ),
    "2c": Case(
        "normal A, rank-one B and C, offsets",
        0,
        500,
        (0.001, 0.02, 0.02, 0.01),
        (500, 0.15),
        (150, 0.15),
    ),
}


def drawn(name: str, seed: int, size: int) -> tuple[mm.Game, np.ndarray]:
    """The game x'Bx/2 + x'Ay - y'Cy/2 + b'x + c'y and the start; numpy's legacy generator, for the
    released draws.
    """
    case, random = CASES[name], np.random.RandomState(seed)
    A = definite(random, size, case.condition) if case.condition else random.randn(size, size)
    B = C = np.zeros((size, size))
    b = c = np.zeros(size)
    if name == "2b":
        B, C = (definite(random, size, case.condition) for _ in range(2))
    elif name == "2c":
        B, C = (np.outer(v, v) for v in (random.rand(size), random.rand(size)))
    if name not in ("1a", "1b"):
        b, c = random.randn(size), random.randn(size)
    return mm.games.quadratic(B, A, C, b, c), random.rand(2 * size)


def definite(random: np.random.RandomState, size: int, condition: float) -> np.ndarray:
    """U diag(c^-1/2 ... c^1/2) U'. The released generator draws a second matrix that it does not
    use.
    """
    basis, _ = np.linalg.qr((random.rand(size, size) - 5) * 200)
    random.rand(size, size)
    return (
        basis
        @ np.diag(np.logspace(-np.log10(condition) / 2, np.log10(condition) / 2, size))
        @ basis.T
    )


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
