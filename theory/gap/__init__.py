"""The gap-aware learning-rate scheduler (Hazimeh, Ponomareva 2023): GAP."""

from ..theorem import Source

PAPER = "Hazimeh, Ponomareva 2023 (Mind the (optimality) Gap), "
RELEASED = Source(PAPER + "the released notebook; the statement is ours", "code; derived")
OURS = Source("ours, about the algorithm of " + PAPER + "the released notebook", "derived")
