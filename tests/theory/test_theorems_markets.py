"""What statements about markets rest on, and an error planted in one that no constant shows."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from tests.theory.trials import tried
from theory.draws import markets
from theory.draws.matrices import definite, truth
from theory.draws.points import own_curvatures
from theory.markets import point
from theory.verify.results import Status


def favourite(instance):
    """Nash taken to need the first firm's optimum alone."""
    (_, *rest), right = point.verdicts(instance)
    game, x = instance
    return (truth(definite(own_curvatures(game, x)[0])[0] > 0), *rest), right


def test_one_firm_at_its_optimum_is_no_nash():
    tested = tried(point.SM_2, 1, sides=favourite, sizes=((1, 2),))
    assert tested.status is Status.VIOLATED


# What the proofs and instances rest on.


def test_coalitions_have_the_field_of_the_game_between_coalitions(key):
    p = markets.normals(key, 1, 2, 1)
    game, x = markets.traded(p, markets.convex(p), jnp.tanh), markets.place(p)
    allied = jnp.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])

    def between_coalitions(y, sample):
        one, other, third = game.losses(mm.Profile((y[0][0], y[1], y[0][1])), game.data)
        return one + third, other

    field = eqx.filter_jit(mm.Game(between_coalitions).field)(mm.Profile(((x[0], x[2]), x[1])))
    merged = eqx.filter_jit(markets.merged(game, allied).field)(x)
    for left, right in zip((field[0][0], field[1], field[0][1]), merged, strict=True):
        assert np.allclose(left, right, atol=1e-14)


def test_markets_of_up_to_eight_firms_are_connected():
    for firms in range(2, 9):
        reached = {0}
        for _ in range(firms):
            reached |= {i for pair in markets.graph(firms) if reached & set(pair) for i in pair}
        assert reached == set(range(firms))
