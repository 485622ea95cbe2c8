"""Reports of verification, interruption, counterexamples kept and replayed, and what is said to bad
input.
"""

import contextlib
import json
import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

import minimax_lab as mm
from minimax_lab.cli.entry import main
from tests.clusters import Here
from tests.theory.toys import (
    BOUND,
    IDENTITY,
    PLANTED,
    PROOF,
    SCENARIO,
    changed,
    loaded_coins,
    means_by_a_constant,
    theorem,
)
from tests.theory.trials import UNSEARCHED, tried, verified
from theory import run
from theory.catalogue import theorems
from theory.report import report
from theory.theorem import Trial
from theory.verify.check import verify
from theory.verify.plan import How, Plan
from theory.verify.replay import keep, read, record, replay
from theory.verify.results import Status


def stopping(key):
    raise KeyboardInterrupt


ONE = How(100, (0,), full=False, slack=False)
CATALOGUE = {
    "NUM-1": theorem(BOUND, IDENTITY),
    "NUM-2": theorem(PLANTED["wrong identity"], name="NUM-2"),
    "NUM-3": theorem(changed(SCENARIO, simulate=stopping), name="NUM-3"),
    "NUM-4": theorem(PROOF, name="NUM-4"),
}


@pytest.fixture
def quick(monkeypatch):
    """The command line with toys for theorems, which are not searched."""
    monkeypatch.setattr(run, "theorems", lambda: CATALOGUE)
    monkeypatch.setattr(
        run, "verify", lambda *given, **options: verify(*given, **options, effort=UNSEARCHED)
    )


def test_an_interrupted_verification_leaves_a_valid_partial_report(quick, tmp_path, capsys):
    assert main(["verify", "--instances", "50", "-o", str(tmp_path)]) == 130
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["partial"] and told["pending"] == ["NUM-3", "NUM-4"] and not told["passed"]
    assert [t["id"] for t in told["theorems"]] == ["NUM-1", "NUM-2"]
    assert "Partial" in (tmp_path / "report.md").read_text()
    assert "This report is partial" in (tmp_path / "report.html").read_text()
    assert "[1/4] NUM-1" in capsys.readouterr().out


def test_a_failed_claim_ends_with_one_and_replays(quick, tmp_path, capsys):
    assert main(["verify", "num-2", "--instances", "50", "-o", str(tmp_path), "--json"]) == 1
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["failed"] == ["NUM-2"] and not told["partial"]
    kept = tmp_path / "counterexamples" / "NUM-2-0.json"
    assert f"--replay {kept}" in said.err
    assert main(["verify", "--replay", str(kept)]) == 1
    assert "the claim fails again" in capsys.readouterr().out
    assert main(["verify", "NUM-1", "NUM-4", "--instances", "50", "-o", str(tmp_path)]) == 0


def test_counterexamples_give_the_same_margin_again(tmp_path):
    bad = theorem(
        changed(BOUND, margin=means_by_a_constant),
        changed(SCENARIO, simulate=loaded_coins),
        PLANTED["wrong formula"],
    )
    for check in verified(bad, effort=UNSEARCHED).checks:
        counterexample = read(keep(check.record, tmp_path / "one.json"))
        holds, said = replay(counterexample, {"NUM-1": bad})
        assert not holds and "fails again" in said
        if check.kind == "bound":
            now, then = map(float, re.findall(r"-\d\.\d+", said))
            assert now == pytest.approx(then, rel=1e-12)
    holds, _ = replay(counterexample, {"NUM-1": theorem(BOUND, SCENARIO, PROOF)})
    assert holds


def test_a_measure_without_bound_is_kept_in_plain_json(tmp_path):
    plan = Plan(theorem(BOUND), 0, 100, 0, full=False, effort=UNSEARCHED)
    kept = keep(record(plan, measured=-jnp.inf), tmp_path / "one.json").read_text()
    assert not re.search("Infinity|NaN", kept)
    assert float(read(tmp_path / "one.json")["measured"]) == -jnp.inf


def test_replay_refuses_what_it_cannot_trust(quick, tmp_path, capsys):
    kept = keep(tried(theorem(PLANTED["wrong constant"]), 0).record, tmp_path / "one.json")
    content = json.loads(kept.read_text())
    damaged = [
        ("no.json", None, "a file that exists"),
        ("half.json", kept.read_text()[:100], "It is damaged, or something else"),
        (
            "other.json",
            json.dumps({"a": 1}),
            "that verify wrote. It is something else",
        ),
        ("newer.json", json.dumps(content | {"format": 99}), "was written in format 99"),
        ("older.json", json.dumps(content | {"version": "0.0.1"}), "of minimax_lab 0.0.1"),
        (
            "edited.json",
            kept.read_text().replace('"seed": 0', '"seed": 1'),
            "does not match its digest",
        ),
    ]
    for name, text, message in damaged:
        if text is not None:
            (tmp_path / name).write_text(text)
        assert main(["verify", "--replay", str(tmp_path / name)]) == 2
        assert message in capsys.readouterr().err
    record = content["counterexample"]
    for other, message in (
        ({"theorem": "NUM-9"}, "Did you mean"),
        ({"check": 1}, "now that is: identity"),
    ):
        keep(record | other, kept)
        assert main(["verify", "--replay", str(kept)]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["NUM-44"], "Did you mean 'NUM-4'?"),
        (["--instances", "0"], "--instances is 0"),
        (["--seed", "-1"], "--seed is -1"),
        (["NUM-1", "--replay", "x.json"], "--replay takes no ID"),
    ],
)
def test_bad_input_is_told_in_a_line(quick, capsys, arguments, message):
    assert main(["verify", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_without_what_reports_are_written_with_verify_says_how_to_get_it(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "bare_theory.py").write_text("from latex2mathml_elsewhere import converter")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("minimax_lab.cli.commands.verify.THEORY", "bare_theory")
    monkeypatch.setattr("minimax_lab.cli.commands.verify.REPORTED", ("latex2mathml_elsewhere",))
    assert main(["verify"]) == 2
    assert 'pip install "minimax_lab[verify]"' in capsys.readouterr().err


def test_verification_needs_64_bits():
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(mm.InputError, match="64 bits"):
            verify(theorem(BOUND))
    finally:
        jax.config.update("jax_enable_x64", True)


def test_page_and_table_tell_the_test_of_a_statistical_claim(tmp_path):
    risky = Trial("a coin", 7, 0.25, "a bent one", 0.5)
    twice = verified(theorem(changed(SCENARIO, simulate=loaded_coins, trial=risky)), seeds=(0, 1))
    report.write(report.Report((twice,), (), ONE), tmp_path)
    for name in ("report.html", "report.md"):
        written = (tmp_path / name).read_text()
        assert "a coin; sample of 7; risk of a false alarm 0.25 a seed" in written
        assert "rejects a bent one with 50.0 %" in written
        assert re.search("violated at seed(</td><td>| )0, 1", written)


def test_the_page_needs_nothing_but_itself(tmp_path):
    told = report.write(report.Report((verified(theorem(BOUND, IDENTITY)),), (), ONE), tmp_path)
    written = (tmp_path / "report.html").read_text()
    assert not re.search(
        r"<script|<link|src=|url\(|http(?!://www.w3.org/1998/Math/MathML\")", written
    )
    assert told["theorems"][0]["checks"][0]["controls"][0]["violated"] > 0
    assert written.count("<math") == 2 and "<sup>" in written and "of any sign" in written


def test_a_theorem_whose_process_is_lost_is_a_fault_and_costs_no_other(monkeypatch):
    lost = contextlib.nullcontext(Here(0, OSError("the machine is gone")))
    monkeypatch.setattr(run.executors, "opened", lambda address: lost)
    wanted = {name: theorems()[name] for name in ("GAP-2", "NUM-1")}
    results = {r.theorem.id: r for r in run._side_by_side(wanted, ONE, "dask://gone:1")}
    assert results.keys() == wanted.keys()
    for name, result in results.items():
        assert len(result.checks) == len(wanted[name].checks)
        assert {check.status for check in result.checks} == {Status.FAULT}
        assert "OSError: the machine is gone" in str(result)


def test_another_process_finds_the_same_in_the_same_precision():
    name = "GAP-2"
    (there,) = run._side_by_side({name: theorems()[name]}, ONE, "processes://1")
    here = verified(theorems()[name])
    assert there.status == here.status == Status.HELD
    assert [c.worst for c in there.checks] == [c.worst for c in here.checks]
    # Constants made at import are double only if precision is set before: the worker's own module
    # must bring in none of them.
    code = (
        "import sys, theory.worker; print(sorted(n for n in sys.modules if n.startswith(('theory', "
        "'minimax_lab'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=run.BUILD.parent,
        check=True,
    )
    assert done.stdout.strip() == "['theory', 'theory.worker']"
