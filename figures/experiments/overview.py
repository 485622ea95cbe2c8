"""The README's picture: one game, three rules, where they go and the eigenvalues that say so beforehand."""

import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.packing import packed

RULES = {
    "simultaneous": mm.Simultaneous(0.8),
    "alternating": mm.Alternating(0.8),
    "alternating, consensus 1": mm.Alternating(0.8, mm.Consensus(1.0)),
}


@experiment(quick={"steps": 20})
def overview(steps: int = 60, start: tuple[float, float] = (1.0, 1.0)):
    """The Dirac-GAN's portrait with a walk of each rule, and the spectra of their update maps at the origin."""
    game = mm.games.dirac_gan()
    whole = mm.portrait(game, box=(-2.2, 2.2), rules=RULES, starts=[start], steps=steps, flow=False)
    spectra = {name: mm.update_spectrum(game, rule, (0.0, 0.0)).values for name, rule in RULES.items()}
    return packed(whole, "portrait") | {"names": np.array(list(RULES)), "spectra": np.array([*spectra.values()])}
