"""The machinery that tries to refute theorems: what is true passes, planted errors are caught, weak
controls are failures.
"""

import dataclasses
import re

import jax
import jax.numpy as jnp
import pytest
import sympy

import minimax_lab as mm
from theory.catalogue import theorems
from theory.numerics import bilinear
from theory.numerics import spectra as numerics
from theory.report import report
from theory.report.mathematics import formulas, svg
from theory.report.page import page
from theory.theorem import (
    Bound,
    Certificate,
    Family,
    Identity,
    Outside,
    Proof,
    Scenario,
    Source,
    Theorem,
)
from theory.verify import certificates
from theory.verify.check import verify
from theory.verify.falsify import Effort, falsify
from theory.verify.results import Status
from theory.verify.sampling import CHUNK, keys_over, margins

LITTLE = Effort(8, 60, 60)
SOURCE = Source("nobody 2026", "derived")


# A toy of each kind: the means inequality, the square of a sum, the eigenvalues of a turn, a coin.


def two(count=2):
    return {"numbers": (count,)}


def positive(p):
    return jnp.exp(p["numbers"])


def signed(p):
    return p["numbers"]


def means(x, power=0.5, constant=1.0):
    """(a + b)/2 >= sqrt(ab)."""
    return 1 - constant * jnp.abs(jnp.prod(x)) ** power / (jnp.sum(x) / 2)


def means_by_a_constant(x):
    return means(x, constant=1.01)


def means_by_an_exponent(x):
    return means(x, power=0.55)


def means_flipped(x):
    return -means(x)


def means_of_one(x):
    return jnp.nan * x[0]


BOUND = Bound(
    family=Family(two, positive),
    margin=means,
    sharp=True,
    outside=(Outside("of any sign", Family(two, signed)),),
)


def pair(key):
    return jax.random.normal(key, (2,))


def square(x):
    return (x[0] + x[1]) ** 2, x[0] ** 2 + 2 * x[0] * x[1] + x[1] ** 2


def forgetful_square(x):
    return (x[0] + x[1]) ** 2, x[0] ** 2 + x[1] ** 2


IDENTITY = Identity(
    draw=pair,
    sides=square,
    tolerance=1e-12,
    outside=(Outside("without the middle term", claim=forgetful_square),),
)


def spiral(shrunk=sympy.Integer(0)):
    x, y = sympy.symbols("x y", real=True)
    h = sympy.Symbol("h", positive=True)
    game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
    matrix = game.update_matrix(mm.Simultaneous(h), {x: 0, y: 0})
    return [("|mu|^2 = 1 + h^2", matrix.det() - (1 + h**2) * (1 - shrunk))]


def shrinking_spiral():
    return spiral(sympy.Rational(1, 10))


def undecided():
    return [("nobody knows", None)]


PROOF = Proof(derive=spiral, outside=(Outside("shrunk", claim=shrinking_spiral),))


def coins(key):
    return jax.random.bernoulli(key, 0.5, (1000,))


def loaded_coins(key):
    return jax.random.bernoulli(key, 0.9, (1000,))


def fair(tossed):
    share = float(tossed.mean())
    return abs(share - 0.5) < 0.1, {"share": share}


SCENARIO = Scenario(simulate=coins, reading=fair, outside=(Outside("loaded", family=loaded_coins),))


def theorem(*checks, name="NUM-1"):
    return Theorem(
        id=name,
        name="A toy",
        statement=r"Let $a, b > 0$. Then $\sqrt{ab} \leq (a+b)/2$.",
        source=SOURCE,
        checks=checks,
    )


def verified(*checks, **options):
    return verify(theorem(*checks), 100, effort=LITTLE, **options)


def changed(check, **fields):
    return dataclasses.replace(check, **fields)


# What is true passes.


def test_true_theorems_of_every_kind_pass():
    result = verified(BOUND, IDENTITY, PROOF, SCENARIO)
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
    assert bound.controls[0].violated > 0
    assert 0.4 < scenario.numbers["share"] < 0.6


def test_the_same_seed_gives_the_same_result_alone_or_among_others():
    alone = verified(BOUND).checks[0]
    assert alone.worst == verified(BOUND, IDENTITY).checks[0].worst
    assert alone.worst != verified(BOUND, seed=1).checks[0].worst


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


PLANTED = {
    "wrong constant": changed(BOUND, margin=means_by_a_constant),
    "wrong exponent": changed(BOUND, margin=means_by_an_exponent),
    "flipped sign": changed(BOUND, margin=means_flipped),
    "dropped hypothesis": changed(BOUND, family=Family(two, signed)),
    "not a number": changed(BOUND, margin=means_of_one),
    "wrong identity": changed(
        IDENTITY, sides=forgetful_square, outside=(Outside("no other", claim=square),)
    ),
    "wrong formula": changed(PROOF, derive=shrinking_spiral),
    "undecided": changed(PROOF, derive=undecided),
    "loaded coin": changed(SCENARIO, simulate=loaded_coins),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_caught(name):
    (check,) = verified(PLANTED[name]).checks
    assert check.status is Status.VIOLATED
    assert check.record is not None


def wrong_limit(instance):
    return numerics.step_limit_margin(instance, constant=2.02)


def derive_wrong_modulus():
    (first, value), *_ = bilinear.derive_consensus_modulus()
    s, h, strength = bilinear.planar()[2]
    return [(first, value + 2 * h * strength * s**2 - 2 * h * strength * s)]


def flipped_alternating(instance):
    left, right = bilinear.alternating_radii(instance)
    return left, 1 / right


def never(instance):
    return -jnp.ones(())


CERTAIN = (Outside("everything", claim=never),)  # the controls have tests of their own
REAL = {
    "NUM-3, wrong constant": changed(
        numerics.NUM_3.checks[0],
        family=Family(numerics.spectral_shapes, numerics.spectral, ((1,),)),
        margin=wrong_limit,
        outside=CERTAIN,
    ),
    "NUM-6, dropped hypothesis": changed(
        numerics.NUM_6.checks[0],
        family=Family(numerics.saddle_shapes, numerics.indefinite, ((1, 1),)),
        outside=CERTAIN,
    ),
    "NUM-8, wrong exponent": changed(
        bilinear.NUM_8.checks[0], derive=derive_wrong_modulus, outside=()
    ),
    "NUM-9, flipped sign": changed(
        bilinear.NUM_9.checks[1], sides=flipped_alternating, sizes=((2,),)
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_errors_planted_in_real_claims_are_caught(name):
    assert (
        verify(theorem(REAL[name]), 50, effort=Effort(8, 40, 40)).checks[0].status
        is Status.VIOLATED
    )


def test_the_search_crosses_kinks_and_does_without_gradients():
    hovering = falsify(Family(two, signed), kink, (), jax.random.key(0), effort=Effort(8, 100, 0))
    found = falsify(Family(two, signed), kink, (), jax.random.key(0), effort=Effort(8, 100, 400))
    assert found.smooth and found.margin < 1e-4 < hovering.margin
    found = falsify(
        Family(two, signed), undifferentiable, (), jax.random.key(0), effort=Effort(8, 100, 400)
    )
    assert not found.smooth and found.margin < 1e-6


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
        assert verified(weak).status == Status.WEAK


def test_a_theorem_without_controls_cannot_be_made():
    with pytest.raises(ValueError, match="every bound a control"):
        theorem(changed(BOUND, outside=()))


def loose(x):
    return means(x) + 0.1


def test_a_bound_called_sharp_must_be_reached():
    result = verified(
        changed(BOUND, margin=loose, outside=(Outside("of any sign", Family(two, signed)),))
    )
    assert result.status == Status.BLUNT and not result.passed
    assert result.checks[0].sharpness == pytest.approx(0.1)


def test_faults_and_slow_scenarios_are_told():
    fault = verified(changed(BOUND, margin=pair_of_margins)).checks[0]
    assert fault.status is Status.FAULT and "must be a scalar" in fault.note
    slow = changed(SCENARIO, slow=True)
    assert verified(slow).status == "skipped" and verified(slow).passed
    assert verified(slow, full=True).status == "held"


def pair_of_margins(x):
    return x


# Certificates.


def test_a_missing_solver_skips_the_certificate_and_says_so(monkeypatch):
    monkeypatch.setattr(certificates, "NEEDED", ("no_such_solver",))
    certified = Certificate(certificates.Question("descent", 0.1, 1.0, 0.3), 1.03)
    (check,) = verified(changed(BOUND, certificate=certified)).checks
    assert check.passed and check.certificate.value is None
    told = report.Report((verified(changed(BOUND, certificate=certified)),), (), 100, 0, False)
    for text in (
        report.markdown(report.facts(told)),
        page(report.facts(told)),
        str(told.results[0]),
    ):
        assert "certificate skipped: no_such_solver not installed" in text


# The catalogue.


def test_every_statement_has_an_id_of_its_paper_and_can_be_drawn():
    for name, entry in theorems().items():
        assert name == entry.id and re.fullmatch(r"(NUM|DIR|SM|SGA|AM|NS|GAP|ADV|OP)-\d+", name)
        assert "$" in entry.statement
        for formula in formulas(entry.statement):
            assert svg(formula).startswith("<svg")
        assert entry.source.meaning
