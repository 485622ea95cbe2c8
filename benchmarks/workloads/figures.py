"""All figures of a fresh clone (`make figures`), installation apart, with an empty and then with a
warm cache of programs. Takes minutes, so only where it is asked for. It speaks of what is
committed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..children import ROOT, Ended, contender, python, run
from ..race import Group
from ..results import Target

UNIT = "clone"
SETTINGS = {"target": "make figures"}
EMPTY, WARM = "minimax_lab, empty cache", "minimax_lab, warm cache"


def groups(small: bool = False) -> Iterator[Group]:
    """Two clones that share a cache; small ones only list their work."""
    with tempfile.TemporaryDirectory() as folder:
        yield clones(Path(folder), small)


def clones(folder: Path, small: bool) -> Group:
    """Made one after the other."""
    cache = f"JAX_COMPILATION_CACHE_DIR={folder / 'cache'}"

    def cloned(name: str) -> Ended:
        clone = folder / name
        run("git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone))
        if small:
            return python("-m", "figures", "list", folder=clone)
        return run("make", "figures", f"VENV={sys.prefix}", cache, folder=clone)

    contenders = {
        EMPTY: contender(lambda: cloned("first"), 0),
        WARM: contender(lambda: cloned("second"), 0),
    }

    def check(results: Mapping[str, Any]) -> None:
        """Both clones have made the same."""
        one, two = (
            {path.name for path in (folder / name).glob("build/figures/*.png")}
            for name in ("first", "second")
        )
        assert one == two and (small or one), one ^ two
        assert all(" draws " in ended.output for ended in results.values() if small)

    targets = (Target(EMPTY, most=120), Target(WARM, most=60))
    return Group("figures", contenders, check, targets)
