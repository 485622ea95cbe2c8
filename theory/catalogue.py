"""Every theorem there is, by id. A new one is added to its paper's file and named here."""

from __future__ import annotations

from minimax_lab.checks import InputError

from . import (
    anderson,
    anderson_alternating,
    anderson_contractions,
    anderson_restarts,
    anderson_simultaneous,
    assist,
    assist_dynamics,
    assist_penalty,
    bilinear,
    consensus,
    definiteness,
    dirac,
    dirac_consensus,
    dirac_global,
    dirac_noise,
    dirac_steps,
    dirac_wasserstein,
    estimators,
    gap_dirac,
    gap_modes,
    gap_orbits,
    gap_schedule,
    gap_steps,
    market_flow,
    market_steps,
    markets,
    modes_collapse,
    modes_flow,
    normalised,
    normalised_images,
    numerics,
    operators,
    rmsprop,
    symplectic,
    symplectic_flow,
)
from .theorem import Theorem

FILES = (
    numerics, bilinear, definiteness, consensus, estimators, rmsprop,
    operators,
    dirac, dirac_steps, dirac_noise, dirac_global, dirac_wasserstein, dirac_consensus,
    markets, market_steps, market_flow,
    symplectic, symplectic_flow,
    normalised, modes_flow, modes_collapse, normalised_images,
    anderson, anderson_simultaneous, anderson_alternating, anderson_restarts, anderson_contractions,
    gap_schedule, gap_steps, gap_dirac, gap_orbits, gap_modes,
    assist, assist_dynamics, assist_penalty,
)  # fmt: skip
PAPERS = ("NUM", "DIR", "SM", "SGA", "AM", "NS", "GAP", "ADV", "OP")


def theorems() -> dict[str, Theorem]:
    """All theorems of all papers, in the papers' order."""
    found = [value for file in FILES for value in vars(file).values() if isinstance(value, Theorem)]
    by_id: dict[str, Theorem] = {}
    for theorem in sorted(found, key=_place):
        if by_id.setdefault(theorem.id, theorem) is not theorem:
            raise InputError(
                f"two theorems are called {theorem.id}: {by_id[theorem.id].name!r} and "
                f"{theorem.name!r}."
            )
    return by_id


def _place(theorem: Theorem) -> tuple[int, int]:
    paper, number = theorem.id.split("-")
    return PAPERS.index(paper), int(number)
