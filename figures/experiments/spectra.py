"""Where the eigenvalues of a whole update lie on a bilinear game, memory included."""

import numpy as np

import minimax_lab as mm
from figures import experiment


@experiment(quick={"size": 4})
def spectra(step: float = 0.5, size: int = 12, smallest: float = 0.1, seed: int = 0):
    """x'Ay with singular values evenly spaced up to one, every rule with the same step, linearised
    at the origin.
    """
    generator = np.random.default_rng(seed)
    left, right = (np.linalg.qr(generator.standard_normal((size, size)))[0] for _ in range(2))
    game = mm.games.bilinear(left @ np.diag(np.linspace(smallest, 1, size)) @ right)
    origin = mm.Profile((np.zeros(size), np.zeros(size)))
    found = {name: mm.update_spectrum(game, rule, origin) for name, rule in rules(step).items()}
    periods = np.array([s.period for s in found.values()])
    return {"names": np.array(list(found)), "periods": periods} | {
        name: s.values for name, s in found.items()
    }


def rules(step: float) -> dict[str, mm.UpdateRule]:
    """Rules that are linear at rest."""
    return {
        "simultaneous": mm.Simultaneous(step),
        "alternating": mm.Alternating(step),
        "alternating, momentum −1/2": mm.Alternating(step, mm.Momentum(-0.5)),
        "extragradient": mm.Extragradient(step),
        "past extragradient": mm.PastExtragradient(step),
        "optimistic": mm.Optimistic(step),
        "consensus 1": mm.Simultaneous(step, mm.Consensus(1.0)),
        "symplectic 1": mm.Simultaneous(step, mm.Symplectic(1.0, align=False)),
        "lookahead 5, 1/2": mm.Lookahead(mm.Simultaneous(step)),
    }
