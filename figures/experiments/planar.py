"""The six planar games of the GDA-AM study (He et al. 2022), every walk from the same start, with
the steps of that study.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.packing import packed
from minimax_lab.games import planar as values

# Name -> value, the point the study aims at, box of the portrait, and the study's steps:
# simultaneous, alternating, extragradient, optimistic.
GAMES: dict[str, tuple[Callable[..., Any], tuple[float, float], Any, tuple[float, ...]]] = {
    "fleeing_minimax": (
        values.fleeing_minimax_value,
        (0.0, 0.0),
        (-6.0, 6.0),
        (0.05, 0.1, 0.1, 0.05),
    ),
    "bump": (values.bump_value, (0.40278777, 0.59721223), (-3.0, 4.0), (0.05, 0.1, 0.6, 0.3)),
    "cycle_trap": (values.cycle_trap_value, (0.0, 0.0), (-8.0, 8.0), (0.05, 0.1, 0.1, 0.05)),
    "two_basins": (
        values.two_basins_value,
        (-2 - 2**0.5, 2 + 2**0.5),
        ((-6.0, 4.0), (-3.0, 7.0)),
        (0.05, 0.1, 0.1, 0.05),
    ),
    "false_minimax": (
        values.false_minimax_value,
        (-1.0, 2.5),
        (-5.0, 6.0),
        (0.05, 0.05, 0.06, 0.03),
    ),
    "flat_centre": (values.flat_centre_value, (0.0, 0.0), (-3.0, 4.0), (0.05, 0.05, 0.04, 0.02)),
}


VALUES = [partial(value, of=jnp) for value, *_ in GAMES.values()]


@jax.jit
def chosen(sample: Any, *x: Any) -> Any:
    """One of the six values, by the number in the sample: a rule compiles once for all of them.
    Jitted, it is traced once, however often a rule differentiates it.
    """
    return jax.lax.switch(sample, VALUES, *x)


class Chosen(eqx.Module):
    """That value, of a profile."""

    def __call__(self, x: mm.Profile, sample: Any) -> Any:
        return chosen(sample, *x)


def rules(
    simultaneous: float, alternating: float, extragradient: float, optimistic: float
) -> dict[str, mm.UpdateRule]:
    """Every rule there is for two numbers; those the study does not have take the step of the one
    they change.
    """
    return {
        "simultaneous": mm.Simultaneous(simultaneous),
        "alternating": mm.Alternating(alternating),
        "extragradient": mm.Extragradient(extragradient),
        "follow the ridge": mm.FollowTheRidge(alternating),
        "optimistic": mm.Optimistic(optimistic),
        "past extragradient": mm.PastExtragradient(optimistic),
        "negative momentum": mm.Alternating(alternating, mm.Momentum(-0.5)),
        "consensus": mm.Simultaneous(simultaneous, mm.Consensus(1.0)),
        "symplectic": mm.Simultaneous(simultaneous, mm.Symplectic()),
        "lookahead": mm.Lookahead(mm.Simultaneous(simultaneous)),
        "averaged": mm.Averaged(mm.Simultaneous(simultaneous)),
    }


@experiment(quick={"steps": 50, "grid": 41})
def planar(steps: int = 200, start: tuple[float, float] = (3.0, 3.0), grid: int = 101):
    """Portraits with the flow and all walks, and every walk's distance to the point aimed at."""
    games = [mm.zero_sum(Chosen(), jnp.asarray(i)) for i in range(len(GAMES))]
    starts = mm.stack([mm.Profile(start)] * len(games))
    sets = [rules(*sizes) for *_, sizes in GAMES.values()]
    walks: dict[str, list[Any]] = {name: [] for name in GAMES}
    for rule in sets[0]:
        run = mm.sweep(
            mm.stack(games),
            mm.stack([each[rule] for each in sets]),
            starts,
            steps,
            over=("game", "rule", "start"),
            observe={"position": mm.position},
        )
        for name, walk in zip(GAMES, mm.trajectories(run, rule), strict=True):
            walks[name].append(walk)
    saved = {
        "names": np.array(list(GAMES)),
        "aims": np.array([aim for _, aim, *_ in GAMES.values()]),
    }
    saved["sizes"] = np.array([sizes for *_, sizes in GAMES.values()])
    for game, (name, (_, _, box, _)) in zip(games, GAMES.items(), strict=True):
        picture = mm.portrait(game, box=box, grid=grid)
        saved |= packed(dataclasses.replace(picture, trajectories=tuple(walks[name])), name)
    return saved
