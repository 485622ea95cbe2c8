"""Branches, atlases and basins on paper: what changes with a setting, with two, and with the start.

A branch is solid where it is stable and dashed where not; every change of stability has a mark of
its kind, filled where it is supercritical.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.atlas import Atlas
from ..analysis.basins import Basins, Fate
from ..analysis.continuation import Branch
from ..analysis.events import EventKind
from ..checks import nearest, refuse, whole
from ..running.judge import OUTCOMES, Outcome
from .style import COLOURS, Look, below, canvas, drawing, legend, style, swatch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

EVENTS: dict[EventKind, str] = {
    EventKind.FOLD: "s",
    EventKind.BRANCH: "X",
    EventKind.DOUBLING: "^",
    EventKind.NEIMARK_SACKER: "o",
}
EDGES: dict[EventKind, tuple[str, Any]] = {
    EventKind.FOLD: ("a value at 1", ":"),
    EventKind.BRANCH: ("a value at 1", ":"),
    EventKind.DOUBLING: ("a value at \N{MINUS SIGN}1", "--"),
    EventKind.NEIMARK_SACKER: ("a pair on the circle", "-"),
}
ESCAPE, UNDECIDED = "#e6e6e6", "#9a9a9a"
SHADES = ("#7fb2d9", "#f0b27a", "#8fc7a9", "#d7a3c8", "#b5d8ee", "#dcc27a", "#c9c9a0")
QUANTITIES = {
    "radius": "radius of the update map",
    "rate": "measured change of log distance an update",
    "exponent": "largest Lyapunov exponent",
    "winding": "turns an update",
}
VERDICTS = {
    Outcome.CONVERGED: "#8fc7a9",
    Outcome.RUNNING: "#f2f2f2",
    Outcome.CYCLING: "#7fb2d9",
    Outcome.STALLED: "#dcc27a",
    Outcome.DIVERGED: "#f0b27a",
}


@drawing
def branch(
    branches: Branch | Mapping[str, Branch],
    axes: Axes | None = None,
    *,
    coordinate: int = 0,
    walked: tuple[Any, Any] | None = None,
    ylabel: str | None = None,
) -> Axes:
    """Draw one coordinate of a branch, or of several by name, against the number that moves: stable
    solid, unstable dashed, events marked by their kind and filled where supercritical.

    Arguments:
        branches: what `mm.branch` has found, or a dictionary that names some.
        axes: a matplotlib Axes to draw into; a figure of its own without.
        coordinate: which number of the flat profile.
        walked: values and positions of runs, to lie beneath as dots.
        ylabel: what stands beside.

    Returns:
        The axis.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # multipliers deserve 64 bits
        >>> found = mm.branch(
        ...     mm.games.dirac_gan(penalty=0.3), mm.Simultaneous(0.1), (0.0, 0.0),
        ...     over="step", between=(0.1, 2.0),
        ... )
        >>> mm.draw.branch(found).get_xlabel()
        'step'
    """
    named = branches if isinstance(branches, Mapping) else {"": branches}
    if not named or not all(isinstance(one, Branch) for one in named.values()):
        cause = "Compute it first: mm.branch(game, rule, x, over=..., between=...)."
        raise refuse("branches", branches, "a Branch, or a dictionary of them", cause)
    size = min(one.points.shape[1] for one in named.values())
    coordinate = whole(coordinate, "coordinate", 0, size - 1)
    with style():
        axis = canvas(axes, 3.8, 2.7, beside=2.2)
        handles: list[Artist] = []
        if walked is not None:
            axis.plot(*walked, ",", color="#9a9a9a", alpha=0.6, zorder=0.5, rasterized=True)
            handles.append(swatch("where runs go", color="#9a9a9a", marker=".", linestyle="none"))
        for i, (name, one) in enumerate(named.items()):
            colour = Look.of(i).colour
            _lines(axis, one, coordinate, colour)
            if name:
                handles.append(swatch(name, color=colour))
        handles += [
            swatch("stable", color="black", linewidth=1.4),
            swatch("unstable", color="black", linewidth=1.0, linestyle=(0, (4, 2))),
        ]
        handles += _events(axis, named, coordinate)
        over = next(iter(named.values())).over
        axis.set(xlabel=over, ylabel=ylabel or f"$x_{coordinate}$")
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0.01)
        legend(axis, handles, crowded=0)
    return axis


def _lines(axis: Axes, one: Branch, coordinate: int, colour: str) -> None:
    """The branch in pieces of one stability, which meet where it changes."""
    x, y = one.values, one.points[:, coordinate]
    edges = [0, *(np.flatnonzero(np.diff(one.stable.astype(int))) + 1), len(x)]
    for begin, end in itertools.pairwise(edges):
        dashes: Any = "-" if one.stable[begin] else (0, (4, 2))
        along = slice(begin, end) if one.stable[begin] else slice(max(begin - 1, 0), end + 1)
        axis.plot(x[along], y[along], color=colour, linestyle=dashes, linewidth=1.3, zorder=2)


def _events(axis: Axes, named: Mapping[str, Branch], coordinate: int) -> list[Artist]:
    seen: dict[tuple[EventKind, bool | None], Artist] = {}
    for one in named.values():
        for event in one.events:
            place = np.concatenate([np.ravel(leaf) for leaf in _leaves(event.profile)])
            filled = event.supercritical is not False
            word = {True: ", supercritical", False: ", subcritical", None: ""}[event.supercritical]
            looks: Any = {
                "marker": EVENTS[event.kind],
                "color": "black",
                "markerfacecolor": "black" if filled else "white",
                "markersize": 5.5,
                "linestyle": "none",
            }
            axis.plot(event.value, place[coordinate], zorder=5, clip_on=False, **looks)
            seen.setdefault(
                (event.kind, event.supercritical), swatch(f"{event.kind.value}{word}", **looks)
            )
    return list(seen.values())


def _leaves(x: Any) -> list[np.ndarray]:
    import jax

    return [np.asarray(leaf) for leaf in jax.tree.leaves(x)]


@drawing
def atlas(
    atlas: Atlas,
    axes: Axes | None = None,
    *,
    show: str = "radius",
    names: Sequence[str] | None = None,
) -> Axes:
    """Draw one quantity of an atlas as a map, the boundary of stability as it was followed on top,
    and a star where the radius is least.

    Arguments:
        atlas: what `mm.atlas` has computed.
        axes: a matplotlib Axes to draw into; a figure of its own without.
        show: "radius", "rate", "exponent", "winding" or "verdict".
        names: of the two axes, by default the settings' paths.

    Returns:
        The axis.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> rule, over = mm.Simultaneous(0.1, mm.Consensus(1.0)), {"step": [0.2, 0.8, 1.4]}
        >>> seen = mm.atlas(
        ...     mm.games.bilinear(1.0), rule, (0.0, 0.0), steps=64,
        ...     over=over | {"direction.strength": [0.5, 1.0, 1.5]},
        ... )
        >>> mm.draw.atlas(seen).get_ylabel()
        'direction.strength'
    """
    if not isinstance(atlas, Atlas):
        cause = "Compute it first: mm.atlas(game, rule, x, over={...})."
        raise refuse("atlas", atlas, "an Atlas", cause)
    if show not in (*QUANTITIES, "verdict"):
        raise nearest("show", str(show), [*QUANTITIES, "verdict"])
    if names is not None and len(names) != 2:
        raise refuse("names", names, "two names of axes")
    with style():
        axis = canvas(axes, 3.4, 2.8, beside=3.0)
        x, y = atlas.axes
        handles = _verdicts(axis, atlas) if show == "verdict" else _quantity(axis, atlas, show)
        edges: dict[str, Artist] = {}
        for piece in atlas.boundary:
            for part, kind in _parts(piece.points, piece.kinds):
                name, dashes = EDGES[kind]
                axis.plot(*part.T, color="white", linewidth=2.6, zorder=3)
                axis.plot(*part.T, color="black", linewidth=1.3, linestyle=dashes, zorder=4)
                looks: Any = {"color": "black", "linewidth": 1.3, "linestyle": dashes}
                edges.setdefault(name, swatch(f"stability ends: {name}", **looks))
        star: Any = {"marker": "*", "color": COLOURS[6], "markeredgecolor": "white"}
        axis.plot(*atlas.best, markersize=11, zorder=6, linestyle="none", clip_on=False, **star)
        handles += list(edges.values())
        handles.append(swatch("least radius", linestyle="none", markersize=9, **star))
        axis.set(xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
        axis.set(xlabel=(names or atlas.names)[0], ylabel=(names or atlas.names)[1])
        below(axis, handles)
    return axis


def _quantity(axis: Axes, atlas: Atlas, show: str) -> list[Artist]:
    values = np.asarray(getattr(atlas, show), float).T
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [2, 98]) if finite.size else (0.0, 1.0)
    settings: Any = {"cmap": "viridis", "vmin": low, "vmax": high}
    if show != "winding":
        middle = 1.0 if show == "radius" else 0.0
        low = float(finite.min()) if show == "radius" and finite.size else low
        reach = middle - low if low < middle else max(high - middle, 1e-12)
        settings = {"cmap": "RdBu_r", "vmin": middle - reach, "vmax": middle + reach}
    drawn = axis.pcolormesh(*atlas.axes, values, shading="nearest", rasterized=True, **settings)
    bar = axis.figure.colorbar(drawn, ax=axis, extend="both", pad=0.02)
    bar.set_label(QUANTITIES[show])
    bar.outline.set_linewidth(0.6)
    return []


def _verdicts(axis: Axes, atlas: Atlas) -> list[Artist]:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = ListedColormap([VERDICTS[kind] for kind in OUTCOMES])
    axis.pcolormesh(
        *atlas.axes,
        atlas.verdict.T,
        shading="nearest",
        cmap=colours,
        vmin=-0.5,
        vmax=len(OUTCOMES) - 0.5,
        rasterized=True,
    )
    there = [OUTCOMES[i] for i in np.unique(atlas.verdict)]
    return [Patch(facecolor=VERDICTS[kind], edgecolor="#444444", label=kind) for kind in there]


def _parts(points: np.ndarray, kinds: Sequence[EventKind]) -> list[tuple[np.ndarray, EventKind]]:
    """The boundary in pieces of one kind, which meet."""
    parts, begin = [], 0
    names = [EDGES[kind][0] for kind in kinds]
    for i in range(1, len(points) + 1):
        if i == len(points) or names[i] != names[begin]:
            parts.append((points[begin : i + 1], kinds[begin]))
            begin = i
    return parts


@drawing
def basins(
    basins: Basins,
    axes: Axes | None = None,
    *,
    names: Sequence[str] = ("$x_0$ (player 0)", "$x_1$ (player 1)"),
) -> Axes:
    """Draw the plane of starts, one colour for all that come to one attractor, with the attractors
    on top; light grey escapes, dark grey is undecided.

    Arguments:
        basins: what `mm.basins` has computed.
        axes: a matplotlib Axes to draw into; a figure of its own without.
        names: of the two axes.

    Returns:
        The axis.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # zeros deserve 64 bits
        >>> found = mm.basins(
        ...     mm.games.two_basins(), mm.Alternating(0.05), box=((-6, 4), (-3, 7)), grid=20
        ... )
        >>> mm.draw.basins(found).get_aspect()
        1.0
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    if not isinstance(basins, Basins):
        cause = "Compute it first: mm.basins(game, rule, box=...)."
        raise refuse("basins", basins, "Basins", cause)
    if len(names) != 2:
        raise refuse("names", names, "two names of axes")
    with style():
        axis = canvas(axes, 3.0, 3.0, beside=2.8)
        (left, right), (low, high) = basins.box
        colours, taken = [], 0
        for attractor in basins.attractors:
            plain = {Fate.ESCAPE: ESCAPE, Fate.OPEN: UNDECIDED}.get(attractor.fate)
            colours.append(plain or SHADES[taken % len(SHADES)])
            taken += plain is None
        axis.imshow(
            basins.index,
            origin="lower",
            extent=(left, right, low, high),
            cmap=ListedColormap(colours),
            vmin=-0.5,
            vmax=len(colours) - 0.5,
            interpolation="nearest",
        )
        handles: list[Artist] = []
        for attractor, colour, share in zip(basins.attractors, colours, basins.shares, strict=True):
            if share == 0:
                continue
            _place(axis, attractor.places, attractor.fate)
            text = f"{attractor}: {share:.1%}"
            handles.append(Patch(facecolor=colour, edgecolor="#444444", label=text))
        axis.set(xlim=(left, right), ylim=(low, high), aspect="equal")
        axis.set(xlabel=names[0], ylabel=names[1])
        legend(axis, handles, crowded=0)
    return axis


def _place(axis: Axes, places: np.ndarray, fate: Fate) -> None:
    looks: Any = {"color": "black", "linestyle": "none", "zorder": 4}
    if fate == Fate.CYCLE:
        axis.plot(*places.T, ",", **looks)
    elif len(places):
        axis.plot(*places.T, "o", markersize=5, markeredgecolor="white", **looks)
