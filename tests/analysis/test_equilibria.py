"""Where games come to rest and what kind of rest it is, against what is known by hand and from the
literature's tables.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import InputError, Kind, Profile, games
from minimax_lab.analysis.classification import kind_of
from minimax_lab.analysis.fields import Field

PLANAR = (
    "cubic",
    "fleeing_minimax",
    "bump",
    "cycle_trap",
    "two_basins",
    "false_minimax",
    "flat_centre",
    "rate_dependent",
)
# papers: the consensus direction's own zeros on the Dirac-GAN, (strength, theta, psi, eigenvalues
# of the ascent field)
SPURIOUS = [
    (0.3, 0.18905, 3.90806, (-1.989, 0.263)),
    (1.0, 0.34125, 2.16509, (-1.028, 0.556)),
    (3.0, 0.54719, 1.35024, (-1.015, 0.990)),
    (10.0, 0.73812, 1.00097, (-2.222, 2.669)),
]


def lattice(box, count=12):
    x, y = np.meshgrid(*(np.linspace(*side, count) for side in box))
    return Profile((jnp.asarray(x.ravel()), jnp.asarray(y.ravel())))


def coordinates(x):
    return np.concatenate([np.ravel(leaf) for leaf in x.players])


def curved(x, sample):
    """A three-player game whose players each hold a bowl, with one pair that can outweigh it."""
    a, b, c = x
    return a**2 / 2 + sample * a * b, b**2 / 2 + sample * a * b, c**2 / 2


@pytest.mark.parametrize("name", PLANAR)
def test_every_known_equilibrium_is_found_and_typed_and_nothing_else(name):
    entry = games.entry(name)
    game = entry.make()
    found = mm.find_equilibria(game, lattice(entry.box))
    (left, right), (low, high) = entry.box
    points = [(coordinates(e.profile), e) for e in found]
    inside = [(p, e) for p, e in points if left <= p[0] <= right and low <= p[1] <= high]
    known = sorted(entry.known, key=lambda pair: pair[0])
    assert len(inside) == len(known)
    for (p, e), (point, kind) in zip(inside, known, strict=True):
        np.testing.assert_allclose(p, point, atol=1e-8)
        assert e.kind == kind == mm.classify(game, e.profile)
        assert e.residual < 1e-9
        assert not e.spurious


def test_minimax_depends_on_who_leads():
    game = games.fleeing_minimax()
    origin = Profile((0.0, 0.0))
    assert mm.classify(game, origin, leader=0) == Kind.MINIMAX
    assert mm.classify(game, origin, leader=1) == Kind.SOURCE


def test_kinds_follow_the_blocks_of_the_jacobian():
    cases = [
        ([[1, 3], [-3, 1]], Kind.NASH),
        ([[1, 3], [3, 1]], Kind.NASH),  # a Nash that the flow leaves
        ([[-1, 2], [-2, 3]], Kind.MINIMAX),
        (
            [[-1, 4], [-2, 3]],
            Kind.STABLE,
        ),  # stable, Schur complement positive, but the interaction is not zero-sum
        ([[0, 1], [-1, 0]], Kind.DEGENERATE),
        ([[-1, 1], [-1, -1]], Kind.SOURCE),
        ([[-2, 0], [0, 1]], Kind.SADDLE),
        ([[0, 0], [0, 0]], Kind.DEGENERATE),
    ]
    for jacobian, kind in cases:
        for scale in (1e-6, 1.0, 1e6):
            assert kind_of(scale * np.array(jacobian, float), (1, 1), 0, 1e-8) == kind


def test_three_players_are_typed_without_minimax():
    x = Profile((0.0, 0.0, 0.0))
    assert mm.classify(mm.Game(curved, data=0.5), x) == Kind.NASH
    ring = np.array(
        [[-0.5, 1, -1], [-1, 2, 1], [1, -1, 2]]
    )  # an interaction that is zero-sum in pairs
    assert kind_of(ring, (1, 1, 1), 0, 1e-8) == Kind.STABLE
    found = mm.find_equilibria(mm.Game(curved, data=2.0), [(1.0, 1.0, 1.0), (2.0, -1.0, 0.0)])
    assert [e.kind for e in found] == [Kind.NASH]
    assert sorted(found[0].eigenvalues.real) == pytest.approx([-1, 1, 3])


@pytest.mark.parametrize(("strength", "theta", "psi", "eigenvalues"), SPURIOUS)
def test_consensus_has_spurious_saddles_on_the_dirac_gan(strength, theta, psi, eigenvalues):
    game, starts = games.dirac_gan(), lattice(((-5, 5), (-5, 5)), 21)
    found = mm.find_equilibria(game, starts, direction=mm.Consensus(strength))
    assert [e.spurious for e in found] == [True, False, True]
    before, origin, after = found
    assert origin.kind == Kind.STABLE
    np.testing.assert_allclose(origin.eigenvalues.real, strength / 4, atol=1e-12)
    for saddle, sign in ((before, -1), (after, 1)):
        assert saddle.kind == Kind.SADDLE
        np.testing.assert_allclose(
            coordinates(saddle.profile), sign * np.array([theta, psi]), atol=1e-5
        )
        # The paper ascends: its eigenvalues have the other sign. It prints three decimals.
        np.testing.assert_allclose(
            np.sort(-saddle.eigenvalues.real), sorted(eigenvalues), atol=5.1e-4
        )


def test_new_settings_of_a_direction_compile_nothing_again():
    game, starts = games.dirac_gan(), lattice(((-5, 5), (-5, 5)), 21)
    mm.find_equilibria(game, starts, direction=mm.Consensus(1.0))
    with jax.log_compiles(False), jax.check_tracer_leaks(False):
        count = _compilations(lambda: mm.find_equilibria(game, starts, direction=mm.Consensus(2.5)))
    assert count == 0


def _compilations(work):
    events = []

    def listen(name, *_, **__):
        if name.endswith("backend_compile_duration"):
            events.append(name)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        work()
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    return len(events)


def test_starts_that_lead_nowhere_are_counted():
    found = mm.find_equilibria(games.dirac_gan(), [(0.1, 0.1), (30.0, 40.0)])
    assert (len(found), found.starts, found.failed) == (1, 2, 1)


def test_equilibria_outside_the_set_are_dropped():
    inside = mm.find_equilibria(
        mm.games.bilinear(1.0, b=[-0.5], c=[0.5], project=games.Box(-1, 1)), [(0.1, 0.2)]
    )
    outside = mm.find_equilibria(
        mm.games.bilinear(1.0, b=[-3.0], c=[0.5], project=games.Box(-1, 1)), [(0.1, 0.2)]
    )
    assert len(inside) == 1
    assert len(outside) == 0


def test_the_gap_of_matching_pennies_is_what_each_could_gain():
    game = games.matrix([[1.0, -1.0], [-1.0, 1.0]])
    fair = jnp.array([0.5, 0.5])
    assert mm.duality_gap(game, (fair, fair)) == pytest.approx(0, abs=1e-15)
    # max over the columns of x'A minus min over the rows of Ay
    x, y = jnp.array([0.7, 0.3]), jnp.array([0.2, 0.8])
    assert mm.duality_gap(game, (x, y)) == pytest.approx(0.4 + 0.6)
    assert jax.jit(lambda z: mm.duality_gap(game, z))(Profile((x, y))) == pytest.approx(1.0)
    box = mm.games.bilinear(2.0, project=games.Box(-1, 1))
    assert mm.duality_gap(box, (0.5, -0.25)) == pytest.approx(2 * 0.5 + 2 * 0.25)


def test_the_natural_residual_is_zero_where_a_constraint_holds_a_player_back():
    game = mm.games.bilinear(1.0, c=[2.0], project=games.Box(-1, 1))
    assert mm.natural_residual(game, (-1.0, 1.0)) == 0
    assert mm.natural_residual(game, (0.5, -0.5)) == pytest.approx(np.hypot(0.5, 1.5))


@pytest.mark.parametrize("step", [0.2, 1.0])
def test_alternating_goes_round_a_bilinear_game_in_the_time_of_its_eigenvalue(step):
    cycle = mm.find_cycle(games.bilinear(1.0), mm.Alternating(step), (1.0, 0.5))
    assert cycle.period == pytest.approx(2 * np.pi / np.arccos(1 - step**2 / 2), rel=1e-4)
    assert not cycle.attracting
    np.testing.assert_allclose(coordinates(cycle.centre), 0, atol=0.05)


def test_the_limit_cycle_of_the_nonsaturating_dirac_gan_attracts():
    game = games.entry("dirac_nsgan").make()
    cycle = mm.find_cycle(game, mm.Simultaneous(0.2), (1.0, 1.0))
    assert cycle.attracting
    assert cycle.extent == pytest.approx(np.sqrt(2 * 0.2), rel=0.03)
    assert mm.find_cycle(game, mm.Alternating(0.2), (1.0, 1.0)) is None  # arrives like 1/sqrt(time)


def test_spirals_are_no_cycles():
    game = games.bilinear(1.0)
    for rule in (mm.Simultaneous(0.2), mm.Extragradient(0.2)):
        assert mm.find_cycle(game, rule, (1.0, 0.5)) is None


def test_single_precision_is_warned_of():
    x = Profile((jnp.float32(0), jnp.float32(0)))
    with pytest.warns(UserWarning, match="float32"):
        assert mm.classify(games.fleeing_minimax(), x) == Kind.MINIMAX


def test_bad_input_is_named():
    game, origin = games.fleeing_minimax(), Profile((0.0, 0.0))
    noisy = games.noisy(games.bilinear(1.0), 0.1)
    for call, words in [
        (lambda: mm.classify(game, (1.0, 0.0)), r"\|v\(x\)\| = 7.21.*stationary.*find_equilibria"),
        (lambda: mm.classify(game, origin, leader=2), "leader is 2.*0..1"),
        (lambda: mm.find_equilibria(game, []), "starts.*at least one"),
        (lambda: mm.find_equilibria(game, (1.0, 2.0)), r"starts.*\[start\]"),
        (lambda: mm.find_equilibria(game, [(1.0, 2.0)], tolerance=0), "tolerance is 0"),
        (lambda: mm.find_equilibria(game, [(1.0, 2.0)], reach=-1.0), "reach is -1.0"),
        (
            lambda: mm.find_equilibria(game, [(1.0, 2.0)], direction=mm.Adam()),
            "direction.*gradient-like",
        ),
        (
            lambda: mm.find_equilibria(game, [(1.0, 2.0)], direction=mm.Simultaneous(0.1)),
            "direction.*Consensus",
        ),
        (lambda: mm.find_equilibria("game", [(1.0, 2.0)]), "game is game.*Game"),
        (lambda: mm.find_equilibria(noisy, [(1.0, 2.0)]), "sample is None"),
        (
            lambda: mm.classify(mm.games.bilinear(1.0), (0.0, 0.0), sample=np.array(["a"])),
            r"sample is array\(\['a'\].*a draw of this game",
        ),
        (lambda: mm.duality_gap(game, origin), "game.project.*best responses"),
        (
            lambda: mm.duality_gap(games.matrix(np.eye(2)), (jnp.ones(2), jnp.ones(2))),
            "x is .* away",
        ),
        (lambda: mm.find_cycle(game, mm.Alternating(0.1), origin, steps=3), "steps is 3"),
    ]:
        with pytest.raises(InputError, match=words):
            call()


def test_a_gap_is_refused_where_its_formula_is_false():
    quadratic = games.quadratic(np.eye(1), np.eye(1), np.eye(1))
    confined = mm.Game(quadratic.losses, data=quadratic.data, project=games.Box(-1, 1))
    with pytest.raises(InputError, match="player 0's own strategy"):
        mm.duality_gap(confined, (jnp.array([0.5]), jnp.array([0.5])))


def test_a_random_game_is_frozen_at_the_sample_given(key):
    game = games.noisy(games.bilinear(1.0), 0.5)
    sample = game.sample(key)
    found = mm.find_equilibria(game, [(1.0, 2.0)], sample=sample)
    assert len(found) == 1
    np.testing.assert_allclose(game.field(found[0].profile, sample).ravel()[0], 0, atol=1e-12)


def test_a_field_is_the_direction_with_nothing_remembered():
    x = Profile((0.3, -0.2))
    game = games.fleeing_minimax()
    np.testing.assert_allclose(
        coordinates(Field(game, mm.Momentum(0.9))(x)), coordinates(game.field(x))
    )
