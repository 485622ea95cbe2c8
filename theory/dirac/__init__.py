"""The Dirac-GAN (Mescheder, Geiger, Nowozin 2018): DIR."""

PAPER = "Mescheder, Geiger, Nowozin 2018 (Which Training Methods for GANs do actually Converge?), "
