"""Work that is killed at random moments, begun again, and compared with work that was left in
peace.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import minimax_lab as mm
from minimax_lab.files import load_arrays

from . import damage
from .tally import Tally
from .work import KINDS

ROOT = Path(__file__).parents[2]


def tried(kind: str, kills: int, jobs: int = 2, seed: int = 0) -> Tally:
    """So many kills of one kind of work, side by side; after each the work goes on."""
    draw = random.Random(f"{kind} {seed}")
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        whole.mkdir()
        _once(kind, whole)  # fills the cache of programs
        for left in whole.iterdir():
            _removed(left)
        began = time.perf_counter()
        _once(kind, whole)
        took, wanted = time.perf_counter() - began, came_to(kind, whole)
        shares = [kills // jobs + (i < kills % jobs) for i in range(jobs)]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            works = [
                pool.submit(_killed, kind, Path(place) / f"{i}", n, took, wanted, draw.random())
                for i, n in enumerate(shares)
            ]
            return sum((work.result() for work in works), Tally())


def _killed(kind: str, folder: Path, kills: int, took: float, wanted: object, seed: float) -> Tally:
    """Killed until so many kills are counted; whenever the work is done, it is compared and begun
    anew.
    """
    draw, tally = random.Random(seed), Tally()
    folder.mkdir()
    while tally.tried < kills:
        child = _begun(kind, folder)
        try:
            told, _ = child.communicate(timeout=draw.uniform(0.3, 1.1) * took)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            tally.tried += 1
            tally += _readable(folder)
            continue
        if child.returncode:
            tally.tried += 1
            tally.unclear.append(f"{kind}: ended with {child.returncode}: {told[-300:]}")
            break
        tally += _compared(kind, folder, wanted)
    _once(kind, folder)
    return tally + _compared(kind, folder, wanted)


def _compared(kind: str, folder: Path, wanted: object) -> Tally:
    tally = Tally()
    if came_to(kind, folder) != wanted:
        tally.lost.append(f"{kind}: another result than without kills")
    left = [path.name for path in folder.rglob(".minimax-*")]
    if left:
        tally.unclear.append(f"{kind}: left behind {left}")
    for path in folder.iterdir():
        _removed(path)
    return tally


def _readable(folder: Path) -> Tally:
    """Whatever a kill left is whole, but for what is named temporary."""
    tally = Tally()
    for path in folder.rglob("*"):
        if path.name.startswith(".minimax-") or not path.is_file():
            continue
        try:
            if path.suffix == ".npz":
                load_arrays(path, "kept")
            elif path.suffix == ".json":
                json.loads(path.read_text())
        except ValueError as error:
            tally.lost.append(f"{path.name}: {error}")
    return tally


def came_to(kind: str, folder: Path) -> object:
    """The content of what a work keeps, without times."""
    if kind == "verify":
        report = json.loads((folder / "report.json").read_text())
        return repr(_timeless(report))
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*.npz")):
        if kind in ("run", "sweep"):
            run = mm.Run.load(path)
            parts = (run.final.ravel()[0], *run.state.leaves)
            found[path.name] = [np.asarray(part).tobytes() for part in parts]
        elif path.name != "before.npz":
            arrays, _ = load_arrays(path, "kept")
            found[path.name] = damage.content((arrays, {}))
    for path in sorted(folder.rglob("metrics.jsonl")):
        found[path.name] = path.read_text()
    return found


def _timeless(told: object) -> object:
    if isinstance(told, dict):
        return {k: _timeless(v) for k, v in told.items() if "second" not in k and k != "written"}
    return [_timeless(v) for v in told] if isinstance(told, list) else told


def _begun(kind: str, folder: Path) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "JAX_COMPILATION_CACHE_DIR": str(ROOT / "build" / "jax-cache"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.work", kind, str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _once(kind: str, folder: Path) -> None:
    child = _begun(kind, folder)
    told, _ = child.communicate()
    if child.returncode:
        raise RuntimeError(f"{kind} failed:\n{told}")


def _removed(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            _removed(inner)
        path.rmdir()
    else:
        path.unlink()


# How often of a hundred kills each is hit; what takes long to begin is hit less.
SHARES = dict(zip(KINDS, (30, 25, 25, 8, 12), strict=True))
