"""Several seeds as one result, how often a statistical claim may fail, and what is counted."""

import datetime
import json

import jax
import jax.numpy as jnp
import pytest
from scipy import stats

from minimax_lab.checks import InputError
from minimax_lab.cli.entry import main
from tests.theory.toys import BOUND, IDENTITY, PROOF, SCENARIO, changed, coins, theorem
from tests.theory.trials import UNSEARCHED, verified
from theory import run
from theory.report import report
from theory.theorem import Outside
from theory.verify import chances
from theory.verify.check import verify
from theory.verify.plan import How
from theory.verify.results import Count, Status
from theory.verify.seeds import allowed


def by_seed(number, *, share=0.5):
    """A reading of one uniform number."""
    return float(number) < share, {"number": float(number)}


def never(number, *, share=0.5):
    return float(number) < 0 * share, {}


CHANCE = changed(
    SCENARIO,
    simulate=jax.random.uniform,
    reading=by_seed,
    outside=(Outside("never", change={"share": 1e-9}),),
)
SEEDS = tuple(range(12))


def test_a_claim_is_violated_where_any_seed_violates_it():
    (check,) = verified(theorem(CHANCE), seeds=SEEDS).checks
    each = [verified(theorem(CHANCE), seeds=(seed,)).checks[0].status for seed in SEEDS]
    failed = tuple(s for s, one in zip(SEEDS, each, strict=True) if one is Status.VIOLATED)
    assert 0 < len(failed) < len(SEEDS)
    assert check.status is Status.VIOLATED and check.failed_at == failed
    assert f"violated at seed {failed[0]}" in check.said


def test_a_statistical_claim_may_fail_as_often_as_its_risk_allows():
    risky = changed(CHANCE, trial=chances.Trial("a coin", 1, 0.5, "never", 1.0))
    (check,) = verified(theorem(risky), seeds=SEEDS).checks
    assert check.status is Status.HELD and check.failed_at
    (check,) = verified(theorem(changed(risky, reading=never)), seeds=SEEDS).checks
    assert check.status is Status.VIOLATED
    assert allowed(0.0, 10) == 0 and allowed(1e-4, 10) == 0 and allowed(0.05, 10) == 3


def test_no_risk_excuses_a_claim_that_fails_at_every_seed():
    assert allowed(0.5, 1) == 0 and allowed(0.5, 2) == 1


def test_seeds_count_once_and_one_is_needed():
    assert verified(theorem(IDENTITY), seeds=(0, 0)).checks[0].instances == 100
    with pytest.raises(InputError, match="one seed or several"):
        verify(theorem(IDENTITY), seeds=())


def test_seeds_are_pooled():
    result = verified(theorem(BOUND, IDENTITY, PROOF), seeds=(0, 1))
    one, other = (verified(theorem(BOUND, IDENTITY, PROOF), seeds=(seed,)) for seed in (0, 1))
    bound, identity, proof = result.checks
    assert bound.instances == identity.instances == 200
    both = one.checks[0], other.checks[0]
    assert bound.worst == min(check.worst for check in both)
    assert bound.found == min(check.found for check in both) != max(check.found for check in both)
    assert bound.sharpness == min(check.sharpness for check in both)
    assert bound.evaluations == 2 * both[0].evaluations > 0
    assert identity.worst == max(one.checks[1].worst, other.checks[1].worst)
    assert len(proof.claims) == 1 and proof.controls[0].tried == 1  # depends on no seed
    tried = [each.checks[0].controls[0] for each in (one, other, result)]
    assert tried[0].violated + tried[1].violated == tried[2].violated


def test_a_seed_without_numbers_is_shown_first():
    """A scenario measures no worst case, and its first seed stands for the others."""
    one, other = (verified(theorem(SCENARIO), seeds=(seed,)).checks[0] for seed in (3, 4))
    both = verified(theorem(SCENARIO), seeds=(3, 4)).checks[0]
    assert one.worst is None
    assert both.numbers == one.numbers != other.numbers


def test_a_check_tells_how_long_it_took_and_a_theorem_what_was_reached():
    skipped = changed(SCENARIO, part="late", slow=True)
    result = verified(theorem(IDENTITY, skipped))
    assert all(0 <= check.seconds < 600 for check in result.checks)
    assert result.checks[1].status is Status.SKIPPED
    assert result.status == Status.HELD


def test_only_what_takes_long_is_asked_to_be_marked_slow(monkeypatch):
    (quick,) = verified(theorem(SCENARIO)).checks
    assert "mark it slow" not in quick.said
    monkeypatch.setattr("theory.verify.check.PATIENCE", -1.0)
    (late,) = verified(theorem(changed(SCENARIO, part="late"))).checks
    assert "mark it slow" in late.said


def test_the_chances_of_a_share_are_exact():
    trial = chances.share(30, 24, claimed=0.95, weakened=0.6)
    assert trial.risk == pytest.approx(sum(stats.binom.pmf(k, 30, 0.95) for k in range(24)))
    assert trial.power == pytest.approx(sum(stats.binom.pmf(k, 30, 0.6) for k in range(24)))
    low, high = chances.interval(13, 16)
    assert stats.binom.sf(12, 16, low) == pytest.approx(0.025)
    assert stats.binom.cdf(13, 16, high) == pytest.approx(0.025)
    assert chances.interval(0, 5)[0] == 0 and chances.interval(5, 5)[1] == 1


def test_the_chances_of_a_mean_are_those_of_a_normal_one():
    trial = chances.mean(100, errors=4.0, weakened=6.0)
    assert trial.risk == pytest.approx(6.334e-5, rel=1e-3)
    assert trial.power == pytest.approx(stats.norm.cdf(2.0), rel=1e-6)


def test_held_violated_skipped_and_not_run_are_four_numbers(monkeypatch, tmp_path, capsys):
    slow, biased = changed(SCENARIO, slow=True), changed(SCENARIO, simulate=all_tails)
    catalogue = {
        "NUM-1": theorem(IDENTITY),
        "NUM-2": theorem(IDENTITY, slow, name="NUM-2"),
        "NUM-3": theorem(slow, name="NUM-3"),
        "NUM-4": theorem(biased, name="NUM-4"),
        "NUM-5": theorem(changed(SCENARIO, simulate=stopped), name="NUM-5"),
        "NUM-6": theorem(IDENTITY, name="NUM-6"),
    }
    monkeypatch.setattr(run, "theorems", lambda: catalogue)
    monkeypatch.setattr(
        run, "verify", lambda *given, **options: verify(*given, **options, effort=UNSEARCHED)
    )
    arguments = ["verify", "--instances", "20", "--jobs", "1", "-o", str(tmp_path)]
    assert main(arguments) == 130
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["counts"] == {"held": 1, "violated": 1, "skipped": 2, "not run": 2}
    assert told["skipped"] == ["NUM-2", "NUM-3"] and told["pending"] == ["NUM-5", "NUM-6"]
    for written in ("report.md", "report.html"):
        text = (tmp_path / written).read_text()
        assert "1 held, 1 violated, 2 skipped, 2 not run" in text and "of 6" not in text
    today = f"{datetime.date.today():%Y%m%d}"
    assert f"seeds 0, {today}\n" in capsys.readouterr().out
    assert told["seeds"] == [0, int(today)]
    assert verified(catalogue["NUM-2"]).count is Count.SKIPPED


def test_what_is_checked_badly_is_neither_held_nor_violated():
    unmoved = changed(SCENARIO, outside=(Outside("nothing is broken", family=coins),))
    result = verified(theorem(unmoved))
    assert result.count is Count.UNSOUND and not result.passed
    counts = report.Report((result,), (), How(100, (0,), full=False, slack=False)).counts
    assert counts == {"held": 0, "violated": 0, "skipped": 0, "not run": 0, "unsoundly checked": 1}


def test_a_control_of_no_numbers_shows_nothing():
    lost = changed(SCENARIO, outside=(Outside("no coins", family=no_coins),))
    assert verified(theorem(lost)).status == Status.WEAK


def no_coins(key):
    return jnp.full(1000, jnp.nan)


def all_tails(key):
    return jnp.zeros(1000)


def stopped(key):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "0"], "--seeds is 0"),
        (["--seeds", "1000000000"], "at most 1000"),
        (["--seeds", "3", "--seed", "1"], "--seed and --seeds exclude each other"),
    ],
)
def test_seeds_that_make_no_sense_are_refused(arguments, message, capsys):
    assert main(["verify", *arguments]) == 2
    assert message in capsys.readouterr().err
