"""What a GPU is to make: slices that end, stop, fail and go on; parts that are kept."""

import json
import sys
import time
import zipfile

import numpy as np
import pytest

from figures import arms, declare, jobs, queue
from tests.figures.test_figures import ROOT


def python(name, code, makes):
    return queue.Slice(name, [sys.executable, "-c", code.format(makes=str(makes))], makes)


WRITES = "import pathlib; pathlib.Path(r'{makes}').write_text('made')"


@pytest.fixture
def worked(tmp_path, monkeypatch, capsys):
    """The queue of these slices, rehearsed in a folder of its own: what was said, and the table."""
    folders = jobs.Folders(tmp_path, rehearse=True)

    def run(codes, budget=60.0, out=None):
        made = [python(name, code, folders.gpu / name) for name, code in codes.items()]
        monkeypatch.setattr(queue, "slices", lambda *given: made)
        error = None
        try:
            queue.work({}, folders, budget, True, out)
        except SystemExit as ended:
            error = str(ended)
        told = json.loads((folders.gpu / "queue.json").read_text())
        return {row["slice"]: row["state"] for row in told}, error, capsys.readouterr().out

    return run


def test_what_is_made_is_not_made_again(worked):
    assert worked({"one": WRITES})[0] == {"one": "made"}
    told, error, _ = worked({"one": "raise SystemExit('again')", "two": WRITES})
    assert (told, error) == ({"one": "made before", "two": "made"}, None)


def test_one_that_fails_is_named_and_costs_no_other(worked):
    told, error, said = worked({"bad": "raise SystemExit('no such picture')", "good": WRITES})
    assert told == {"bad": "failed (1): no such picture", "good": "made"}
    assert error == "bad failed; build/gpu/logs has what they said"
    assert "bad" in said and "no such picture" in said


def test_one_that_stops_between_two_parts_is_no_failure(worked):
    code = "import sys; print('stopped before b'); sys.exit(75)"
    told, error, _ = worked({"long": code})
    assert (told, error) == ({"long": "stopped before b"}, None)


def test_no_slice_outlives_its_time_nor_is_begun_without_any(worked, monkeypatch):
    monkeypatch.setattr(queue, "SLICE", 1.0)
    start = time.monotonic()
    told, error, _ = worked({"endless": "import time; time.sleep(600)"})
    assert time.monotonic() - start < 20 and error is None
    assert told["endless"].startswith("stopped: its time is over")
    assert worked({"late": WRITES}, budget=5.0)[0] == {"late": "not begun: the budget is spent"}


def test_all_of_it_is_packed_as_it_lies_in_a_checkout(worked, tmp_path):
    worked({"one": WRITES}, out=tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "gpu.zip") as archive:
        assert {"build/rehearsal/one", "build/rehearsal/queue.json"} <= set(archive.namelist())


def test_without_an_accelerator_only_a_rehearsal_is_begun(tmp_path):
    with pytest.raises(SystemExit, match="needs an accelerator .* --rehearse"):
        queue.work({}, jobs.Folders(tmp_path), 60.0, False, None)


def test_the_first_set_is_whole_before_longer_ones_begin():
    known = declare.experiments(ROOT)
    names = [one.name for one in queue.slices(known, jobs.Folders(ROOT), False)]
    assert names[0] == "tests marked gpu"
    assert sorted(n[:-2] for n in names if n.endswith(" 0")) == sorted(queue.FIRST)
    assert {n for n in known if n.startswith("picture_")} == set(queue.FIRST)
    last = max(i for i, name in enumerate(names) if name.endswith(" 0"))
    assert all(name.endswith(" 1") for name in names[last + 1 :])


def test_parts_are_made_once_and_stop_where_time_does(tmp_path):
    made = []

    def make(name):
        made.append(name)
        return {"x": np.arange(3), "y": np.array(name)}

    settings = {"steps": 3}
    with arms.shelved(tmp_path, "study", settings, {"a.py": "1"}, float("inf")):
        first = arms.part("a/b", lambda: make("a"))
    assert list(first) == ["a/b/x", "a/b/y"]
    with arms.shelved(tmp_path, "study", settings, {"a.py": "1"}, 0.0):
        again = arms.part("a/b", lambda: make("a"))
        with pytest.raises(arms.OutOfTimeError, match="c"):
            arms.part("c", lambda: make("c"))
    assert made == ["a"] and again["a/b/y"] == "a"
    with arms.shelved(tmp_path, "study", settings, {"a.py": "2"}, float("inf")):
        arms.part("a/b", lambda: make("other code"))
    assert made == ["a", "other code"]
    with arms.shelved(tmp_path, "study", {"steps": 4}, {"a.py": "2"}, float("inf")):
        arms.part("a/b", lambda: make("other settings"))
    assert made == ["a", "other code", "other settings"]
    assert len(list((tmp_path / "study").iterdir())) == 1
    assert list(arms.part("alone", lambda: make("nowhere"))) == ["alone/x", "alone/y"]
    arms.forget(tmp_path, "study")
    assert not (tmp_path / "study").exists()
