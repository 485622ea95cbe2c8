"""Worst cases of single methods on classes of operators, ours: OP."""
