"""The Dirac-GAN (Mescheder, Geiger, Nowozin 2018): DIR."""
