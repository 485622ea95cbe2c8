"""The command line: what it prints is what the library computes, and whatever goes wrong is one
line and a status.
"""

import dataclasses
import io
import json
import math
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.cli import entry as cli
from minimax_lab.cli import options, output
from minimax_lab.cli.commands import play
from minimax_lab.running import drive
from minimax_lab.running.progress import Meter


def test_a_game_that_draws_its_start_does_so_here_too(machine):
    told = machine(
        "play", "modes", "dimension=4", "latents=2", "neurons=3", "-n", "2", "--seed", "3"
    )
    game = mm.games.modes(dimension=4, latents=2, neurons=3)
    np.testing.assert_array_equal(
        told["start"][0], mm.games.modes_start(game, jax.random.key(3))[0]
    )
    assert output.short(mm.Profile(({"a": np.array([1.0])}, 2.0))) == "(a [1], 2)"


def test_settings_and_numbers_below_zero_stand_anywhere(machine):
    line = "play --json bilinear --start -1,2 strength=2 -n 4 --rule Simultaneous(-0.1+0.2)"
    told = machine(*line.split())
    assert (told["game"], told["start"], told["steps"]) == ("bilinear strength=2", [-1, 2], 4)


@pytest.mark.parametrize("name", cli.NAMES)
def test_every_field_of_a_command_is_explained_and_every_switch_needs_no_value(call, name):
    """A new command is a file: found by its name, its options by its fields."""
    made = cli._command(name)
    status, out, _ = call(name, "-h")
    assert status == 0
    for field in dataclasses.fields(made):
        assert field.metadata["help"].split("`")[0][:20] in " ".join(out.split())
    switches = [f.name for f in dataclasses.fields(made) if f.type == "bool"]
    words = ["ring", "friction=1"] if issubclass(made, options.OnGame) else []
    needed = [f for f in dataclasses.fields(made) if f.default is dataclasses.MISSING]
    words = words or ["something"] * len(needed)
    read = options.read(made, name, [*(f"--{switch}" for switch in switches), *words])
    assert all(getattr(read, switch) for switch in switches)


def test_an_output_that_cannot_be_kept_is_refused_before_anything_is_computed(
    call, monkeypatch, tmp_path
):
    monkeypatch.setattr(play, "run", lambda *_, **__: pytest.fail("computed first"))
    for path in ("/proc/walk.npz", tmp_path / "missing" / "walk.npz"):
        status, _, err = call("play", "bilinear", "-o", str(path))
        assert (status, len(err)) == (2, 1)


def test_our_own_fault_is_one_line_too(call, monkeypatch):
    monkeypatch.setattr(play, "run", lambda *_, **__: 1 / 0)
    monkeypatch.delenv(cli.DEBUG, raising=False)
    assert call("play", "bilinear")[::2] == (
        1,
        [
            f"minimax-lab: fault: ZeroDivisionError: division by zero (set {cli.DEBUG}=1 for the "
            f"traceback)"
        ],
    )


def test_lists_and_helps_compile_nothing(call):
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, *_, **__: compiled.append(event)
    )
    try:
        for line in (
            "-h",
            "play -h",
            "compare -h",
            "games",
            "games dirac_gan",
            "rules",
            "rules adam",
            "--version",
        ):
            status, out, err = call(*line.split())
            assert (status, err) == (0, [])
            assert len(out) > 10
    finally:
        jax.monitoring.clear_event_listeners()
    assert not [event for event in compiled if "backend_compile" in event]


def test_piped_tables_are_plain_and_aligned(call):
    _, out, _ = call("games")
    lines = out.split("\n\n")[0].splitlines()
    assert "\x1b" not in out
    assert {line[: lines[1].index("x y")].strip() for line in lines[1:]} >= {
        "bilinear",
        "two_basins",
        "dirac_gan",
    }
    assert all(line == line.rstrip() for line in lines)


def test_every_game_is_shown_with_its_facts(machine):
    shown = {entry["name"]: entry for entry in machine("games")}
    assert set(shown) == set(mm.games.catalogue())
    assert shown["two_basins"]["stationary"][1] | {"meaning": ""} == {
        "at": [0.0, 0.0],
        "kind": "stable",
        "meaning": "",
    }
    assert shown["quadratic"]["settings"] == {"convexity": 0.5, "coupling": 1.0, "concavity": 0.5}
    assert {entry["name"] for entry in machine("rules")} >= {"Alternating", "Adam", "Cosine"}


def test_play_ends_where_the_library_does(machine, tmp_path):
    file = tmp_path / "walk.npz"
    told = machine(
        "play", "quadratic", "--rule", "Alternating(0.2)", "-n", "64", "coupling=2", "-o", str(file)
    )
    done = mm.run(
        mm.games.quadratic(0.5, 2.0, 0.5), mm.Alternating(0.2), (1.0, 1.0), 64, observe=play.WATCHED
    )
    assert told["final"] == [float(p) for p in done.final]
    assert told["game"] == "quadratic coupling=2"
    assert told["spent"] == {"gradients": 128, "products": 0, "solves": 0}
    kept = mm.Run.load(file)
    assert [float(p) for p in kept.final] == told["final"]
    assert kept.observed["residual"].shape == (65,)


def test_nan_is_null_and_a_diverged_run_says_so(machine):
    told = machine("play", "quadratic", "--rule", "Alternating(9)", "-n", "64")
    assert (told["verdict"], told["period"]) == ("diverged", None)
    assert told["steps"] < 64


def test_ctrl_c_keeps_a_whole_file_or_none(call, monkeypatch, tmp_path):
    file = tmp_path / "walk.npz"
    looks = []

    def interrupted(self, done):
        looks.append(done)
        if len(looks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Meter, "show", interrupted)
    monkeypatch.setattr(drive, "ROWS", 64)
    status, out, err = call(
        "play", "quadratic", "--rule", "Alternating(0.2)", "-n", "6400", "-o", str(file)
    )
    assert (status, out) == (130, "")
    assert err == [f"minimax-lab: interrupted: the run so far is in {file}"]
    assert len(mm.Run.load(file).indices) == looks[-1] + 1 < 6401
    assert os.listdir(tmp_path) == ["walk.npz"]


def test_a_run_that_cannot_be_saved_is_kept_elsewhere_and_the_status_says_so(
    call, monkeypatch, tmp_path
):
    file, save = tmp_path / "walk.npz", mm.Run.save
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))

    def full(run, path):
        if str(path) == str(file):
            raise OSError(28, "No space left on device")
        save(run, path)

    monkeypatch.setattr(mm.Run, "save", full)
    status, out, err = call("play", "bilinear", "-n", "64", "-o", str(file))
    assert status == 1
    (warned,) = err
    assert "the run could not be saved: [Errno 28] No space left on device" in warned
    (kept,) = (tmp_path / "elsewhere").rglob("run.npz")
    assert f"written to {kept}" in out
    assert int(mm.Run.load(kept).verdict.steps) == 64
    assert not file.exists()


def test_a_factory_serves_where_the_catalogue_has_no_such_setting(machine):
    told = machine(
        "spectrum",
        "bilinear",
        "A=[[2,0],[0,1]]",
        "--at",
        "[0,0],[0,0]",
        "--rule",
        "Simultaneous(0.1)",
    )
    moduli = [math.hypot(v["re"], v["im"]) for v in told["spectra"][0]["values"]]
    np.testing.assert_allclose(moduli, [math.sqrt(1.04)] * 2 + [math.sqrt(1.01)] * 2, rtol=1e-12)


def test_spectra_of_fields_know_their_step_limit(machine):
    (field,) = machine("spectrum", "quadratic", "convexity=1", "concavity=1")["spectra"]
    assert field["of"] == "field"
    assert field["values"] == [{"re": 1.0, "im": 1.0}, {"re": 1.0, "im": -1.0}]
    assert field["step_limit"] == pytest.approx(1.0)


def test_precision_is_set_by_the_command_and_put_back(call):
    def value(*options):
        status, out, err = call(
            "spectrum",
            "quadratic",
            "coupling=0",
            "convexity=0.3",
            "--at",
            "0,0",
            "--json",
            *options,
        )
        assert status == 0
        return json.loads(out)["spectra"][0]["values"][0]["re"], err

    single, warned = value("--float32")
    assert jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", False)
    try:
        double, silent = value()
        assert not jax.config.read("jax_enable_x64")
    finally:
        jax.config.update("jax_enable_x64", True)
    assert (double, silent) == (0.3, [])
    assert single == float(np.float32(0.3))
    assert len(warned) == 1
    assert warned[0].startswith("minimax-lab: warning: x is float32")


def test_compare_measures_what_it_predicts_and_counts_what_it_spends(machine, tmp_path):
    picture = tmp_path / "compare.pdf"
    rules = (
        "--rule",
        "Simultaneous(0.2)",
        "--rule",
        "Simultaneous(0.2, Consensus(0.2))",
        "--rule",
        "Simultaneous(0.05, Adam())",
    )
    told = machine("compare", "quadratic", *rules, "-n", "400", "-o", str(picture))
    plain, consensus, adam = told["rules"]
    for rule in (plain, consensus):
        assert rule["verdict"] == "converged"
        assert rule["measured_rate"] == pytest.approx(rule["predicted_rate"], rel=1e-3)
        low, high = rule["measured_interval"]
        assert low <= rule["measured_rate"] <= high
        assert rule["spent"]["gradients"] == 2 * rule["steps_to_tolerance"]
    # |1 - 0.2 (0.5 + i)|
    assert plain["predicted_rate"] == pytest.approx(math.log(math.hypot(0.9, 0.2)), rel=1e-12)
    assert consensus["spent"]["products"] == consensus["steps_to_tolerance"]
    assert adam["predicted_rate"] is None
    assert "square root" in adam["predicted_reason"]
    assert picture.read_bytes().startswith(b"%PDF")
    assert os.listdir(tmp_path) == ["compare.pdf"]


def test_compare_measures_growth_and_turning_too(machine):
    rules = ("--rule", "Simultaneous(0.2)", "--rule", "Alternating(0.2)")
    growing, turning = machine(
        "compare", "quadratic", "convexity=0", "concavity=0", *rules, "-n", "400"
    )["rules"]
    assert growing["measured_rate"] == pytest.approx(math.log(1.04) / 2, rel=1e-6)
    assert growing["predicted_rate"] == pytest.approx(math.log(1.04) / 2, rel=1e-9)
    assert turning["measured_interval"][0] < 0 < turning["measured_interval"][1]
    assert turning["verdict"] == "cycling"
    assert turning["steps_to_tolerance"] is None


def test_a_prediction_is_not_made_for_a_walk_that_ran_to_where_the_field_fades(call):
    status, out, _ = call("compare", "dirac_gan", "--rule", "Simultaneous(40)", "-n", "40")
    assert status == 0
    assert "no prediction for simultaneous, step 40: it ended at" in out


def test_portraits_list_their_equilibria_and_walks(machine, tmp_path):
    picture = tmp_path / "portrait.png"
    told = machine(
        "portrait", "quadratic", "--rule", "Simultaneous(0.2)", "-n", "400", "-o", str(picture)
    )
    (nash,) = told["equilibria"]
    np.testing.assert_allclose(nash["at"], [0, 0], atol=1e-12)
    assert nash["kind"] == "strict local Nash"
    (walk,) = told["walks"]
    assert (walk["rule"], walk["verdict"], walk["start"]) == (
        "simultaneous, step 0.2",
        "converged",
        [1.0, 1.0],
    )
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_reader_who_has_had_enough_is_no_error(monkeypatch):
    class Closed:
        def write(self, text):
            raise BrokenPipeError

        def isatty(self):
            return False

        def flush(self):
            pass

        def fileno(self):
            raise OSError

    monkeypatch.setattr(sys, "stdout", Closed())
    assert cli.main(["games"]) == 141


def test_it_runs_as_a_module():
    line = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "minimax_lab",
        "spectrum",
        "bilinear",
        "--rule",
        "Simultaneous(1)",
        "--json",
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout)["spectra"][0]["radius"] == pytest.approx(math.sqrt(2), rel=1e-15)


def test_a_terminal_without_our_characters_gets_others(monkeypatch):
    page = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(page, encoding="ascii"))
    assert cli.main(["play", "cubic", "--rule", "é"]) == 2
    sys.stderr.flush()
    assert b"--rule '?'" in page.getvalue()
