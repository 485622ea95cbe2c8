"""The machinery that tries to refute theorems: what is true passes, planted errors are caught, weak
controls are failures.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

from tests.theory.toys import (
    BOUND,
    IDENTITY,
    PLANTED,
    PROOF,
    SCENARIO,
    changed,
    coins,
    forgetful_square,
    loaded_coins,
    means,
    means_by_an_exponent,
    means_of_one,
    signed,
    spiral,
    square,
    theorem,
    two,
)
from tests.theory.trials import UNSEARCHED, verified
from theory.report import report
from theory.report.page import page
from theory.theorem import Certificate, Family, Outside
from theory.verify import certificates
from theory.verify.falsify import Effort, falsify
from theory.verify.plan import How
from theory.verify.results import Certified, Control, Status
from theory.verify.sampling import CHUNK, keys_over, margins

# What is true passes.


def test_true_theorems_of_every_kind_pass():
    result = verified(theorem(BOUND, IDENTITY, PROOF, SCENARIO))
    assert result.passed, str(result)
    assert [c.status for c in result.checks] == [
        Status.HELD,
        Status.HELD,
        Status.PROVED,
        Status.HELD,
    ]
    assert result.status == "held, proved"
    assert result.theorem.kind == "bound + identity + proof + scenario"
    bound, identity, _, scenario = result.checks
    assert bound.instances == identity.instances == 100
    assert 0 <= bound.found < 1e-9 < bound.worst  # the search gets where chance does not
    assert [(c.kind, c.part) for c in result.checks] == [
        ("bound", ""),
        ("identity", ""),
        ("proof", ""),
        ("scenario", ""),
    ]
    assert bound.controls[0].violated > 0
    assert 0.4 < scenario.numbers["share"] < 0.6


def test_the_same_seed_gives_the_same_result_alone_or_among_others():
    alone = verified(theorem(BOUND)).checks[0]
    assert alone.worst == verified(theorem(BOUND, IDENTITY)).checks[0].worst
    assert alone.worst != verified(theorem(BOUND), seeds=(1,)).checks[0].worst


def test_instances_are_shared_among_sizes_and_come_in_chunks():
    shares = [(size, len(keys)) for size, keys in keys_over(((2,), (3,)), jax.random.key(0), 25)]
    assert shares == [((2,), 13), ((3,), 13)]
    ((_, keys),) = keys_over(((),), jax.random.key(0), CHUNK + 1)
    assert len(keys) == 2 * CHUNK
    whole, first = (
        margins(BOUND.family, means, (), keys),
        margins(BOUND.family, means, (), keys[:7]),
    )
    assert jnp.allclose(whole[:7], first, rtol=1e-12, atol=0)


# Planted errors are caught.


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_caught(name):
    (check,) = verified(theorem(PLANTED[name]), effort=UNSEARCHED).checks
    assert check.status is Status.VIOLATED
    assert check.found is None and check.record is not None


def means_by_a_hair(x):
    return means(x, constant=1 + 1e-8)


def test_the_search_catches_what_chance_does_not():
    (check,) = verified(theorem(changed(BOUND, margin=means_by_a_hair))).checks
    assert check.status is Status.VIOLATED
    assert check.found < -1e-9 < 0 < check.worst
    assert check.record["origin"] == "searched"


def test_the_search_crosses_kinks_and_does_without_gradients():
    effort, key = Effort(8, 100, 400), jax.random.key(0)
    found = falsify(Family(two, signed), kink, (), key, effort=effort)
    hovering = found.path[effort.descent - 1]
    assert found.smooth and found.margin < 1e-4 < hovering
    found = falsify(Family(two, signed), undifferentiable, (), key, effort=effort)
    assert not found.smooth and found.margin < 1e-6
    assert falsify(Family(two, signed), undifferentiable, (1,), key, effort=effort).margin < 1e-6
    assert falsify(Family(two, signed), kink, (), key, effort=UNSEARCHED) is None
    assert falsify(Family(two, signed), kink, (0,), key, effort=effort) is None


def kink(x):
    return jnp.max(jnp.abs(x - jnp.array([1.0, 2.0])) * jnp.array([1.0, 30.0]))


def undifferentiable(x):
    """|x - 1|, through a loop of unknown length."""
    return jax.lax.while_loop(lambda v: jnp.any(v > 1e6), lambda v: v / 2, jnp.sum((x - 1) ** 2))


# Weak tests are failures.


def test_a_control_without_a_violation_is_a_failure():
    for weak in (
        changed(BOUND, outside=(Outside("nothing is broken", BOUND.family),)),
        changed(BOUND, outside=(Outside("senseless there", claim=means_of_one),)),
        changed(BOUND, outside=(Outside("rarely broken", Family(two, signed), least=0.99),)),
        changed(IDENTITY, outside=(Outside("nothing is broken", claim=square),)),
        changed(PROOF, outside=(Outside("nothing is broken", claim=spiral),)),
        changed(SCENARIO, outside=(Outside("nothing is broken", family=coins),)),
    ):
        assert verified(theorem(weak)).status == Status.WEAK


def mostly(tossed):
    return float(tossed.mean()) > 0.8, {}


def never(tossed):
    return False, {}


def nowhere(x):
    return means(x) - 2


def negative_or_no_number(x):
    return -1 - jnp.sqrt(x[0] - 0.5)


def false_in_the_same_words():
    return [("|mu|^2 = 1 + h^2", sympy.Integer(1))]


@pytest.mark.parametrize(
    "logical",
    [
        changed(BOUND, outside=(Outside("nowhere", claim=nowhere),)),
        changed(IDENTITY, outside=(Outside("by chance never", claim=forgetful_square),)),
        changed(BOUND, outside=(Outside("no number", claim=negative_or_no_number),)),
        changed(PROOF, outside=(Outside("another derivation", claim=false_in_the_same_words),)),
        changed(SCENARIO, outside=(Outside("both", family=loaded_coins, claim=never),)),
    ],
    ids=lambda check: check.kind,
)
def test_a_control_that_is_violated_by_logic_says_so_and_does_not_count(logical):
    (check,) = verified(theorem(logical)).checks
    assert check.status is Status.WEAK
    said = check.controls[0].said
    assert "by logic, since it holds nowhere" in said and "too few" not in said


def half_without_numbers(x):
    return jnp.where(x[0] > 0, means(x), jnp.nan)


def test_a_control_tells_its_worst_number_where_others_have_none():
    (check,) = verified(
        theorem(
            changed(BOUND, outside=(Outside("half", Family(two, signed), half_without_numbers),))
        )
    ).checks
    (control,) = check.controls
    assert np.isfinite(control.worst)
    assert control.worst < 0


def test_a_control_that_is_never_violated_is_not_violated_by_logic():
    (check,) = verified(theorem(changed(IDENTITY, outside=(Outside("the same"),)))).checks
    assert "0 of" in check.controls[0].said
    assert "too few" in check.controls[0].said


def on_an_axis(key):
    return jnp.array([0.0, 1.0]) * jax.random.normal(key, (2,))


def level(p):
    return jnp.exp(p["numbers"][0]) * jnp.ones(2)


def only_level(x):
    """Holds where both numbers are the same."""
    return -jnp.abs(x[0] - x[1])


@pytest.mark.parametrize(
    ("factual", "where"),
    [
        (changed(BOUND, outside=(Outside("constant", change={"constant": 1.1}),)), "the check"),
        (
            changed(
                BOUND,
                outside=(Outside("level", claim=only_level, inside=Family(two, level)),),
            ),
            "200 of 200 instances inside",
        ),
        (changed(BOUND, outside=(Outside("level", claim=only_level),)), "where a search went"),
        (changed(BOUND, outside=(Outside("power", claim=means_by_an_exponent),)), "inside"),
        (
            changed(
                IDENTITY, outside=(Outside("axis", claim=forgetful_square, inside=on_an_axis),)
            ),
            "100 of 100 instances inside",
        ),
        (
            changed(SCENARIO, outside=(Outside("loaded", claim=mostly, inside=loaded_coins),)),
            "a simulation inside",
        ),
    ],
)
def test_a_control_shows_where_its_code_holds(factual, where):
    (check,) = verified(theorem(factual), effort=Effort(8, 100, 400)).checks
    assert check.status is Status.HELD
    assert where in check.controls[0].said


def test_a_changed_term_must_be_one():
    (check,) = verified(
        theorem(changed(BOUND, outside=(Outside("no", change={"no": 1.0}),)))
    ).checks
    assert check.status is Status.FAULT
    assert "keyword-only arguments of means are power, constant" in check.note


@pytest.mark.parametrize("check", [BOUND, IDENTITY, PROOF, SCENARIO], ids=lambda c: c.kind)
def test_a_theorem_without_controls_cannot_be_made(check):
    with pytest.raises(ValueError, match=f"every {check.kind} a control"):
        theorem(changed(check, outside=()))


def loose(x):
    return means(x) + 0.1


def test_a_bound_called_sharp_must_be_reached():
    result = verified(theorem(changed(BOUND, margin=loose)))
    assert result.status == Status.BLUNT and not result.passed
    assert result.checks[0].sharpness == pytest.approx(0.1)


def test_faults_and_slow_scenarios_are_told():
    fault = verified(theorem(changed(BOUND, margin=pair_of_margins))).checks[0]
    assert fault.status is Status.FAULT and "must be a scalar" in fault.note
    slow = changed(SCENARIO, slow=True)
    assert verified(theorem(slow)).status == "skipped" and verified(theorem(slow)).passed
    assert verified(theorem(slow), full=True).status == "held"


def pair_of_margins(x):
    return x


def test_the_largest_error_is_told_of_whatever_size_it_was():
    """Those of the second size reach below and above all of the first."""
    wide = changed(IDENTITY, draw=spread_by_size, sides=apart, sizes=((1,), (2,)), tolerance=1.0)
    (check,) = verified(theorem(wide), effort=UNSEARCHED).checks
    assert 0.5 < check.worst < 1
    assert check.record["size"] == [2]


def spread_by_size(key, size):
    number = jax.random.uniform(key)
    return 0.3 + 0.1 * number if size == 1 else number


def apart(number, *, middle=2.0):
    return number, jnp.where(middle == 0, 5.0, 0.0)


def test_a_control_says_whether_it_is_too_rarely_violated():
    rarely = Control("rare", 10, 0, passed=False).said
    assert "0 of 10 violated, which is too few" in rarely
    assert "too few" not in Control("by logic", 10, 3, passed=False).said


# Certificates.


def test_a_certificate_is_told_with_its_gap():
    worst = Certified(1.25, "a solver", "checked", found=1.2, gap=0.04)
    said = dataclasses.replace(verified(theorem(BOUND)).checks[0], certificate=worst).said
    assert "certified 1.25, gap 4.0e-02" in said


def test_a_missing_solver_skips_the_certificate_and_says_so(monkeypatch):
    monkeypatch.setattr(certificates, "NEEDED", ("no_such_solver",))
    certified = Certificate(certificates.Question("descent", 0.1, 1.0, 0.3), 1.03)
    result = verified(theorem(changed(BOUND, certificate=certified)))
    assert result.passed and result.checks[0].certificate.value is None
    told = report.facts(report.Report((result,), (), How(100, (0,), full=False, slack=False)))
    for text in (report.markdown(told), page(told), str(result)):
        assert "certificate skipped: no_such_solver not installed" in text
