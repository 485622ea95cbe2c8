"""What the code of The Numerics of GANs runs, beside a transcription in plain NumPy."""

import pytest

import minimax_lab as mm
from tests.references.beside import compare

STEP = (0.05, 0.08)
DIRECTIONS = {
    "gradient": mm.Gradient(),
    "consensus": mm.Consensus(0.5),
    "consensus, a strength a player": mm.Consensus((0.3, 0.6)),
    "paired consensus": mm.Consensus(0.5, paired=True),
    "smoothing": mm.Smoothing(0.5),
    "smoothing of one": mm.Smoothing((None, 0.5)),
    "symplectic": mm.Symplectic((0.5, 0.7), align=False),
    "aligned symplectic": mm.Symplectic(0.5),
    "momentum": mm.Momentum(0.6),
    "negative momentum": mm.Momentum((-0.3, -0.5)),
    "adam": mm.Adam(),
    "adam of consensus": mm.Adam(mm.Consensus(0.5), 0.5, 0.99, 1e-3),
    "rmsprop": mm.RMSProp(),
    "rmsprop, epsilon outside": mm.RMSProp(decay=0.8, epsilon=0.1, inside=False, initial=0.5),
    "tensorflow rmsprop": mm.RMSProp.tensorflow1(mm.Consensus(1.0)),
    "clipped": mm.Clipped(bound=0.7),
    "stacked": mm.Momentum(0.5, mm.Clipped(mm.Adam(mm.Consensus(2.0)), (0.6, 0.9))),
}


@pytest.mark.parametrize("name", DIRECTIONS)
def test_at_once(name):
    compare(mm.Simultaneous(STEP, DIRECTIONS[name]), "two")


@pytest.mark.parametrize("name", DIRECTIONS)
def test_in_turn(name):
    compare(mm.Alternating(STEP, DIRECTIONS[name], order=(1, 1, 0)), "two")
