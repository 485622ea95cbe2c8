"""Directions and rules on a convolutional pair against an explicit Jacobian of its field.

The reference computes with matrices: its field comes from reverse derivatives of the two losses as
functions of one long vector, its Jacobian from forward derivatives of that field.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import minimax_lab as mm
from minimax_lab.networks import DcganDiscriminator, DcganGenerator, SpectralCritic
from tests.networks.tiny import SHAPE, game, size

PAIRS = {
    "batch norm": (DcganGenerator(SHAPE, 2, 2, 1), DcganDiscriminator(SHAPE, 1, 2, kernel=3)),
    "spectral norm": (
        DcganGenerator(SHAPE, 2, 1, 1, batch_norm=False, kernel=4),
        SpectralCritic(SHAPE, 1, 1),
    ),
}
STRENGTH, STEP = 0.3, 0.1


class Dense:
    """The game of a pair at a start, as a field and its matrix on one long vector."""

    def __init__(self, pair):
        self.game = game(*pair, batch=3)
        self.x = mm.adversarial.start(self.game, jax.random.key(5), jnp.float64)
        self.key = jax.random.key(6)
        self.sample = self.game.sample(self.key)
        self.still = mm.Game(self.game.losses, data=self.sample)
        self.vector, self.back = ravel_pytree(self.x)
        self.first = size(self.x[0])
        self.field, self.jacobian = jax.jit(self.both)(self.vector)

    def losses(self, vector):
        return jnp.stack(self.game.losses(self.back(vector), self.sample))

    def turn(self, vector):
        slopes = jax.jacrev(self.losses)(vector)
        return jnp.concatenate([slopes[0, : self.first], slopes[1, self.first :]])

    def both(self, vector):
        return self.turn(vector), jax.jacfwd(self.turn)(vector)

    def asked(self, direction):
        """What a direction of the library answers on this sample, as one vector."""
        memory = direction.init(self.still, self.x, self.key)
        answer = jax.jit(lambda x: direction(self.still, x, memory, mm.Tick(0, None))[0])
        return ravel_pytree(answer(self.x))[0]


@pytest.fixture(scope="module", params=PAIRS)
def pair(request):
    return Dense(PAIRS[request.param])


def test_the_pairs_are_small_and_their_fields_curved(pair):
    assert pair.vector.size < 150
    across = pair.jacobian[: pair.first, pair.first :]
    assert min(np.linalg.norm(across), np.linalg.norm(pair.field)) > 1e-3


def test_the_jacobian_is_the_games(pair):
    found = jax.jit(lambda x: pair.game.jacobian(x, pair.sample))(pair.x)
    np.testing.assert_allclose(found, pair.jacobian, atol=1e-12)


def test_consensus_adds_the_transposed_jacobian_of_the_field(pair):
    expected = pair.field + STRENGTH * pair.jacobian.T @ pair.field
    np.testing.assert_allclose(pair.asked(mm.Consensus(STRENGTH)), expected, atol=1e-12)


def test_symplectic_adds_the_antisymmetric_part(pair):
    antisymmetric = (pair.jacobian - pair.jacobian.T) / 2
    expected = pair.field + STRENGTH * antisymmetric.T @ pair.field
    found = pair.asked(mm.Symplectic(STRENGTH, align=False))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_assisting_the_adversary_adds_what_its_gradient_owes_the_generator(pair):
    """grad_G |v_D|^2 = 2 J_DG' v_D."""
    owed = 2 * pair.jacobian[pair.first :, : pair.first].T @ pair.field[pair.first :]
    expected = pair.field.at[: pair.first].add(STRENGTH * owed)
    found = pair.asked(mm.AssistAdversary(strength=STRENGTH))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_alternation_lets_the_second_player_see_the_first_moved(pair):
    found = ravel_pytree(mm.run(pair.still, mm.Alternating(STEP), pair.x, 1).final)[0]
    own = jnp.arange(pair.vector.size) < pair.first
    halfway = pair.vector - STEP * jnp.where(own, pair.field, 0)
    moved = halfway - STEP * jnp.where(own, 0, jax.jit(pair.turn)(halfway))
    np.testing.assert_allclose(found, moved, atol=1e-12)
