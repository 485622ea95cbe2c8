"""The instrument itself: what it measures, how it compares, what it says of bad input."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import race, report
from benchmarks.race import Contender, Group, Missing
from benchmarks.results import (
    Outcome,
    Target,
    Timing,
    curves,
    exponent,
    outcomes,
    ratios,
    recorded,
    slower,
    table,
)


def timing(seconds, *rounds):
    rounds = rounds or (seconds,)
    return Timing(1.0, seconds, min(rounds), max(rounds), seconds, rounds=rounds)


def outcome(ours, peer, size=None, **about):
    return Outcome(f"n = {size}", "step", {"ours": ours, "peer": peer}, size=size, **about)


def test_contenders_take_turns_and_a_wrong_one_is_never_timed():
    said = []

    def contender(name, answer):
        return Contender(lambda: said.append(name) or answer, 2, 5)

    def check(given):
        assert given["a"] == given["b"], given

    raced = race.race(
        Group("g", {"a": contender("a", 1), "b": contender("b", 1), "c": Missing("pip")}, check),
        "step",
    )
    assert said[:12] == ["a", "b"] * 6
    assert raced.missing == {"c": "pip"} and len(raced.timings["a"].rounds) == 5
    said.clear()
    with pytest.raises(AssertionError):
        race.race(Group("g", {"a": contender("a", 1), "b": contender("b", 2)}, check), "step")
    assert said == ["a", "b"]


def test_the_peak_is_what_a_call_needs_beyond_what_is_held():
    held = np.ones(4_000_000)
    needs = race.peak(Contender(lambda: np.ones(8_000_000).sum() + held[0]))
    if needs is None:
        pytest.skip("this kernel does not set its mark back")
    assert 60e6 < needs < 80e6  # the kernel counts in batches of pages


def test_compilation_is_told_apart_from_the_rest_of_the_first_call():
    fresh = np.random.default_rng().random()  # no cache has this program

    def run():
        return float(jax.jit(lambda x: jnp.sin(x) + fresh)(1.0))

    t = race.race(Group("g", {"ours": Contender(run)}, lambda _: None), "call", 1).timings["ours"]
    assert 0 < t.compiled < t.first


def test_ratios_are_of_rounds_that_followed_each_other():
    ours, peer = timing(2.0, 1.0, 2.0, 4.0), timing(6.0, 3.0, 6.0, 12.0)
    assert ratios(outcome(ours, peer))["peer"] == (3, 3, 3)
    apart = peer._replace(rounds=())
    assert ratios(outcome(ours, apart))["peer"] == (3, 3 / 4, 12)


def test_cost_that_grows_by_a_power_has_its_exponent():
    raced = [outcome(timing(n**1.5), timing(7.0 * n), size=n) for n in (100, 10, 1000)]
    found = {who: exponent(points) for (_, who), points in curves(raced).items()}
    assert found["ours"] == pytest.approx(1.5) and found["peer"] == pytest.approx(1)


def test_targets_say_whether_they_are_met_and_by_how_much_not():
    targets = (
        Target("peer", "ours", least=2),
        Target("peer", "ours", least=6),
        Target("ours", most=0.5),
        Target("products", most=130),
        Target("nobody", "ours", least=1),
    )
    raced = outcome(timing(1.0), timing(3.0), targets=targets, facts={"products": 120})
    said = [word for _, _, word in raced.verdicts()]
    assert said == ["met", "missed by a factor 2", "missed by a factor 2", "met", "not measured"]
    assert "peer / ours at least 6: 3, missed by a factor 2" in table(raced)
    assert "| w | n = None | products at most 130 | 120 | met |" in report.targets({"w": [raced]})


def test_what_lost_more_than_a_fifth_against_a_peer_is_slower():
    then = [outcome(timing(1.0), timing(3.0))]
    assert not slower([outcome(timing(1.0), timing(2.6))], then)
    assert slower([outcome(timing(1.0), timing(2.4))], then) == {("n = None", "peer"): (3, 2.4)}
    assert not slower([outcome(timing(5.0), timing(15.0))], then)  # a slow machine is slow for all


def test_a_check_races_twice_before_it_says_so(monkeypatch, tmp_path, capsys):
    def record(peer, size=None):
        return recorded([outcome(timing(1.0), timing(peer), size)])

    answers = iter([])
    (tmp_path / "planar.json").write_text(json.dumps(record(3.0)))
    monkeypatch.setattr(command, "RECORDS", tmp_path)
    monkeypatch.setattr(command, "measured", lambda *_: record(next(answers)))
    for peers, status, words in (
        ([3.1], 0, "planar: no slower"),
        ([1.0, 3.0], 0, "planar: no slower"),
        ([1.0, 1.5], 1, "peer took 3.00 times ours and now takes 1.50"),
    ):
        answers = iter(peers)
        assert command.check(["planar"]) == status
        assert words in capsys.readouterr().out
    monkeypatch.setattr(command, "measured", lambda *_: record(1.0, size=7))
    assert command.check(["planar", "verify"]) == 0
    said = capsys.readouterr().out
    assert "planar: its record speaks of other sizes" in said
    assert "verify: has no record to compare with" in said


def test_an_unknown_workload_is_refused_with_the_nearest():
    with pytest.raises(SystemExit, match="Did you mean 'planar'"):
        command.main(["plannar"])


@pytest.mark.parametrize("path", sorted(command.RECORDS.glob("*.json")), ids=lambda path: path.stem)
def test_records_of_every_age_are_read(path):
    record = json.loads(path.read_text())
    for found in outcomes(record) if "seconds" in record else []:
        assert found.timings and all(ratio > 0 for ratio, *_ in ratios(found).values())


def test_the_report_has_targets_growth_times_and_the_picture(tmp_path):
    targets = (Target("peer", "ours", least=2),)
    raced = [
        outcome(timing(1e-6 * n), timing(3e-6 * n, 2e-6 * n, 4e-6 * n), size=n, targets=targets)
        for n in (10, 100)
    ]
    page = report.write({"work": raced}, tmp_path / "bench").read_text()
    assert "| work | n = 10 | peer / ours at least 2 | 3 | met |" in page
    assert "| work | ours | 1.00 | 1.00 |" in page and "times ours" in page
    assert (tmp_path / "bench" / "ratios.png").stat().st_size > 10_000
