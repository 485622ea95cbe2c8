"""The Numerics of GANs (Mescheder, Nowozin, Geiger 2017): NUM."""
