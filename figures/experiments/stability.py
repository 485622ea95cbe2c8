"""Where the Dirac-GAN loses stability as its step grows, and into what; the same over step and
strength of consensus; and where starts end under five rules.
"""

import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.maps import atlas_packed, basins_packed

ORIGIN = (0.0, 0.0)


@experiment("slow", quick={"values": 40, "settle": 500})
def bifurcation(
    penalty: float = 0.3,
    first: float = 0.1,
    last: float = 2.4,
    values: int = 300,
    settle: int = 4000,
    shown: int = 80,
    circles: tuple[float, ...] = (1.22, 1.4, 1.8, 2.3),
):
    """The branch of the origin in the step, runs after they have settled, and their orbits at a few
    steps.
    """
    game, rule = mm.games.dirac_gan(penalty=penalty), mm.Simultaneous(first)
    found = mm.branch(game, rule, ORIGIN, over="step", between=(first, last))
    (event,) = found.events
    steps = np.linspace(first, last, values)
    ends = walked(game, steps, settle, shown)
    orbits = walked(game, np.array(circles), settle, 2000)
    return {
        "values": found.values,
        "points": found.points,
        "radii": found.radii,
        "event": np.array([event.value, event.turn, event.coefficient]),
        "steps": steps,
        "ends": ends,
        "circles": orbits,
    }


def walked(game, steps, settle, shown):
    """The last positions of runs from (1/2, 1/2), one run a step: (runs, shown, 2)."""
    rule, start = mm.Simultaneous(jnp.asarray(steps)), (0.5, 0.5)
    settled = mm.sweep(game, rule, start, settle, every=settle // 10)
    watched = mm.sweep(
        game, rule, settled.final, shown, over=("rule", "start"), observe={"x": mm.position}
    )
    return np.stack([np.asarray(part) for part in watched.observed["x"]], axis=-1)


@experiment("slow", quick={"grid": 30})
def consensus_atlas(
    grid: int = 160, steps: int = 512, longest: float = 2.6, strongest: float = 8.0
):
    """Step and strength of consensus on the Dirac-GAN, at once and in turn."""
    over = {
        "step": np.linspace(0.02, longest, grid),
        "direction.strength": np.linspace(0.02, strongest, grid),
    }
    saved = {}
    for name, walk in {"simultaneous": mm.Simultaneous, "alternating": mm.Alternating}.items():
        rule = walk(0.1, mm.Consensus(1.0))
        seen = mm.atlas(mm.games.dirac_gan(), rule, ORIGIN, over=over, steps=steps)
        saved |= atlas_packed(seen, name)
    return saved


@experiment("slow", quick={"grid": 60})
def five_basins(grid: int = 300, steps: int = 512, step: float = 0.1, strength: float = 0.2):
    """Every start of a square in the game of two basins, five rules with one step."""
    rules = {
        "simultaneous": mm.Simultaneous(step),
        "alternating": mm.Alternating(step),
        "extragradient": mm.Extragradient(step),
        "consensus": mm.Simultaneous(step, mm.Consensus(strength)),
        "optimistic": mm.Optimistic(step),
    }
    found = {
        name: mm.basins(
            mm.games.two_basins(), rule, box=((-6.0, 4.0), (-3.0, 7.0)), grid=grid, steps=steps
        )
        for name, rule in rules.items()
    }
    entropies = [[one.entropy(), one.boundary_entropy()] for one in found.values()]
    return {"names": np.array(list(found)), "entropies": np.array(entropies)} | basins_packed(found)
