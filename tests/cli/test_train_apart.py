"""Seeds of a training as runs of their own, which an executor trains."""

import json
import pathlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from minimax_lab.training import RunFolder
from minimax_lab.training.apart import _step
from tests.cli.test_train import QUICK
from tests.clusters import Here

HERE = ("--executor", "tests.clusters:Here")


def threads():
    return ThreadPoolExecutor(2)


class Poor(Here):
    """Loses the second of its workers."""

    def __init__(self):
        super().__init__(1, OSError("the machine is gone"))


@pytest.fixture
def folder(machine, tmp_path):
    """Two seeds for ten updates."""
    path = tmp_path / "run"
    machine("train", *QUICK, "--seeds", "2,7", "-n", "10", "-o", str(path), *HERE)
    return path


def test_each_seed_is_the_run_of_its_own(folder, machine, tmp_path):
    machine("train", *QUICK, "--seed", "7", "-n", "10", "-o", str(tmp_path / "alone"))
    for name in ("metrics.jsonl", "settings.json"):
        one, other = ((path / name) for path in (tmp_path / "alone", folder / "seed-7"))
        assert one.read_bytes() == other.read_bytes()
    ensemble = RunFolder(folder)
    assert ensemble.apart and ensemble.resumable
    assert ensemble.settings["seed"] == [2, 7]
    assert [run.path.name for run in ensemble.runs] == ["seed-2", "seed-7"]
    assert ensemble.members[1].home is not ensemble and _step(ensemble.members[1]) == 10
    page = pathlib.Path(machine("report", str(folder))["file"]).read_text()
    assert "Training of seed-2, seed-7" in page


def test_they_go_on_with_what_they_were_begun_with_and_are_told_together(folder, machine, call):
    words = ("--executor", "tests.cli.test_train_apart:threads")
    told = machine("train", "--resume", "-n", "20", "-o", str(folder), *words)
    assert (told["verdict"], told["steps"]) == ("2 running", 20)
    assert list(told["members"]) == ["seed-2", "seed-7"]
    for name in told["members"]:
        assert [line["step"] for line in RunFolder(folder / name).lines()] == [0, 5, 10, 15, 20]
    before = (folder / "seed-2" / "times.jsonl").read_bytes()
    assert machine("train", "--resume", "-n", "20", "-o", str(folder), *words)["steps"] == 20
    assert (folder / "seed-2" / "times.jsonl").read_bytes() == before  # nothing is done twice

    def complaint(*more):
        return call("train", "--resume", "-n", "20", "-o", str(folder), *more)[2][-1]

    assert "seed: [2, 7] there, [0, 1] here" in complaint(*words, "--seeds", "2")
    assert "--threads is 1, but must be left out" in complaint(*words, "--threads", "1")
    assert "its runs are apart: resume them with --executor" in complaint()
    assert (
        "one without a run in it" in call("train", *QUICK, "--seeds", "2", "-o", str(folder))[2][0]
    )


def test_a_seed_that_fails_is_named_and_made_by_resuming(machine, call, tmp_path):
    path = tmp_path / "run"
    words = ("train", *QUICK, "--seeds", "2,7", "-n", "10", "-o", str(path))
    status, _, err = call(*words, "--executor", "tests.cli.test_train_apart:Poor")
    assert status == 1
    assert "1 of 2 runs failed" in err[-1]
    assert "seed-7 (seed 7): OSError: the machine is gone" in err[-1]
    assert RunFolder(path / "seed-2").lines()[-1]["step"] == 10
    assert not RunFolder(path / "seed-7").exists
    (path / "seed-7" / "settings.json").write_text(  # begun, and lost before anything was kept
        json.dumps({"format": 1, "settings": {}, "made": {}})
    )
    told = machine("train", "--resume", "-n", "10", "-o", str(path), *HERE)
    assert told["verdict"] == "2 running"
    assert RunFolder(path / "seed-7").settings["networks"] == QUICK[3]


def test_an_executor_is_for_seeds_and_for_folders_that_are_apart(folder, call):
    assert "given with --seeds" in call("train", *QUICK, "-o", f"{folder}-other", *HERE)[2][-1]
    described = json.loads((folder / "settings.json").read_text())
    assert described.pop("apart")
    (folder / "settings.json").write_text(json.dumps(described))
    err = call("train", "--resume", "-n", "10", "-o", str(folder), *HERE)[2][-1]
    assert "It is one program: resume it without an executor" in err
