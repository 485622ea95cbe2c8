"""What takes long says what it is doing, the first compilation by name; what does not is silent."""

import time

import pytest

import minimax_lab as mm
from minimax_lab.running import drive, progress


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.05)


def test_a_compilation_that_takes_long_is_named(impatient, monkeypatch, capsys):
    """Here by a program that sleeps where it would compile."""
    advance, calls = drive.advance, []

    def slow(*arguments):
        calls.append(time.sleep(0.0 if calls else 0.3))
        return advance(*arguments)

    monkeypatch.setattr(drive, "advance", slow)
    game, rule = mm.games.bilinear(1.0), mm.Simultaneous(0.1)
    mm.run(game, rule, (1.0, 1.0), 4, progress=True)
    told = capsys.readouterr().err
    assert told.count(f"minimax-lab: {progress.COMPILING}\n") in (1, 2)  # begin may be slow, too
    calls.clear()
    mm.run(game, rule, (1.0, 1.0), 4)
    assert capsys.readouterr().err == ""


def test_a_notice_waits_until_the_work_has_taken_long(impatient, capsys):
    said = progress.Notice()
    with said.during("the first part"):
        pass
    said("still early")
    assert capsys.readouterr().err == ""
    with said.during("a long part"):
        time.sleep(0.2)
        assert capsys.readouterr().err == "minimax-lab: a long part\n"
    with said.during("a later part"):
        time.sleep(0.05)
    said("late")
    assert capsys.readouterr().err.splitlines() == [
        "minimax-lab: a later part",
        "minimax-lab: late",
    ]
    with progress.Notice(shown=False).during("nothing"):
        time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_a_comparison_says_which_rule_it_is_at(impatient, capsys):
    rules = mm.Simultaneous(0.1), mm.Optimistic(0.1)
    mm.compare(mm.games.quadratic(0.5, 1.0, 0.5), rules, (1.0, 1.0), 20, progress=True)
    told = capsys.readouterr().err
    assert "rule 2 of 2: optimistic, step 0.1" in told
