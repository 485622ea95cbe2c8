"""Few rows with one value of every axis, in which every value occurs, or every pair of values of
two axes; the same rows every time.

Values of all axes together have different names, so that two names are a pair.
"""

import itertools


def singles(*axes, refused=()):
    """Every value occurs in some row, and none of the refused pairs in any."""
    return _covering(1, axes, {frozenset(pair) for pair in refused})


def pairwise(*axes, refused=()):
    """Every pair of values of two axes occurs in some row, and the refused ones in none."""
    return _covering(2, axes, {frozenset(pair) for pair in refused})


def _covering(strength, axes, refused):
    """Row by row: it begins with the first group that is left and takes, axis by axis, what covers
    most of the others; of equals, the first.
    """
    groups = itertools.combinations(axes, strength)
    left = dict.fromkeys(frozenset(g) for chosen in groups for g in itertools.product(*chosen))
    left = dict.fromkeys(group for group in left if group not in refused)
    rows = []
    while left:
        row = set(next(iter(left)))
        for axis in axes:
            if row.isdisjoint(axis):
                fitting = [v for v in axis if not any({v, other} in refused for other in row)]
                gains = [len(_new(row, v, strength, left)) for v in fitting]
                row.add(fitting[gains.index(max(gains))])
        for group in itertools.combinations(row, strength):
            left.pop(frozenset(group), None)
        rows.append(tuple(value for axis in axes for value in axis if value in row))
    return rows


def _new(row, value, strength, left):
    """What is covered for the first time if the value joins the row."""
    groups = (frozenset({value, *g}) for g in itertools.combinations(row, strength - 1))
    return [group for group in groups if group in left]
