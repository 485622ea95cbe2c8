"""What the loop says to bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from tests.running.test_verbs import GAME, START, curved, noisy

RANDOM = mm.zero_sum(curved, jnp.eye(2), noisy)
STEPS = mm.Simultaneous(jnp.array([0.1, 0.2]))
KEY = jax.random.key(0)
BEGUN = mm.run(GAME, mm.Simultaneous(0.1), START, 4)
SWEPT = mm.sweep(GAME, STEPS, START, 4)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10, every=4),
            "steps is 10.*multiple of every.*8 or 12",
        ),
        (lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 0), "steps is 0.*at least 1"),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), BEGUN.final, 2**31 - 1, state=BEGUN.state),
            "steps is 2147483647.*at most 2147483643.*32 bits",
        ),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10**9, every=10**9),
            "every is 1000000000.*at most 16777216.*Ctrl-C",
        ),
        (lambda: mm.Repeated(mm.Simultaneous(0.1), 10**12), "times is 1000.*at most 4096"),
        (
            lambda: mm.Alternating(0.1, order=(0, 1) * 20000),
            "order is one in which it changes 40000 times.*at most 512",
        ),
        (lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10.0), "steps is 10.0.*whole number"),
        (lambda: mm.run(RANDOM, mm.Simultaneous(0.1), START, 10), "key is None.*draws samples"),
        (
            lambda: mm.run(RANDOM, mm.Simultaneous(0.1), START, 10, key=3),
            "key is 3.*jax.random.key",
        ),
        (lambda: mm.run(GAME, STEPS, START, 10), r"rule.step.*shape \(2,\).*sweep"),
        (lambda: mm.run(GAME, mm.Gradient(), START, 10), "rule is Gradient.*rule around it"),
        (
            lambda: mm.run(mm.Simultaneous(0.1), GAME, START, 10),
            "game is Simultaneous.*must be a Game",
        ),
        (
            lambda: mm.run(GAME, mm.Simultaneous((0.1, 0.2, 0.3)), START, 10),
            "2 numbers for 2 players",
        ),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), (np.nan * np.ones(2), np.ones(2)), 10),
            r"start\[0\].*finite",
        ),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10, observe=[mm.position]),
            "observe is.*dictionary",
        ),
        (lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10, state=3), "state is int.*of a run"),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10, save="/nowhere/at/all.npz"),
            "save is.*no folder",
        ),
        (
            lambda: mm.run(GAME, mm.Alternating(0.1, order=(0, 0)), START, 10),
            "order is.*each at least once",
        ),
        (
            lambda: mm.run(GAME, mm.FollowTheRidge(0.1, leader=2), START, 10),
            "leader is 2.*players 0..1",
        ),
        (lambda: mm.sweep(GAME, mm.Simultaneous(0.1), START, 10), "over names 'rule'.*stack"),
        (lambda: mm.sweep(GAME, STEPS, START, 10, over="rules"), 'over is rules.*"rule"'),
        (
            lambda: mm.sweep(GAME, STEPS, mm.stack([START] * 3), 10, over=("rule", "start")),
            "leading axes.*differ",
        ),
        (lambda: mm.sweep(GAME, STEPS, START, 10, over=("rule", "key")), "key is None.*split"),
        (lambda: mm.stack([mm.Simultaneous(0.1), mm.Extragradient(0.1)]), "items is.*alike"),
        (lambda: mm.stack([]), "at least one"),
        (lambda: mm.grid(), "named axes"),
        (lambda: mm.grid(step=[]), r"grid\(step\)"),
        (lambda: mm.grid(step=np.linspace(0.1, 0.1, 5)), "each once.*no width"),
        (lambda: mm.grid(step=[0.1, np.nan]), "finite numbers"),
        (lambda: mm.grid(step=[0.1, 1j]), "list of numbers"),
        (lambda: mm.grid(step="fast"), "list of numbers"),
        (lambda: mm.zero_sum(lambda x, _: x[0] @ x[1], ideal=(None, np.nan)), r"Game.ideal\[1\]"),
        (
            lambda: mm.zero_sum(lambda x, _: x[0] @ x[1], ideal=1.0),
            "Game.ideal.*a loss for each player",
        ),
        (lambda: mm.Run.load("/nowhere.npz"), "path is.*exists"),
        (lambda: mm.Simultaneous(0), "step is 0.*greater than 0"),
        (lambda: mm.Simultaneous((0.1, -0.1)), r"step\[1\] is -0.1"),
        (lambda: mm.Simultaneous("fast"), "step is fast.*number"),
        (lambda: mm.Simultaneous(0.1, mm.Simultaneous(0.1)), "must be a direction"),
        (lambda: mm.Averaged(mm.Gradient()), "must be an update rule"),
        (lambda: mm.Adam(mm.Adam()), "senseless"),
        (lambda: mm.RMSProp(mm.Clipped(mm.Adam())), "senseless"),
        (lambda: mm.Lookahead(mm.Simultaneous(0.1), period=0), "period is 0"),
        (lambda: mm.Momentum(1.0), "less than 1"),
        (lambda: mm.Judge(tolerance=0), "tolerance is 0"),
        (lambda: mm.Warmup("x", 3), "Warmup.then is x"),
        (
            lambda: mm.Simultaneous(mm.Simultaneous(0.1)),
            "step is Simultaneous.*a number, a schedule or a symbol",
        ),
        (lambda: mm.Consensus(mm.Gradient()), "Consensus.strength is Gradient"),
        (lambda: mm.Minibatch(0), "Minibatch.size is 0"),
        (
            lambda: mm.Minibatch(2)({"a": jnp.ones(3), "b": jnp.ones(4)}, KEY),
            "data is arrays of.*3.*4.*one number of rows",
        ),
        (lambda: mm.Minibatch(2)(None, KEY), "data is"),
        (
            lambda: mm.run(mm.games.dirac_gan(), mm.Simultaneous(0.1), (1.0, 1.0, 1.0), 10),
            "start is 3 players.*losses fail",
        ),
        (
            lambda: mm.run(mm.games.dirac_gan(), mm.Simultaneous(0.1), (1.0,), 10),
            "start is 1 players",
        ),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1, mm.Clipped(bound=(1, 2, 3))), START, 10),
            "Clipped.bound is a tuple of 3",
        ),
        (
            lambda: mm.run(GAME, mm.Simultaneous(0.1), START, 10, state=SWEPT.state),
            "other shapes.*a sweep as many runs",
        ),
    ],
)
def test_bad_input_is_named(action, message):
    with pytest.raises(mm.InputError, match=message):
        action()


def test_a_state_of_another_rule_is_refused(tmp_path):
    mm.run(GAME, mm.Simultaneous(0.1), START, 10, save=tmp_path / "run.npz")
    loaded = mm.Run.load(tmp_path / "run.npz")
    with pytest.raises(mm.InputError, match="other shapes"):
        mm.run(GAME, mm.Optimistic(0.1), loaded.final, 10, state=loaded.state)
    (tmp_path / "junk.npz").write_bytes(b"junk")
    with pytest.raises(mm.InputError, match="written by Run.save"):
        mm.Run.load(tmp_path / "junk.npz")


def test_a_number_that_half_precision_makes_one_is_refused():
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), START)
    with pytest.raises(mm.InputError, match=r"rule\.direction\.second is 0\.999, which bfloat16"):
        mm.run(GAME, mm.Simultaneous(0.1, mm.Adam()), half, 1)
    adam = mm.Adam(first=0.5, second=0.9)
    moved = mm.run(GAME, mm.Simultaneous(0.125, adam), half, 1).final
    assert moved.dtype == jnp.bfloat16
    np.testing.assert_array_equal(np.asarray(moved[1], float), np.full(2, 0.125))


class Halves(mm.UpdateRule):
    """Somebody's own rule, right but for what its children change."""

    def init(self, game, x, key):
        return None

    def update(self, game, x, state, tick):
        return 0.5 * x, state

    def cost(self, players):
        return mm.Cost(players)

    @property
    def rest(self):
        return mm.Rest()


class Forgets(Halves):
    def update(self, game, x, state, tick):
        return 0.5 * x


class Unwraps(Halves):
    def update(self, game, x, state, tick):
        return tuple(0.5 * x), state


class Changes(Halves):
    def update(self, game, x, state, tick):
        return 0.5 * x, 1.0


class Agrees(Halves):
    @property
    def rest(self):
        return True


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Forgets(), r"Forgets.update is .*, but must be \(profile, state\)"),
        (Unwraps(), r"Unwraps.update is what gives tuple, but must be \(profile, state\)"),
        (Changes(), "Changes.update is what gives a state like .*, but must be one like init's"),
        (Agrees(), "Agrees.rest is True, but must be an mm.Rest"),
    ],
)
def test_what_a_rule_of_one_s_own_gives_back_is_named(rule, message):
    assert float(mm.run(GAME, Halves(), START, 60).final.norm()) < 1e-12
    with pytest.raises(mm.InputError, match=message):
        mm.run(GAME, rule, START, 3)


def test_a_cost_that_is_none_and_a_sweep_over_nothing_are_named():
    class Cheap(Halves):
        def cost(self, players):
            return 4

    with pytest.raises(mm.InputError, match=r"Cheap.cost is 4, but must be an mm.Cost"):
        mm.compare(GAME, Cheap(), START, 3)
    with pytest.raises(mm.InputError, match="one run or more"):
        mm.sweep(GAME, mm.Simultaneous(jnp.zeros(0)), START, 3)
