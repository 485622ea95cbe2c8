"""What it costs to solve a game to a given accuracy: every rule at the best of several steps, in
updates, gradients and seconds.
"""

from typing import Any

import jax
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.anderson_costs import seconds

RULES: dict[str, mm.UpdateRule] = {
    "simultaneous": mm.Simultaneous(0.1),
    "simultaneous, momentum": mm.Simultaneous(0.1, mm.Momentum(0.5)),
    "alternating": mm.Alternating(0.1),
    "alternating, momentum −0.5": mm.Alternating(0.1, mm.Momentum(-0.5)),
    "extragradient": mm.Extragradient(0.1),
    "past extragradient": mm.PastExtragradient(0.1),
    "optimistic": mm.Optimistic(0.1),
    "lookahead": mm.Lookahead(mm.Alternating(0.1)),
    "averaging": mm.Averaged(mm.Alternating(0.1), 0.9),
    "follow the ridge": mm.FollowTheRidge(0.1),
    "consensus": mm.Simultaneous(0.1, mm.Consensus(1.0)),
    "symplectic": mm.Simultaneous(0.1, mm.Symplectic()),
    "Adam": mm.Simultaneous(0.1, mm.Adam()),
    "mixed simultaneous": mm.Anderson(mm.Simultaneous(0.1), 10),
    "mixed alternating": mm.Anderson(mm.Alternating(0.1), 10),
    "mixed extragradient": mm.Anderson(mm.Extragradient(0.1), 10),
}


def drawn(size: int, condition: float, degrees: float, seed: int) -> tuple[mm.Game, mm.Profile]:
    """Pairs of eigenvalues of moduli 1 / condition to 1, all at one angle to the real axis, in a
    random basis; and a normal start.
    """
    random = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(random.standard_normal((size, size)))
    moduli, angle = np.geomspace(1 / condition, 1, size), np.deg2rad(degrees)
    own, across = (basis * (moduli * part) @ basis.T for part in (np.cos(angle), np.sin(angle)))
    return mm.games.quadratic(own, across, own), mm.Profile(
        tuple(random.standard_normal((2, size)))
    )


def stepped(rule: mm.UpdateRule, step: Any) -> mm.UpdateRule:
    """The rule, or the innermost one, with another step."""
    return jax.tree.map(lambda leaf: step if leaf == 0.1 else leaf, rule)


@experiment("slow", quick={"size": 4, "most": 200, "angles": (45.0,), "rules": 2})
def accuracy_costs(
    size: int = 50,
    condition: float = 10.0,
    angles: tuple[float, ...] = (0.0, 45.0, 90.0),
    accuracy: float = 1e-6,
    most: int = 20_000,
    low: float = 0.02,
    high: float = 4.0,
    tried: int = 17,
    seed: int = 0,
    rules: int = 16,
):
    """By angle and rule the fewest updates to a field `accuracy` times as small as at the start (-1
    where `most` do not suffice), the step that took them, gradient blocks and products of an
    update, and its processor seconds.
    """
    steps, names = np.geomspace(low, high, tried), list(RULES)[:rules]
    found: dict[str, Any] = {"names": np.array(names), "angles": np.array(angles)}
    columns = ("updates", "step", "gradients", "products", "seconds")
    table = np.full((len(angles), len(names), len(columns)), np.nan)
    for i, angle in enumerate(angles):
        game, start = drawn(size, condition, angle, seed)
        aim = accuracy * float(mm.natural_residual(game, start))
        for j, name in enumerate(names):
            best, fewest = None, most
            for step in steps:
                rule = stepped(RULES[name], float(step))
                one = mm.solve(game, rule, start, tolerance=aim, most=fewest)
                if one.residual <= aim and one.steps < fewest:
                    best, fewest = rule, one.steps
                    table[i, j, :2] = one.steps, step
            rule = RULES[name] if best is None else best
            cost = rule.cost(2)
            table[i, j, 2:4] = cost.gradients, cost.products
            table[i, j, 4] = seconds(game, rule, start, 300)
    found["table"], found["columns"] = table, np.array(columns)
    return found
