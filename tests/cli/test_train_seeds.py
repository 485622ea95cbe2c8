"""An ensemble from the command line: many seeds in one program, told one by one and together."""

import pathlib

import numpy as np
import pytest

from minimax_lab.measures import classifier
from minimax_lab.training import RunFolder
from tests.cli.test_train import QUICK


@pytest.fixture
def folder(machine, tmp_path):
    """Two seeds for ten updates."""
    machine("train", *QUICK, "--seeds", "2,7", "-n", "10", "-o", str(tmp_path / "run"))
    return tmp_path / "run"


def test_members_are_told_one_by_one_and_together(folder, machine, call):
    told = machine("train", "--resume", "-n", "20", "-o", str(folder))
    assert (told["verdict"], told["steps"]) == ("2 running", 20)
    members = told["members"]
    assert list(members) == ["seed-2", "seed-7"]
    first = [one["losses"][0] for one in members.values()]
    assert first[0] != first[1]
    spread = told["mean and spread"]["generator's loss"]
    np.testing.assert_allclose(spread["mean"], np.mean(first))
    np.testing.assert_allclose(spread["deviation"], np.std(first, ddof=1))
    for seed, name in ((2, "seed-2"), (7, "seed-7")):
        member = RunFolder(folder / name)
        assert member.settings["seed"] == seed
        assert [line["step"] for line in member.lines()] == [0, 5, 10, 15, 20]
        assert member.lines()[-1]["losses"] == members[name]["losses"]
    shown = call("train", "--resume", "-n", "20", "-o", str(folder))[1]
    assert f"{first[0]:.4g}" in shown
    assert f"{spread['mean']:.4g} +- {spread['deviation']:.2g}" in shown


def test_a_member_is_the_run_of_its_seed(folder, machine, tmp_path):
    alone = machine("train", *QUICK, "--seed", "7", "-n", "10", "-o", str(tmp_path / "alone"))
    last = RunFolder(folder / "seed-7").lines()[-1]
    np.testing.assert_allclose(last["losses"], alone["losses"], rtol=1e-5)
    one, other = (RunFolder(path).settings for path in (tmp_path / "alone", folder / "seed-7"))
    assert one == other


def test_commands_take_a_member_and_pages_and_measures_all(
    folder, machine, call, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "minimax_lab.cli.commands.evaluate.classifier", lambda images: classifier(images, steps=25)
    )
    assert machine("sample", str(folder / "seed-7"), "-o", str(tmp_path / "7.png"))["step"] == 10
    err = call("sample", str(folder), "-o", str(tmp_path / "all.png"))[2][-1]
    assert f"name {folder / 'seed-2'} or another of its 2" in err
    told = machine("evaluate", str(folder), "-n", "200")
    assert list(told) == [str(folder / "seed-2"), str(folder / "seed-7"), "mean and spread"]
    page = pathlib.Path(machine("report", str(folder))["file"])
    assert page.parent == folder
    text, spread = page.read_text(), told["mean and spread"]["frechet[digits]"]
    assert "Training of seed-2, seed-7" in text
    assert f"<td>{spread['mean']:.4g} +- {spread['deviation']:.2g}</td>" in text
    assert text.count("data:image/png") == 4


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ("", "a number of seeds such as 8"),
        ("0", "between 1 and 1000. A single run has --seed"),
        ("2024", "between 1 and 1000. A single run has --seed"),
        ("3,3", "--seeds is 3, 3, but must be each given once"),
        ("1,-2", "a list of them such as 3,5,8"),
        ("-3", "a number of seeds such as 8"),
        ("1,2.5", "a list of them such as 3,5,8"),
    ],
)
def test_what_are_no_seeds_is_refused_and_nothing_is_written(call, tmp_path, seeds, said):
    status, _, err = call("train", *QUICK, "--seeds", seeds, "-o", str(tmp_path / "run"))
    assert status == 2
    assert said in err[-1]
    assert not (tmp_path / "run").exists()


def test_an_ensemble_goes_on_with_its_own_seeds(folder, call):
    def complaint(*words):
        return call("train", "--resume", "-n", "20", "-o", *words)[2][-1]

    assert "seed: [2, 7] there, [0, 1] here" in complaint(str(folder), "--seeds", "2")
    assert "seed: [2, 7] there, 2 here" in complaint(str(folder), "--seed", "2")
    assert "goes on with its ensemble" in complaint(str(folder / "seed-2"))
    both = call("train", *QUICK, "--seeds", "2", "--seed", "1", "-o", str(folder / "x"))[2][-1]
    assert "--seed is 1, but must be left out" in both


def test_an_ensemble_that_diverged_at_once_says_so(call, tmp_path):
    words = (*QUICK, "--rule", "Simultaneous(1e12)", "-n", "20", "-o", str(tmp_path / "run"))
    status, out, _ = call("train", *words, "--seeds", "2")
    assert status == 3
    assert "2 diverged after" in out
    assert "Some diverged: the folder keeps the last checkpoint before." in out
    err = call("evaluate", str(tmp_path / "run"))[2][-1]
    assert "with a member that did not diverge at once" in err
