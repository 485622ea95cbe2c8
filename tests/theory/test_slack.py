"""How far constants can be moved: a sharp one not at all, a loose one as far as it is loose, and
one that nothing depends on without end.
"""

import jax.numpy as jnp
import pytest
import sympy

from tests.theory.toys import BOUND, IDENTITY, PROOF, SCENARIO, changed, means, theorem
from tests.theory.trials import verified
from theory.theorem import Outside
from theory.verify.claims import changed as with_change
from theory.verify.claims import constants
from theory.verify.results import Status


def moved(check, **options):
    (found,) = verified(theorem(check), slack=True, **options).checks
    return found, {one.name: one for one in found.slack}


def test_constants_are_the_keyword_only_numbers():
    def claim(instance, given=1.0, *, factor=2.0, degree=3, rule=None, flag=True, third=SEVENTH):
        return instance

    assert constants(claim) == {"factor": 2.0, "third": SEVENTH}
    with pytest.raises(ValueError, match="a constant of zero"):
        constants(with_zero)


SEVENTH = sympy.Rational(1, 7)


def with_zero(instance, *, offset=0.0):
    return instance + offset


def test_a_changed_claim_is_the_same_function_for_the_same_change():
    def claim(instance, *, factor=2.0, rule=None):
        return factor, rule

    one, numbers = with_change(claim, {"rule": "other"})
    other, others = with_change(claim, {"rule": "other", "factor": 3.0})
    assert one is other and numbers == {"factor": 2.0} and others == {"factor": 3.0}
    assert one(None, **others) == (3.0, "other")
    assert with_change(claim, {"factor": 3.0})[0] is claim


def test_a_sharp_bound_fails_as_soon_as_it_is_moved():
    check, found = moved(BOUND)
    assert check.status is Status.HELD
    assert found["constant"].low == 0 and 1 < found["constant"].high < 1.01
    assert 0.99 < found["power"].low < 1 < found["power"].high < 1.01


def loose(x, *, constant=1.0):
    return means(x, constant=constant / 1.5)


LOOSE = changed(BOUND, margin=loose, sharp=False)


def test_a_loose_constant_is_measured_and_must_be_owned_up_to():
    check, found = moved(LOOSE)
    assert check.status is Status.LOOSE and not check.passed
    assert found["constant"].high == pytest.approx(1.5, rel=2e-3)
    assert found["constant"].verdict == "fails at ×1.501; nothing is said of it"
    said = {"constant": "from below: equal numbers reach 2/3"}
    check, found = moved(changed(LOOSE, loose=said))
    assert check.status is Status.HELD and "equal numbers" in found["constant"].verdict
    assert verified(theorem(LOOSE)).passed  # where nothing is moved


def test_what_is_said_of_a_constant_that_does_not_exist_is_a_fault():
    check, _ = moved(changed(LOOSE, loose={"konstant": "it is loose"}))
    assert check.status is Status.FAULT
    assert "loose names konstant, but the constants of loose are" in check.note


def idle(x, *, constant=1.0):
    return means(x) + 0 * constant


def test_a_constant_that_nothing_depends_on_is_an_error_whatever_is_said():
    check, found = moved(changed(BOUND, margin=idle, loose={"constant": "it is loose"}))
    assert check.status is Status.LOOSE
    assert found["constant"].said == "no check depends on it"


def test_slack_is_searched_for_and_not_only_drawn():
    """Drawn instances alone would allow the constant of a kink far off."""
    _, drawn = moved(changed(BOUND, margin=far_off, sharp=False), instances=10)
    assert drawn["height"].high < 1.1


def far_off(x, *, height=1.0):
    """Zero where the logarithms are 1 and 2, and far above it elsewhere."""
    far = jnp.sum((jnp.log(x) - jnp.array([1.0, 2.0])) ** 2)
    return 1.0 - height / (1 + far)


def test_identities_proofs_and_readings_are_moved_too():
    _, of_identity = moved(IDENTITY)
    assert of_identity["middle"].low > 0.99 and of_identity["middle"].high < 1.01
    _, of_proof = moved(PROOF)
    assert of_proof["power"].room == 1.0
    told = {"apart": "three standard errors are 0.05"}
    check, of_reading = moved(changed(SCENARIO, loose=told))
    share = check.numbers["share"]
    assert of_reading["apart"].low == pytest.approx(abs(share - 0.5) / 0.1, rel=2e-3)
    assert of_reading["apart"].high == float("inf")


def derive_up_to(*, factor=sympy.Integer(1), end=sympy.Rational(115, 100)):
    return [("it is below the end", factor < end)]


def test_a_constant_of_a_proof_is_moved_by_a_tenth():
    room = Outside("far above", change={"factor": sympy.Integer(2)})
    loose = changed(PROOF, derive=derive_up_to, outside=(room,))
    _, found = moved(changed(loose, loose={"factor": "1.15 are allowed"}))
    assert found["factor"].high == float("inf")
    assert found["end"].low == 0.0


def test_a_control_may_change_a_constant():
    check, _ = moved(changed(BOUND, outside=(Outside("too much", change={"constant": 1.2}),)))
    assert check.status is Status.HELD and check.controls[0].violated > 0
