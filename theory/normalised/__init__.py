"""Dissecting adaptive methods in GANs (Jelassi et al. 2022): NS."""

PAPER = "Jelassi, Dobre, Mensch, Li, Gidel 2022"
