"""Runs as they go: what stands still is drawn once, what moves on top of a copy of it."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from ..analysis.portraits import Portrait
from ..analysis.walks import Trajectory, trajectories
from ..checks import demand_flag, nearest, one_number, refuse, whole
from ..files import writable, writing
from ..running.progress import Meter
from ..running.record import Run
from .curves import curves
from .films import FILMS, Picture, demand_ffmpeg
from .portraits import portrait as drawn_portrait
from .style import Look, canvas, drawing, legend, style, swatch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D

DOTS = 110.0  # an inch
ROOM = 0.22  # inches above the axes, for the number of the update


@drawing
def animate(
    given: Run | Mapping[str, Run],
    path: str | os.PathLike[str],
    axes: Axes | None = None,
    *,
    observable: str | None = None,
    portrait: Portrait | None = None,
    frames: int = 200,
    seconds: float = 8.0,
    progress: bool = False,
) -> pathlib.Path:
    """Show a run, or several by name, as they go, in a .gif, an .mp4 (where ffmpeg is there) or an
    .html that needs nothing else.

    Runs of two numbers that observed {"position": mm.position} walk in the plane, over a `portrait`
    if there is one; else an `observable` is drawn as it comes, as `curves` draws it.

    Arguments:
        given: a run or a sweep, or a dictionary that names some.
        path: where to; its ending says what is written.
        axes: a matplotlib Axes to draw into, whose figure is shown; one of its own without.
        observable: the name of what to show against the updates, instead of a walk in the plane.
        portrait: what `mm.portrait` has computed, to lie beneath walks.
        frames: how many pictures there are.
        seconds: how long they take together.
        progress: whether to show a meter on the terminal.

    Returns:
        The path of what was written.

    Examples:
        >>> import tempfile
        >>> import minimax_lab as mm
        >>> game, watched = mm.games.bilinear(1.0), {"position": mm.position}
        >>> run = mm.run(game, mm.Alternating(0.2), (1.0, 1.0), 60, observe=watched)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     mm.draw.animate(run, f"{folder}/walk.gif", frames=10).name
        'walk.gif'
    """
    named = _runs(given)
    target, ending = _target(path)
    count = whole(frames, "frames", 2, 10_000)
    pace = count / one_number(seconds, "seconds", above=0)
    demand_flag(progress, "progress")
    if portrait is not None and not isinstance(portrait, Portrait):
        cause = "Compute it first: mm.portrait(game)."
        raise refuse("portrait", portrait, "a Portrait, or None", cause)
    planar = observable is None and all(map(_walks, named.values()))
    if portrait is not None and not planar:
        cause = 'Runs walk over it that observed {"position": mm.position}.'
        raise refuse("portrait", portrait, "left out where curves are drawn", cause)
    with style(None, **{"figure.dpi": DOTS}):
        scene = _plane(named, axes, portrait) if planar else _curves(named, axes, observable)
        if axes is None:
            _raise(scene.axes)
        with writing(target) as temporary:
            meter = Meter(count, shown=progress, label="frames")
            try:
                moments = [scene.last, *np.linspace(0.0, scene.last, count)]
                pictures = _pictures(scene, moments, meter)
                FILMS[ending](next(pictures), pictures, temporary, pace)
            finally:
                meter.close()
    return pathlib.Path(path)


@dataclasses.dataclass(frozen=True)
class _Scene:
    """Axes with what moves in them, and how it stands at an update."""

    axes: Axes
    moving: list[Any]
    show: Callable[[float], None]
    last: float  # update


def _runs(given: object) -> dict[str, Run]:
    named: dict[Any, Any] = dict(given) if isinstance(given, Mapping) else {"": given}
    for run in named.values() or [given]:
        if not isinstance(run, Run):
            raise refuse("given", run, "a run, or a dictionary that names some")
        if not run.observed or len(run.indices) < 2:
            cause = 'Observe something: mm.run(..., observe={"position": mm.position}).'
            raise refuse("given", run, "a run that observed two rows or more", cause)
    return {str(name): run for name, run in named.items()}


def _target(path: str | os.PathLike[str]) -> tuple[pathlib.Path, str]:
    if not isinstance(path, str | os.PathLike) or not os.path.basename(os.fspath(path)):
        raise refuse("path", path, 'the name of a file such as "walk.gif"')
    ending = pathlib.Path(path).suffix.lower().removeprefix(".")
    if ending not in FILMS:
        listed = [f".{name}" for name in FILMS]
        raise nearest("the ending of path", f".{ending}" if ending else "none", listed)
    if ending == "mp4":
        demand_ffmpeg()
    return writable(path, "path"), ending


def _walks(run: Run) -> bool:
    """Whether a run has a walk in the plane to show."""
    rows = run.verdict.code if np.ndim(run.verdict.code) else [0]
    size = len(run.indices) * len(rows)
    watched = run.observed.get("position")
    return watched is not None and sum(np.size(a) for a in jax.tree.leaves(watched)) == 2 * size


def _plane(named: Mapping[str, Run], axes: Axes | None, beneath: Portrait | None) -> _Scene:
    walked = [
        (i, walk, np.asarray(run.indices))
        for i, (name, run) in enumerate(named.items())
        for walk in trajectories(run, name)
    ]
    if beneath is None:
        axes = canvas(axes, 3.2, 3.2)
        axes.set(xlabel="$x_0$ (player 0)", ylabel="$x_1$ (player 1)", **_limits(walked))
        axes.set_aspect("equal", adjustable="box")
    else:
        axes = drawn_portrait(dataclasses.replace(beneath, trajectories=()), axes)
    handles = [
        swatch(name, color=Look.of(i).colour, linestyle=Look.of(i).dashes)
        for i, name in enumerate(named)
        if name
    ]
    before = axes.get_legend()
    legend(axes, [*handles, *_entries(before)], crowded=0)
    lines, heads = [], []
    for i, _, _ in walked:
        look: Any = {"color": Look.of(i).colour, "zorder": 4, "animated": True}
        lines += axes.plot([], [], linestyle=Look.of(i).dashes, linewidth=1.2, **look)
        edge: Any = {"markersize": 6, "markeredgecolor": "white", "linestyle": "none"}
        heads += axes.plot([], [], marker="o", **edge, **look | {"zorder": 7})

    def show(now: float) -> None:
        for line, head, (_, walk, indices) in zip(lines, heads, walked, strict=True):
            seen = walk.points[: max(1, int(np.sum(indices[: len(walk.points)] <= now)))]
            line.set_data(*seen.T)
            head.set_data(*seen[-1:].T)
            gone = walk.diverged and len(seen) == len(walk.points)
            head.set_marker("x" if gone else "o")

    last = max(
        float(indices[min(len(walk.points), len(indices)) - 1]) for _, walk, indices in walked
    )
    return _Scene(axes, [*lines, *heads], show, last)


def _entries(before: Legend | None) -> list[Artist]:
    """What a legend shows already."""
    return [] if before is None else [one for one in before.legend_handles if one is not None]


def _limits(walked: list[tuple[int, Trajectory, np.ndarray]]) -> dict[str, tuple[float, float]]:
    """A square around the walks; of those that diverged around what they began with."""
    kept = [
        w.points[: max(2, len(w.points) // 2)] if w.diverged else w.points for _, w, _ in walked
    ]
    points = np.concatenate(kept)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, 0.55 * max(float(np.max(high - low)), 1e-9)
    (left, bottom), (right, top) = middle - half, middle + half
    return {"xlim": (left, right), "ylim": (bottom, top)}


def _curves(named: Mapping[str, Run], axes: Axes | None, observable: str | None) -> _Scene:
    own = next(iter(named.values())) if list(named) == [""] else dict(named)
    axes = curves(own, observable, axes)
    lines: list[tuple[Line2D, np.ndarray, np.ndarray]] = []
    for line in axes.lines:
        x, y = line.get_data()
        lines.append((line, np.asarray(x, float), np.asarray(y, float)))
    bands = list(axes.collections)
    for artist in (*axes.lines, *bands):
        artist.set_animated(True)
    low, _ = axes.get_xlim()

    def show(now: float) -> None:
        from matplotlib.transforms import Bbox, TransformedBbox

        (bottom, top), corner = axes.get_ylim(), (low, max(now, low + 1e-9))
        box = TransformedBbox(Bbox([[corner[0], bottom], [corner[1], top]]), axes.transData)
        for line, x, y in lines:
            seen = x <= now
            line.set_data(x[seen], y[seen])
        for band in bands:
            band.set_clip_box(box)

    return _Scene(axes, [*bands, *axes.lines], show, max(float(x.max()) for _, x, _ in lines))


def _raise(axes: Axes) -> None:
    """More room above the axes of a figure of our own."""
    figure, place = axes.get_figure(root=True), axes.get_position()
    assert figure is not None
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + ROOM)
    less = height / (height + ROOM)
    axes.set_position((place.x0, place.y0 * less, place.width, place.height * less))


def _pictures(scene: _Scene, moments: list[float], meter: Meter) -> Iterator[Picture]:
    """A picture for every moment."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = scene.axes.get_figure(root=True)
    assert figure is not None
    sheet = FigureCanvasAgg(figure)
    above: Any = {"ha": "right", "va": "bottom", "transform": scene.axes.transAxes}
    said = scene.axes.text(1.0, 1.01, "", animated=True, **above)
    sheet.draw()
    still, cut = sheet.copy_from_bbox(figure.bbox), _cut(scene, sheet)
    try:
        for i, now in enumerate(moments):
            sheet.restore_region(still)
            scene.show(float(now))
            said.set_text(f"update {int(now)}")
            for artist in (*scene.moving, said):
                scene.axes.draw_artist(artist)
            meter.show(i)
            yield np.asarray(sheet.buffer_rgba())[cut][..., :3].copy()
    finally:  # the axes are as whole as any others
        said.remove()
        for artist in scene.moving:
            artist.set_animated(False)


def _cut(scene: _Scene, sheet: FigureCanvasAgg) -> tuple[slice, slice]:
    """The part of the sheet that has something on it, an even number of pixels either way, as films
    want it.
    """
    figure = scene.axes.figure
    box = figure.get_tightbbox(sheet.get_renderer())
    dots, (width, height) = figure.dpi, sheet.get_width_height()
    left, right = max(0, int((box.x0 - 0.05) * dots)), min(width, int((box.x1 + 0.05) * dots))
    top = max(0, height - int((box.y1 + ROOM) * dots))
    low = min(height, height - int((box.y0 - 0.05) * dots))
    return slice(top, low - (low - top) % 2), slice(left, right - (right - left) % 2)
