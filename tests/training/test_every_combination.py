"""Every rule, direction, objective, game made of it and precision trains a tiny convolutional pair:
each of them once here, every pair of them by `make combinations`.
"""

import dataclasses
import inspect
import itertools
import re

import jax
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial, reshaped
from minimax_lab.analysis.frozen import Held
from minimax_lab.analysis.stretching import Stretching, Turning
from tests.dear import but
from tests.methods.covering import pairwise, singles
from tests.networks.tiny import kind
from tests.training.combinations import (
    AXES,
    DIRECTIONS,
    EVERY_ONE,
    EVERY_PAIR,
    NEVER,
    OBJECTIVES,
    REFUSED,
    RESHAPED,
    RIDGE,
    RULES,
    trained,
)

# What `frozen` makes of a rule, for spectra, and what watches one for exponents.
ANALYSIS_ONLY = {Held, Stretching, Turning}


def of_the_package(base):
    """Every class below this one that can be made, exported or not."""
    below = set().union(*map(of_the_package, base.__subclasses__()), base.__subclasses__())
    own = {c for c in below if c.__module__.startswith("minimax_lab.")}
    return {c for c in own if not inspect.isabstract(c)}


def inside(parts, base):
    """The classes below `base` of these values and of what stands inside them."""

    def found(part):
        return isinstance(part, base)

    classes = set()
    while parts:
        part = parts.pop()
        classes.add(type(part))
        parts += [p for p in vars(part).values() if found(p)]
    return classes


@pytest.mark.parametrize(
    ("base", "listed"),
    [
        (mm.UpdateRule, RULES),
        (mm.Direction, DIRECTIONS),
        (mm.objectives.Objective, OBJECTIVES),
    ],
    ids=["rules", "directions", "objectives"],
)
def test_every_class_is_combined(base, listed):
    missing = of_the_package(base) - inside(list(listed.values()), base) - ANALYSIS_ONLY
    assert not missing, f"add {missing} to tests/training/combinations.py"


def test_every_way_to_reshape_a_game_is_combined():
    used = {getattr(part, "func", part) for parts in RESHAPED.values() for part in parts}
    missing = {function.__name__ for function in reshapings() - used}
    assert not missing, f"add {missing} to tests/training/combinations.py"


def reshapings():
    """The public functions from a game to a game."""
    members = [*vars(reshaped).items(), *vars(adversarial).items()]
    functions = {f for name, f in members if inspect.isfunction(f) and not name.startswith("_")}
    notes = {f: inspect.get_annotations(f) for f in functions}
    return {f for f in functions if notes[f].get("game") == notes[f].get("return") == "Game"}


def test_the_rows_cover_what_they_say():
    axes, refused = (["a", "b", "c"], ["d", "e"], ["f", "g"]), {("a", "d"), ("c", "g")}
    rows = pairwise(*axes, refused=refused)
    assert covered(rows) == every_pair(axes) - unordered(refused)
    ones = singles(*axes, refused=refused)
    assert set().union(*ones) == {*"abcdefg"} and not covered(ones) & unordered(refused)
    assert len(rows) < 8 and len(ones) == 3  # eight rows are not refused, three values in an axis


def test_every_pair_that_is_not_refused_is_combined():
    axes = list(AXES.values())
    assert sum(map(len, axes)) == len(set().union(*axes)), "two values of one name"
    assert covered(EVERY_PAIR) == every_pair(axes) - unordered(NEVER)
    assert set().union(*EVERY_ONE) == set().union(*axes)


def unordered(pairs):
    return set(map(frozenset, pairs))


def covered(rows):
    """The pairs in these rows."""
    return {frozenset(pair) for row in rows for pair in itertools.combinations(row, 2)}


def every_pair(axes):
    return covered(
        row for two in itertools.combinations(axes, 2) for row in itertools.product(*two)
    )


@pytest.mark.parametrize("pair", REFUSED, ids=" and ".join)
def test_what_is_refused_says_why(pair, key, record_property):
    record_property("refused", pair)
    row = with_plain_ones(*pair)
    with pytest.raises(mm.InputError, match=re.escape(REFUSED[pair])):
        trained(row, key)


def test_the_ridge_is_followed_in_one_way():
    """So that nothing else can be combined with it."""
    assert not {"direction", "rule"} & {field.name for field in dataclasses.fields(RIDGE)}


def with_plain_ones(*chosen):
    """A row with these values and the first of every other axis."""
    axes = {**AXES, "direction": list(DIRECTIONS)}.values()
    return tuple(next((v for v in axis if v in chosen), axis[0]) for axis in axes)


@pytest.mark.parametrize("row", but(EVERY_ONE, EVERY_ONE[1::2]), ids=", ".join)
def test_everything_trains(row, key):
    trains(row, key)


@pytest.mark.slow
@pytest.mark.parametrize("row", EVERY_PAIR, ids=", ".join)
def test_everything_trains_with_everything(row, key, record_property):
    record_property("combined", row)
    trains(row, key)


def trains(row, key):
    """Ten updates keep structure and precision, move every weight and stay finite."""
    start, run = trained(row, key)
    assert run.verdict.kind != mm.Outcome.DIVERGED
    assert jax.tree.map(kind, run.final) == jax.tree.map(kind, start)
    for player, (old, new) in enumerate(zip(start, run.final, strict=True)):
        for before, after in zip(jax.tree.leaves(old), jax.tree.leaves(new), strict=True):
            assert np.all(np.isfinite(after)), f"player {player}"
            assert after.ndim < 2 or not np.array_equal(before, after), f"player {player} stood"
