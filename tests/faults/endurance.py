"""Long runs and many calls hold no memory once they are done."""

from __future__ import annotations

import gc
from pathlib import Path

import minimax_lab as mm

from .tally import Tally

GAME, RULE, START = mm.games.bilinear(1.0), mm.Optimistic(1e-6), (1.0, 1.0)
MOST = 8 * 2**20  # bytes


def tried(updates: int = 10**7, calls: int = 10_000) -> Tally:
    """Both, against what was held after doing the same once before."""
    tally = Tally()

    def walk(count: int) -> None:
        mm.run(GAME, RULE, START, count, every=1000, observe={"norm": mm.residual})

    def call(count: int) -> None:
        for _ in range(count):
            mm.run(GAME, RULE, START, 10)

    for name, work, size in (("updates", walk, updates), ("calls", call, calls)):
        work(size)
        before = _held()
        work(size)
        more = _held() - before
        tally.tried += 1
        if more > MOST:
            tally.lost.append(f"{size} {name} hold {more / 2**20:.1f} MiB more each time")
    return tally


def _held() -> int:
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
