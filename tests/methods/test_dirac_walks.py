"""The Dirac-GAN walked: documented radii, trajectories, cycles and rings."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit

import minimax_lab as mm
from minimax_lab import objectives
from minimax_lab.profile import as_profile, narrowed
from tests.games.test_dirac import VARIANTS, consensus, nonsaturating, saturating


@eqx.filter_jit
def walk(game, rule, start, steps):
    """The whole path, start included, by nothing but the rule's own update."""

    def body(carry, index):
        x, state = rule.update(game, *carry, mm.Tick(index, None))
        return (x, state), x

    start = game.project(start)
    _, path = jax.lax.scan(body, (start, rule.init(game, start, None)), jnp.arange(steps))
    return jax.tree.map(lambda first, rest: jnp.concatenate([first[None], rest]), start, path)


def path_of(game, rule, steps, start=(1.0, 1.0)):
    theta, psi = walk(
        narrowed(game, jnp.float64), narrowed(rule, jnp.float64), as_profile(start), steps
    )
    return np.asarray(theta), np.asarray(psi)


def radii(game, rule, steps=500):
    return np.hypot(*path_of(game, rule, steps))


RADII = [
    ("gan sim", mm.Simultaneous(0.2), {}, (1.963, 3.097), 5e-4),
    ("gan alt", mm.Alternating(0.2), {}, (1.404, 1.421), 5e-4),
    ("gp 0.3 sim", mm.Simultaneous(0.2), {"penalty": 0.3}, (0.0990, 2.64e-6), 3e-3),
    ("gp 0.3 alt", mm.Alternating(0.2), {"penalty": 0.3}, (0.0610, 2.30e-7), 3e-3),
    ("gp 1.0 sim", mm.Simultaneous(0.2), {"penalty": 1.0}, (3.8e-4, 9.5e-22), 2e-2),
    ("consensus", mm.Simultaneous(0.2, mm.Consensus(1.0)), {}, (0.0232, 2.58e-10), 3e-3),
]


@pytest.mark.parametrize(
    ("rule", "options", "wanted", "tolerance"),
    [row[1:] for row in RADII],
    ids=[row[0] for row in RADII],
)
def test_documented_radii_are_reproduced(rule, options, wanted, tolerance):
    found = radii(mm.games.dirac_gan(**options), rule)[[100, 500]]
    assert np.allclose(found, wanted, rtol=tolerance, atol=0)


def test_trajectories_equal_a_plain_loop_over_the_hand_written_fields():
    def loop(field, step, steps, alternate):
        theta, psi = 1.0, 1.0
        for _ in range(steps):
            v = field(theta, psi)
            moved = theta + step * v[0]
            psi += step * (field(moved, psi)[1] if alternate else v[1])
            theta = moved
        return theta, psi

    cases = [
        (mm.games.dirac_gan(), mm.Simultaneous(0.2), saturating, False),
        (
            mm.games.dirac_gan(penalty=0.3),
            mm.Alternating(0.2),
            lambda t, p: saturating(t, p, 0.3),
            True,
        ),
        (VARIANTS["nsgan"][0], mm.Alternating(0.2), nonsaturating, True),
        (
            mm.games.dirac_gan(),
            mm.Simultaneous(0.2, mm.Consensus(1.0)),
            lambda t, p: consensus(t, p, 1.0),
            False,
        ),
    ]
    for game, rule, field, alternate in cases:
        theta, psi = path_of(game, rule, 500)
        assert np.allclose(
            (theta[-1], psi[-1]), loop(field, 0.2, 500, alternate), rtol=1e-6, atol=0
        )


def test_the_released_consensus_field_explains_the_other_documented_numbers():
    theta, psi, found = 1.0, 1.0, []
    for _ in range(500):
        v = consensus(theta, psi, 1.0, share=0.5)
        theta, psi = theta + 0.2 * v[0], psi + 0.2 * v[1]
        found.append(np.hypot(theta, psi))
    assert np.allclose((found[99], found[499]), (0.0187, 2.08e-10), rtol=3e-3)


def test_five_turns_escape_by_the_exact_consensus_and_converge_by_the_released_field():
    for share, reached, tolerance in ((1.0, 10.96, 5e-4), (0.5, 0.0, 1e-6)):
        theta, psi = 1.0, 1.0
        for _ in range(500):
            theta += 0.2 * consensus(theta, psi, 1.0, share)[0]
            for _ in range(5):
                psi += 0.2 * consensus(theta, psi, 1.0, share)[1]
        assert np.isclose(psi, reached, rtol=tolerance, atol=tolerance)
    path = path_of(
        mm.games.dirac_gan(), mm.Alternating(0.2, mm.Consensus(1.0), order=(0, 1, 1, 1, 1, 1)), 500
    )
    assert np.isclose(path[1][-1], 10.96, rtol=5e-4)


def test_simultaneous_steps_grow_by_the_law_and_alternating_ones_do_not():
    theta, psi = path_of(mm.games.dirac_gan(), mm.Simultaneous(0.2), 500)
    squares = theta**2 + psi**2
    growth = 1 + 0.04 * expit(-theta * psi) ** 2
    assert np.allclose(squares[1:] / squares[:-1], growth[:-1], rtol=1e-14, atol=0)
    theta, psi = path_of(mm.games.dirac_gan(), mm.Alternating(0.2), 500)
    squares = theta**2 + psi**2
    assert squares.min() > 1.3
    assert squares.max() < 2.7
    assert (
        np.abs(squares[1:] / squares[:-1] - 1 - 0.04 * expit(-theta * psi)[:-1] ** 2).max() > 1e-2
    )


def test_nonsaturating_cycles_at_the_root_of_twice_the_step():
    for step, documented in ((0.2, 0.6321), (0.05, 0.3162), (0.02, 0.2000)):
        late = radii(VARIANTS["nsgan"][0], mm.Simultaneous(step), 100_000)[-2000:]
        # The cycle is not quite round: its mean radius is the statement.
        assert np.isclose(late.mean(), np.sqrt(2 * step), rtol=2e-3)
        assert np.isclose(late.mean(), documented, rtol=1e-3)
    late = radii(VARIANTS["nsgan"][0], mm.Alternating(0.2), 100_000)[-2000:]
    assert np.isclose(np.mean(late**2) * 100_000 * 0.2, 8, rtol=1e-2)


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (mm.Simultaneous(0.2), (1.000, 1.272)),
        (mm.Simultaneous(0.02), (1.000, 1.029)),
        (mm.Alternating(0.2), (0.949, 1.049)),
        (mm.Alternating(0.02), (0.995, 1.005)),
    ],
    ids=["sim 0.2", "sim 0.02", "alt 0.2", "alt 0.02"],
)
def test_clipped_wasserstein_stays_in_the_documented_ring(rule, wanted):
    game = VARIANTS["wgan"][0]
    theta, psi = path_of(game, rule, 100_000)
    late = np.hypot(theta, psi)[-20_000:]
    assert np.abs(psi).max() == 1.0
    assert np.allclose((late.min(), late.max()), wanted, atol=1e-3)


def test_wgan_gp_crosses_the_axis_at_the_predicted_cycle():
    gamma, target = 0.7, 1.0
    shrink = np.exp(-np.pi * gamma / (2 * np.sqrt(1 - gamma**2 / 4)))
    predicted = gamma * target * (1 + shrink) / (1 - shrink)
    assert np.isclose(predicted, 1.32661, atol=5e-6)
    for step, documented in ((1e-3, 1.32813), (1e-4, 1.32676)):
        theta, psi = path_of(VARIANTS["wgan-gp"][0], mm.Simultaneous(step), int(30 / step))
        at = np.flatnonzero(np.sign(psi[1:]) != np.sign(psi[:-1]))[-1]
        share = psi[at] / (psi[at] - psi[at + 1])
        crossing = abs(theta[at] + share * (theta[at + 1] - theta[at]))
        assert np.isclose(crossing, documented, rtol=1e-5)
        assert abs(crossing - predicted) < 2 * step * predicted / gamma


def test_without_a_target_the_wasserstein_penalty_converges():
    assert (
        radii(
            mm.games.dirac_gan(objectives.Wasserstein(), penalty=0.7), mm.Simultaneous(0.05), 2000
        )[-1]
        < 1e-12
    )
