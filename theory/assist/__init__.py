"""AdvAs, assisting the adversary (Munk, Harvey, Wood 2020): ADV."""

from ..theorem import Source

PAPER = "Munk, Harvey, Wood 2020 (Assisting the Adversary to Improve GAN Training), "
OURS = Source("ours, about the penalty of " + PAPER + "abstract", "paper; derived")
