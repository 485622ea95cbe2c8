"""Smooth markets (Balduzzi et al. 2020): SM."""
