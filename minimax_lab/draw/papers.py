"""Where pictures stand: the widths and letters of the usual venues."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ..checks import one_number, refuse

LETTERS = 9.0  # points, of the house style


@dataclasses.dataclass(frozen=True)
class Paper:
    """Where a picture is to stand: its `width` in inches, which is exactly that of the file, and
    the `letters` in points; lines and marks grow with them.

    Ready are `COLUMN` (3.25 inches, of ICML, AISTATS and CVPR) and `PAGE` (6.75, across both of
    their columns), `TEXT` (5.5, of NeurIPS and ICLR), `JMLR` (6), `IEEE` (3.5) and `IEEE_PAGE`
    (7.16), `POSTER` (12, letters of 26 points) and `SLIDE` (12, letters of 18 points).

    Examples:
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> with mm.draw.style(mm.draw.Paper.COLUMN):
        ...     axes = mm.draw.curves(0.9 ** np.arange(50))
        >>> mm.draw.Paper.COLUMN.width, mm.draw.Paper(width=4.2).letters
        (3.25, 9.0)
    """

    width: float
    letters: float = 9.0

    COLUMN: ClassVar[Paper]
    PAGE: ClassVar[Paper]
    TEXT: ClassVar[Paper]
    JMLR: ClassVar[Paper]
    IEEE: ClassVar[Paper]
    IEEE_PAGE: ClassVar[Paper]
    POSTER: ClassVar[Paper]
    SLIDE: ClassVar[Paper]

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", one_number(self.width, "Paper.width", above=0, most=200))
        letters = one_number(self.letters, "Paper.letters", above=0, most=500)
        object.__setattr__(self, "letters", letters)

    @property
    def factor(self) -> float:
        """How much larger its letters are than those of a page."""
        return self.letters / LETTERS


Paper.COLUMN, Paper.PAGE, Paper.TEXT = Paper(3.25), Paper(6.75), Paper(5.5)
Paper.JMLR, Paper.IEEE, Paper.IEEE_PAGE = Paper(6.0), Paper(3.5), Paper(7.16)
Paper.POSTER, Paper.SLIDE = Paper(12.0, 26.0), Paper(12.0, 18.0)


def demand_paper(paper: object) -> None:
    """One of these."""
    if not isinstance(paper, Paper):
        cause = "Of a width in inches make one: mm.draw.Paper(3.25)."
        raise refuse("paper", paper, "a mm.draw.Paper, such as Paper.COLUMN", cause)
