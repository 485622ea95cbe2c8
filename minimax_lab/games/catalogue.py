"""Every ready-made game with a default start, what is known of it, and its formula where it has a
closed one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..checks import nearest
from ..game import Game
from ..kinds import Kind
from . import formulas, makers, markets, planar
from .matrices import rock_paper_scissors

Point = tuple[Any, ...]
Known = tuple[tuple[Point, Kind], ...]
View = tuple[tuple[float, float], tuple[float, float]]

CENTRE: Known = (((0.0, 0.0), Kind.DEGENERATE),)
NASH: Known = (((0.0, 0.0), Kind.NASH),)
MINIMAX: Known = (((0.0, 0.0), Kind.MINIMAX),)


@dataclasses.dataclass(frozen=True, eq=False)
class Entry:
    """A game one can name: `make` takes keyword arguments with defaults, and `formula` the same
    ones where it is given.

    `known` are the stationary points inside `box` (everywhere, without a box) at the default
    arguments, with their kinds. A formula is (one SymPy loss a player, one tuple of symbols a
    player).
    """

    name: str
    summary: str
    make: Callable[..., Game]
    start: Point = (1.0, 1.0)
    known: Known = ()
    box: View | None = None
    formula: Callable[..., formulas.Formula] | None = None


def catalogue() -> dict[str, Entry]:
    """All entries by name, most elementary first."""
    return {
        entry.name: entry for entry in (*_affine(), *_planar(), *_dirac(), *_confined(), *_random())
    }


def entry(name: str) -> Entry:
    """The entry of this name; a misspelt one gets the nearest."""
    entries = catalogue()
    if name not in entries:
        raise nearest("game", str(name), entries)
    return entries[name]


def _affine() -> list[Entry]:
    def plane(
        name: str, summary: str, make: Callable[..., Game], known: Known, formula: Any
    ) -> Entry:
        return Entry(name, summary, make, (1.0, 1.0), known, _view(-2, 2), formula)

    def three(name: str, summary: str, make: Callable[..., Game], formula: Any) -> Entry:
        return Entry(
            name, summary, make, (1.0, 0.5, -1.0), (((0.0, 0.0, 0.0), Kind.NASH),), None, formula
        )

    potential = partial(formulas.exchange, defect=2)
    return [
        plane(
            "bilinear",
            "x y: nobody arrives without looking ahead",
            makers.bilinear,
            CENTRE,
            formulas.bilinear,
        ),
        plane(
            "quadratic",
            "convex in x, concave in y, coupled",
            makers.quadratic,
            NASH,
            formulas.quadratic,
        ),
        plane(
            "hamiltonian",
            "two firms, trade only: a pure rotation",
            markets.hamiltonian,
            CENTRE,
            partial(formulas.exchange, 0),
        ),
        plane(
            "exchange",
            "two firms trading under friction",
            markets.exchange,
            NASH,
            formulas.exchange,
        ),
        plane(
            "common_interest",
            "a strict Nash that the flow leaves",
            markets.common_interest,
            NASH,
            potential,
        ),
        plane(
            "rate_dependent",
            "stable or not as the steps decide",
            markets.rate_dependent,
            MINIMAX,
            formulas.rate_dependent,
        ),
        three(
            "ring",
            "three players, each chasing one and fleeing the other",
            makers.ring,
            formulas.ring,
        ),
        three("market", "three firms trading in pairs", makers.market, formulas.market),
    ]


def _planar() -> list[Entry]:
    def plane(
        make: Callable[[], Game], summary: str, view: View, *known: tuple[Point, Kind]
    ) -> Entry:
        return Entry(
            make.__name__, summary, make, (3.0, 3.0), known, view, partial(formulas.planar, make)
        )

    root, golden = math.sqrt(2), (1 + math.sqrt(5)) / 2
    near, far = ((1 / golden, 1 / golden), Kind.NASH), ((-golden, -golden), Kind.SADDLE)
    minimax, bump = MINIMAX[0], ((0.40278777035546204, 0.5972122296445379), Kind.MINIMAX)
    nash, attractor = ((-2 - root, 2 + root), Kind.NASH), ((0.0, 0.0), Kind.STABLE)
    between, source, saddle = (
        ((root - 2, 2 - root), Kind.SADDLE),
        ((-1.0, 2.5), Kind.SOURCE),
        ((3.0, -1.5), Kind.SADDLE),
    )
    flat, steep = CENTRE[0], ((-2 / 3, 2 / 3), Kind.SADDLE)
    wide = ((-6.0, 4.0), (-3.0, 7.0))
    return [
        plane(planar.cubic, "a Nash and a saddle of the flow", _view(-4, 4), near, far),
        plane(planar.fleeing_minimax, "a minimax point that is a source", _view(-6, 6), minimax),
        plane(planar.bump, "a minimax point that the linearised flow circles", _view(-3, 4), bump),
        plane(
            planar.cycle_trap, "a minimax point inside an attracting cycle", _view(-8, 8), minimax
        ),
        plane(
            planar.two_basins,
            "a Nash, and an attractor that is not minimax",
            wide,
            nash,
            attractor,
            between,
        ),
        plane(
            planar.false_minimax,
            "a source that acceleration mistakes for a goal",
            _view(-5, 6),
            source,
            saddle,
        ),
        plane(
            planar.flat_centre,
            "an origin that second order says nothing about",
            _view(-3, 4),
            flat,
            steep,
        ),
    ]


def _dirac() -> list[Entry]:
    def variant(
        name: str, summary: str, make: Callable[..., Game], known: Known, formula: Any
    ) -> Entry:
        return Entry(
            f"dirac_{name}", f"Dirac-GAN: {summary}", make, (1.0, 1.0), known, _view(-2, 2), formula
        )

    original, nonsaturating = formulas.dirac_gan, formulas.dirac_nsgan
    return [
        variant("gan", "the original objective, a centre", makers.dirac_gan, CENTRE, original),
        variant(
            "nsgan",
            "non-saturating, arrives like 1/sqrt(time)",
            makers.dirac_nsgan,
            CENTRE,
            nonsaturating,
        ),
        variant("wgan", "Wasserstein, psi clipped", makers.dirac_wgan, CENTRE, formulas.dirac_wgan),
        # The field jumps across psi = 0 and vanishes nowhere: two displaced centres make an
        # attracting cycle.
        variant(
            "wgan_gp",
            "Wasserstein, slope penalised towards one: a cycle",
            makers.dirac_wgan_gp,
            (),
            formulas.dirac_wgan_gp,
        ),
        variant("noise", "instance noise, averaged exactly", makers.dirac_noise, MINIMAX, None),
        variant(
            "gp",
            "zero-centred penalty (R1 = R2)",
            makers.dirac_gp,
            MINIMAX,
            partial(original, penalty=0.3),
        ),
        variant(
            "gp_critical",
            "the penalty that ends the oscillation",
            makers.dirac_gp_critical,
            MINIMAX,
            partial(original, penalty=1),
        ),
        variant(
            "nsgan_gp",
            "non-saturating, penalised",
            makers.dirac_nsgan_gp,
            MINIMAX,
            partial(nonsaturating, penalty=0.3),
        ),
    ]


def _confined() -> list[Entry]:
    third, corner = np.full(3, 1 / 3), np.array([0.8, 0.1, 0.1])
    start, centre = (corner, corner[::-1].copy()), (((third, third), Kind.DEGENERATE),)
    rock = Entry(
        "rock_paper_scissors",
        "mixed strategies",
        rock_paper_scissors,
        start,
        centre,
        None,
        formulas.rock_paper_scissors,
    )
    return [
        rock,
        Entry(
            "box_bilinear",
            "x y on a box",
            makers.box_bilinear,
            (0.5, 0.5),
            CENTRE,
            _view(-1, 1),
            formulas.box_bilinear,
        ),
    ]


def _random() -> list[Entry]:
    ones, origin = (np.ones(3), np.ones(3)), (np.zeros(3), np.zeros(3))
    centre, nash = ((origin, Kind.DEGENERATE),), ((origin, Kind.NASH),)
    return [
        Entry(
            "random_bilinear",
            "three numbers a player, no friction",
            makers.random_bilinear,
            ones,
            centre,
        ),
        Entry(
            "random_quadratic",
            "three numbers a player, one mode leading",
            makers.random_quadratic,
            ones,
            nash,
        ),
        Entry(
            "noisy_exchange",
            "two firms, gradients seen through noise",
            makers.noisy_exchange,
            box=_view(-2, 2),
        ),
        Entry(
            "dirac_draws",
            "Dirac-GAN: instance noise by random draws",
            makers.dirac_draws,
            box=_view(-2, 2),
        ),
    ]


def _view(low: float, high: float) -> View:
    return ((float(low), float(high)),) * 2
