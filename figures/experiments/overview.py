"""The README's picture: one game, three rules, where they go and the eigenvalues that say so
beforehand.
"""

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.packing import packed


@experiment(quick={"steps": 20})
def overview(step: float = 0.8, steps: int = 60, start: tuple[float, float] = (1.0, 1.0)):
    """The Dirac-GAN's portrait with a walk of each rule, and the spectra of their update maps at
    the origin.
    """
    game = mm.games.dirac_gan()
    rules = {
        "simultaneous": mm.Simultaneous(step),
        "alternating": mm.Alternating(step),
        "alternating, consensus 1": mm.Alternating(step, mm.Consensus(1.0)),
    }
    whole = mm.portrait(game, box=(-2.2, 2.2), rules=rules, starts=[start], steps=steps, flow=False)
    spectra = {
        name: mm.update_spectrum(game, rule, (0.0, 0.0)).values for name, rule in rules.items()
    }
    return packed(whole, "portrait") | {
        "names": np.array(list(rules)),
        "spectra": np.array([*spectra.values()]),
    }
