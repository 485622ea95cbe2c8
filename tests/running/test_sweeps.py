"""Many runs in one program are the runs one by one, on any number of devices."""

import os
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.running import sweeps
from minimax_lab.running.prepare import prepared
from minimax_lab.running.program import Inputs, Plan
from tests.running.test_verbs import CURVED, START, WATCH, curved, noisy, origin, value


def test_a_sweep_is_the_runs_one_by_one(key):
    game = mm.zero_sum(curved, jnp.eye(2), noisy)
    axes = mm.grid(step=[0.05, 0.2], strength=[0.0, 1.0, 3.0])
    assert axes["step"].shape == (6,)
    assert mm.grid(seed=range(3), step=[0.5])["seed"].dtype == int  # so that key(seed) takes them
    assert float(mm.Simultaneous(jnp.asarray([1, 2])).step[1]) == 2.0  # and steps become floats
    assert jnp.issubdtype(mm.Simultaneous(jnp.asarray([1, 2])).step.dtype, jnp.floating)
    rule = mm.Alternating(axes["step"], mm.Consensus(axes["strength"]))
    keys, starts = jax.random.split(key, 6), mm.stack([c * START for c in range(1, 7)])
    swept = mm.sweep(
        game, rule, starts, 40, over=("rule", "start", "key"), key=keys, observe=WATCH, every=10
    )
    assert swept.observed["norm"].shape == (6, 5)
    for i in range(6):
        one = mm.Alternating(float(axes["step"][i]), mm.Consensus(float(axes["strength"][i])))
        alone = mm.run(game, one, (i + 1) * START, 40, key=keys[i], observe=WATCH, every=10)
        np.testing.assert_allclose(swept.observed["norm"][i], alone.observed["norm"], rtol=1e-12)
        assert swept.verdict.kind[i] == alone.verdict.kind


def test_a_sweep_over_games_shares_what_has_no_axis():
    games = mm.stack([mm.zero_sum(value, s * jnp.eye(2)) for s in (0.5, 1.0, 2.0)])
    swept = mm.sweep(games, mm.Alternating(0.3), START, 1000, over="game")
    np.testing.assert_allclose(
        swept.verdict.period,
        2 * np.pi / np.arccos(1 - (0.3 * np.array([0.5, 1, 2])) ** 2 / 2),
        rtol=0.05,
    )


def test_in_a_sweep_a_diverged_run_stops_where_it_diverged_and_the_others_go_on():
    rule = mm.Simultaneous(jnp.array([0.1, 1.5]))
    swept = mm.sweep(CURVED, rule, START, 10_000, observe={"norm": origin}, every=20)
    assert list(swept.verdict.kind) == ["converged", "diverged"]
    assert swept.verdict.steps[1] < 100 < swept.verdict.steps[0]
    assert np.all(swept.observed["norm"][1, 10:] == swept.observed["norm"][1, -1])


def test_groups_of_runs_change_no_number(monkeypatch, key):
    """Large sweeps go through the cache in groups; 7 runs do not divide evenly."""
    rules, keys = mm.Alternating(jnp.linspace(0.05, 1.7, 7)), jax.random.split(key, 7)
    options = {"observe": {"norm": origin}, "every": 10, "over": ("rule", "key"), "key": keys}
    whole = mm.sweep(CURVED, rules, START, 100, **options)
    monkeypatch.setattr("minimax_lab.running.sweeps.CACHE", 64)
    parts = mm.sweep(CURVED, rules, START, 100, **options)
    np.testing.assert_allclose(parts.observed["norm"], whole.observed["norm"], rtol=1e-12)
    np.testing.assert_array_equal(parts.verdict.code, whole.verdict.code)
    np.testing.assert_array_equal(parts.verdict.steps, whole.verdict.steps)
    assert parts.final[0].shape == whole.final[0].shape


def test_a_sweep_in_two_pieces_is_the_whole_sweep(monkeypatch, key, tmp_path):
    """Three groups that seven runs do not fill, on a set onto which projecting twice is another
    thing; the last three runs diverge, two of them in the first piece, one of them in the second.
    """
    monkeypatch.setattr(sweeps, "CACHE", 96)
    game = mm.zero_sum(curved, jnp.eye(2), noisy, project=lambda x: (1 - 1e-9) * x)
    steps = jnp.array([0.02, 0.05, 0.08, 0.1, 0.4, 1.5, 1e60])
    rule = mm.Averaged(mm.Alternating(steps), decay=0.9)
    options = {"key": jax.random.split(key, 7), "observe": WATCH, "every": 10}
    whole = mm.sweep(game, rule, START, 360, over=("rule", "key"), **options)
    half = mm.sweep(game, rule, START, 120, over=("rule", "key"), **options)
    assert list(half.verdict.kind == "diverged") == [False] * 5 + [True] * 2
    assert list(whole.verdict.kind == "diverged") == [False] * 4 + [True] * 3
    half.save(tmp_path / "half.npz")
    options["over"] = ("rule", "start", "key")
    for state in (half.state, mm.Run.load(tmp_path / "half.npz").state):
        rest = mm.sweep(game, rule, half.final, 240, state=state, **options)
        pairs = zip(jax.tree.leaves(rest.state), jax.tree.leaves(whole.state), strict=True)
        for ours, theirs in (*pairs, *zip(rest.verdict, whole.verdict, strict=True)):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal([*half.indices, *rest.indices[1:]], whole.indices)
        norms = [piece.observed["norm"] for piece in (half, rest, whole)]
        np.testing.assert_array_equal(np.c_[norms[0], norms[1][:, 1:]], norms[2])


def test_a_sweep_goes_on_with_as_many_runs():
    rule = mm.Alternating(jnp.array([0.1, 0.2, 0.3]))
    half = mm.sweep(CURVED, rule, START, 10)
    fewer, one = (
        mm.Alternating(jnp.array([0.1, 0.2])),
        mm.run(CURVED, mm.Alternating(0.1), START, 9),
    )
    for state in (half.state, one.state):
        with pytest.raises(mm.InputError, match="of other shapes .* a sweep as many runs"):
            mm.sweep(CURVED, fewer, START, 10, state=state)


@pytest.mark.parametrize(
    ("swept", "kind", "devices", "count", "groups"),
    [
        (True, "cpu", 1, 40, 5),  # 40 runs of 32 bytes, in groups of 256
        (False, "cpu", 1, 40, 5),  # one start that each of them has for itself
        (True, "cpu", 4, 40, 1),
        (True, "cpu", 2, 40, 2),  # 2.5 groups a device, to the even
        (True, "cpu", 1, 4, 1),
        (True, "cpu", 2, 5, 1),
        (True, "gpu", 1, 40, 1),  # an accelerator takes all at once
    ],
)
def test_a_group_fills_a_cache(monkeypatch, swept, kind, devices, count, groups):
    monkeypatch.setattr(sweeps, "CACHE", 256)
    chips = [SimpleNamespace(platform=kind)] * devices
    monkeypatch.setattr(jax, "devices", lambda: chips)
    start = mm.Profile((np.ones((count, 4) if swept else 4),))
    halves = (start, mm.Profile((None,))) if swept else (mm.Profile((None,)), start)
    mesh = SimpleNamespace(devices=np.array(chips)) if devices > 1 else None
    found = sweeps._groups(*halves, SimpleNamespace(mesh=mesh), count)
    assert found == groups and isinstance(found, int)


def test_there_are_no_more_groups_than_runs_on_a_device(monkeypatch):
    monkeypatch.setattr(sweeps, "CACHE", 1)
    chips = [SimpleNamespace(platform="cpu")] * 2
    monkeypatch.setattr(jax, "devices", lambda: chips)
    halves = mm.Profile((np.ones((5, 4)),)), mm.Profile((None,))
    plan = SimpleNamespace(mesh=SimpleNamespace(devices=np.array(chips)))
    assert sweeps._groups(*halves, plan, 5) == 2


def test_one_alone_can_be_stacked():
    np.testing.assert_array_equal(mm.stack([mm.Simultaneous(0.5)]).step, [0.5])


def test_everything_may_differ_from_run_to_run(key):
    games = mm.stack([mm.zero_sum(value, s * jnp.eye(2)) for s in (0.5, 1.0)])
    rules, starts = mm.Simultaneous(jnp.array([0.1, 0.2])), mm.stack([START, 2 * START])
    keys = jax.random.split(key, 2)
    names = ("game", "rule", "start", "key")
    swept = mm.sweep(games, rules, starts, 5, over=names, key=keys)
    for i, (scale, step) in enumerate(((0.5, 0.1), (1.0, 0.2))):
        game = mm.zero_sum(value, scale * jnp.eye(2))
        alone = mm.run(game, mm.Simultaneous(step), (i + 1) * START, 5).final
        np.testing.assert_allclose(swept.final[0][i], alone[0], rtol=1e-12)


@pytest.mark.parametrize("axis", ["12", ["1", "2"], [None], [], [[0.1], [0.2]], [0.1, 0.1]])
def test_an_axis_is_a_list_of_numbers_each_once(axis):
    with pytest.raises(mm.InputError, match=r"grid\(step\) is .* but must be"):
        mm.grid(step=axis)


@pytest.mark.parametrize(("count", "length"), [(5, 6), (6, 6), (7, 9), (8, 9), (9, 9)])
def test_groups_are_filled_up_with_the_last_run(count, length):
    each = Inputs(None, None, mm.Profile((np.arange(count),)), None, None)
    padded = sweeps.padded(each, SimpleNamespace(groups=3, mesh=None), count).start[0]
    np.testing.assert_array_equal(padded, [*range(count), *[count - 1] * (length - count)])


def test_devices_share_a_sweep_and_change_no_number():
    """Eight forced host devices need a fresh process: the number is fixed when jax starts."""
    script = """
        import jax, jax.numpy as jnp, numpy as np
        jax.config.update("jax_enable_x64", True)
        import minimax_lab as mm
        from tests.running.test_verbs import CURVED, START, origin
        rule = mm.Alternating(jnp.linspace(0.05, 1.7, 21), mm.Consensus(0.5))
        options = dict(observe={"norm": origin, "to": mm.distance_to(START)}, every=10)
        one = mm.sweep(CURVED, rule, START, 100, **options)
        options |= dict(over=("rule", "key"), key=jax.random.split(jax.random.key(0), 21))
        many = mm.sweep(CURVED, rule, START, 100, devices=jax.devices(), **options)
        assert len(jax.devices()) == 8 and len(many.state.x[0].sharding.device_set) >= 1
        np.testing.assert_allclose(many.observed["norm"], one.observed["norm"], rtol=1e-12)
        np.testing.assert_array_equal(many.verdict.code, one.verdict.code)
        assert many.observed["norm"].shape == (21, 11)
        options |= dict(devices=jax.devices(), over=("rule", "start", "key"))
        rest = mm.sweep(CURVED, rule, many.final, 100, state=many.state, **options)
        stacked = mm.stack([START] * 21)
        whole = mm.sweep(CURVED, rule, stacked, 200, **options)
        for ours, theirs in zip(jax.tree.leaves(rest.state), jax.tree.leaves(whole.state)):
            np.testing.assert_array_equal(ours, theirs)
    """
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_large_groups_are_whole_lines_of_the_cache_and_give_the_same_bits(monkeypatch):
    """Padded up to them, and cut back to the runs there are."""
    count, rule = 20_001, mm.Alternating(0.1)
    starts = mm.Profile((jnp.linspace(0, 1, count), jnp.linspace(1, 2, count)))

    def swept(cache):
        monkeypatch.setattr(sweeps, "CACHE", cache)
        inputs = prepared(mm.games.bilinear(1.0), rule, starts, None, None, ("start",))
        runs, plan, _ = sweeps.laid_out(inputs, ("start",), Plan(1, 1))
        shape = runs.each.start[0].shape[0]
        return plan.groups, shape, mm.sweep(mm.games.bilinear(1.0), rule, starts, 20, over="start")

    one, all_, together = swept(2**30)
    groups, padded, apart = swept(2**16)
    assert (one, all_) == (1, count)
    assert groups > 3
    assert padded % (groups * sweeps.LINE) == 0
    assert count <= padded < count + groups * sweeps.LINE
    np.testing.assert_array_equal(apart.final.ravel()[0], together.final.ravel()[0])
    np.testing.assert_array_equal(apart.verdict.code, together.verdict.code)
