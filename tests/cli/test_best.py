"""Comparisons, certificates and best settings from the command line."""

import pytest

import minimax_lab as mm


def test_compare_tells_what_the_library_finds(machine):
    rules = mm.Simultaneous(0.2), mm.Optimistic(0.2)
    found = mm.compare(mm.games.quadratic(0.5, 1.0, 0.5), rules, (1.0, 1.0), 200)
    given = [word for rule in ("Simultaneous(0.2)", "Optimistic(0.2)") for word in ("--rule", rule)]
    told = machine("compare", "quadratic", "--start", "1,1", "-n", "200", *given)
    for ours, theirs in zip(found, told["rules"], strict=True):
        assert theirs["name"] == ours.name
        assert theirs["steps_to_tolerance"] == ours.reached
        assert theirs["predicted_rate"] == pytest.approx(ours.predicted)
        assert theirs["measured_rate"] == pytest.approx(ours.measured.value)
        assert theirs["spent"] == ours.spent._asdict()


def test_single_precision_is_warned_of_in_one_line(call):
    rules = "--rule", "Simultaneous(0.2)", "--rule", "Optimistic(0.2)"
    for command in (("compare", "quadratic", "-n", "20"), ("spectrum", "quadratic")):
        status, _, err = call(*command, "--float32", *rules)
        assert status == 0
        (said,) = err
        assert said.startswith("minimax-lab: warning: ") and "float32" in said


def test_compare_at_the_best_settings(machine):
    told = machine("compare", "bilinear", "--best", "-n", "50", "--rule", "Extragradient(0.1)")
    (rule,) = told["rules"]
    best, tuned = rule["best"], mm.tune(mm.games.bilinear(1.0), mm.Extragradient(0.1))
    assert best["radius"] == pytest.approx(3**0.5 / 2, rel=1e-6)
    assert best["settings"] == pytest.approx(tuned.settings)
    assert best["rate"] == pytest.approx(rule["predicted_rate"])
    assert best["rate_per_block"] == best["rate_per_gradient"] == best["rate"] / 4
    assert best["rate_per_product"] is None


def test_the_league_is_told_fastest_first(call):
    rules = ("--rule", "Extragradient(0.1)", "--rule", "Optimistic(0.1)")
    status, out, _ = call("compare", "bilinear", "--best", "-n", "50", *rules)
    assert status == 0
    table = out[out.index("at its best") :]
    assert table.index("optimistic, step 0.5") < table.index("extragradient, step 0.7071")
    assert "defective" in table


def test_certify_tells_what_the_library_proves(machine, call):
    given = ("certify", "--rule", "Simultaneous(0.5)", "--over", "Interval(1, 3)")
    told = machine(*given)["rules"][0]
    assert told["rate"] == mm.certify(mm.Simultaneous(0.5), mm.Interval(1.0, 3.0)).rate
    assert told["checked"] is True
    status, out, _ = call(*given, "--rule", "Alternating(0.5)")
    assert status == 0
    assert "0.500000005" in out
    assert "must be one that treats all players alike" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--over", "Interval(1, 3)"), "--rule is missing"),
        (("--rule", "Simultaneous(0.5)"), "--over is missing"),
        (("--rule", "Simultaneous(0.5)", "--over", "Interval(3, 1)"), "No game is in that class"),
        (("--rule", "Simultaneous(0.5)", "--over", "Gradient()"), "must be a class of games"),
        (("--rule", "Simultaneous(0.5)", "--over", "Intervall(1, 3)"), "Did you mean 'Interval'"),
    ],
)
def test_what_cannot_be_certified_is_one_line(call, arguments, said):
    status, _, err = call("certify", *arguments)
    assert status == 2
    assert len(err) == 1
    assert said in err[0]
