"""Six guided tours, one a paper: stops are addresses of the page, and each tour ends in a theorem
that `theory` checks.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

SIMULTANEOUS, ALTERNATING = "simultaneous, step 0.1", "alternating, step 0.1"
EXTRAGRADIENT = "extragradient, step 0.1"
CONSENSUS = "simultaneous, step 0.1, consensus 1"
SYMPLECTIC = "simultaneous, step 0.1, symplectic, no align"
ASSISTED = "simultaneous, step 0.1, assist adversary"


def _stop(say: str, game: str, first: str, second: str, **more: object) -> dict[str, str]:
    told = {"game": game, "a": first, "b": second, **more}
    return {"say": say, "address": urlencode(told, doseq=True)}


def _tour(
    title: str, paper: str, theorem: str, statement: str, *stops: dict[str, str]
) -> dict[str, Any]:
    return {
        "title": title,
        "paper": paper,
        "theorem": theorem,
        "statement": statement,
        "stops": list(stops),
    }


TOURS = [
    _tour(
        "Why plain descent turns, and what consensus does",
        "Mescheder, Nowozin, Geiger 2017, The Numerics of GANs",
        "NUM-8",
        "Consensus converges on bilinear games",
        _stop(
            "The game x y. The field only turns: its eigenvalues, the crosses, are purely "
            "imaginary. Simultaneous steps leave the unit circle, alternating ones stay on it.",
            "bilinear",
            SIMULTANEOUS,
            ALTERNATING,
        ),
        _stop(
            "Make the step smaller: simultaneous steps still lie outside. No step is small enough.",
            "bilinear",
            SIMULTANEOUS,
            ALTERNATING,
            q=f"0,0.02,{SIMULTANEOUS}",
            steps=1000,
        ),
        _stop(
            "Consensus adds the gradient of half the squared field. The discs move inside, and "
            "the measured rate is the predicted one. Turn its strength.",
            "bilinear",
            SIMULTANEOUS,
            CONSENSUS,
        ),
    ),
    _tour(
        "The Dirac-GAN with and without a penalty",
        "Mescheder, Geiger, Nowozin 2018, Which Training Methods for GANs do actually Converge?",
        "DIR-1",
        "Eigenvalues of every method on the Dirac-GAN",
        _stop(
            "A generator theta, a linear discriminator psi, the data at zero. The equilibrium is "
            "a centre, and simultaneous steps spiral outwards.",
            "dirac_gan",
            SIMULTANEOUS,
            ALTERNATING,
            steps=1000,
        ),
        _stop(
            "A gradient penalty moves the eigenvalues of the field to the right, and those of the "
            "update inside the circle.",
            "dirac_gp",
            SIMULTANEOUS,
            ALTERNATING,
            steps=1000,
        ),
        _stop(
            "At the critical penalty the pair meets on the real axis: the oscillation is over.",
            "dirac_gp_critical",
            SIMULTANEOUS,
            ALTERNATING,
            steps=1000,
        ),
    ),
    _tour(
        "Two firms that trade",
        "Balduzzi et al. 2020, Smooth Markets",
        "SM-2",
        "In a market stable is Nash",
        _stop(
            "Trade alone is a rotation, since what one firm earns the other pays.",
            "hamiltonian",
            SIMULTANEOUS,
            EXTRAGRADIENT,
        ),
        _stop(
            "With friction the firms settle, and the equilibrium is a strict local Nash.",
            "exchange",
            SIMULTANEOUS,
            EXTRAGRADIENT,
            steps=1000,
        ),
        _stop(
            "Where the interest is common and this is no market, a strict Nash is left by the "
            "flow.",
            "common_interest",
            SIMULTANEOUS,
            EXTRAGRADIENT,
            steps=60,
        ),
    ),
    _tour(
        "Taking out the rotation alone",
        "Balduzzi et al. 2018, The Mechanics of n-Player Differentiable Games",
        "SGA-4",
        "Consensus is drawn into maxima, the adjustment is not",
        _stop(
            "On a rotation consensus and the symplectic adjustment are the same.",
            "bilinear",
            CONSENSUS,
            SYMPLECTIC,
        ),
        _stop(
            "Without coupling and with both curvatures turned to -1.5 the origin is a maximum, "
            "which descent leaves. Consensus of strength 1, more than 1 / 1.5, is drawn in; the "
            "adjustment, which keeps only the antisymmetric part, has nothing to add and leaves.",
            "quadratic",
            CONSENSUS,
            SYMPLECTIC,
            p=["0,-1.5", "1,0", "2,-1.5"],
            start="0.2,0.1",
            steps=60,
        ),
    ),
    _tour(
        "Looking ahead",
        "Korpelevich 1976; Mokhtari, Ozdaglar, Pattathil 2020",
        "OP-2",
        "Extragradient on strongly monotone fields",
        _stop(
            "On x y looking ahead is enough to arrive.",
            "bilinear",
            SIMULTANEOUS,
            EXTRAGRADIENT,
            steps=1000,
        ),
        _stop(
            "Walk step by step: the second look is where the first one leads, and the move is "
            "made from the start along what was seen there.",
            "bilinear",
            EXTRAGRADIENT,
            ALTERNATING,
            index=0,
            q=f"0,0.8,{EXTRAGRADIENT}",
        ),
        _stop(
            "Where both players are curved all arrive, and the discs say how fast.",
            "quadratic",
            SIMULTANEOUS,
            EXTRAGRADIENT,
        ),
    ),
    _tour(
        "Helping the adversary",
        "Munk, Harvey, Wood 2020, Assisting the Adversary to Improve GAN Training",
        "ADV-5",
        "AdvAs converges on the Dirac-GAN above half the step",
        _stop(
            "The plain Dirac-GAN spirals outwards.",
            "dirac_gan",
            SIMULTANEOUS,
            ASSISTED,
            steps=1000,
        ),
        _stop(
            "With a strength below half the step the help is too weak, and the discs stay "
            "outside. Turn it up again.",
            "dirac_gan",
            SIMULTANEOUS,
            ASSISTED,
            q=f"1,0.03,{ASSISTED}",
            steps=1000,
        ),
    ),
]
