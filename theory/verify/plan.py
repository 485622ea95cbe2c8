"""How theorems, and one check of one, are to be verified."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from jaxtyping import PRNGKeyArray

from ..theorem import Check, Theorem
from .falsify import Effort
from .sampling import key_of


class How(NamedTuple):
    """How theorems are verified: random instances a check, every seed, slow scenarios too, and
    whether every constant is moved.
    """

    instances: int
    seeds: tuple[int, ...]
    full: bool
    slack: bool


@dataclasses.dataclass(frozen=True)
class Plan:
    """How one check is verified at one seed; what depends on no seed is done at the `first`, and so
    is its `slack`.
    """

    theorem: Theorem
    index: int
    instances: int
    seed: int
    full: bool
    effort: Effort
    first: bool = True
    moved: bool = False

    @property
    def slack(self) -> bool:
        """Whether the constants are moved."""
        return self.moved and self.first

    @property
    def check(self) -> Check:
        return self.theorem.checks[self.index]

    @property
    def key(self) -> PRNGKeyArray:
        return key_of(self.theorem.id, self.index, self.seed)

    def count(self, most: int | None) -> int:
        """How many instances, where a check asks for at most so many."""
        return self.instances if most is None else min(self.instances, most)
