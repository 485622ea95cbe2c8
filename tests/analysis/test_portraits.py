"""Portraits are complete and honest: every branch of a nullcline, true separatrices, walks cut
where they diverged.
"""

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import InputError, Kind, Outcome, Profile, games
from minimax_lab.analysis.portraits import flat


def two_branches(x, sample):
    """v = (x^2 - 1, x^2 + y^2 - 4): two lines and a circle."""
    a, b = x
    return a**3 / 3 - a, b**3 / 3 + (a**2 - 4) * b


def explosive(x, sample):
    """v = (-x^3, y): the first player runs away in finite time."""
    a, b = x
    return -(a**4) / 4, b**2 / 2


def vectors(x, sample):
    return (x[0] ** 2).sum(), (x[1] ** 2).sum()


def on_line(points, through, along):
    """The distance of points from a line."""
    along = np.asarray(along) / np.linalg.norm(along)
    away = points - np.asarray(through)
    return np.abs(away[:, 0] * along[1] - away[:, 1] * along[0]).max()


def test_all_branches_of_a_nullcline_are_found():
    p = mm.portrait(
        mm.Game(two_branches), box=((-3, 3), (-2.5, 2.5)), flow=False, separatrices=False, grid=40
    )
    left, right = sorted(p.nullclines[0], key=lambda line: line[0, 0])
    np.testing.assert_allclose(left[:, 0], -1, atol=1e-12)
    np.testing.assert_allclose(right[:, 0], 1, atol=1e-12)
    for line in (left, right):
        assert np.ptp(line[:, 1]) == pytest.approx(5)
    (circle,) = p.nullclines[1]
    np.testing.assert_allclose(np.hypot(*circle.T), 2, atol=1e-9)
    np.testing.assert_allclose(circle[0], circle[-1], atol=1e-12)
    r = np.sqrt(3)
    assert [tuple(float(c) for c in e.profile) for e in p.equilibria] == [
        pytest.approx(z) for z in [(-1, -r), (-1, r), (1, -r), (1, r)]
    ]
    assert [e.kind for e in p.equilibria] == [Kind.SOURCE, Kind.SADDLE, Kind.SADDLE, Kind.NASH]
    assert p.field.shape == (40, 40, 2)
    np.testing.assert_allclose(p.field[..., 0], np.broadcast_to(p.grid[0] ** 2 - 1, (40, 40)))


def test_a_jump_through_zero_is_no_nullcline():
    game = games.entry("dirac_wgan_gp").make()
    p = mm.portrait(game, box=(-2, 2), flow=False, separatrices=False)
    assert p.equilibria == ()  # only limits from one side, at the displaced centres
    lines = np.concatenate(p.nullclines[1])
    values = np.array(
        [game.field(Profile(tuple(jnp.asarray(z)))).ravel()[0][1] for z in lines[::7]]
    )
    assert np.abs(values).max() < 1e-9
    crossing = np.concatenate([np.asarray(line) for line in p.nullclines[1]])
    assert not np.any((np.abs(crossing[:, 1]) < 1e-3) & (np.abs(crossing[:, 0]) < 0.5))


def test_separatrices_of_a_linear_saddle_are_its_eigenvectors():
    jacobian = np.array([[1.0, 2.0], [1.0, -1.0]])
    game = games.linear(jacobian, (1, 1))
    start = (jnp.array([1.0]), jnp.array([0.5]))
    p = mm.portrait(game, box=((-2, 2), (-1, 1)), starts=[start], flow=False)
    values, eigenvectors = np.linalg.eig(jacobian)
    assert len(p.separatrices) == 4
    for s in p.separatrices:
        # x' = -v leaves along negative eigenvalues of J.
        along = eigenvectors[:, int(np.argmax(values) if s.stable else np.argmin(values))]
        assert on_line(s.points, (0, 0), along) < 1e-6
        assert np.any(np.abs(s.points[-1]) >= (2 - 1e-6, 1 - 1e-6))
    assert sum(s.stable for s in p.separatrices) == 2


def test_the_flow_keeps_what_a_bilinear_game_conserves():
    p = mm.portrait(games.bilinear(1.0), box=(-2, 2), starts=[(1.0, 0.5), (0.0, 1.5)])
    assert len(p.flow) == 2
    for line, radius in zip(p.flow, (np.hypot(1, 0.5), 1.5), strict=True):
        np.testing.assert_allclose(np.hypot(*line.T), radius, rtol=1e-5)
        turned = np.unwrap(np.arctan2(line[:, 1], line[:, 0]))
        assert turned[-1] - turned[0] > 2 * np.pi  # v = (y, -x): the flow turns counter-clockwise
    assert p.separatrices == ()
    assert [e.kind for e in p.equilibria] == [Kind.DEGENERATE]


@pytest.mark.slow
def test_the_consensus_flow_arrives_or_escapes_as_its_saddles_decide():
    p = mm.portrait(
        games.dirac_gan(), box=(-4, 4), starts=[(1.0, 1.0), (2.0, 2.0)], direction=mm.Consensus(1.0)
    )
    arriving, escaping = p.flow
    np.testing.assert_allclose(arriving[-1], 0, atol=1e-3)
    assert escaping[-1, 1] > 4
    assert [(e.kind, e.spurious) for e in p.equilibria] == [
        (Kind.SADDLE, True),
        (Kind.STABLE, False),
        (Kind.SADDLE, True),
    ]
    assert len(p.separatrices) == 8
    # One branch of every unstable manifold ends at the origin, the other runs away.
    ends = [np.linalg.norm(s.points[-1]) for s in p.separatrices if not s.stable]
    assert [end < 1e-2 for end in ends].count(True) == 2


def test_trajectories_are_those_of_the_rules_and_are_cut_where_they_diverged(tmp_path):
    game, rule, starts = mm.Game(explosive), mm.Simultaneous(0.1), [(0.2, 1.0), (2.0, 1.0)]
    p = mm.portrait(
        game,
        box=(-3, 3),
        rules=(rule, mm.Extragradient(0.1)),
        starts=starts,
        steps=40,
        flow=False,
        separatrices=False,
    )
    assert [t.label for t in p.trajectories] == ["simultaneous, step 0.1"] * 2 + [
        "extragradient, step 0.1"
    ] * 2
    calm, wild = p.trajectories[:2]
    whole = mm.run(game, rule, starts[0], 40, observe={"position": mm.position})
    np.testing.assert_allclose(calm.points, np.stack(whole.observed["position"].players, axis=1))
    assert calm.points.shape == (41, 2)
    assert wild.diverged
    assert wild.outcome == Outcome.DIVERGED
    assert np.isfinite(wild.points).all()
    assert 2 < len(wild.points) < 41
    whole.save(tmp_path / "run.npz")
    (loaded,) = mm.trajectories(mm.Run.load(tmp_path / "run.npz"), "again")
    np.testing.assert_array_equal(loaded.points, calm.points)
    assert not loaded.diverged


def test_places_that_are_no_strategies_are_marked_and_the_flow_stops_at_them():
    game = games.entry("box_bilinear").make()
    p = mm.portrait(game, box=(-2, 2), starts=[(0.9, 0.9)], grid=41)
    x, y = np.meshgrid(*p.grid)
    np.testing.assert_array_equal(p.outside, (np.abs(x) > 1) | (np.abs(y) > 1))
    assert np.abs(p.flow[0]).max() <= 1 + 1e-5


def test_a_portrait_finds_its_box_by_itself():
    plain = {"flow": False, "separatrices": False, "grid": 17}
    seen = mm.portrait(games.two_basins(), **plain)
    at = np.array([flat(e.profile) for e in seen.equilibria])
    assert len(at) == 3  # a Nash, a saddle and an attractor, none of them at the edge
    for side, values in zip(np.array(seen.box), at.T, strict=True):
        room = side[1] - side[0]
        assert side[0] + 0.1 * room < values.min() and values.max() < side[1] - 0.1 * room
    assert mm.portrait(games.bilinear(1.0), **plain).box == ((-2, 2), (-2, 2))
    walked = mm.portrait(games.bilinear(1.0), starts=[(30.0, 40.0)], **plain).box
    assert walked == ((-65, 65), (-65, 65))  # round zero from the start
    assert mm.portrait(games.bilinear(1.0), box=0.5, **plain).box == ((-0.5, 0.5), (-0.5, 0.5))
    nowhere = mm.zero_sum(lambda x, sample: x[0] - x[1])
    assert mm.portrait(nowhere, **plain).box == ((-2, 2), (-2, 2))


@pytest.mark.slow
def test_portraits_print_what_they_found_and_not_their_grids():
    walk = {"rules": mm.Simultaneous(0.5), "starts": [(1.0, 1.0)], "steps": 400}
    seen = mm.portrait(games.quadratic(0.5, 1.0, 0.5), box=2, **walk)
    assert repr(seen).splitlines() == [
        "Portrait in [-2, 2] x [-2, 2]",
        "  Equilibrium(strict local Nash at (0, 0); eigenvalues 0.5+1i, 0.5-1i)",
        f"  Trajectory(simultaneous, step 0.5: converged, (1, 1) to {ended(seen)})",
    ]
    saddle = mm.portrait(games.cubic(), box=2, flow=False, grid=33).separatrices[0]
    assert repr(saddle).startswith("Separatrix(") and "saddle of the flow at (-1.6" in repr(saddle)


def ended(seen):
    return "({:.6g}, {:.6g})".format(*seen.trajectories[0].points[-1])


def test_without_starts_the_flow_covers_the_box_and_rules_have_one():
    p = mm.portrait(games.bilinear(1.0), box=(-1, 1))
    assert len(p.flow) == 36
    assert p.trajectories == ()
    p = mm.portrait(games.bilinear(1.0), box=(-1, 1), rules={"mine": mm.Alternating(0.1)}, steps=10)
    assert len(p.flow) == 1
    (walk,) = p.trajectories
    assert walk.label == "mine"
    np.testing.assert_allclose(walk.points[0], (0.6, 0.6))


def test_rules_name_themselves():
    for rule, name in [
        (mm.Alternating(0.2, mm.Momentum(-0.5)), "alternating, step 0.2, momentum -0.5"),
        (
            mm.Simultaneous((1e-4, 2e-4), mm.Adam(mm.Consensus(10.0))),
            "simultaneous, step (0.0001, 0.0002), Adam, consensus 10",
        ),
        (
            mm.Averaged(mm.Extragradient(0.1), 0.99),
            "averaged (decay 0.99) of extragradient, step 0.1",
        ),
        (mm.Simultaneous(mm.Cosine(0.1, 100)), "simultaneous, step cosine(0.1, 100, 0)"),
        (mm.stack([mm.Simultaneous(0.1), mm.Simultaneous(0.5)]), "simultaneous, step 0.1 to 0.5"),
        (
            mm.Simultaneous(0.1, mm.Symplectic(2.0, align=False)),
            "simultaneous, step 0.1, symplectic, strength 2, no align",
        ),
        (
            mm.Anderson(mm.Repeated(mm.Simultaneous(0.1)), 5, remedy=None),
            "Anderson (memory 5, no remedy) of repeated of simultaneous, step 0.1",
        ),
        (
            mm.Anderson(
                mm.Alternating(0.1),
                restart=mm.Restart(keep=True),
                remedy=mm.Alternating(0.2),
                solver=mm.Gram(fallback=None),
            ),
            "Anderson (solver gram no fallback, restart keep, remedy alternating, step 0.2) of "
            "alternating, step 0.1",
        ),
    ]:
        assert mm.label(rule) == name


def test_bad_input_is_named():
    game = games.bilinear(1.0)
    for call, words in [
        (lambda: mm.portrait(game, box=(1, -1)), r"box is \(1, -1\)"),
        (lambda: mm.portrait(game, box="wide"), "box is wide"),
        (lambda: mm.portrait(game, box=-1), "box is -1"),
        (lambda: mm.portrait(game, box=((1, 2), (3,))), "box is .*or a number"),
        (lambda: mm.portrait(game, box=(-1, 1), grid=2), "grid is 2"),
        (lambda: mm.portrait(game, box=(-1, 1), rules=("alternating",)), "rules is alternating"),
        (
            lambda: mm.portrait(mm.Game(vectors), box=(-1, 1), starts=[(jnp.ones(3), jnp.ones(3))]),
            "6 numbers.*two-dimensional",
        ),
        (lambda: mm.portrait(games.entry("ring").make(), box=(-1, 1)), "two-dimensional profile"),
        (lambda: mm.portrait("bilinear", box=(-1, 1)), "game is bilinear"),
        (
            lambda: mm.trajectories(mm.run(game, mm.Simultaneous(0.1), (1.0, 1.0), 2), "x"),
            "mm.position",
        ),
        (lambda: mm.label("adam"), "rule is adam"),
    ]:
        with pytest.raises(InputError, match=words):
            call()
