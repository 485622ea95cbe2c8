"""All theorems, once (`make verify`), in seconds and in seconds of processors. Takes minutes, so
only where it is asked for.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from ..children import Ended, contender, python
from ..race import Group
from ..results import Target

UNIT = "verification"
SETTINGS = {"seed": 1}
WORK = "seconds of processors"


def groups(small: bool = False) -> Iterator[Group]:
    """All of them, or one with few instances."""
    few = ("GAP-1", "--instances", "5", "--jobs", "1") if small else ()

    def verified() -> Ended:
        with tempfile.TemporaryDirectory() as folder:
            words = ("--seed", str(SETTINGS["seed"]), "--json", "-o", folder)
            return python("-m", "theory", *few, *words)

    most = Target(WORK, most=150)
    yield Group("theorems", {"minimax_lab": contender(verified, 0)}, check, (most,))


def check(results: Mapping[str, Any]) -> dict[str, float]:
    """None fails; how many hold, and how many were skipped."""
    output, seconds, _ = results["minimax_lab"]
    report = json.loads(output[output.index("{") : output.rindex("}") + 1])
    assert report["passed"], report["failed"]
    counts = {f"{what}, of claims": count for what, count in report["counts"].items()}
    return {WORK: seconds, "instances": report["instances"]} | counts
