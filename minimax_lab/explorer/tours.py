"""Guided tours."""

TOURS: list = []
