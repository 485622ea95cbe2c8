"""The gap-aware learning-rate scheduler (Hazimeh, Ponomareva 2023): GAP."""
