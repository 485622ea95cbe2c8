"""`minimax-lab continue`: what it prints is what the library finds, as text, JSON and a picture."""

import pytest

WORDS = ("continue", "dirac_gan", "penalty=0.3", "--rule", "Simultaneous(0.1)", "--over", "step")
RANGE = ("--from", "0.1", "--to", "2")


def test_a_branch_is_told_to_machines_and_drawn(machine, tmp_path):
    target = tmp_path / "branch.png"
    told = machine(*WORDS, *RANGE, "-o", str(target))
    (one,) = told["branches"]
    (event,) = one["events"]
    assert event["kind"] == "Neimark-Sacker"
    assert event["value"] == pytest.approx(1.2, abs=1e-8)
    assert event["supercritical"] is True
    assert one["values"][0] == pytest.approx(0.1)
    assert target.stat().st_size > 5000


def test_a_branch_is_told_to_people(call):
    status, out, err = call(*WORDS, *RANGE)
    assert (status, err) == (0, [])
    assert "Neimark-Sacker" in out
    assert "supercritical" in out
    assert "reached step = 2" in out


REFUSED = {
    "no rule": (("continue", "dirac_gan"), "--rule is needed"),
    "a misspelt leaf": ((*WORDS[:-1], "stap", *RANGE), "Did you mean 'step'"),
    "not a number": ((*WORDS, "--from", "x"), "--from is x"),
    "a step below zero": ((*WORDS, "--from", "0.1", "--to", "-1"), "greater than 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_followed_is_one_line(call, case):
    words, match = REFUSED[case]
    status, out, (line,) = call(*words)
    assert (status, out) == (2, "")
    assert match in line
