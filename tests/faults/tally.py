"""What a part of the campaign came to."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Tally:
    """Cases, counted; a `lost` or an `unclear` one is named."""

    tried: int = 0
    told: int = 0  # of those that passed, how many ended in a line that says what is wrong
    lost: list[str] = dataclasses.field(default_factory=list)
    unclear: list[str] = dataclasses.field(default_factory=list)

    @property
    def passed(self) -> int:
        """All others."""
        return self.tried - len(self.lost) - len(self.unclear)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.tried + other.tried,
            self.told + other.told,
            self.lost + other.lost,
            self.unclear + other.unclear,
        )
