"""A phase portrait on paper: the flow in grey beneath, what organises it in black, the rules' walks
in colour on top.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.portraits import Box, Points, Portrait, Trajectory, flat
from ..checks import refuse
from ..kinds import Kind
from ..running.judge import Outcome
from .style import Look, canvas, drawing, legend, style, swatch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

ARROWS = 17  # a side
DARK = "#444444"
NULL = ("#7a7a7a", "#a0522d")
KINDS: dict[Kind, dict[str, Any]] = {
    Kind.NASH: {"marker": "s", "fillstyle": "full"},
    Kind.MINIMAX: {"marker": "s", "fillstyle": "left"},
    Kind.STABLE: {"marker": "^", "fillstyle": "full"},
    Kind.SADDLE: {"marker": "X", "markerfacecolor": "white"},
    Kind.SOURCE: {"marker": "v", "markerfacecolor": "white"},
    Kind.DEGENERATE: {"marker": "P", "markerfacecolor": "white"},
}


@drawing
def portrait(
    portrait: Portrait,
    axes: Axes | None = None,
    *,
    names: Sequence[str] = ("$x_0$ (player 0)", "$x_1$ (player 1)"),
) -> Axes:
    """Draw a portrait with equal axes; circles are starts, stars ends, crosses where a walk was
    given up as diverged.

    Arguments:
        portrait: what `mm.portrait` has computed.
        axes: a matplotlib Axes to draw into; a figure of its own without.
        names: of the two axes.

    Returns:
        The axis.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # zeros deserve 64 bits
        >>> game, plain = mm.games.quadratic(0.5, 1.0, 0.5), {"flow": False, "separatrices": False}
        >>> seen = mm.portrait(game, box=(-1, 1), grid=9, **plain)
        >>> mm.draw.portrait(seen, names=("mine", "yours")).get_xlabel()
        'mine'
    """
    if not isinstance(portrait, Portrait):
        raise refuse(
            "portrait", portrait, "a Portrait", "Compute it first: mm.portrait(game, box=...)."
        )
    if len(names) != 2:
        raise refuse("names", names, "two names of axes")
    with style():
        axis = canvas(axes, 3.2, 3.2, beside=2.6)
        (left, right), (low, high) = portrait.box
        axis.set(
            xlim=(left, right), ylim=(low, high), aspect="equal", xlabel=names[0], ylabel=names[1]
        )
        _arrows(axis, portrait)
        handles = _walks(axis, portrait)
        handles += _flow(axis, portrait) + _separatrices(axis, portrait)
        handles += (
            _nullclines(axis, portrait) + _equilibria(axis, portrait) + _outside(axis, portrait)
        )
        legend(axis, handles, crowded=0)
    return axis


def _arrows(axis: Axes, portrait: Portrait) -> None:
    """The direction of -v, all arrows alike: speeds differ too much to be drawn."""
    x, y = portrait.grid
    pick = np.unique(np.linspace(0, len(x) - 1, ARROWS + 2).round().astype(int))[1:-1]
    v = -portrait.field[np.ix_(pick, pick)]
    size = np.linalg.norm(v, axis=-1, keepdims=True)
    v = np.where(size > 0, v / np.where(size > 0, size, 1), np.nan)
    v[portrait.outside[np.ix_(pick, pick)]] = np.nan
    axis.quiver(
        x[pick],
        y[pick],
        v[..., 0],
        v[..., 1],
        color="#c3c3c3",
        angles="xy",
        pivot="mid",
        scale=1.5 * ARROWS,
        width=0.0035,
        headwidth=4,
        headlength=4.5,
        headaxislength=4,
        zorder=0.8,
    )


def _outside(axis: Axes, portrait: Portrait) -> list[Artist]:
    from matplotlib.patches import Patch

    if not portrait.outside.any():
        return []
    axis.contourf(
        *portrait.grid,
        portrait.outside.astype(float),
        levels=[0.5, 1.5],
        colors=["#e6e6e6"],
        zorder=0.5,
    )
    return [Patch(facecolor="#e6e6e6", label="outside the set")]


def _nullclines(axis: Axes, portrait: Portrait) -> list[Line2D]:
    handles, letter = [], "d" if portrait.direction else "v"
    for player, (lines, dashes) in enumerate(zip(portrait.nullclines, ("--", ":"), strict=True)):
        drawn = [
            axis.plot(
                *line.T,
                color=NULL[player],
                linestyle=dashes,
                linewidth=1.1,
                label=f"${letter}_{player} = 0$",
                zorder=1.5,
            )[0]
            for line in lines
        ]
        handles += drawn[:1]
    return handles


def _flow(axis: Axes, portrait: Portrait) -> list[Line2D]:
    drawn = []
    for line in portrait.flow:
        if len(line) > 1:
            drawn += axis.plot(*line.T, color="#8a8a8a", linewidth=0.7, label="flow", zorder=1.2)
            _head(axis, line, "#8a8a8a", portrait.box)
    return drawn[:1]


def _separatrices(axis: Axes, portrait: Portrait) -> list[Line2D]:
    handles = []
    manifolds: Any = (
        (True, "-", "stable manifold"),
        (False, (0, (6, 1.5, 1.2, 1.5)), "unstable manifold"),
    )
    for stable, dashes, name in manifolds:
        lines = [s for s in portrait.separatrices if s.stable == stable and len(s.points) > 1]
        for s in lines:
            points = np.vstack([flat(s.saddle.profile), s.points])
            axis.plot(
                *points.T,
                color="black",
                linewidth=1.0,
                linestyle=dashes,
                zorder=2,
                label=f"_{name}",
            )
            _head(axis, points[::-1] if stable else points, "black", portrait.box)
        if lines:
            handles.append(swatch(name, color="black", linewidth=1.0, linestyle=dashes))
    return handles


def _equilibria(axis: Axes, portrait: Portrait) -> list[Artist]:
    seen: dict[tuple[Kind, bool], Artist] = {}
    for e in portrait.equilibria:
        name = f"{e.kind.value}, spurious" if e.spurious else e.kind.value
        (drawn,) = axis.plot(
            *flat(e.profile),
            linestyle="none",
            color="black",
            markersize=9,
            markeredgewidth=0.9,
            markerfacecoloralt="white",
            label=name,
            zorder=6,
            clip_on=False,
            **KINDS[e.kind],
        )
        seen.setdefault((e.kind, e.spurious), drawn)
    return [seen[k] for k in sorted(seen, key=lambda k: (list(Kind).index(k[0]), k[1]))]


def _walks(axis: Axes, portrait: Portrait) -> list[Artist]:
    names = list(dict.fromkeys(t.label for t in portrait.trajectories))
    handles: list[Artist] = []
    ends: set[str] = set()
    for i, name in enumerate(names):
        look, own = Look.of(i), [t for t in portrait.trajectories if t.label == name]
        for t in own:
            ends |= _walk(axis, t, look, i, portrait.box)
        drawn = {"color": look.colour, "linestyle": look.dashes, "marker": look.mark}
        handles.append(swatch(_told(name, own, portrait.box), markersize=3.6, **drawn))
    for mark, meaning, face in (
        ("o", "start", "white"),
        ("*", "end", DARK),
        ("x", "diverges", DARK),
    ):
        if meaning in ends:
            looks = {"color": DARK, "markerfacecolor": face, "linestyle": "none"}
            handles.append(swatch(meaning, marker=mark, markersize=5.5, **looks))
    return handles


def _walk(axis: Axes, walk: Trajectory, look: Look, index: int, box: Box) -> set[str]:
    """One trajectory; which of start, end and divergence it shows."""
    points, leaves = _within(walk.points, box) if walk.diverged else (walk.points, None)
    if len(points) == 0:
        return set()
    every = max(1, len(points) // 8)
    axis.plot(
        *points.T,
        color=look.colour,
        linestyle=look.dashes,
        marker=look.mark,
        markersize=3.2,
        markevery=(1 + index % every, every),
        linewidth=1.2,
        label=walk.label,
        zorder=4,
    )
    shown = set()

    def mark(
        meaning: str, place: np.ndarray, shape: str, size: float, edge: float, **more: Any
    ) -> None:
        shared: Any = {"color": look.colour, "linestyle": "none", "zorder": 7, "clip_on": False}
        sizes: Any = {"markersize": size, "markeredgewidth": edge}
        axis.plot(*place, marker=shape, label=f"_{meaning}", **sizes, **shared, **more)
        shown.add(meaning)

    if _holds(points[0], box):
        mark("start", points[0], "o", 5.5, 1.2, markerfacecolor="white")
    if walk.diverged:
        mark("diverges", points[-1] if leaves is None else leaves, "x", 7, 1.8)
    elif _holds(points[-1], box):
        mark("end", points[-1], "*", 6.5, 0.5, markeredgecolor="white")
    return shown


def _within(points: Points, box: Box) -> tuple[Points, np.ndarray | None]:
    """A diverged walk up to where it leaves the box for good, and that place."""
    inside = np.flatnonzero([_holds(p, box) for p in points])
    if len(inside) == 0:
        return points[:0], None
    last = inside[-1]
    if last + 1 == len(points):
        return points, None
    a, b = points[last], points[last + 1]
    edges = np.where(b > a, np.array(box)[:, 1], np.array(box)[:, 0])
    share = np.min(np.where(b == a, np.inf, (edges - a) / np.where(b == a, 1, b - a)))
    place = a + np.clip(share, 0, 1) * (b - a)
    return np.vstack([points[: last + 1], place]), place


def _told(name: str, walks: Sequence[Trajectory], box: Box) -> str:
    """The rule's name and what became of its walks, where that is not plain to see."""
    lost = sum(t.diverged for t in walks)
    gone = sum(
        not t.diverged and len(t.points) > 0 and not _holds(t.points[-1], box) for t in walks
    )
    cycling = sum(t.outcome == Outcome.CYCLING for t in walks)
    fates = (
        (lost, "diverges", "diverge"),
        (gone, "leaves the box", "leave the box"),
        (cycling, "cycles", "cycle"),
    )
    said = [
        one if n == len(walks) else f"{n} of {len(walks)} {one if n == 1 else more}"
        for n, one, more in fates
        if n
    ]
    # A hyphen is no minus sign in print.
    name = re.sub(r"-(?=\d)", "\N{MINUS SIGN}", name)
    return f"{name}\n({', '.join(said)})" if said else name


def _holds(point: np.ndarray, box: Box) -> bool:
    return all(low <= p <= high for p, (low, high) in zip(point, box, strict=True))


def _head(axis: Axes, line: Points, colour: str, box: Box) -> None:
    """An arrow head half-way along what is seen of a curve."""
    seen = np.flatnonzero([_holds(p, box) for p in line])
    if len(seen) < 4:
        return
    inside = line[seen]
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(inside, axis=0), axis=1))])
    sides = np.array(box)[:, 1] - np.array(box)[:, 0]
    if along[-1] < 0.08 * sides.max():
        return
    k = int(np.clip(np.searchsorted(along, 0.5 * along[-1]), 1, len(inside) - 1))
    looks = {"arrowstyle": "-|>", "color": colour, "linewidth": 0.6, "mutation_scale": 7}
    looks |= {"shrinkA": 0, "shrinkB": 0}
    axis.annotate("", inside[k], inside[k - 1], zorder=2.2, annotation_clip=True, arrowprops=looks)
