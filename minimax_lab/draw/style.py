"""The house style: what every picture shares, so that figures of one paper look like one paper.

Series differ in colour, in dashes and in marks, so that a grey copy still tells them apart. The
first colours are those of Okabe and Ito (2008). The twelve are far apart for readers who see all
colours, and for those who do not see red and green apart. Fonts come with matplotlib, so pictures
are the same on every machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..checks import refuse

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

Dashes: TypeAlias = str | tuple[float, tuple[float, ...]]
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#BF3083",
    "#56B4E9",
    "#E69F00",
    "#000000",
    "#800000",
    "#005953",
    "#262680",
    "#805D46",
    "#F285A2",
)
DASHES: tuple[Dashes, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (10, 2)),
    (0, (3, 1.2, 1, 1.2, 1, 1.2)),
    (0, (2.5, 1)),
    (0, (8, 1.5, 2.5, 1.5)),
    (0, (1, 2.5)),
    (0, (6, 1.2, 1, 1.2, 1, 1.2, 1, 1.2)),
    (0, (4, 3)),
    (0, (12, 1.5, 1.2, 1.5)),
)
MARKS = ("D", ">", "p", "d", "<", "h", "8", "s", "^", "v", "P", "X")

RC: dict[Any, Any] = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.borderaxespad": 0.3,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "lines.linewidth": 1.3,
    "lines.markersize": 4.0,
    "figure.dpi": 100.0,
    "savefig.dpi": 220.0,
    "pdf.fonttype": 42,
    "axes.axisbelow": True,
    "path.simplify": True,
}


class Look(NamedTuple):
    """How one series looks."""

    colour: str
    dashes: Dashes
    mark: str

    @classmethod
    def of(cls, index: int) -> Look:
        """The look of a series; twelve colours, then the same with other dashes and marks."""
        turn = index // len(COLOURS)
        return cls(
            COLOURS[index % len(COLOURS)],
            DASHES[(index + turn) % len(DASHES)],
            MARKS[(index + 2 * turn) % len(MARKS)],
        )


@contextlib.contextmanager
def style(**changes: object) -> Iterator[None]:
    """The house style within a block, for figures of your own; `changes` are further matplotlib
    settings.

    Arguments:
        changes: matplotlib settings, as in `style(**{"font.size": 8})`.

    Examples:
        >>> import matplotlib
        >>> import minimax_lab as mm
        >>> with mm.draw.style(**{"font.size": 7}):
        ...     matplotlib.rcParams["font.size"]
        7.0
    """
    import matplotlib

    plain: dict[Any, Any] = {
        **matplotlib.rcParamsDefault,
        "backend": matplotlib.rcParams["backend"],
    }
    with contextlib.ExitStack() as block:
        try:
            block.enter_context(matplotlib.rc_context(plain | RC | changes))
        except (KeyError, ValueError) as error:
            raise refuse("style()", changes, "matplotlib settings", str(error)) from None
        yield


def canvas(axis: Axes | None, width: float, height: float, beside: float = 1.8) -> Axes:
    """The axis given, or one of `width` x `height` inches in a figure of its own, with room
    `beside` it for a legend.

    The axes have their size whatever the legend says: it is the figure that is trimmed when saved.
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if axis is None:
        left, low, more = 0.6, 0.5, 0.15
        whole = (left + width + beside, low + height + more)
        return Figure(figsize=whole).add_axes(
            (left / whole[0], low / whole[1], width / whole[0], height / whole[1])
        )
    if not isinstance(axis, Axes):
        allowed = "a matplotlib Axes, or None for a figure of its own"
        raise refuse("axis", axis, allowed, "Of a figure take figure.add_subplot().")
    return axis


def swatch(label: str, **looks: Any) -> Line2D:
    """An entry of a legend for what is drawn in several parts."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **looks)


def legend(axis: Axes, handles: Sequence[Artist], *, crowded: int = 4) -> None:
    """A legend inside the axes, or to the right of them when it has many or long entries."""
    if not handles:
        return
    lines = sum(1 + str(h.get_label()).count("\n") for h in handles)
    if lines > crowded or max(len(str(h.get_label())) for h in handles) > 34:
        axis.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0))
    else:
        axis.legend(handles=handles, loc="best")
