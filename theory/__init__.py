"""Theorems as values: statements that a program can refute, the search that tries to, and the
report of what held.
"""
