"""How one check of a theorem is to be verified."""

from __future__ import annotations

import dataclasses

from jaxtyping import PRNGKeyArray

from ..theorem import Check, Theorem
from .falsify import Effort
from .sampling import key_of


@dataclasses.dataclass(frozen=True)
class Plan:
    """How one check is verified."""

    theorem: Theorem
    index: int
    instances: int
    seed: int
    full: bool
    effort: Effort

    @property
    def check(self) -> Check:
        return self.theorem.checks[self.index]

    @property
    def key(self) -> PRNGKeyArray:
        return key_of(self.theorem.id, self.index, self.seed)

    def count(self, most: int | None) -> int:
        """How many instances, where a check asks for at most so many."""
        return self.instances if most is None else min(self.instances, most)
