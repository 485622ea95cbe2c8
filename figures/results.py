"""Results on disk: arrays and a header in one .npz file, written whole or not at all.

The header says what made the numbers: settings (seeds among them), the digests of the code,
versions, device, wall time. It is plain JSON inside the archive: `unzip -p figures/records/NAME.npz
header.json`. The package is imported where a file is written or read: what only looks need not wait
for it, and an experiment sets up its devices first.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .declare import Experiment
from .sources import reached


class Result(Mapping[str, np.ndarray]):
    """The arrays of one experiment by name, and the header that says where they come from."""

    def __init__(self, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]):
        self.arrays, self.header = dict(arrays), dict(header)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings the arrays were computed with."""
        return self.header["settings"]


def describe(
    experiment: Experiment,
    settings: Mapping[str, Any],
    code: Mapping[str, str],
    arrays: Mapping[str, np.ndarray],
    seconds: float,
) -> dict[str, Any]:
    """The header of a fresh result; `code` are the digests from before it ran, for sources may
    change meanwhile.
    """
    versions = {
        name: importlib.metadata.version(name) for name in ("jax", "numpy", "scipy", "minimax_lab")
    }
    return {
        "experiment": experiment.name,
        "settings": dict(settings),
        "reduced": dict(settings) != experiment.settings,
        "code": dict(code),
        "data": fingerprint(arrays),
        "versions": {"python": platform.python_version(), **versions},
        "device": _device(),
        "seconds": round(seconds, 2),
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


NEEDS = ("experiment", "settings", "reduced", "code", "data")


def save(path: Path, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> None:
    """Write a result."""
    from minimax_lab.files import save_arrays

    path.parent.mkdir(parents=True, exist_ok=True)
    save_arrays(path, arrays, header)


def load(path: Path) -> Result:
    """Read a result; one whose arrays are not those the header speaks of is refused."""
    from minimax_lab.files import load_arrays

    try:
        arrays, header = load_arrays(path, "a result of an experiment", NEEDS)
    except ValueError as error:
        raise SystemExit(f"{error} Make it again.") from None
    if fingerprint(arrays) != header["data"]:
        raise SystemExit(
            f"{path} is damaged: its arrays are not the ones its header was written for; make it "
            f"again"
        )
    return Result(arrays, header)


def outdated(header: Mapping[str, Any], experiment: Experiment, root: Path) -> list[str]:
    """Why a result no longer is what its experiment would compute; empty when it still is."""
    reasons = (
        []
        if header["settings"] == json.loads(json.dumps(experiment.settings))
        else ["other settings"]
    )
    before, now = header["code"], reached(experiment.path, root)
    return reasons + [
        f"{name} changed" for name in sorted({*before, *now}) if before.get(name) != now.get(name)
    ]


def fingerprint(arrays: Mapping[str, np.ndarray]) -> str:
    """One digest for names, shapes, types and values."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name} {array.shape} {array.dtype.str} ".encode())
        total.update(array.tobytes())
    return total.hexdigest()[:16]


def _device() -> str:
    jax = sys.modules.get("jax")
    kinds = [d.device_kind for d in jax.devices()] if jax else []
    return (
        f"{kinds[0]} x {len(kinds)}, {os.cpu_count()} cores"
        if kinds
        else f"{platform.machine()}, {os.cpu_count()} cores"
    )
