"""The Numerics of GANs (Mescheder, Nowozin, Geiger 2017): NUM."""

PAPER = "Mescheder, Nowozin, Geiger 2017 (The Numerics of GANs), "
