"""Where a field's eigenvalues lie, and what a step, consensus and a gradient penalty do to them."""

import numpy as np

import minimax_lab as mm
from figures import experiment

# min max x'Px/2 + x'By - y'Qy/2 with P, B, Q diagonal: one pair of eigenvalues a mode. (P, B, Q,
# step to be tried.)
CASES = {
    "well behaved": ((1.0, 1.1, 0.8), (0.3, 0.5, 0.7), (1.0, 0.9, 0.8), 0.5),
    "near the imaginary axis": ((0.05, 0.1, 0.0), (0.6, 0.9, 1.2), (0.05, 0.0, 0.1), 0.5),
    "large imaginary part": ((1.0, 1.2, 0.6), (3.0, 4.0, 5.0), (1.0, 0.8, 1.4), 0.15),
}


@experiment(quick={"count": 5})
def eigenvalues(strengths: tuple[float, ...] = (1.0, 1.0, 0.2), count: int = 33):
    """The field's eigenvalues, those of one update with and without consensus, and their path as
    its strength grows from 0.
    """
    saved: dict[str, np.ndarray] = {
        "names": np.array(list(CASES)),
        "strengths": np.array(strengths),
    }
    for (name, (P, B, Q, step)), strength in zip(CASES.items(), strengths, strict=True):
        game = mm.games.quadratic(np.diag(P), np.diag(B), np.diag(Q))
        origin = mm.Profile((np.zeros(3), np.zeros(3)))
        path = [update(game, origin, 1.0, gamma) for gamma in np.linspace(0, strength, count)]
        saved |= {
            f"{name}/step": np.array(step),
            f"{name}/limit": np.array(mm.step_limit(game, origin)),
            f"{name}/field": mm.field_spectrum(game, origin).values,
            # One update with step 1 is 1 - d', whatever the direction d.
            f"{name}/path": 1 - np.array([spectrum.values for spectrum in path]),
            f"{name}/plain": update(game, origin, step, 0.0).values,
            f"{name}/consensus": update(game, origin, step, strength).values,
        }
    return saved


def update(game: mm.Game, origin: mm.Profile, step: float, strength: float) -> mm.Spectrum:
    return mm.update_spectrum(game, mm.Simultaneous(step, mm.Consensus(strength)), origin)


@experiment(quick={"count": 21})
def dirac_path(most: float = 2.0, count: int = 161):
    """The eigenvalues of the Dirac-GAN's field at its equilibrium, against the strength of the
    gradient penalty.
    """
    strengths = np.linspace(0, most, count)
    games = [mm.games.dirac_gan(penalty=strength) for strength in strengths]
    return {
        "strengths": strengths,
        "values": np.array([mm.field_spectrum(game, (0.0, 0.0)).values for game in games]),
    }
