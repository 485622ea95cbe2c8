"""`make fuzz`: every public name with one wrong argument, then with two at random."""

from __future__ import annotations

import argparse
import resource
import sys
import time

from . import inputs
from .tally import Tally

MEMORY = 9 * 2**30  # bytes; what asks for more fails in this process and not in the system


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz", description=__doc__)
    parser.add_argument("--calls", type=int, default=50_000, help="how many")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the order")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    print(f"seed {given.seed}")
    tally, seed = Tally(), given.seed
    while tally.tried < given.calls:
        tally += inputs.tried(given.calls - tally.tried, seed, twice=seed > given.seed)
        seed += 1
        print(
            f"{tally.tried} calls, {tally.told} refused, {len(tally.unclear)} unclear", flush=True
        )
    for fault in tally.unclear[:40]:
        print(f"    {fault}")
    return 1 if tally.unclear else 0


if __name__ == "__main__":
    sys.exit(main())
