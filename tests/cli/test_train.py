"""Training from the command line: the folder, the page and the pictures it leads to."""

import errno
import os
import pathlib
import signal

import numpy as np
import pytest
from PIL import Image

import minimax_lab as mm
from minimax_lab.adversarial import gradient_penalty, slope_penalty
from minimax_lab.cli.recipes import Recipe
from minimax_lab.measures import Pixels, classifier
from minimax_lab.profile import narrowed
from minimax_lab.reshaped import weight_decay
from minimax_lab.training import RunFolder, trainer
from minimax_lab.training.eigenvalues import enlarged

SMALL = "perceptrons(hidden=(8,), latent=4)"
QUICK = ("--data", "digits", "--networks", SMALL, "--batch", "8", "--r1", "0", "--every", "5")


@pytest.fixture
def folder(machine, tmp_path):
    """A run of twenty updates."""
    machine("train", *QUICK, "-n", "20", "--pictures", "10", "-o", str(tmp_path / "run"))
    return tmp_path / "run"


def test_a_run_leaves_lines_pictures_a_page_and_samples(folder, machine, tmp_path):
    lines = RunFolder(folder).lines()
    assert [line["step"] for line in lines] == [0, 5, 10, 15, 20]
    assert all(len(lines[-1][name]) == 2 for name in ("losses", "logits", "update_norms"))
    assert [path.name for path in RunFolder(folder).pictures()] == [
        "00000000.png",
        "00000010.png",
        "00000020.png",
    ]
    settings = RunFolder(folder).settings
    assert settings["parameters"] == [4 * 8 + 8 + 8 * 64 + 64, 64 * 8 + 8 + 8 + 1]
    assert settings["rule, resolved"].startswith("Averaged( rule=Alternating(")
    page = pathlib.Path(machine("report", str(folder))["file"]).read_text()
    assert page.count("<svg") == 8
    assert page.count("data:image/png") == 3
    assert SMALL in page
    made = machine("sample", str(folder), "-n", "9", "-o", str(tmp_path / "nine.png"))
    assert made["step"] == 20
    with Image.open(made["file"]) as grid:
        assert grid.size == (4 * 26, 4 * 26)
    made = machine("sample", str(folder), "-n", "9", "-o", str(tmp_path / "nine.npz"))
    with np.load(made["file"]) as archive:
        assert archive["pixels"].shape == (9, 8, 8, 1)


def test_a_run_resumed_is_the_run_that_was_never_stopped(folder, machine, tmp_path):
    told = machine("train", "--resume", "-n", "40", "-o", str(folder))
    whole = machine("train", *QUICK, "-n", "40", "--pictures", "10", "-o", str(tmp_path / "whole"))
    assert (told["steps"], told["losses"]) == (40, whole["losses"])
    assert "leading" not in RunFolder(folder).settings  # so that older runs can be resumed
    lines = [(path / "metrics.jsonl").read_bytes() for path in (folder, tmp_path / "whole")]
    assert lines[0] == lines[1]


@pytest.mark.slow
def test_eigenvalues_along_the_way_are_kept_and_shown(machine, tmp_path):
    """At the start they are those of the field at the start, on the same draw."""
    path = tmp_path / "run"
    words = (*QUICK, "--rule", "Simultaneous(0.01)", "--pictures", "10", "--leading", "3")
    machine("train", *words, "-n", "10", "-o", str(path))
    machine("train", "--resume", "-n", "20", "-o", str(path))
    looks = RunFolder(path).lines("looks.jsonl")
    assert [look["step"] for look in looks] == [0, 10, 20]
    recipe = Recipe.of(RunFolder(path))
    built = recipe.built()
    game = narrowed(built.game, np.float32)
    sample = narrowed(enlarged(built.game, 256).sample(recipe.looks), np.float32)
    with pytest.warns(UserWarning, match="x is float32"):
        exact = mm.field_spectrum(game, built.start, sample).values
    for value in np.array(looks[0]["eigenvalues"]) @ [1, 1j]:
        assert np.min(np.abs(exact - value)) < 0.1 * abs(value)
    assert looks[0]["radius"] == pytest.approx(np.max(np.abs(exact)), rel=1e-3)
    page = pathlib.Path(machine("report", str(path))["file"]).read_text()
    assert page.count("<svg") == 8 + 4
    assert "after 20 updates" in page


def test_pictures_are_measured_and_the_page_tells_it(folder, machine, tmp_path, monkeypatch):
    monkeypatch.setattr("minimax_lab.cli.commands.evaluate.classifier", hasty)
    other = tmp_path / "other"
    machine("train", *QUICK, "-n", "20", "--seed", "5", "-o", str(other))
    monkeypatch.setattr("minimax_lab.cli.commands.evaluate.mobilenet", lambda path: Pixels())
    more = "-n", "200", "--halvings", "2", "--mobilenet", "wheel"
    told = machine("evaluate", str(folder), str(other), *more)
    one, two = told[str(folder)], told[str(other)]
    assert one["step"] == 20
    assert one["frechet[digits]"] > 10 * one["frechet[digits], real against real"]
    assert one["precision[digits]"] < 0.5
    assert one["frechet[digits], spread"] > 0
    assert one["frechet[pixels]"] > one["frechet[pixels], real against real"]
    assert "of 355 pictures it never saw" in one["features digits"]
    spread = told["mean and spread"]["frechet[digits]"]
    np.testing.assert_allclose(
        spread["mean"], (one["frechet[digits]"] + two["frechet[digits]"]) / 2
    )
    apart = abs(one["frechet[digits]"] - two["frechet[digits]"])
    np.testing.assert_allclose(spread["deviation"], apart / 2**0.5)
    page = pathlib.Path(machine("report", str(folder))["file"]).read_text()
    assert "<h2>Measures</h2>" in page
    told = f"<th>frechet[digits]</th><td>{one['frechet[digits]']:.4g}</td>"
    assert told in page


@pytest.mark.slow
def test_a_run_is_diagnosed_from_its_folder(folder, machine, call, monkeypatch):
    monkeypatch.setattr("minimax_lab.cli.commands.diagnose.classifier", hasty)
    told = machine("diagnose", str(folder), "--leading", "3", "--samples", "64")
    assert told["facts"]["steps"] == 20
    assert told["facts"]["coverage"][1] == 10
    verdicts = {one["mechanism"]: one["verdict"] for one in told["findings"]}
    assert verdicts["divergence"] == "no"
    assert set(verdicts.values()) <= {"yes", "no", "cannot tell"}
    shown = call("diagnose", str(folder), "--leading", "3", "--samples", "64")[1]
    assert "updates made" in shown
    assert "divergence: no." in shown


def hasty(images):
    return classifier(images, steps=25)


def test_two_runs_side_by_side_show_what_differs(folder, machine, tmp_path):
    other = tmp_path / "other"
    machine("train", *QUICK, "-n", "10", "--objective", "Hinge()", "-o", str(other))
    page = machine("report", str(folder), str(other), "-o", str(tmp_path / "both.html"))["file"]
    differing, shared = pathlib.Path(page).read_text().split("They share:")
    assert "They differ in:" in differing
    assert "Hinge()" in differing
    assert "Hinge()" not in shared.split("<h2>Curves")[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--data", "mnist-500"), "Did you mean 'mnist-5000'"),
        (("--networks", "dcgans"), "Did you mean 'dcgan'"),
        (("--networks", "dcgan(widths=3)"), "Did you mean 'width'"),
        (("--networks", "dcgan(3)"), "a pair by its name and settings"),
        (("--networks", "dcgan(layers=5)"), "multiples of 32"),
        (("--objective", "Adam()"), "--objective is Adam(), but must be an objective"),
        (("--rule", "Adam()"), "is not an update rule"),
        (("--batch", "5000"), "the pictures there are to learn from"),
        (("--r1", "-1"), "--r1 is -1.0, but must be a finite number and at least 0"),
        (("--threads", "999"), "the processors here"),
        (("-n", "7"), "a multiple of every"),
    ],
)
def test_what_cannot_be_trained_is_refused_and_nothing_is_written(call, tmp_path, options, said):
    given = dict(zip(QUICK[::2], QUICK[1::2], strict=True)) | {"-n": "10"}
    given |= dict([options])
    words = [word for pair in given.items() for word in pair]
    status, _, err = call("train", *words, "-o", str(tmp_path / "run"))
    assert status == 2
    assert said in err[-1]
    assert not (tmp_path / "run").exists()


def test_a_run_needs_a_folder_of_its_own(folder, call, tmp_path):
    assert "-o is None, but must be a folder" in call("train", *QUICK)[2][0]
    assert "without a run in it" in call("train", *QUICK, "-n", "10", "-o", str(folder))[2][0]
    err = call("train", "--resume", "--seed", "3", "-o", str(folder), "-n", "30")[2][0]
    assert "seed: 0 there, 3 here" in err
    err = call("train", "--resume", "-o", str(tmp_path / "none"))[2][0]
    assert "one with a run in it" in err
    (tmp_path / "file").write_text("")
    assert "There is a file of this name" in call("report", str(tmp_path / "file"))[2][0]


def test_a_run_that_diverges_says_so(call, tmp_path):
    words = (*QUICK, "--rule", "Simultaneous(1e12)", "-n", "20", "-o", str(tmp_path / "run"))
    status, out, _ = call("train", *words)
    assert status == 3
    assert "It diverged: the folder keeps the last checkpoint before." in out


def test_a_system_that_ends_the_process_is_answered_like_ctrl_c(call, tmp_path, monkeypatch):
    def ended(self, name, line, tell=RunFolder.tell):
        tell(self, name, line)
        if line["step"] == 15 and name == "times.jsonl":
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(trainer.RunFolder, "tell", ended)
    status, _, err = call("train", *QUICK, "-n", "100", "-o", str(tmp_path / "run"))
    assert status == 143
    assert err[-1].endswith(f"the run so far is in {tmp_path / 'run'}; --resume goes on")
    assert RunFolder(tmp_path / "run").checkpoint().step >= 10


def test_a_full_disk_loses_nothing_that_was_there(call, machine, tmp_path, monkeypatch):
    def full(self, name, line, tell=RunFolder.tell):
        if line["step"] == 15:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path / name))
        tell(self, name, line)

    words = (*QUICK, "-n", "20", "--saving", "0", "-o", str(tmp_path / "run"))
    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "tell", full)
        status, _, err = call("train", *words)
    assert status == 2
    assert "No space left on device" in err[-1]
    assert RunFolder(tmp_path / "run").checkpoint().step == 10
    assert machine("train", "--resume", "-n", "20", "-o", str(tmp_path / "run"))["steps"] == 20


def test_a_folder_that_cannot_be_made_is_refused(call, tmp_path):
    (tmp_path / "file").write_text("")
    err = call("train", *QUICK, "-n", "10", "-o", str(tmp_path / "file" / "run"))[2][-1]
    assert "one that can be made. Not a directory." in err


@pytest.mark.parametrize(
    ("name", "penalty"),
    [
        ("r1", lambda game: slope_penalty(game, 3.0, "real")),
        ("r2", lambda game: slope_penalty(game, 3.0, "fake")),
        ("gp", lambda game: gradient_penalty(game, 3.0)),
        ("decay", lambda game: weight_decay(game, 3.0)),
    ],
)
def test_a_penalty_is_the_one_of_its_name(name, penalty):
    common = {"data": "digits", "networks": SMALL, "batch": 8, "r1": 0.0}
    plain, built = Recipe(**common).built(), Recipe(**common | {name: 3.0}).built()
    games = plain.game, penalty(plain.game), built.game
    without, expected, found = (owed(game, plain) for game in games)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert not np.allclose(expected, without, rtol=1e-3)


def owed(game, built):
    game = narrowed(game, np.float32)
    return game.totals(built.start, game.sample(built.key))


def test_a_gan_learns_from_pictures_that_are_not_kept_for_tests():
    built = Recipe(data="digits", networks=SMALL).built()
    np.testing.assert_array_equal(built.game.data.pixels, built.images.train.pixels)
    assert len(built.images.train) < len(built.images)


def test_the_settings_of_a_run_are_its_recipe(folder):
    assert Recipe.of(RunFolder(folder)).networks == SMALL
