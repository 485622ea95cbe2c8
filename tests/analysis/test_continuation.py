"""Branches followed: thresholds of closed forms, the textbook's maps, and what is refused."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.analysis import continuation
from minimax_lab.analysis.leaves import found
from theory.dirac.steps import limits

SLOPE, PENALTY, STRENGTH = 0.5, 0.3, 0.8
ORIGIN = (0.0, 0.0)


def logistic(x, a):
    """One player whose step of length one is the logistic map a x (1 - x)."""
    return (x[0] ** 2 / 2 - a * (x[0] ** 2 / 2 - x[0] ** 3 / 3),)


def delayed(x, a):
    """x' = a x (1 - y), y' = x."""
    return x[0] ** 2 / 2 * (1 - a * (1 - x[1])), x[1] ** 2 / 2 - x[0] * x[1]


def bending(x, a):
    """The field x^2 - a, whose zeros meet and vanish at a = 0."""
    return (x[0] ** 3 / 3 - a * x[0],)


def forked(x, a):
    """The field x^3 - a x: a pitchfork at a = 0."""
    return (x[0] ** 4 / 4 - a * x[0] ** 2 / 2,)


def textbook(losses, x, between, step=1.0, **more):
    game = mm.Game(losses, data=1.0)
    over = {"over": "game.data", "between": between}
    return game, mm.branch(game, mm.Simultaneous(step), x, **over, **more)


@functools.cache
def cascade(events):
    """The first values at which the logistic map's period doubles."""
    game, branch = textbook(logistic, (0.5,), (2.0, 3.57))
    found = [branch.events[0]]
    while len(found) < events:
        over = {"over": "game.data", "between": (found[-1].value - 1e-9, 3.57)}
        branch = mm.branch(game, mm.Simultaneous(1.0), found[-1], **over)
        later = [e for e in branch.events if e.value > found[-1].value + 1e-6]
        found.append(later[0])
    return found


def test_the_logistic_map_doubles_where_algebra_says():
    first, second, third = cascade(3)
    assert first.kind == second.kind == third.kind == mm.EventKind.DOUBLING
    assert first.value == pytest.approx(3, abs=1e-10)
    assert second.value == pytest.approx(1 + 6**0.5, abs=1e-10)
    assert third.value == pytest.approx(3.54409035955, abs=1e-9)  # Kotsireas, Karamanos 2004
    assert (first.period, second.period, third.period) == (1, 2, 4)
    # b = (C + 3 B (1 - A)^-1 B) / 6 = 3 (6 / 2) 6 / 6, with B = -6 and C = 0.
    assert first.coefficient == pytest.approx(-9, rel=1e-9)
    assert first.supercritical


@pytest.mark.slow
def test_the_cascade_comes_to_feigenbaums_ratio():
    values = np.array([event.value for event in cascade(5)])
    widths = np.diff(values)
    assert widths[-2] / widths[-1] == pytest.approx(4.669201609, rel=0.01)


def test_the_delayed_logistic_map_has_its_circle_at_two():
    _, branch = textbook(delayed, (1 / 3, 1 / 3), (1.5, 2.2))
    (event,) = branch.events
    assert event.kind == mm.EventKind.NEIMARK_SACKER
    assert event.value == pytest.approx(2, abs=1e-10)
    assert event.turn == pytest.approx(1 / 6, abs=1e-10)
    assert event.supercritical
    assert np.all(branch.stable == (branch.values < 2))
    assert branch.ended == "reached game.data = 2.2"
    assert np.allclose(branch.points[:, 0], 1 - 1 / branch.values, atol=1e-12)


def test_the_coefficient_tells_how_large_the_circle_is():
    """Beyond the event r grows like r (|mu| - 1 + coefficient r^2), so that rests at r^2 = (1 -
    |mu|) / coefficient, where r is the part of the walk along the critical eigenvector.
    """
    _, branch = textbook(delayed, (1 / 3, 1 / 3), (1.5, 2.2))
    values, vectors = np.linalg.eig(np.array([[1.0, -1.0], [1.0, 0.0]]))  # at a = 2
    dual = np.linalg.inv(vectors)[np.argmax(values.imag)]
    a, seen = 2.004, []
    x = y = 1 - 1 / a + 0.01
    for k in range(15_000):
        x, y = a * x * (1 - y), x
        if k > 10_000:
            seen.append(abs(dual @ (np.array([x, y]) - 1 + 1 / a)) ** 2)
    resting = (1 - (a - 1) ** 0.5) / branch.events[0].coefficient  # |mu|^2 is the determinant
    assert np.mean(seen) == pytest.approx(resting, rel=5e-3)


def test_a_fold_is_passed_and_leads_back():
    game, branch = textbook(bending, (1.0,), (1.0, -1.0), step=0.1)
    (event,) = branch.events
    assert event.kind == mm.EventKind.FOLD
    assert event.value == pytest.approx(0, abs=1e-10)
    assert branch.values[-1] == 1
    assert branch.points[-1] == pytest.approx(-1, abs=1e-10)
    assert np.allclose(branch.points[:, 0] ** 2, branch.values, atol=1e-10)
    with pytest.raises(mm.InputError, match="turns back"):
        mm.branch(game, mm.Simultaneous(0.1), event, over="game.data", between=(1.0, -1.0))


def test_a_fork_is_left_to_both_sides():
    game, branch = textbook(forked, (0.0,), (-0.5, 1.0), step=0.1)
    (event,) = branch.events
    assert event.kind == mm.EventKind.BRANCH
    assert event.value == pytest.approx(0, abs=1e-10)
    over = {"over": "game.data", "between": (-0.5, 1.0)}
    ends = []
    for other in (False, True):
        left = mm.branch(game, mm.Simultaneous(0.1), event, **over, other_side=other)
        assert np.allclose(left.points[1:, 0] ** 2, left.values[1:], atol=1e-9)
        assert np.all(left.stable[1:])
        ends.append(float(left.points[-1, 0]))
    assert sorted(ends) == pytest.approx([-1, 1], abs=1e-9)


WALKS = {
    "at once, a penalty": (PENALTY, mm.Simultaneous(0.1), "Neimark-Sacker"),
    "at once, a large penalty": (1.5, mm.Simultaneous(0.1), "period doubling"),
    "in turn, a penalty": (PENALTY, mm.Alternating(0.1), "period doubling"),
    "at once, consensus": (0.0, mm.Simultaneous(0.1, mm.Consensus(STRENGTH)), "Neimark-Sacker"),
    "in turn, consensus": (0.0, mm.Alternating(0.1, mm.Consensus(STRENGTH)), "period doubling"),
}


@pytest.mark.parametrize(
    "walk",
    [pytest.param(w, marks=pytest.mark.slow) if "consensus" in w else w for w in WALKS],
)
def test_the_dirac_gan_loses_stability_at_the_steps_of_dir_10(walk):
    penalty, rule, kind = WALKS[walk]
    wanted = limits(SLOPE, penalty, STRENGTH)[2 * ("consensus" in walk) + ("in turn" in walk)]
    branch = mm.branch(
        mm.games.dirac_gan(penalty=penalty), rule, ORIGIN, over="step", between=(0.05, 5.0)
    )
    assert branch.events[0].kind.value == kind
    assert branch.events[0].value == pytest.approx(float(wanted), abs=1e-8)


@pytest.mark.slow
def test_the_assisted_dirac_gan_needs_half_the_step_as_adv_5_says():
    rule = mm.Simultaneous(0.1, mm.AssistAdversary(strength=0.2))
    branch = mm.branch(
        mm.games.dirac_gan(), rule, ORIGIN, over="direction.strength", between=(0.2, 0.01)
    )
    assert [event.kind.value for event in branch.events] == ["Neimark-Sacker"]
    assert branch.events[0].value == pytest.approx(0.05, abs=1e-10)


def test_multipliers_include_what_the_rule_remembers():
    game, rule = mm.games.quadratic(1.0, 1.0, 1.0), mm.Alternating(0.1, mm.Momentum(-0.3))
    branch = mm.branch(game, rule, ORIGIN, over="direction.decay", between=(-0.3, 0.5))
    for i in (0, len(branch.values) // 2):
        moved = mm.Alternating(0.1, mm.Momentum(float(branch.values[i])))
        spectrum = mm.update_spectrum(game, moved, ORIGIN)
        assert branch.radii[i] == pytest.approx(spectrum.radius, abs=1e-9)


def test_a_leaf_is_found_by_its_path_and_moved():
    game, rule = mm.games.dirac_gan(penalty=0.3), mm.Alternating((0.1, 0.2), mm.Momentum(-0.5))
    assert found(game, rule, "rule.step[1]").value(game, rule) == pytest.approx(0.2)
    leaf = found(game, rule, "game.penalties.strength")
    moved, same = leaf.put(game, rule, 0.7)
    assert leaf.value(moved, same) == pytest.approx(0.7)
    assert same is rule
    square = mm.games.bilinear(np.eye(2))
    entry = found(square, rule, "game.data[0][0][1]")
    moved, _ = entry.put(square, rule, 3.0)
    assert np.asarray(moved.data[0]).tolist() == [[1, 3], [0, 1]]


def follow(**changes):
    given = {"over": "step", "between": (0.1, 1.0)} | changes
    x = given.pop("x", ORIGIN)
    rule = given.pop("rule", mm.Simultaneous(0.1))
    return mm.branch(mm.games.dirac_gan(penalty=0.3), rule, x, **given)


REFUSED = {
    "a misspelt leaf": ({"over": "stap"}, "Did you mean 'step'"),
    "no leaf": ({"over": 3}, "path of a number"),
    "a value that the step does not take": ({"between": (0.1, -1.0)}, "greater than 0"),
    "no range": ({"between": (0.1, 0.1)}, "two different numbers"),
    "no equilibrium": ({"x": (3.0, 0.5)}, "near a fixed point"),
    "a rule without a derivative": ({"rule": mm.Simultaneous(0.1, mm.Adam())}, "update spectrum"),
    "single precision": ({"x": mm.Profile((np.float32(0), np.float32(0)))}, "float64"),
    "no stride": ({"stride": 0.0}, "stride is 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_followed_is_refused(case):
    changes, match = REFUSED[case]
    with pytest.raises(mm.InputError, match=match):
        follow(**changes)


# Published by others: AUTO-07p's manual prints the two folds of its demo `cusp` to five digits; the
# points of Bazykin's predator and prey are from an AUTO course's protocol (gamma 1, epsilon 0.01,
# delta 0), its Hopf points to seven.
FOLDS = {0.384900: -0.577360, -0.384900: 0.577360}
HOPF = {(1.0, 1.0, 0.008, 0.012): 1.020625e-2, (33.3, 22.2, 0.97, 0.985): 9.797938e-1}
EXCHANGE = 0.99  # where predator and prey part: a branch point


def cusp(x, mu):
    """The field of x' = mu + x - x^3."""
    return (-mu * x[0] - x[0] ** 2 / 2 + x[0] ** 4 / 4,)


def bazykin(x, alpha):
    """x' = x - x y / (1 + alpha x) - 0.01 x^2, y' = -y + x y / (1 + alpha x), as losses."""
    prey, hunter = x
    eaten = prey / alpha - jnp.log1p(alpha * prey) / alpha**2  # the integral of x / (1 + alpha x)
    return (
        -(prey**2) / 2 + hunter * eaten + 0.01 * prey**3 / 3,
        hunter**2 / 2 * (1 - prey / (1 + alpha * prey)),
    )


def test_the_folds_that_auto_prints():
    _, branch = textbook(cusp, (1.2,), (0.6, -0.6), step=0.1)
    found = {event.value: float(event.profile[0]) for event in branch.events}
    assert [event.kind for event in branch.events] == [mm.EventKind.FOLD] * 2
    for (value, x), (wanted, at) in zip(sorted(found.items()), sorted(FOLDS.items()), strict=True):
        assert value == pytest.approx(wanted, abs=5e-6)
        assert x == pytest.approx(at, abs=2e-5)


@pytest.mark.parametrize("begin", HOPF)
def test_hopf_points_that_auto_prints_are_where_small_steps_come_to(begin):
    """The Neimark-Sacker point of step h lies beside the flow's Hopf point by a multiple of h, and
    of that there are two.
    """
    *x, low, high = begin
    game, found = mm.Game(bazykin, data=1.0), []
    for h in (4e-4, 2e-4):
        branch = mm.branch(game, mm.Simultaneous(h), x, over="game.data", between=(low, high))
        (event,) = branch.events
        assert event.kind == mm.EventKind.NEIMARK_SACKER
        found.append(event.value)
    assert 2 * found[1] - found[0] == pytest.approx(HOPF[begin], rel=2e-5)


def test_ctrl_c_keeps_the_branch_so_far(monkeypatch):
    looked = continuation.Curve.corrected

    def corrected(self, guess, across):
        if self.value(guess) > 0.7:
            raise KeyboardInterrupt
        return looked(self, guess, across)

    monkeypatch.setattr(continuation.Curve, "corrected", corrected)
    with pytest.raises(KeyboardInterrupt) as caught:
        textbook(logistic, (0.1,), (0.5, 0.9))
    kept = caught.value.branch
    assert kept.ended.startswith("interrupted at game.data = 0.6")
    assert kept.stable.all()
    assert len(kept.values) == len(kept.points) == len(kept.multipliers) > 3


def test_progress_is_yes_or_no():
    with pytest.raises(mm.InputError, match="progress is 3, but must be True or False"):
        textbook(logistic, (0.5,), (2.0, 2.1), progress=3)


def test_stability_that_is_lost_from_the_circle_is_located():
    """A matrix game in turn only turns, with both values on the circle, until they meet at -1."""
    game, rule = mm.games.bilinear(1.0), mm.Alternating(0.1)
    for ends in ((0.1, 3.0), (3.0, 0.1)):
        found = mm.branch(game, rule, (0.0, 0.0), over="step", between=ends)
        (event,) = found.events
        assert event.kind == mm.EventKind.DOUBLING
        assert event.value == pytest.approx(2, abs=1e-8)
        assert event.coefficient is None
        assert not np.any(found.stable)  # on the circle is not inside


def test_a_linear_game_has_nothing_that_branches_off():
    game, rule = mm.games.quadratic(0.3, 1.0, 0.3), mm.Simultaneous(0.1)
    (event,) = mm.branch(game, rule, (0.0, 0.0), over="step", between=(0.1, 3.0)).events
    assert event.coefficient == 0
    assert event.supercritical is None
    assert "critical" not in str(event)
