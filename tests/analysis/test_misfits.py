"""A profile with too few or too many players, in every verb that takes one."""

import pytest

import minimax_lab as mm

GAME, RULE = mm.games.two_basins(), mm.Simultaneous(0.1)
THREE = mm.Game(lambda x, y, z: (x**2, y**2, z**2))
OVER = {"step": [0.1, 0.2], "direction.strength": [0.1, 0.2]}
VERBS = {
    "field_spectrum": lambda: mm.field_spectrum(GAME, (1.0,)),
    "update_spectrum": lambda: mm.update_spectrum(GAME, RULE, (1.0,)),
    "field_values": lambda: mm.field_values(GAME, (1.0,)),
    "update_values": lambda: mm.update_values(GAME, RULE, (1.0,)),
    "kind_index": lambda: mm.kind_index(GAME, (1.0,)),
    "classify": lambda: mm.classify(GAME, (1.0,)),
    "find_equilibria": lambda: mm.find_equilibria(GAME, [(1.0,)]),
    "branch": lambda: mm.branch(GAME, RULE, (1.0,), over="step", between=(0.1, 1.0)),
    "tune": lambda: mm.tune(GAME, RULE, over=("step",), x=(1.0,)),
    "atlas": lambda: mm.atlas(
        GAME, mm.Simultaneous(0.1, mm.Consensus(1.0)), (1.0,), over=OVER, steps=64
    ),
    "basins": lambda: mm.basins(THREE, RULE, box=4),
    "run": lambda: mm.run(GAME, RULE, (1.0,), 3),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_profile_that_does_not_fit_is_named(verb):
    with pytest.raises(mm.InputError, match="one strategy for each player of this game"):
        VERBS[verb]()


def test_an_error_of_the_verb_s_own_stays_as_it_is():
    def wild(x, sample):
        raise OSError("no file")

    with pytest.raises(mm.InputError, match="OSError: no file"):
        mm.classify(mm.Game(wild), (1.0, 1.0))
    with pytest.raises(TypeError, match="nothing"):
        mm.classify(GAME, (0.0, 0.0), nothing=1)
