"""The house style: what every picture shares, so that figures of one paper look like one paper.

Series differ in colour, in dashes and in marks, so that a grey copy still tells them apart. The
first colours are those of Okabe and Ito (2008). The twelve are far apart for readers who see all
colours, and for those who do not see red and green apart. Fonts come with matplotlib, so pictures
are the same on every machine.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import io
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from ..checks import refuse

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from .papers import Paper

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


SIZES = ("font.size", "labelsize", "titlesize", "fontsize", "linewidth", "markersize", "width")
# The paper and the further settings of the block we are in, and the paper each figure was made for.
_BLOCK: contextvars.ContextVar[tuple[Paper | None, dict[str, Any]]] = contextvars.ContextVar(
    "block", default=(None, {})
)
_PAPERS: weakref.WeakKeyDictionary[Figure, Paper] = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def style(paper: Paper | None = None, **changes: object) -> Iterator[None]:
    """The house style within a block, also for figures of your own; `changes` are further
    matplotlib settings. Within a block for a `Paper` pictures are laid out and saved for it.

    Arguments:
        paper: where the pictures are to stand, such as `mm.draw.Paper.COLUMN`.
        changes: matplotlib settings, as in `style(**{"font.size": 8})`.

    Examples:
        >>> import matplotlib
        >>> import minimax_lab as mm
        >>> with mm.draw.style(**{"font.size": 7}):
        ...     matplotlib.rcParams["font.size"]
        7.0
    """
    import matplotlib

    if paper is not None:
        from .papers import demand_paper

        demand_paper(paper)
    before, earlier = _BLOCK.get()
    paper, settings = paper or before, earlier | changes
    ours = dict(RC)
    if paper is not None and paper.factor != 1:
        ours = {n: v * paper.factor if n.endswith(SIZES) else v for n, v in RC.items()}
    plain: dict[Any, Any] = {
        **matplotlib.rcParamsDefault,
        "backend": matplotlib.rcParams["backend"],
    }
    with contextlib.ExitStack() as block:
        try:
            block.enter_context(matplotlib.rc_context(plain | ours | settings))
        except (KeyError, ValueError) as error:
            raise refuse("style()", changes, "matplotlib settings", str(error)) from None
        block.callback(_BLOCK.reset, _BLOCK.set((paper, settings)))
        yield


def paper_of(figure: Figure) -> Paper | None:
    """The paper that a figure was made for, or that of the block we are in."""
    return _PAPERS.get(figure) or _BLOCK.get()[0]


def paged(figure: Figure) -> Figure:
    """The figure, made for the paper of the block we are in, and as much larger as its letters."""
    paper = _BLOCK.get()[0]
    if paper is not None:
        _PAPERS[figure] = paper
        figure.set_size_inches(*(figure.get_size_inches() * paper.factor))
    return figure


Drawn = TypeVar("Drawn", bound=Callable[..., Any])


def drawing(function: Drawn) -> Drawn:
    """A function that draws into `axes`, which may still be called `axis`. Without axes it makes a
    figure of its own, which a notebook shows as what the cell gives.
    """

    @functools.wraps(function)
    def drawn(*given: Any, **named: Any) -> Any:
        if "axis" in named:
            if "axes" in named:
                raise refuse("axis", named["axis"], "left out where axes are given")
            named["axes"] = named.pop("axis")
        made = function(*given, **named)
        if named.get("axes") is None and hasattr(made, "get_figure"):
            vars(made)["_repr_png_"] = functools.partial(_png, made)
        return made

    return drawn  # type: ignore[return-value]


def _png(axes: Axes) -> bytes:
    """The picture of a figure, trimmed to what is drawn."""
    page, figure = io.BytesIO(), axes.get_figure(root=True)
    assert figure is not None
    with style(paper_of(figure)):
        figure.savefig(page, format="png", dpi=110, bbox_inches="tight")
    return page.getvalue()


def canvas(axes: Axes | None, width: float, height: float, beside: float = 1.8) -> Axes:
    """The axes given, or some of `width` x `height` inches in a figure of its own, with room
    `beside` them for a legend; for a paper as wide as it, and as high in proportion.

    The axes have their size whatever the legend says: it is the figure that is trimmed when saved.
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if axes is None:
        left, low, more = 0.6, 0.5, 0.15
        paper = _BLOCK.get()[0]
        if paper is not None:
            beside = 0.0 if narrow() else beside
            room = max(paper.width / paper.factor - left - more - beside, 1.0)
            width, height = room, room * height / width
        whole = (left + width + beside, low + height + more)
        return paged(Figure(figsize=whole)).add_axes(
            (left / whole[0], low / whole[1], width / whole[0], height / whole[1])
        )
    if not isinstance(axes, Axes):
        allowed = "a matplotlib Axes, or None for a figure of its own"
        raise refuse("axes", axes, allowed, "Of a figure take figure.add_subplot().")
    return axes


def narrow() -> bool:
    """Whether the paper of this block has no room for anything beside axes: legends stand below."""
    paper = _BLOCK.get()[0]
    return paper is not None and paper.width / paper.factor < 6.0


def swatch(label: str, **looks: Any) -> Line2D:
    """An entry of a legend for what is drawn in several parts."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **looks)


def legend(axis: Axes, handles: Sequence[Artist], *, crowded: int = 4) -> None:
    """A legend inside the axes, or outside when it has many or long entries: to the right of them,
    below them on narrow paper.
    """
    if not handles:
        return
    lines = sum(1 + str(h.get_label()).count("\n") for h in handles)
    inside = lines <= crowded and max(len(str(h.get_label())) for h in handles) <= 34
    if not inside and narrow():
        below(axis, handles)
        return
    _magnified(axis, handles)
    if inside:
        axis.legend(handles=handles, loc="best")
    else:
        axis.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0))


def below(axis: Axes, handles: Sequence[Artist]) -> None:
    """A legend below the axes, in as many columns as the paper has room for."""
    _magnified(axis, handles)
    paper, columns = _BLOCK.get()[0], 1
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0.0, -0.2)}
    if paper is not None:
        longest = max(len(line) for h in handles for line in str(h.get_label()).split("\n"))
        columns = max(1, int(paper.width / paper.factor / (0.5 + 0.055 * longest)))
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": 4.4}
    axis.legend(handles=handles, ncols=min(columns, len(handles)), **place)


def _magnified(axis: Axes, handles: Sequence[Artist]) -> None:
    """Lines and marks as much larger as the letters of the paper are, each once; those without a
    size of their own have had theirs from the settings.
    """
    from matplotlib import rcParams
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    paper = _BLOCK.get()[0]
    if paper is None or paper.factor == 1:
        return
    for artist in {*axis.lines, *axis.collections, *axis.patches, *handles}:
        if getattr(artist, "_magnified", False):
            continue
        if isinstance(artist, Line2D):
            artist.set_markeredgewidth(artist.get_markeredgewidth() * paper.factor)
            if artist.get_markersize() != rcParams["lines.markersize"]:
                artist.set_markersize(artist.get_markersize() * paper.factor)
            if artist.get_linewidth() != rcParams["lines.linewidth"]:
                artist.set_linewidth(artist.get_linewidth() * paper.factor)
        elif isinstance(artist, Patch):
            artist.set_linewidth(artist.get_linewidth() * paper.factor)
        elif isinstance(artist, Collection):
            artist.set_linewidth((np.asarray(artist.get_linewidth()) * paper.factor).tolist())
        artist._magnified = True  # type: ignore[attr-defined]
