"""Dissecting adaptive methods in GANs (Jelassi et al. 2022): NS."""
