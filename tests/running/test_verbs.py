"""The loop: verdicts, resuming, sweeping, compiling once, saving."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.running import program as loop


def value(x, matrix):
    return x[0] @ matrix @ x[1]


def curved(x, data):
    return 0.05 * x[0] @ x[0] + x[0] @ data @ x[1] - 0.05 * x[1] @ x[1]


def noisy(data, key):
    return data + jax.random.normal(key, data.shape, data.dtype)


def origin(view):
    return view.after.norm()


GAME = mm.zero_sum(value, jnp.eye(2))
CURVED = mm.zero_sum(curved, jnp.eye(2))
START = mm.Profile((jnp.ones(2), jnp.zeros(2)))
WATCH = {"x": mm.position, "norm": origin}


def test_rows_hold_the_start_and_then_every_so_many_updates():
    run = mm.run(GAME, mm.Simultaneous(0.1), START, 60, observe=WATCH, every=20)
    np.testing.assert_array_equal(run.indices, [0, 20, 40, 60])
    np.testing.assert_allclose(
        run.observed["norm"], np.sqrt(2) * 1.01 ** (run.indices / 2), rtol=1e-12
    )
    np.testing.assert_allclose(run.observed["x"][0][-1], run.final[0])


def test_a_run_from_where_it_may_stay_is_walked_to_its_end():
    """Only `solve` stops where there is nothing left to do; and what nobody watches has no rows."""
    still = mm.Profile((jnp.zeros(2), jnp.zeros(2)))
    run = mm.run(CURVED, mm.Simultaneous(0.1), still, 64)
    assert (run.verdict.kind, int(run.verdict.steps)) == ("converged", 64)
    assert run.observed == {}
    assert len(run.indices) == 0


def test_a_run_that_is_lost_stops_at_the_next_look_also_within_a_row():
    run = mm.run(GAME, mm.Simultaneous(10.0), START, 512, every=256)
    assert (run.verdict.kind, int(run.verdict.steps)) == ("diverged", loop.BLOCK)


@pytest.mark.parametrize("every", [2, 3, 5, 64, 128, 192, 960])
def test_updates_in_pairs_and_blocks_are_the_updates_one_by_one(every):
    """The step and the weight of the average are other ones at every index."""
    rule = mm.Averaged(mm.Alternating(mm.Linear(0.1, 0.5, 1920), mm.Momentum(mm.Cosine(0.3, 50))))
    options = {"observe": {"x": mm.position}}
    game = mm.games.quadratic(0.05 * np.eye(2), np.eye(2), 0.05 * np.eye(2))
    one = mm.run(game, rule, START, 1920, **options)
    several = mm.run(game, rule, START, 1920, every=every, **options)
    for ours, theirs in zip(several.observed["x"], one.observed["x"], strict=True):
        np.testing.assert_allclose(ours, theirs[::every], rtol=1e-10, atol=1e-14)


def test_only_small_updates_without_draws_and_products_go_in_pairs(key):
    def merges(game, rule, start):
        def update(index, walk):
            return walk[1], *rule.update(game, walk[1], walk[2], mm.Tick(index, key))

        return loop._merges(update, (start, start, rule.init(game, start, key)))

    small, large = mm.games.bilinear(1.0), mm.games.bilinear(np.eye(40))
    step = mm.Simultaneous(0.1)
    assert merges(small, step, mm.Profile((jnp.ones(()), jnp.ones(()))))
    assert not merges(large, step, mm.Profile((jnp.ones(40), jnp.ones(40))))
    assert not merges(mm.zero_sum(value, jnp.eye(2), noisy), step, START)


def test_views_show_the_update_between_two_profiles():
    seen = {
        "index": lambda v: v.index,
        "jump": mm.moved,
        "losses": mm.losses,
        "ratio": mm.norm_ratio,
        "res": mm.residual,
    }
    run = mm.run(GAME, mm.Simultaneous(0.1), START, 4, observe=seen, every=2)
    np.testing.assert_array_equal(run.observed["index"], [0, 2, 4])
    assert run.observed["jump"][0] == 0
    np.testing.assert_allclose(
        run.observed["jump"][1:], 0.1 * np.sqrt(2) * 1.01 ** (np.array([1, 3]) / 2), rtol=1e-12
    )
    np.testing.assert_allclose(run.observed["losses"][:, 0], -run.observed["losses"][:, 1])
    np.testing.assert_allclose(
        run.observed["res"], np.sqrt(2) * 1.01 ** (np.array([0, 2, 4]) / 2), rtol=1e-12
    )


def single_draws(data, key):
    return jax.random.normal(key, (), data.dtype)


def pulled(x, draw):
    return draw * (x[0] @ x[0] - x[1] @ x[1]) / 2


def test_a_view_shows_the_sample_its_update_saw(key):
    game = mm.zero_sum(pulled, jnp.zeros(()), single_draws)
    seen = {
        "said": lambda v: v.sample,
        "felt": lambda v: (v.before - v.after)[0][0] / (v.before[0][0] * 1e-3),
    }
    run = mm.run(game, mm.Simultaneous(1e-3), START, 6, key=key, observe=seen, every=2)
    np.testing.assert_allclose(run.observed["said"][1:], run.observed["felt"][1:], rtol=1e-9)


def test_each_turn_of_an_alternation_draws_its_own_sample(key):
    game = mm.zero_sum(pulled, jnp.zeros(()), single_draws)
    start = mm.Profile((jnp.ones(2), jnp.ones(2)))
    after = mm.run(game, mm.Alternating(1e-3, order=(0, 1, 1)), start, 1, key=key).final
    draws = (1 - after[0][0]) / 1e-3, (1 - after[1][0]) / 1e-3
    tick = jax.random.fold_in(key, 0)
    wanted = [single_draws(jnp.zeros(()), jax.random.fold_in(tick, turn)) for turn in range(3)]
    np.testing.assert_allclose(draws[0], wanted[0], rtol=1e-6)
    np.testing.assert_allclose(
        draws[1], wanted[1] + wanted[2] - 1e-3 * wanted[1] * wanted[2], rtol=1e-6
    )


def test_divergence_stops_the_run_early_and_cuts_its_rows():
    run = mm.run(GAME, mm.Simultaneous(1.0), START, 100_000, observe=WATCH, every=10)
    assert run.verdict.steps < 100
    assert run.indices[-1] >= run.verdict.steps > run.indices[-2]
    assert np.all(np.isfinite(run.observed["norm"]))


RESUMED = [
    mm.Alternating((0.05, 0.1), mm.Adam(mm.Consensus(1.0, paired=True)), order=(1, 1, 0)),
    mm.Lookahead(
        mm.Averaged(mm.Optimistic(mm.Cosine(0.1, 300), mm.RMSProp.tensorflow1(mm.Momentum(0.3)))),
        period=7,
    ),
]


@pytest.mark.parametrize("rule", RESUMED, ids=["alternating", "wrapped"])
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(rule, key, tmp_path):
    game = mm.zero_sum(curved, jnp.eye(2), noisy)
    options = {"key": key, "observe": WATCH, "every": 5}
    whole = mm.run(game, rule, START, 400, **options)
    half = mm.run(game, rule, START, 185, **options)
    half.save(tmp_path / "half.npz")
    for state in (half.state, mm.Run.load(tmp_path / "half.npz").state):
        rest = mm.run(game, rule, half.final, 215, state=state, **options)
        for a, b in zip(
            jax.tree.leaves((whole.final, whole.state)),
            jax.tree.leaves((rest.final, rest.state)),
            strict=True,
        ):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(
            whole.observed["norm"], np.r_[half.observed["norm"], rest.observed["norm"][1:]]
        )
        np.testing.assert_array_equal(rest.indices[[0, -1]], [185, 400])
        assert str(whole.verdict) == str(rest.verdict)
        assert (half.about["steps"], rest.about["steps"]) == (185, 215)


def test_a_run_in_many_chunks_is_the_run_in_one(monkeypatch):
    whole = mm.run(GAME, mm.Alternating(0.3), START, 300, observe=WATCH)
    monkeypatch.setattr("minimax_lab.running.drive.ROWS", 7)
    parts = mm.run(GAME, mm.Alternating(0.3), START, 300, observe=WATCH)
    np.testing.assert_array_equal(whole.observed["norm"], parts.observed["norm"])
    assert whole.verdict.kind == parts.verdict.kind


@pytest.mark.parametrize("slow", [0.01, 1.0])
def test_a_chunk_grows_fourfold_at_most_and_towards_a_quarter_of_a_second(monkeypatch, slow):
    """By a clock that every row moves by so many milliseconds."""
    clock, chunks = [0.0], []

    def timed(runs, carry, todo, *rest):
        chunks.append(int(todo))
        clock[0] += chunks[-1] * slow / 1000
        return loop.advance(runs, carry, todo, *rest)

    monkeypatch.setattr("minimax_lab.running.drive.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr("minimax_lab.running.drive.advance", timed)
    monkeypatch.setattr("minimax_lab.running.drive.ROWS", 64)
    mm.run(GAME, mm.Alternating(0.3), START, 20_000)
    first, later = chunks[0], chunks[1:-1]
    assert first == 1024
    np.testing.assert_allclose(later, [4096] if slow < 0.1 else 250, atol=1)


def test_new_numbers_compile_nothing_and_a_second_call_traces_nothing(key):
    traces = []

    def counted(x, data):
        traces.append(1)
        return curved(x, data)

    rule = mm.Alternating((mm.Cosine(0.1, 100), mm.Warmup(0.2, 10)), mm.Adam(mm.Consensus(1.0)))
    other = mm.Alternating(
        (mm.Cosine(0.3, 77.0), mm.Warmup(0.1, 3)), mm.Adam(mm.Consensus(2.0), first=0.5)
    )
    game, payoffs = mm.zero_sum(counted, jnp.eye(2), noisy), jnp.array([[1.0, 2.0], [3.0, 4.0]])
    options = {"observe": {"norm": origin}, "every": 10}
    mm.run(game, rule, START, 50, key=key, **options)
    first, programs = len(traces), loop.advance._cached._cache_size()
    assert first > 0
    mm.run(game, rule, START, 50, key=key, **options)
    mm.run(
        mm.zero_sum(counted, payoffs, noisy),
        other,
        3 * START,
        50,
        key=jax.random.key(5),
        judge=mm.Judge(1e-3, 1e3),
        **options,
    )
    assert len(traces) == first
    assert loop.advance._cached._cache_size() == programs


def test_numbers_of_steps_share_programs_by_powers_of_two():
    programs = loop.advance._cached._cache_size
    mm.run(GAME, mm.Extragradient(0.1), START, 40, observe=WATCH, every=2)
    before = programs()
    for steps in (34, 50, 64):
        assert (
            len(mm.run(GAME, mm.Extragradient(0.1), START, steps, observe=WATCH, every=2).indices)
            == steps // 2 + 1
        )
    assert programs() == before


def test_resuming_elsewhere_is_projected_and_resuming_in_place_is_exact():
    game = mm.zero_sum(value, jnp.eye(2), project=box)
    first = mm.run(game, mm.Simultaneous(0.5), START, 20)
    moved = mm.run(game, mm.Simultaneous(0.5), 5 * START, 4, state=first.state, observe=WATCH)
    assert np.max(np.abs(moved.observed["x"][0][0])) == 1
    assert moved.about["steps"] == 4


def test_solve_stops_at_the_tolerance_and_says_how_long_it_took():
    rule = mm.Extragradient(0.5)
    solution = mm.solve(GAME, rule, START, tolerance=1e-6)
    factor = np.sqrt(1 - 0.5**2 + 0.5**4)
    assert solution.verdict.kind == "converged"
    assert solution.steps == int(np.ceil(np.log(1e-6 / np.sqrt(2)) / np.log(factor)))
    assert solution.residual <= 1e-6
    assert mm.solve(GAME, rule, 0 * START).steps == 0
    assert mm.solve(GAME, mm.Alternating(0.3), START, most=500).verdict.kind == "cycling"


def test_what_is_saved_is_what_is_loaded(tmp_path):
    run = mm.run(
        GAME, mm.Alternating(0.3), START, 60, observe=WATCH, every=20, save=tmp_path / "run.npz"
    )
    again = mm.Run.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(again.observed["norm"], run.observed["norm"])
    np.testing.assert_array_equal(again.observed["x"][1], run.observed["x"][1])
    np.testing.assert_array_equal(again.final.ravel()[0], run.final.ravel()[0])
    assert repr(again) == repr(run)
    assert "Alternating(step=0.3)" in again.about["rule"]
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_ctrl_c_keeps_the_run_so_far_and_leaves_no_half_written_file(tmp_path, monkeypatch):
    path, calls, advance = tmp_path / "run.npz", [], loop.advance

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return advance(*arguments)

    monkeypatch.setattr("minimax_lab.running.drive.advance", interrupted)
    monkeypatch.setattr("minimax_lab.running.drive.ROWS", 10)
    with pytest.raises(KeyboardInterrupt):
        mm.run(GAME, mm.Alternating(0.3), START, 100, observe=WATCH, save=path)
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    kept = mm.Run.load(path)
    steps = int(kept.verdict.steps)
    assert 0 < steps == kept.indices[-1] < 100
    monkeypatch.undo()
    rest = mm.run(GAME, mm.Alternating(0.3), kept.final, 100 - steps, state=kept.state)
    whole = mm.run(GAME, mm.Alternating(0.3), START, 100)
    np.testing.assert_array_equal(rest.final.ravel()[0], whole.final.ravel()[0])


def test_a_projection_keeps_every_player_in_its_set():
    game = mm.zero_sum(value, jnp.eye(2), project=box)
    run = mm.run(game, mm.Simultaneous(0.5), 3 * START, 200, observe=WATCH)
    np.testing.assert_array_equal(run.observed["x"][0][0], START[0])
    assert np.max(np.abs(run.observed["x"][0])) <= 1
    assert run.verdict.kind in ("cycling", "running")


def box(x):
    return jax.tree.map(lambda leaf: jnp.clip(leaf, -1, 1), x)
