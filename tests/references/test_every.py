"""Every method of the table in tests/methods/every.py beside its reference."""

import dataclasses

import pytest

import minimax_lab as mm
from tests.methods.every import DIRECTIONS, WALKS, WRAPPERS, rules
from tests.references.beside import compare
from tests.references.plain import references

STEP = (0.05, 0.08)
STACK = mm.Momentum(0.4, mm.Clipped(mm.Adam(mm.Consensus(0.3)), (0.9, 0.7)))
# These are walked in files of their own, whose games have other slopes.
ELSEWHERE = {mm.Normalised, mm.GapAware, mm.Graft, mm.AssistAdversary}
BY_OPTAX = {mm.Optax}  # whose reference is optax's own loop, in tests/methods/test_optax.py


def classes(method):
    """Those of a rule or direction and of what stands inside it."""
    inside = (getattr(method, field.name) for field in dataclasses.fields(method))
    parts = [part for part in inside if isinstance(part, mm.Direction | mm.UpdateRule)]
    return {type(method)}.union(*map(classes, parts))


def test_every_method_has_a_reference():
    listed = set().union(*map(classes, [*DIRECTIONS.values(), *rules().values()]))
    assert listed - BY_OPTAX <= set(references())


@pytest.mark.parametrize(
    "name",
    [name for name, method in DIRECTIONS.items() if not classes(method) & (ELSEWHERE | BY_OPTAX)],
)
def test_directions(name):
    compare(mm.Simultaneous(STEP, DIRECTIONS[name]), "two")


@pytest.mark.parametrize("name", [name for name in WALKS if name != "simultaneous"])
def test_walks(name):
    compare(WALKS[name](STEP, STACK), "two")


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrappers(name):
    least = 6 if name == "anderson" else None
    compare(WRAPPERS[name](mm.Alternating(STEP, mm.Momentum(0.4))), "roomy", least)


def test_following_the_ridge():
    compare(mm.FollowTheRidge(STEP), "two")
