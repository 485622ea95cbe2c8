"""Rates that are proved for a class of games from the rule itself, ours: CERT."""
