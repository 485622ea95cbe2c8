"""Smooth markets (Balduzzi et al. 2020): SM."""

PAPER = "Balduzzi et al. 2020 (Smooth markets), "
