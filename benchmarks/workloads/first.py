"""Time to the first result: `import minimax_lab` against what it must import anyway; the first
`run` of a new game, for which one program should be compiled; and a portrait from the command line
with an empty and with a warm cache of programs.

The limit is Python's own start.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import minimax_lab as mm

from ..children import Ended, contender, python
from ..race import PROGRAMS, Contender, Group
from ..results import Target

UNIT = "start"
SETTINGS = {"imported": "jax, equinox, optax", "drawn": "bilinear"}
EMPTY, WARM = "minimax_lab, empty cache", "minimax_lab, warm cache"
OTHERS = "jax, equinox, optax"


def groups(small: bool = False) -> Iterator[Group]:
    """Imports, a game, and the command."""
    imports = {
        name: contender(functools.partial(python, "-c", code), 0 if small else 5)
        for name, code in (
            ("minimax_lab", "import minimax_lab"),
            (OTHERS, f"import {OTHERS}"),
            ("limit: Python", "pass"),
        )
    }
    most = Target("minimax_lab", OTHERS, most=1.3)
    yield Group("import", imports, lambda _: None, (most,))
    _new_game()  # after which the small programs that all games share are there
    game = {"minimax_lab": Contender(_new_game)}
    yield Group("first run of a new game", game, _counted, (Target("programs", most=1),))
    if not small:
        with tempfile.TemporaryDirectory() as folder:
            yield portraits(Path(folder))


def _new_game() -> int:
    """How many programs are compiled by the first run of a game nobody has played before."""
    before = PROGRAMS.count
    mm.run(mm.zero_sum(lambda x, sample: x[0] * x[1]), mm.Simultaneous(0.1), (1.0, 1.0), 10)
    return PROGRAMS.count - before


def _counted(results: Mapping[str, Any]) -> dict[str, float]:
    return {"programs": results["minimax_lab"]}


def portraits(folder: Path) -> Group:
    """The command; a cache is empty where its folder is new."""
    numbers = itertools.count()

    def portrait(cache: str) -> Ended:
        return python(
            *("-m", "minimax_lab", "portrait", SETTINGS["drawn"], "-o", str(folder / "a.png")),
            JAX_COMPILATION_CACHE_DIR=str(folder / cache),
            JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
        )

    contenders = {
        EMPTY: contender(lambda: portrait(f"new-{next(numbers)}")),
        WARM: contender(lambda: portrait("kept")),
    }

    def drawn(_: Any) -> None:
        assert (folder / "a.png").stat().st_size > 10_000

    return Group("portrait", contenders, drawn, (Target(EMPTY, most=3), Target(WARM, most=1.5)))
