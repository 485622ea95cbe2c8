"""What a training tells of itself: its pace, its lines, its page."""

import sys
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.running.progress import Meter
from minimax_lab.running.writers import Listener
from minimax_lab.training import RunFolder, report, trainer
from tests.training.test_trainer import trained

MODULE = sys.modules["minimax_lab.training.report"]  # the package shows the verb by this name


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test turns by hand."""
    now = [100.0]
    monkeypatch.setattr(trainer, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    return now


def test_the_pace_is_a_median_and_what_is_far_above_it_is_remarked_upon(clock, tmp_path):
    folder = RunFolder(tmp_path)
    work = trainer._Work(
        folder, mm.Profile((jnp.ones(2),)), 1000, None, None, 10, 30.0, Listener(None)
    )
    clock[0] += 60  # the first row compiles
    work._time(5)
    assert np.isnan(work.pace)
    work.kept = 5
    for _ in range(11):
        clock[0] += 0.5
        work._time(5)
    assert work.pace == pytest.approx(0.1)
    assert work.told == "running, 10 a second"
    clock[0] += 5.0
    work._time(5)
    assert work.told == "running, 1 a second, 10 times slower than usual"
    assert work.pace == pytest.approx(0.1)
    assert folder.lines("times.jsonl")[1]["seconds"] == 60.5


def test_what_was_done_before_says_nothing_about_the_time_that_is_left(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    meter = Meter(1000)
    meter.skip(800)
    now[0] = 20.0
    meter.show(900, "running")
    assert capsys.readouterr().err == "900/1000 updates, about 20 s left; running\n"


def test_half_precision_is_kept_in_a_checkpoint(tmp_path):
    folder = RunFolder(tmp_path)
    leaves = (jnp.int32(7), jnp.array([1.5, -2.25], jnp.bfloat16), jnp.array([0.1]))
    folder.keep(leaves, 7, {})
    for kept, leaf in zip(folder.checkpoint().state.leaves, leaves, strict=True):
        assert kept.dtype == leaf.dtype
        np.testing.assert_array_equal(kept, leaf)
    other = mm.Profile((jnp.ones(3),))
    with pytest.raises(mm.InputError, match="of another game"):
        folder.checkpoint().profile(other)


def test_a_line_that_is_being_written_is_not_read_yet(tmp_path):
    folder = RunFolder(tmp_path)
    folder.tell("metrics.jsonl", {"step": 5})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 1')
    assert folder.lines() == [{"step": 5}]


def test_a_page_draws_every_part_of_what_was_watched_against_its_updates(tmp_path, monkeypatch):
    drawn = {}

    def kept(given, across, ylabel, **options):
        drawn[ylabel] = (dict(given), dict(across), options["logarithmic"])
        return mm.draw.curves(given, across=across, ylabel=ylabel, **options)

    monkeypatch.setattr(MODULE, "curves", kept)
    done = trained(tmp_path / "run")
    text = report([done.folder])
    lines = done.folder.lines()
    for i, player in enumerate(("generator", "discriminator")):
        given, across, logarithmic = drawn[f"losses, {player}"]
        np.testing.assert_array_equal(given[""], [line["losses"][i] for line in lines])
        np.testing.assert_array_equal(across[""], [line["step"] for line in lines])
        assert not logarithmic
        assert drawn[f"update norms, {player}"][2]
    assert "5 updates" not in text.split("<h2>Curves")[0]
    assert text.count("<svg") == 6


def test_the_pace_of_a_page_is_the_median_between_rows_in_either_session():
    times = [{"step": s, "seconds": t} for s, t in ((5, 60.0), (10, 60.5), (15, 61.0))]
    times += [{"step": s, "seconds": t} for s, t in ((20, 30.0), (25, 30.5), (30, 33.0))]
    assert MODULE._pace(times) == "100 ms"
    assert MODULE._pace(times[:1]) == "-"


def test_no_run_and_one_twice_are_refused(tmp_path):
    with pytest.raises(mm.InputError, match="one folder or more"):
        report([])
    folder = RunFolder(tmp_path)
    with pytest.raises(mm.InputError, match="each given once"):
        report([folder, folder])
