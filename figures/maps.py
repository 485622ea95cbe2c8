"""Branches, atlases and basins as arrays that a result can keep, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import minimax_lab as mm

PLOTS = ("radius", "verdict", "rate", "exponent", "winding")


def atlas_packed(atlas: mm.Atlas, name: str) -> dict[str, np.ndarray]:
    """An atlas by name, its boundary as rows of (piece, setting, setting)."""
    pieces = [
        np.column_stack([np.full(len(piece.points), i), piece.points])
        for i, piece in enumerate(atlas.boundary)
    ]
    return {f"{name}/{part}": getattr(atlas, part) for part in PLOTS} | {
        f"{name}/names": np.array(atlas.names),
        f"{name}/first": atlas.axes[0],
        f"{name}/second": atlas.axes[1],
        f"{name}/boundary": np.concatenate([np.zeros((0, 3)), *pieces]),
        f"{name}/kinds": np.array([kind.value for piece in atlas.boundary for kind in piece.kinds]),
    }


def atlas_unpacked(saved: Mapping[str, Any], name: str) -> mm.Atlas:
    """The same as an atlas again."""
    rows, kinds = saved[f"{name}/boundary"], saved[f"{name}/kinds"]
    pieces = tuple(
        mm.Boundary(
            rows[rows[:, 0] == i, 1:],
            tuple(mm.EventKind(str(kind)) for kind in kinds[rows[:, 0] == i]),
        )
        for i in np.unique(rows[:, 0])
    )
    first, second = map(str, saved[f"{name}/names"])
    plots = {part: saved[f"{name}/{part}"] for part in PLOTS}
    axes = saved[f"{name}/first"], saved[f"{name}/second"]
    return mm.Atlas((first, second), axes, boundary=pieces, **plots)


def basins_packed(found: Mapping[str, mm.Basins], near: float = 1e-3) -> dict[str, np.ndarray]:
    """Basins of several rules with one list of attractors for all, equilibria by their places."""
    listed: list[mm.Attractor] = []
    saved: dict[str, np.ndarray] = {}
    for name, one in found.items():
        numbers = [_number(listed, attractor, near) for attractor in one.attractors]
        saved[f"{name}/index"] = np.array(numbers, np.int8)[one.index]
        saved["box"] = np.array(one.box)
    saved["fates"] = np.array([attractor.fate.value for attractor in listed])
    saved["kinds"] = np.array([str(attractor.kind or "") for attractor in listed])
    for i, attractor in enumerate(listed):
        saved[f"places/{i}"] = attractor.places
    return saved


def basins_unpacked(saved: Mapping[str, Any], names: Sequence[str]) -> dict[str, mm.Basins]:
    """The same as basins again."""
    attractors = tuple(
        mm.Attractor(
            mm.Fate(str(fate)), saved[f"places/{i}"], mm.Kind(str(kind)) if str(kind) else None
        )
        for i, (fate, kind) in enumerate(zip(saved["fates"], saved["kinds"], strict=True))
    )
    (left, right), (low, high) = saved["box"].tolist()
    box = (left, right), (low, high)
    return {name: mm.Basins(box, attractors, saved[f"{name}/index"]) for name in names}


def _number(listed: list[mm.Attractor], attractor: mm.Attractor, near: float) -> int:
    """Which of the listed it is, itself put there where it is none yet."""
    for i, other in enumerate(listed):
        same = other.fate == attractor.fate
        if same and attractor.fate == mm.Fate.EQUILIBRIUM:
            same = bool(np.linalg.norm(other.places[0] - attractor.places[0]) < near)
        if same:
            return i
    listed.append(attractor)
    return len(listed) - 1
