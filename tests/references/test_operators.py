"""Looking ahead, following a ridge and averaging with other settings than the table's."""

import pytest

import minimax_lab as mm
from tests.references.beside import compare

TWO, THREE = (0.05, 0.08), (0.05, 0.08, 0.03)
ADAM = mm.Adam(first=0.5, second=0.9)
ROAMING = mm.PastExtragradient(TWO, mm.Momentum(0.4))
RULES = {
    "a follower leads": mm.FollowTheRidge(TWO, leader=1),
    "lookahead of a look": mm.Lookahead(ROAMING, period=4, weight=(0.4, 0.7)),
    "lookahead, thrice": mm.Repeated(mm.Lookahead(mm.Alternating(TWO), period=2), 3),
    "mean of repeated looks": mm.Averaged(mm.Repeated(ROAMING)),
    "repeated means": mm.Repeated(mm.Averaged(mm.Simultaneous(TWO))),
}
OF_THREE = {
    "one leads two": mm.FollowTheRidge(THREE, leader=1),
    "extragradient": mm.Extragradient(THREE, ADAM),
    "optimistic": mm.Optimistic(THREE, ADAM),
    "lookahead": mm.Lookahead(mm.Simultaneous(THREE), period=3, weight=(0.4, 0.7, 1.0)),
}


@pytest.mark.parametrize("name", RULES)
def test_rules(name):
    compare(RULES[name], "two")


@pytest.mark.parametrize("name", OF_THREE)
def test_of_three_players(name):
    compare(OF_THREE[name], "three")
