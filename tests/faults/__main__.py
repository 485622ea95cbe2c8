"""`make faults`: every part of the campaign, and its table; `make test` has shorter ones."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import minimax_lab as mm

from . import damage, devices, endurance, kills, writes
from .tally import Tally

PLACE = Path(__file__).with_name("table.md")
HEAD = "| | tried | passed | lost | unclear | s |\n|---|---:|---:|---:|---:|---:|\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many, of all kinds together")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments")
    given = parser.parse_args()
    print(f"moments drawn from seed {given.seed}")
    rows, found = [], Tally()
    parts = {
        **{
            f"killed: {kind}": _killing(kind, -(-given.kills * share // 100), given.seed)
            for kind, share in kills.SHARES.items()
        },
        "calls that fail, and disks that fill": writes.tried,
        "a full and a read-only file system": lambda: _spoken(writes.mounted()),
        "a run cut at every length": lambda: _damaged(damage.cut),
        "a run with any byte changed": lambda: _damaged(damage.bent),
        "hostile files": lambda: _damaged(None),
        "memory over ten million updates and ten thousand calls": endurance.tried,
        "bits on other devices and threads": devices.tried,
    }
    for name, part in parts.items():
        began = time.perf_counter()
        tally = part()
        took = time.perf_counter() - began
        numbers = tally.tried, tally.passed, len(tally.lost), len(tally.unclear), f"{took:.0f}"
        rows.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
        print(rows[-1], flush=True)
        for fault in (tally.lost + tally.unclear)[:10]:
            print(f"    {fault}")
        found += tally
    if given.kills >= 200:
        PLACE.write_text(HEAD + "\n".join(rows) + "\n")
    return 1 if found.lost or found.unclear else 0


def _killing(kind: str, count: int, seed: int) -> object:
    return lambda: kills.tried(kind, count, seed=seed)


def _spoken(found: tuple[Tally, str]) -> Tally:
    tally, reason = found
    if reason:
        print(f"    {reason}")
    return tally


def _damaged(kind: object) -> Tally:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        observe = {"x": mm.position}
        run = mm.run(mm.games.bilinear(1.0), mm.Optimistic(0.1), (1.0, 1.0), 4, observe=observe)
        run.save(folder / "run.npz")
        (folder / "other").mkdir()
        if kind is None:
            return damage.hostile_ones(folder / "run.npz", folder / "other")
        return damage.tried(folder / "run.npz", kind, 1, folder / "other")


if __name__ == "__main__":
    sys.exit(main())
