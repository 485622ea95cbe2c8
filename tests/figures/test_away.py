"""Records that an executor makes: written as they come, by the code that is here."""

import json

import pytest

from figures import away, results
from minimax_lab.cli.entry import main
from tests.figures.test_figures import edit
from tests.figures.test_figures import project as project

HERE = ("--executor", "tests.clusters:Here")


@pytest.fixture
def records(project, monkeypatch, capsys):
    """The command in the small project; its status, what it said, and what went wrong."""
    monkeypatch.setattr(away, "ROOT", project)

    def run(*words):
        status = main(["records", *words])
        return status, *capsys.readouterr()

    yield run
    (project / "figures/records/curve.npz").unlink(missing_ok=True)


def test_what_is_missing_is_made_once(records, project):
    assert records("--list")[1].split() == ["record", "why", "curve", "there", "is", "none"]
    status, out, _ = records(*HERE)
    assert (status, out) == (0, "[1/1] curve: in figures/records/curve.npz\n1 made, 0 failed\n")
    record = results.load(project / "figures/records/curve.npz")
    assert (record.settings, record.header["reduced"]) == ({"count": 3}, False)
    assert int(str(record["devices"])) > 0  # in a process of its own, with every core a device
    assert records(*HERE)[1] == "all are up to date\n"
    assert records("curve", "--list")[1].splitlines()[1] == "curve   it is up to date"
    status, out, err = records("curve", "--quick", "--json", *HERE)
    assert (status, json.loads(out), err) == (
        0,
        {"curve": ""},
        "[1/1] curve: in build/quick/data/curve.npz\n",
    )


def test_one_that_fails_is_named(records, project):
    edit(project / "figures/experiments/other.py", "np.ones(count)", "np.ones(-count)")
    status, out, _ = records(*HERE)
    edit(project / "figures/experiments/other.py", "np.ones(-count)", "np.ones(count)")
    assert status == 1
    assert "[1/1] curve: RuntimeError: it ended with 1: ..." in out
    assert "negative dimensions are not allowed" in out
    assert "0 made, 1 failed" in out


def test_what_other_code_has_made_is_not_taken(records, project, monkeypatch):
    monkeypatch.setattr(results, "outdated", lambda *_: ["figures/experiments/other.py changed"])
    status, out, _ = records("curve", *HERE)
    assert status == 1
    assert "not taken, since the worker has other code: figures/experiments/other.py ch" in out


def test_what_has_no_record_is_refused(records, monkeypatch):
    assert "line has no record: it takes seconds" in records("line")[2]
    assert "Did you mean 'curve'?" in records("curv")[2]
    monkeypatch.setattr("minimax_lab.cli.commands.records.FIGURES", "nowhere.away")
    assert "stand in its repository (figures/)" in records("curve")[2]
