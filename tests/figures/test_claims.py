"""Claims: verdicts come from results and change with them, and what is committed is what they
say.
"""

import re
from pathlib import Path

import pytest

from figures import claiming, declare, jobs, results, told, verdicts
from figures.verdicts import FAILS, HOLDS, UNTRIED, WHERE, Ruling, Theorem

ROOT = Path(__file__).resolve().parents[2]
KNOWN = declare.experiments(ROOT)
PAPERS = claiming.papers(ROOT, KNOWN)
KEPT = claiming.ledger(ROOT)
CLAIMS = [claim for paper in PAPERS.values() for claim in paper.claims.values()]


def record(name):
    return results.load(jobs.Folders(ROOT).result(KNOWN[name]))


def test_a_verdict_changes_with_the_result_it_is_read_from():
    claim = PAPERS["dissecting"].claims["normalised_recovers"]
    found = record("modes_recovery")

    def verdict():
        return claiming.ruled(claim, {"modes_recovery": found}, {})

    assert verdict().verdict == HOLDS
    last = [str(name).startswith("0.2/") for name in found["names"]]
    found.arrays["recovered"] = found["recovered"].copy()
    found.arrays["recovered"][last] = 0
    assert verdict().verdict == WHERE
    assert "correlation 0.1" in verdict().where.split("Not:")[0]
    found.arrays["recovered"][:] = 0
    assert verdict().verdict == FAILS
    assert "0 of 96" in verdict().number


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ({"a": True, "b": True}, HOLDS),
        ({"a": True, "b": False}, WHERE),
        ({"a": False, "b": False}, FAILS),
    ],
)
def test_a_verdict_is_how_many_parts_hold(parts, verdict):
    ruling = verdicts.judged("a number", parts)
    assert (ruling.verdict, ruling.number) == (verdict, "a number")
    assert (ruling.where == "a. Not: b") == (verdict == WHERE)


def test_theorems_decide_a_claim_for_and_against_it():
    held, violated = Theorem("held", "largest error 0"), Theorem("violated", "worst -1")

    def verdict(told, against=(), where=""):
        return verdicts.proved(told, ("A-1",), against, where).verdict

    assert verdict({"A-1": held}) == HOLDS
    assert verdict({"A-1": violated}) == FAILS
    assert verdict({"A-1": held}, where="h < 1") == WHERE
    assert verdict({"A-1": held, "B-1": held}, ("B-1",)) == FAILS
    assert verdict({"A-1": held, "B-1": held}, ("B-1",), "h < 1") == WHERE
    assert verdict({"A-1": held, "B-1": violated}, ("B-1",), "h < 1") == HOLDS
    assert verdict({"A-1": held}, ("B-1",)) == UNTRIED  # B-1 was not run


def test_a_report_is_read_as_held_violated_or_not_run(tmp_path):
    checks = [{"status": "held", "summary": "part: 2 of 2 controls violated, largest error 1e-9"}]
    one = {"id": "A-1", "status": "held", "passed": True, "checks": checks}
    skipped = one | {"id": "A-2", "status": "skipped"}
    broken = one | {"id": "A-3", "passed": False, "checks": [{"status": "violated", "summary": ""}]}
    report = tmp_path / "report.json"
    report.write_text(claiming.json.dumps({"theorems": [one, skipped, broken]}))
    found = claiming.verified(report)
    assert [found[f"A-{i}"].status for i in (1, 2, 3)] == ["held", "not run", "violated"]
    assert found["A-1"].said == "held; largest error 1e-9"


@pytest.mark.parametrize("paper", PAPERS)
def test_the_ledger_has_what_the_committed_records_give(paper):
    theorems = {name: Theorem(*pair) for name, pair in KEPT["theorems"].items()}
    decided = KEPT["claims"][paper]
    assert list(decided) == list(PAPERS[paper].claims), "make claims decides them again"
    read = {n for claim in PAPERS[paper].claims.values() for n in claim.reads}
    found = {n: record(n) for n in read if KNOWN[n].cost != "cheap"}
    for claim in PAPERS[paper].claims.values():
        if set(claim.reads) <= found.keys():
            ruling = claiming.ruled(claim, found, theorems)
            kept = decided[claim.name]
            assert ruling == Ruling(*(kept[field] for field in Ruling._fields)), claim.name
            assert kept.get("by", {}) == {n: found[n].header["data"] for n in claim.reads}


def test_the_readme_has_the_counts_of_the_ledger():
    text = (ROOT / "README.md").read_text()
    assert f"{told.BEGIN}\n{told.counts(PAPERS, KEPT)}\n{told.END}" in text
    assert len(PAPERS) == 6


def test_claims_name_theorems_that_exist():
    text = "\n".join(path.read_text() for path in (ROOT / "theory").glob("*/*.py"))
    named = {name for claim in CLAIMS for name in (*claim.theorems, *claim.against)}
    assert len(named) > 60
    assert [name for name in sorted(named) if f'id="{name}"' not in text] == []


def test_every_claim_is_decided_by_something_and_told_with_its_trust():
    pages = told.pages(PAPERS, KEPT, KNOWN)
    assert set(pages) == {f"{name}.html" for name in PAPERS} | {"index.html"}
    for claim in CLAIMS:
        page = pages[f"{claim.paper}.html"]
        assert f'<tr id="{claim.name}">' in page
        assert verdicts.TRUST[claim.trust] in page
        entry = KEPT["claims"][claim.paper][claim.name]
        assert entry["number"] or entry["where"], claim.name
    # What is only remembered is never told as what a paper reports.
    assert not re.search("paper (reports|shows|finds|claims)", "".join(pages.values()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@claim('abstract')\ndef c(walks): ...", "needs one @claim"),
        ("def c(walks):\n    '''It is so.'''", "needs one @claim"),
        ("@claim('hearsay')\ndef c(walks):\n    '''It is so.'''", "trust must be one of abstract"),
        ("@claim('ours', shows=('p',))\ndef c(walks):\n    '''It is so.'''", "which is not drawn"),
        ("@claim('ours')\ndef c(walk):\n    '''It is so.'''", "did you mean walks?"),
    ],
)
def test_impossible_claims_are_named(tmp_path, text, message):
    path = tmp_path / "figures" / "claims" / "paper.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"'''A paper.'''\n{text}")
    with pytest.raises(SystemExit, match=re.escape(message)):
        claiming.papers(tmp_path, {"walks": None})
