"""One rule as a path, as a spectrum and as a formula, while its step grows and shrinks again."""

import numpy as np
import sympy

import minimax_lab as mm
from figures import experiment


@experiment(quick={"frames": 8, "steps": 20})
def faces(
    frames: int = 100,
    steps: int = 60,
    low: float = 0.15,
    high: float = 2.15,
    strength: float = 1.0,
    start: tuple[float, float] = (1.0, 1.0),
):
    """Consensus on the Dirac-GAN, its step going from `low` to `high` and back; the formulas come
    from the same rule on symbols.
    """
    turn = np.linspace(0, 2 * np.pi, frames, endpoint=False)
    sizes = low + (high - low) * (1 - np.cos(turn)) / 2
    game, entry = mm.games.dirac_gan(), mm.games.entry("dirac_gan")
    rules = mm.Simultaneous(sizes, mm.Consensus(strength))
    watched = {"position": mm.position}
    run = mm.sweep(game, rules, start, steps, over="rule", observe=watched)
    spectra = [
        mm.update_spectrum(game, mm.Simultaneous(h, mm.Consensus(strength)), (0.0, 0.0)).values
        for h in sizes
    ]
    h = sympy.Symbol("h", positive=True)
    symbolic = mm.SymbolicGame(*entry.formula())
    symbols = [symbol for own in entry.formula()[1] for symbol in own]
    rule = mm.Simultaneous(h, mm.Consensus(sympy.nsimplify(strength)))
    matrix = symbolic.update_matrix(rule, dict.fromkeys(symbols, 0)).applyfunc(sympy.expand)
    square = sympy.expand(matrix.det())  # of a complex pair, whose product this is
    (limit,) = (one for one in sympy.solve(square - 1, h) if one != 0)
    portrait = mm.portrait(game, box=(-2.2, 2.2), flow=False, grid=25)
    return {
        "sizes": sizes,
        "paths": np.stack([np.asarray(part) for part in run.observed["position"]], axis=-1),
        "spectra": np.array(spectra),
        "x": portrait.grid[0],
        "y": portrait.grid[1],
        "field": portrait.field,
        "matrix": np.array([sympy.latex(entry) for entry in matrix]),
        "square": np.array(sympy.latex(square)),
        "limit": np.array(sympy.latex(limit)),
        "threshold": np.array(float(limit)),
    }
