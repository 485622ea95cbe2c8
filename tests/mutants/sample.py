"""Which files are mutated, how much each mutant of theirs weighs, and the sample that is tried."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

from .mutators import Mutant, differs, mutants

ROOT = Path(__file__).resolve().parents[2]
SEED = "minimax"
# A mutant of weight 2 is twice as likely to be tried as one of weight 1: the methods and the loop
# are what everything else stands on. The longest name that fits counts.
WEIGHTS = {
    "minimax_lab/profile.py": 2,
    "minimax_lab/game.py": 2,
    "minimax_lab/reshaped.py": 1.5,
    "minimax_lab/objectives.py": 1,
    "minimax_lab/directions/": 2,
    "minimax_lab/rules/": 2,
    "minimax_lab/rules/window.py": 1,
    "minimax_lab/rules/gram.py": 1,
    "minimax_lab/rules/orthogonal.py": 1,
    "minimax_lab/rules/anew.py": 1,
    "minimax_lab/running/program.py": 2,
    "minimax_lab/running/drive.py": 2,
    "minimax_lab/running/prepare.py": 1.5,
    "minimax_lab/running/verbs.py": 2,
    "minimax_lab/running/sweeps.py": 1.5,
    "minimax_lab/running/judge.py": 2,
    "minimax_lab/analysis/rates.py": 1,
    "minimax_lab/analysis/cycles.py": 1,
    "minimax_lab/analysis/equilibria.py": 1,
    "minimax_lab/analysis/spectrum.py": 1.5,
    "minimax_lab/analysis/eigensolvers.py": 1,
    "minimax_lab/analysis/eigenvalues.py": 1,
    "minimax_lab/analysis/update_map.py": 1.5,
    "minimax_lab/symbolic/": 1,
    "minimax_lab/adversarial/": 1,
    "theory/verify/": 1,
    "theory/theorem.py": 1,
}
# An argument in the place of another mostly fails at once.
RARELY = {"swapped": 0.4}


def weight(path: str) -> float:
    """How much one mutant of a file counts; nothing where the table does not name the file."""
    fitting = [name for name in WEIGHTS if path.startswith(name)]
    return WEIGHTS[max(fitting, key=len)] if fitting else 0.0


def targets() -> list[str]:
    """The files that are mutated."""
    found = [*(ROOT / "minimax_lab").rglob("*.py"), *(ROOT / "theory").rglob("*.py")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [name for name in names if weight(name)]


def everything() -> list[Mutant]:
    """All mutants, those that come first in every sample at the head.

    The order is drawn by weight without putting back, from a number that each mutant's id gives:
    an edit elsewhere changes nothing.
    """
    found = [mutant for path in targets() for mutant in mutants(path, source(path))]
    return sorted(found, key=_rank)


def first(count: int) -> list[Mutant]:
    """The first `count` of them that are Python."""
    taken: list[Mutant] = []
    for mutant in everything():
        if len(taken) == count:
            break
        if differs(mutant, source(mutant.path)):
            taken.append(mutant)
    return taken


def source(path: str) -> bytes:
    return (ROOT / path).read_bytes()


def _rank(mutant: Mutant) -> float:
    return -math.log(_uniform(mutant.id)) / weight(mutant.path) / RARELY.get(mutant.operator, 1.0)


def _uniform(name: str) -> float:
    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 1) / 2**64
