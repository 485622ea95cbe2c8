"""Cases of a test of which some take long: those are run by `make slow` only."""

from collections.abc import Collection, Iterable

import pytest


def but(names: Iterable, slow: Collection) -> list:
    """All names, those in `slow` marked."""
    names = list(names)
    unknown = set(slow) - set(names)
    assert not unknown, f"{sorted(unknown)} are no cases"
    return [pytest.param(n, marks=pytest.mark.slow) if n in slow else n for n in names]
