"""Eigenvalues in the plane, with the region in which they must lie.

Of a field: the right half plane for small steps, and for one step the disc |1 - step * value| < 1.
Of an update: the unit disc.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from jaxtyping import Complex
from numpy.typing import ArrayLike

from ..analysis.spectrum import Spectrum
from ..checks import number, refuse
from .style import Look, canvas, drawing, legend, style, swatch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

Given: TypeAlias = Spectrum | ArrayLike | Sequence[Spectrum | ArrayLike]
REGION = "#e9eef4"
EDGE = "#444444"


@drawing
def spectrum(
    spectra: Given | Mapping[str, Given],
    axes: Axes | None = None,
    *,
    of: str | None = None,
    step: float | Sequence[float] | np.ndarray | None = None,
) -> Axes:
    """Draw one spectrum, several, or a dictionary that names them; plain arrays of eigenvalues too,
    then say `of` what.

    `of` is "field" or "update". For fields, `step` (one or several) draws the disc in which that
    step of simultaneous descent is stable; by default the largest stable step's, where there is
    one. Returns the axis.

    Arguments:
        spectra: one `Spectrum` or array of eigenvalues, several, or a dictionary that names them.
        axes: a matplotlib Axes to draw into; a figure of its own without.
        of: "field" or "update", where only arrays are given.
        step: one step of simultaneous descent, or several.

    Examples:
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> axis = mm.draw.spectrum(np.array([0.5 + 1j, 0.5 - 1j]), of="field")
        >>> axis.get_xlabel(), axis.get_ylabel()
        ('real part', 'imaginary part')
    """
    named = _named(spectra)
    of = _of(named, of)
    values = [(name, _values(name, given)) for name, given in named]
    steps = _steps(of, step, [v for _, v in values])
    with style():
        axis = canvas(axes, 3.0, 3.0)
        everything = np.concatenate([v for _, v in values])
        handles: list[Artist] = []
        for i, (name, v) in enumerate(values):
            look = Look.of(i)
            handles += axis.plot(
                v.real,
                v.imag,
                linestyle="none",
                marker=_MARKS[i % len(_MARKS)],
                color=look.colour,
                markerfacecolor="none",
                markeredgewidth=1.0,
                markersize=5.5,
                label=name,
                zorder=4,
                clip_on=False,
            )
        left, right, low, high = _limits(everything, of, steps)
        axis.set(xlim=(left, right), ylim=(low, high), aspect="equal")
        axis.set(xlabel="real part", ylabel="imaginary part")
        handles = [h for h in handles if not str(h.get_label()).startswith("_")]
        handles += _unit_disc(axis) if of == "update" else _half_plane(axis, left, steps)
        legend(axis, handles, crowded=0)
    return axis


_MARKS = ("o", "x", "s", "^", "+", "D", "v")


def _unit_disc(axis: Axes) -> list[Artist]:
    edge = _disc(axis, 0, 1, REGION, 0, "-", "unit circle")
    _cross(axis)
    return [edge]


def _half_plane(axis: Axes, left: float, steps: Sequence[float]) -> list[Artist]:
    from matplotlib.patches import Patch

    axis.axvspan(
        min(left, 0) - 1e3 * (abs(left) + 1), 0, facecolor="#dddddd", edgecolor="none", zorder=0
    )
    _cross(axis)
    handles = []
    for i, step in enumerate(steps):
        face, dashes = REGION if i == 0 else "none", ("-", "--", ":", "-.")[i % 4]
        name = f"stable with step {step:.3g}"
        handles.append(_disc(axis, 1 / step, 1 / step, face, 0.5, dashes, name))
    return [*handles, Patch(facecolor="#dddddd", label="unstable with any step")]


def _disc(
    axis: Axes, centre: float, radius: float, face: str, depth: float, dashes: str, name: str
) -> Line2D:
    """A stable disc, filled beneath and outlined above; its entry in the legend."""
    from matplotlib.patches import Circle

    edge: Any = {"linewidth": 0.9, "linestyle": dashes}
    filled = Circle((centre, 0), radius, facecolor=face, edgecolor="none", zorder=depth)
    axis.add_patch(filled)
    axis.add_patch(Circle((centre, 0), radius, fill=False, edgecolor=EDGE, zorder=2, **edge))
    return swatch(name, color=EDGE, **edge)


def _cross(axis: Axes) -> None:
    for line in (axis.axhline, axis.axvline):
        line(0, color="#999999", linewidth=0.5, zorder=1)


def _limits(
    values: Complex[np.ndarray, " values"], of: str, steps: Sequence[float]
) -> tuple[float, float, float, float]:
    reach = [(values.real.min(), values.real.max(), np.abs(values.imag).max())]
    scale = max(float(np.abs(values).max()), 1e-12)
    if of == "update":
        reach.append((-1.0, 1.0, 1.0))
    else:
        # A disc far larger than the spectrum (a small step) is shown by its edge near zero only.
        reach += [(0.0, min(2 / s, 2.5 * scale), min(1 / s, 1.5 * scale)) for s in steps]
        reach.append((-0.15 * scale, 0.15 * scale, 0.15 * scale))
    left, right, high = min(r[0] for r in reach), max(r[1] for r in reach), max(r[2] for r in reach)
    pad = 0.08 * max(right - left, 2 * high)
    return left - pad, right + pad, -high - pad, high + pad


def _named(spectra: Given | Mapping[str, Given]) -> list[tuple[str, Given]]:
    if isinstance(spectra, Mapping):
        pairs = [(str(name), given) for name, given in spectra.items()]
    elif isinstance(spectra, list | tuple) and any(
        isinstance(s, Spectrum) or np.ndim(s) > 0 for s in spectra
    ):
        pairs = [(f"spectrum {i}", given) for i, given in enumerate(spectra)]
    else:
        pairs = [("eigenvalues", spectra)]
    if not pairs:
        raise refuse(
            "spectra",
            spectra,
            "a Spectrum, an array of eigenvalues, a list of those, or a dictionary that names them",
        )
    return pairs


def _of(named: list[tuple[str, Given]], of: str | None) -> str:
    kinds: set[str] = {given.of for _, given in named if isinstance(given, Spectrum)}
    if of is not None:
        kinds.add(of)
    if len(kinds) != 1 or not kinds <= {"field", "update"}:
        allowed = '"field" or "update", the same for all'
        raise refuse("of", sorted(kinds) or None, allowed, "Their stable regions differ.")
    return kinds.pop()


def _values(name: str, given: Given) -> Complex[np.ndarray, " values"]:
    try:
        values = np.atleast_1d(
            np.asarray(given.values if isinstance(given, Spectrum) else given, complex)
        )
    except (TypeError, ValueError):
        values = np.zeros(0)
    if values.ndim != 1 or values.size == 0 or not np.all(np.isfinite(values)):
        raise refuse(
            f"spectra[{name!r}]", given, "a Spectrum or a non-empty list of finite eigenvalues"
        )
    return values


def _steps(
    of: str, step: float | Sequence[float] | np.ndarray | None, values: list[np.ndarray]
) -> list[float]:
    if of == "update":
        if step is not None:
            raise refuse("step", step, "None for updates", "An update has its step in it already.")
        return []
    if step is not None:
        several = step if isinstance(step, tuple | list | np.ndarray) else (step,)
        return [number(s, "step", above=0) for s in several]
    stable = [v for v in values if np.all(v.real > 1e-12 * np.abs(v).max())]
    limits = [float(np.min(2 * v.real / np.maximum(np.abs(v), 1e-300) ** 2)) for v in stable]
    return [min(limits)] if len(limits) == len(values) else []
