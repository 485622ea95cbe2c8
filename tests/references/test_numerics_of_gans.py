"""The Numerics of GANs with other settings than the table's: in turn, among three players, each
with numbers of its own.
"""

import pytest

import minimax_lab as mm
from tests.references.beside import compare

TWO, THREE = (0.05, 0.08), (0.05, 0.08, 0.03)
STACK = mm.Momentum((0.5, 0.2), mm.Clipped(mm.Adam(mm.Consensus(2.0)), (0.6, 0.9)))
IN_TURN = {
    "paired consensus": mm.Consensus((0.3, 0.6), paired=True),
    "aligned symplectic": mm.Symplectic(-0.5),
    "stacked": STACK,
}
OF_THREE = {
    "rmsprop, epsilon outside": mm.RMSProp(decay=0.8, epsilon=0.1, inside=False, initial=0.5),
    "consensus": mm.Consensus((0.3, 0.6, 0.2)),
    "smoothing": mm.Smoothing((0.4, None, 0.6)),
    "symplectic": mm.Symplectic((0.3, 0.6, 0.2), align=False),
    "clipped momentum": mm.Clipped(mm.Momentum((-0.3, 0.5, 0.2)), (0.4, 0.3, 0.5)),
    "adam": mm.Adam(mm.Momentum(0.3), first=0.5, second=0.9, epsilon=0.01),
}


@pytest.mark.parametrize("name", IN_TURN)
def test_in_turn(name):
    compare(mm.Alternating(TWO, IN_TURN[name], order=(1, 1, 0)), "two")


@pytest.mark.parametrize("name", OF_THREE)
def test_of_three_players(name):
    compare(mm.Simultaneous(THREE, OF_THREE[name]), "three")


def test_three_players_in_turn():
    compare(mm.Alternating(THREE, mm.Momentum((-0.3, 0.5, 0.2)), order=(2, 0, 1, 0)), "three")
