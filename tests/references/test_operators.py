"""Looking ahead, following a ridge and averaging, beside a transcription in plain NumPy."""

import pytest

import minimax_lab as mm
from tests.references.beside import compare

STEP = (0.05, 0.08)
STACK = mm.Momentum(0.4, mm.Clipped(mm.Adam(), (0.9, 0.7)))
INNER = mm.Alternating(STEP, mm.Momentum(0.4))
RULES = {
    "extragradient": mm.Extragradient(STEP, STACK),
    "extra-adam": mm.Extragradient(STEP, STACK, both=True),
    "past extragradient": mm.PastExtragradient(STEP, STACK),
    "optimistic": mm.Optimistic(STEP, STACK),
    "follow the ridge": mm.FollowTheRidge(STEP),
    "follow the ridge of player 1": mm.FollowTheRidge(STEP, leader=1),
    "mean": mm.Averaged(INNER),
    "exponential mean": mm.Averaged(INNER, 0.8),
    "lookahead": mm.Lookahead(INNER, period=4, weight=(0.4, 0.7)),
    "repeated": mm.Repeated(INNER, 3),
    "repeated past": mm.Repeated(mm.PastExtragradient(STEP)),
}


@pytest.mark.parametrize("name", RULES)
def test_rules(name):
    compare(RULES[name], "two")
