"""Every method at its best: rates at equal cost by condition and by rotation."""

import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab.analysis.tuning import tunable

RULES = {
    "simultaneous": mm.Simultaneous(0.1),
    "with momentum": mm.Simultaneous(0.1, mm.Momentum(0.1)),
    "alternating": mm.Alternating(0.1),
    "alternating with momentum": mm.Alternating(0.1, mm.Momentum(0.1)),
    "extragradient": mm.Extragradient(0.1),
    "optimistic": mm.Optimistic(0.1),
    "consensus": mm.Simultaneous(0.1, mm.Consensus(0.1)),
}


def turned(condition, degrees):
    """Two pairs of eigenvalues, of modulus 1 / condition and 1, so many degrees from the real
    axis.
    """
    moduli, angle = np.array([1 / condition, 1.0]), np.deg2rad(degrees)
    own, mixed = (np.diag(moduli * part) for part in (np.cos(angle), np.sin(angle)))
    return mm.games.quadratic(own, mixed, own)


def blocks(rule):
    """Gradient blocks of an update of two players, a product as two whole fields."""
    cost = rule.cost(2)
    return cost.gradients + 4 * cost.products


@experiment("slow", quick={"conditions": (2.0,), "angles": (45.0,), "turns": (0.0, 90.0)})
def league(
    conditions: tuple[float, ...] = (1.5, 5.0, 20.0, 100.0),
    angles: tuple[float, ...] = (0.0, 45.0, 90.0),
    condition: float = 4.0,
    turns: tuple[float, ...] = (0.0, 22.5, 45.0, 67.5, 80.0, 87.0, 90.0),
):
    """The radius and the rate for each gradient block of every rule at its best two settings."""
    found = {"conditions": np.array(conditions), "angles": np.array(angles)}
    found |= {"turns": np.array(turns), "names": np.array(list(RULES))}
    for name, rule in RULES.items():
        over = tunable(rule)

        def rate(condition, degrees, rule=rule, over=over):
            best = mm.tune(turned(condition, degrees), rule, over)
            return -best.rate / blocks(rule)

        found[f"{name}/conditions"] = np.array([[rate(c, a) for c in conditions] for a in angles])
        found[f"{name}/turns"] = np.array([rate(condition, a) for a in turns])
    return found
