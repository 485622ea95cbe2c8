"""Verdicts are what their definitions say, to either side of every threshold."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.running.judge import OUTCOMES
from tests.references.judging import Field, verdicts

LENGTH = 300
HERE = np.zeros(2)


def losses(x, data):
    """v(x) = slope (x - centre)."""
    slope, centre, _ = data
    return tuple(slope * (p - c) ** 2 / 2 for p, c in zip(x, centre, strict=True))


class Clip(eqx.Module):
    """Between -side and side."""

    side: jax.Array

    def __call__(self, x):
        return jax.tree.map(lambda leaf: jnp.clip(leaf, -self.side, self.side), x)


def looked(path, judge, game, every):
    """The verdict at every look, in one scan."""

    def profile(point):
        return mm.Profile((point[0], point[1]))

    def look(watch, index):
        x, last, before = (profile(path[i]) for i in (index, index - every, index - 1))
        watch = judge.watch(watch, x, index, last, before, every)
        found = judge.verdict(watch, game, x, None, index)
        return watch, (found.code, found.period, watch.alive)

    looks = jnp.arange(every, path.shape[0], every, dtype=jnp.int32)
    return jax.lax.scan(look, judge.init(profile(path[0])), looks)[1]


@eqx.filter_jit
def judged_together(paths, tolerances, bounds, slopes, centres, sides, every, window):
    def one(path, tolerance, bound, slope, centre, side):
        game = mm.Game(losses, data=(slope, centre, side), project=Clip(side))
        judge = eqx.tree_at(
            lambda j: (j.tolerance, j.bound), mm.Judge(window=window), (tolerance, bound)
        )
        return looked(path, judge, game, every)

    return jax.vmap(one)(paths, tolerances, bounds, slopes, centres, sides)


def compared(cases, *, every=1, window=32):
    """Every look at every path: the library's verdicts beside the definitions'. Gives them."""
    paths = np.array([path for path, _, _ in cases.values()])
    fields = [field for _, field, _ in cases.values()]
    kept = [{"tolerance": 1e-10, "bound": 1e8} | settings for _, _, settings in cases.values()]
    codes, periods, alive = jax.device_get(
        judged_together(
            paths,
            *(np.array([k[name] for k in kept]) for name in ("tolerance", "bound")),
            *(np.array([getattr(f, name) for f in fields]) for name in ("slope", "centre", "side")),
            every,
            window,
        )
    )
    given = {}
    for case, code, period, lives, path, field, settings in zip(
        cases, codes, periods, alive, paths, fields, kept, strict=True
    ):
        wanted = verdicts(path, field, every=every, window=window, **settings)
        assert [OUTCOMES[c] for c in code] == [kind for kind, _ in wanted], case
        np.testing.assert_allclose(period, [p for _, p in wanted], rtol=1e-12, err_msg=case)
        died = np.maximum.accumulate([kind == "diverged" for kind, _ in wanted])
        np.testing.assert_array_equal(lives, ~died, err_msg=case)
        given[case] = wanted
    return given


def circle(turn, growth=1.0, squeeze=1.0, centre=(3.0, 1.0), wobble=0.0):
    """A walk round `centre`, `turn` radians an update, growing by a factor an update."""
    k = np.arange(LENGTH + 1)
    angle = turn * k + wobble * np.sin(0.37 * k)
    radius = growth**k
    return np.array(centre) + np.stack(
        [radius * np.cos(angle), squeeze * radius * np.sin(angle)], 1
    )


def still(point, fidget=0.0):
    """A walk that stays, but for a step to and fro."""
    path = np.tile(np.array(point, float), (LENGTH + 1, 1))
    path[1::2, 0] += fidget
    return path


def suddenly(point, when=100):
    """A walk round a circle that jumps to a point and stays there."""
    path = circle(0.5)
    path[when:] = point
    return path


def moved_out(size):
    """A walk that goes from 1 to `size` at once."""
    path = still((1.0, 0.0))
    path[51:] *= size
    path[250:] /= size  # and back, which revives nothing
    return path


def ahead(distance):
    """A field that vanishes so far from (1, 0) on the diagonal."""
    return Field(1.0, np.array([1.0, 0.0]) - distance / math.sqrt(2))


def loops(period, outlier):
    """Corners of a figure walked in turn, every update short but the one that leads back."""
    corners = np.stack([np.linspace(0, 1, period), np.zeros(period)], axis=1)
    corners[-1] = (outlier, 0.0)
    return corners[np.arange(LENGTH + 1) % period]


def pauses(home, jitter, out):
    """Out and back for ever, with pauses at home of length `home` and up to `jitter` more."""
    rng, path = np.random.default_rng(4), []
    while len(path) <= LENGTH:
        stay = home + int(rng.integers(0, jitter + 1))
        path += [(0.0, 0.0)] * stay + [(1.0, 0.0)] * out
    return np.array(path[: LENGTH + 1])


TURNING = Field(1.0, HERE)
ELSEWHERE = Field(1.0, np.array([9.0, 9.0]))
PAUSES = [(5, 0, 3), (5, 4, 3), (5, 8, 3), (5, 12, 3), (5, 30, 3), (1, 2, 1), (1, 3, 1), (1, 4, 1)]
EDGES = {
    # Of these some change their speed by just less than 2 % in a window, some by just more.
    **{
        f"radius times {growth:.5f}": (circle(0.5, growth), TURNING, {})
        for growth in (0.9998, 1.0, *np.linspace(1.0001, 1.0007, 7))
    },
    "a wide ellipse": (circle(0.3, squeeze=0.2), TURNING, {}),
    "wobbling": (circle(0.5, wobble=1.5), TURNING, {}),
    "a slow turn": (circle(2 * np.pi / 75), TURNING, {}),
    "a slower turn": (circle(2 * np.pi / 150), TURNING, {}),
    "a quick turn": (circle(2.3), TURNING, {}),
    "one long way back in four": (loops(4, 7.0), ELSEWHERE, {}),
    "one long way back in seven": (loops(7, -3.0), ELSEWHERE, {}),
    **{
        f"pauses of {home} to {home + jitter}, {out} out": (
            pauses(home, jitter, out),
            ELSEWHERE,
            {},
        )
        for home, jitter, out in PAUSES
    },
    # |x| against bound * (1 + |start|), here 2 * (1 + 1).
    "at the bound": (moved_out(4.0), TURNING, {"bound": 2.0}),
    "beyond the bound": (moved_out(4.0 + 1e-9), TURNING, {"bound": 2.0}),
    "not a number": (suddenly((np.nan, 0.0)), TURNING, {}),
    "infinite": (suddenly((np.inf, 0.0)), TURNING, {}),
    # The residual against the tolerance, and against rounding far from home.
    "at the tolerance": (suddenly((1e-3, 0.0)), TURNING, {"tolerance": 1e-3}),
    "beyond the tolerance": (suddenly((1.001e-3, 0.0)), TURNING, {"tolerance": 1e-3}),
    "within rounding": (
        suddenly((1e6, 0.0)),
        Field(1.0, np.array([1e6 + 1.7e-9, 0.0])),
        {"tolerance": 1e-12},
    ),
    "beyond rounding": (
        suddenly((1e6, 0.0)),
        Field(1.0, np.array([1e6 + 1.9e-9, 0.0])),
        {"tolerance": 1e-12},
    ),
    # A residual grows from t to t + 0.002 where a thousandth of 1 + |start| lies straight ahead.
    "twice the residual aside": (still((1.0, 0.0)), ahead(1.99e-3), {"tolerance": 1e-2}),
    "less than twice": (still((1.0, 0.0)), ahead(2.01e-3), {"tolerance": 1e-2}),
    "a faded field": (circle(0.5), Field(1e-12, HERE), {}),
    "no field": (circle(0.5), Field(0.0, HERE), {}),
    "held back by a wall": (suddenly((0.5, 0.5)), Field(1.0, np.array([9.0, 9.0]), 0.5), {}),
    "not held back": (suddenly((0.4, 0.5)), Field(1.0, np.array([9.0, 9.0]), 0.5), {}),
    # Standing still, for less than a window and for more, and where it should move.
    "stands": (still((1.0, 2.0)), TURNING, {"tolerance": 1e-3}),
    "fidgets within the tolerance": (still((1.0, 2.0), 0.99e-3), TURNING, {"tolerance": 1e-3}),
    "fidgets beyond it": (still((1.0, 2.0), 1.01e-3), TURNING, {"tolerance": 1e-3}),
    "stops in the third window": (suddenly((1.0, 2.0), 70), TURNING, {}),
    "starts again": (
        np.concatenate([still((1.0, 2.0))[:70], circle(0.5)[: LENGTH - 69]]),
        TURNING,
        {},
    ),
}


@pytest.fixture(scope="module")
def judged():
    return compared(EDGES)


def test_rarer_looks_and_another_window_are_judged_by_the_same_definition():
    """Between looks a chord is measured against its arc; at 0.8 of it a walk can no longer be
    followed.
    """
    turns = [0.2, 0.3, 0.4, 0.5, 0.55, 0.56, 0.57, 0.58, 0.6, 0.9]
    rare = {f"{turn} an update": (circle(turn), TURNING, {}) for turn in turns}
    given = compared(rare | EDGES, every=4, window=20)
    periodic = [turn for turn in turns if any(p > 0 for _, p in given[f"{turn} an update"])]
    assert 0.5 in periodic and 0.6 not in periodic


def test_what_left_the_bound_is_lost_at_once(judged):
    assert kinds(judged, "beyond the bound")[50] == "diverged"
    assert "diverged" not in kinds(judged, "at the bound")


def kinds(judged, case):
    return [kind for kind, _ in judged[case]]


def test_every_look_at_every_walk_is_judged_by_the_definition(judged):
    assert {kind for case in judged for kind in kinds(judged, case)} == set(map(str, mm.Outcome))


@pytest.mark.parametrize(
    ("within", "beyond", "kind"),
    [
        ("at the tolerance", "beyond the tolerance", "converged"),
        ("within rounding", "beyond rounding", "converged"),
        ("twice the residual aside", "less than twice", "converged"),
        ("held back by a wall", "not held back", "converged"),
        ("fidgets within the tolerance", "fidgets beyond it", "stalled"),
        ("no field", "radius times 1.00000", "stalled"),
        ("a faded field", "radius times 1.00000", "stalled"),
        ("radius times 1.00000", "radius times 1.00070", "cycling"),
        ("pauses of 5 to 5, 3 out", "pauses of 5 to 35, 3 out", "cycling"),
    ],
)
def test_the_verdict_to_either_side_of_a_threshold(judged, within, beyond, kind):
    assert kinds(judged, within)[-1] == kind
    assert kinds(judged, beyond)[-1] != kind


def test_a_cycle_that_closes_exactly_is_one_as_soon_as_two_windows_saw_three_returns(judged):
    for case, period in (("one long way back in four", 4), ("one long way back in seven", 7)):
        cycling = [index for index, (kind, _) in enumerate(judged[case], 1) if kind == "cycling"]
        assert cycling == list(range(cycling[0], LENGTH + 1))
        assert judged[case][-1][1] == period
