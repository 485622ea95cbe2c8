"""Mechanics of n-player differentiable games (Balduzzi et al. 2018): SGA."""

PAPER = "Balduzzi et al. 2018 (Mechanics of n-player differentiable games), "
