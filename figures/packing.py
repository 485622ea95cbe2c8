"""Portraits as plain arrays and back: what an experiment saves and a plot draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from minimax_lab import Kind, Outcome, Portrait, Profile
from minimax_lab.analysis.equilibria import Equilibrium
from minimax_lab.analysis.portraits import Separatrix, Trajectory, flat

Arrays = dict[str, np.ndarray]
Polylines = Sequence[np.ndarray]


def packed(portrait: Portrait, name: str) -> Arrays:
    """All of a portrait under names that begin with `name/`."""
    found, walks = portrait.equilibria, portrait.trajectories
    parts = {
        "box": np.array(portrait.box),
        "x": portrait.grid[0],
        "y": portrait.grid[1],
        "field": portrait.field,
        "outside": portrait.outside,
        "direction": np.array(portrait.direction),
        "points": np.array([flat(e.profile) for e in found]).reshape(-1, 2),
        "kinds": np.array([e.kind.value for e in found], str),
        "eigenvalues": np.array([e.eigenvalues for e in found], complex).reshape(-1, 2),
        "residuals": np.array([e.residual for e in found]),
        "spurious": np.array([e.spurious for e in found], bool),
        "stable": np.array([s.stable for s in portrait.separatrices], bool),
        "saddles": np.array(
            [next(i for i, e in enumerate(found) if e is s.saddle) for s in portrait.separatrices],
            int,
        ),
        "labels": np.array([t.label for t in walks], str),
        "outcomes": np.array([t.outcome.value for t in walks], str),
        **_lines("null0", portrait.nullclines[0]),
        **_lines("null1", portrait.nullclines[1]),
        **_lines("separatrices", [s.points for s in portrait.separatrices]),
        **_lines("flow", portrait.flow),
        **_lines("walks", [t.points for t in walks]),
    }
    return {f"{name}/{part}": array for part, array in parts.items()}


def unpacked(arrays: Mapping[str, np.ndarray], name: str) -> Portrait:
    """The portrait again; its profiles are pairs of numbers."""
    part = {
        key.removeprefix(f"{name}/"): arrays[key] for key in arrays if key.startswith(f"{name}/")
    }
    known = zip(
        part["points"],
        part["kinds"],
        part["eigenvalues"],
        part["residuals"],
        part["spurious"],
        strict=True,
    )
    found = tuple(
        Equilibrium(Profile(point), Kind(str(kind)), values, float(r), bool(s))
        for point, kind, values, r, s in known
    )
    branches = zip(_polylines(part, "separatrices"), part["stable"], part["saddles"], strict=True)
    walks = zip(part["labels"], _polylines(part, "walks"), part["outcomes"], strict=True)
    (left, right), (low, high) = part["box"].tolist()
    return Portrait(
        box=((left, right), (low, high)),
        grid=(part["x"], part["y"]),
        field=part["field"],
        outside=part["outside"],
        nullclines=(_polylines(part, "null0"), _polylines(part, "null1")),
        equilibria=found,
        separatrices=tuple(
            Separatrix(points, bool(stable), found[saddle]) for points, stable, saddle in branches
        ),
        flow=_polylines(part, "flow"),
        direction=str(part["direction"]),
        trajectories=tuple(
            Trajectory(str(label), points, Outcome(str(outcome)))
            for label, points, outcome in walks
        ),
    )


def _lines(name: str, lines: Polylines) -> Arrays:
    """Lines of different lengths as one array and where to cut it."""
    lengths = [len(line) for line in lines]
    joined = np.concatenate([np.asarray(line) for line in lines]) if lengths else np.zeros((0, 2))
    return {name: joined, f"{name}-ends": np.cumsum(lengths, dtype=int)}


def _polylines(part: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, ...]:
    return tuple(np.split(part[name], part[f"{name}-ends"])[: len(part[f"{name}-ends"])])
