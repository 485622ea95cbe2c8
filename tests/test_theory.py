"""The machinery that tries to refute theorems: what is true passes, planted errors are caught, weak controls are failures."""

import dataclasses
import importlib.util
import json
import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

import minimax_lab as mm
from minimax_lab.cli import main
from theory import bilinear, certificates, closing, numerics, report, run
from theory.catalogue import theorems
from theory.check import verify
from theory.falsify import Effort, falsify
from theory.formula import formulas, svg
from theory.page import page
from theory.replay import keep, read, replay
from theory.results import Status
from theory.sampling import CHUNK, keys_over, margins
from theory.theorem import Bound, Certificate, Family, Identity, Outside, Proof, Scenario, Source, Theorem

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


BOUND = Bound(family=Family(two, positive), margin=means, sharp=True, outside=(Outside("of any sign", Family(two, signed)),))


def pair(key):
    return jax.random.normal(key, (2,))


def square(x):
    return (x[0] + x[1]) ** 2, x[0] ** 2 + 2 * x[0] * x[1] + x[1] ** 2


def forgetful_square(x):
    return (x[0] + x[1]) ** 2, x[0] ** 2 + x[1] ** 2


IDENTITY = Identity(
    draw=pair, sides=square, tolerance=1e-12, outside=(Outside("without the middle term", claim=forgetful_square),)
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
        id=name, name="A toy", statement=r"Let $a, b > 0$. Then $\sqrt{ab} \leq (a+b)/2$.", source=SOURCE, checks=checks
    )


def verified(*checks, **options):
    return verify(theorem(*checks), 100, effort=LITTLE, **options)


def changed(check, **fields):
    return dataclasses.replace(check, **fields)


# What is true passes.


def test_true_theorems_of_every_kind_pass():
    result = verified(BOUND, IDENTITY, PROOF, SCENARIO)
    assert result.passed, str(result)
    assert [c.status for c in result.checks] == [Status.HELD, Status.HELD, Status.PROVED, Status.HELD]
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
    whole, first = margins(BOUND.family, means, (), keys), margins(BOUND.family, means, (), keys[:7])
    assert jnp.allclose(whole[:7], first, rtol=1e-12, atol=0)


# Planted errors are caught.


PLANTED = {
    "wrong constant": changed(BOUND, margin=means_by_a_constant),
    "wrong exponent": changed(BOUND, margin=means_by_an_exponent),
    "flipped sign": changed(BOUND, margin=means_flipped),
    "dropped hypothesis": changed(BOUND, family=Family(two, signed)),
    "not a number": changed(BOUND, margin=means_of_one),
    "wrong identity": changed(IDENTITY, sides=forgetful_square, outside=(Outside("no other", claim=square),)),
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
    "NUM-8, wrong exponent": changed(bilinear.NUM_8.checks[0], derive=derive_wrong_modulus, outside=()),
    "NUM-9, flipped sign": changed(bilinear.NUM_9.checks[1], sides=flipped_alternating, sizes=((2,),)),
}


@pytest.mark.parametrize("name", REAL)
def test_errors_planted_in_real_claims_are_caught(name):
    assert verify(theorem(REAL[name]), 50, effort=Effort(8, 40, 40)).checks[0].status is Status.VIOLATED


def test_the_search_crosses_kinks_and_does_without_gradients():
    hovering = falsify(Family(two, signed), kink, (), jax.random.key(0), effort=Effort(8, 100, 0))
    found = falsify(Family(two, signed), kink, (), jax.random.key(0), effort=Effort(8, 100, 400))
    assert found.smooth and found.margin < 1e-4 < hovering.margin
    found = falsify(Family(two, signed), undifferentiable, (), jax.random.key(0), effort=Effort(8, 100, 400))
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
    result = verified(changed(BOUND, margin=loose, outside=(Outside("of any sign", Family(two, signed)),)))
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


@pytest.fixture
def solver():
    """Skips where the solver of semidefinite programs is not installed."""
    missing = [name for name in certificates.NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"certificates need {', '.join(missing)} (pip install minimax_lab[verify])")


def test_certificates_agree_with_the_known_worst_cases(solver):
    descent = certificates.Question("descent", 0.1, 1.0, 0.3)()
    proximal = certificates.Question("proximal point", 0.2, 1.0, 0.7)()
    extragradient = certificates.Question("extragradient", 0.1, 1.0, 0.5)()
    past = certificates.Question("past extragradient", 0.1, 1.0, 0.5)()
    assert descent.value == pytest.approx(1 - 2 * 0.3 * 0.1 + 0.3**2, rel=1e-8)
    assert proximal.value == pytest.approx(1 / (1 + 0.7 * 0.2) ** 2, rel=1e-8)
    assert past.value == pytest.approx(extragradient.value, rel=1e-8)  # the first step of both is the same
    assert extragradient.value == pytest.approx((21 / 22) ** 2, rel=1e-8)  # attained by a field with one kink, OP-2


def test_the_three_point_conditions_of_pepit_exclude_a_field_that_exists(solver, monkeypatch):
    import cvxpy
    import PEPit.operators.lipschitz_strongly_monotone_expensive as conditions

    def field(x):
        return x / 5 + 4 / 5 * max(x - 5 / 6, 0)  # slopes 1/5 and 1: strong monotonicity 0.2, Lipschitz constant 1

    ahead = 1 - field(1) / 2
    assert (1 - field(ahead) / 2) ** 2 == pytest.approx((11 / 12) ** 2)  # the certificate at step 1/2, 0.84028
    monkeypatch.setattr(conditions, "Expression", cvxpy.Variable)  # so that the conditions are on numbers
    operator = conditions.LipschitzStronglyMonotoneOperatorExpensive(mu=0.2, L=1.0)
    looked_at = [number for x in (0.0, 1.0, ahead) for number in (x, field(x))]
    matrix, slack = cvxpy.bmat(operator.get_psd_constraint_i_j_k(*looked_at, opt=1).tolist()), cvxpy.Variable()
    problem = cvxpy.Problem(cvxpy.Maximize(slack), [(matrix + matrix.T) / 2 - slack * np.eye(7) >> 0, slack <= 1])
    assert problem.solve(solver="CLARABEL") < -1e-3  # it would have to be positive semi-definite for some values of the unknowns


def test_certificate_and_search_close_on_each_other_step_by_step(solver, monkeypatch, capsys):
    monkeypatch.setattr(closing, "METHODS", closing.METHODS[:1])
    closing.main(['{"steps": [0.2], "starts": 8, "descent": 100, "wander": 100, "looks": 5}'])
    told = json.loads(capsys.readouterr().out)
    (path,), (certified,) = told["descent/found/0"], told["descent/certified"]
    assert len(path) == len(told["looks"]) and sorted(path) == path and path[0] < path[-1]
    assert certified == pytest.approx(0.96) and path[-1] == pytest.approx(certified, rel=1e-6)


def test_a_search_beyond_its_certificate_or_a_wrong_constant_fails(solver):
    question = certificates.Question("descent", 0.1, 1.0, 0.3)
    right = Certificate(question, 1.03)
    met = certificates.compare(right, 1e-9)
    assert met.passed and met.gap == pytest.approx(0, abs=1e-8) and met.found == pytest.approx(1.03)
    assert not certificates.compare(right, -1e-3).passed
    assert not certificates.compare(Certificate(question, 1.02), 1e-9).passed


def test_an_inaccurate_answer_is_refused(solver, monkeypatch):
    monkeypatch.setattr(certificates, "TIGHT", {"max_iter": 3})
    with pytest.raises(Exception, match="user_limit|inaccurate|only 'optimal'"):
        certificates.Question("descent", 0.1, 1.0, 0.3)()


def test_a_missing_solver_skips_the_certificate_and_says_so(monkeypatch):
    monkeypatch.setattr(certificates, "NEEDED", ("no_such_solver",))
    certified = Certificate(certificates.Question("descent", 0.1, 1.0, 0.3), 1.03)
    (check,) = verified(changed(BOUND, certificate=certified)).checks
    assert check.passed and check.certificate.value is None
    told = report.Report((verified(changed(BOUND, certificate=certified)),), (), 100, 0, False)
    for text in (report.markdown(report.facts(told)), page(report.facts(told)), str(told.results[0])):
        assert "certificate skipped: no_such_solver not installed" in text


# Reports, interruption, replay.


def stopping(key):
    raise KeyboardInterrupt


CATALOGUE = {
    "NUM-1": theorem(BOUND, IDENTITY),
    "NUM-2": theorem(changed(IDENTITY, sides=forgetful_square), name="NUM-2"),
    "NUM-3": theorem(changed(SCENARIO, simulate=stopping), name="NUM-3"),
    "NUM-4": theorem(PROOF, name="NUM-4"),
}


@pytest.fixture
def quick(monkeypatch):
    """The command line with toys for theorems, a little effort and no cache of its own."""
    monkeypatch.setattr(run, "theorems", lambda: CATALOGUE)
    monkeypatch.setattr(run, "verify", lambda *given, **options: verify(*given, **options, effort=LITTLE))


def test_an_interrupted_verification_leaves_a_valid_partial_report(quick, tmp_path, capsys):
    assert main(["verify", "--instances", "50", "-o", str(tmp_path)]) == 130
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["partial"] and told["pending"] == ["NUM-3", "NUM-4"]
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
    bad = theorem(changed(BOUND, margin=means_by_a_constant), changed(SCENARIO, simulate=loaded_coins), PLANTED["wrong formula"])
    for check in verify(bad, 50, effort=LITTLE).checks:
        counterexample = read(keep(check.record, tmp_path / "one.json"))
        holds, said = replay(counterexample, {"NUM-1": bad})
        assert not holds and "fails again" in said
        if check.kind == "bound":
            now, then = map(float, re.findall(r"-\d\.\d+", said))
            assert now == pytest.approx(then, rel=1e-12)
    holds, _ = replay(counterexample, {"NUM-1": theorem(BOUND, SCENARIO, PROOF)})
    assert holds


def test_replay_refuses_what_it_cannot_trust(quick, tmp_path, capsys):
    kept = keep(verified(PLANTED["wrong constant"]).checks[0].record, tmp_path / "one.json")
    content = json.loads(kept.read_text())
    damaged = [
        ("no.json", None, "cannot be read"),
        ("half.json", kept.read_text()[:100], "damaged: it is no JSON"),
        ("other.json", json.dumps({"a": 1}), "is no counterexample"),
        ("newer.json", json.dumps(content | {"format": 99}), "was written in format 99"),
        ("older.json", json.dumps(content | {"version": "0.0.1"}), "of minimax_lab 0.0.1"),
        ("edited.json", kept.read_text().replace('"seed": 0', '"seed": 1'), "does not match its digest"),
    ]
    for name, text, message in damaged:
        if text is not None:
            (tmp_path / name).write_text(text)
        assert main(["verify", "--replay", str(tmp_path / name)]) == 2
        assert message in capsys.readouterr().err
    record = content["counterexample"]
    for other, message in (({"theorem": "NUM-9"}, "Did you mean"), ({"check": 1}, "now that is: identity")):
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


def test_without_the_repository_verify_says_so(monkeypatch, capsys):
    monkeypatch.setattr("minimax_lab.commands.verify.THEORY", "theory_elsewhere.run")
    assert main(["verify"]) == 2
    assert "not installed with the package" in capsys.readouterr().err


def test_verification_needs_64_bits():
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(mm.InputError, match="64 bits"):
            verify(theorem(BOUND))
    finally:
        jax.config.update("jax_enable_x64", True)


def test_the_page_needs_nothing_but_itself(tmp_path):
    told = report.write(report.Report((verified(BOUND, IDENTITY),), (), 100, 0, False), tmp_path)
    written = (tmp_path / "report.html").read_text()
    assert not re.search(r"<script|<link|src=|url\(|http", written)
    assert told["theorems"][0]["checks"][0]["controls"][0]["violated"] > 0
    assert written.count("<svg") >= 3 and "of any sign" in written


def test_another_process_finds_the_same_in_the_same_precision():
    name = "NUM-9"
    (there,) = run._side_by_side({name: theorems()[name]}, (40, 0, False), 1)
    here = verify(theorems()[name], 40)
    assert [c.status for c in there.checks] == [c.status for c in here.checks] == [Status.PROVED, Status.HELD]
    assert there.checks[1].worst == here.checks[1].worst
    # Constants made at import are double only if precision is set before: the worker's own module must bring in none of them.
    code = "import sys, theory.worker; print(sorted(n for n in sys.modules if n.startswith(('theory', 'minimax_lab'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=run.BUILD.parent, check=True)
    assert done.stdout.strip() == "['theory', 'theory.worker']"


# The catalogue.


def test_every_statement_has_an_id_of_its_paper_and_can_be_drawn():
    for name, entry in theorems().items():
        assert name == entry.id and re.fullmatch(r"(NUM|DIR|SM|SGA|AM|NS|GAP|ADV|OP)-\d+", name)
        assert "$" in entry.statement
        for formula in formulas(entry.statement):
            assert svg(formula).startswith("<svg")
        assert entry.source.meaning
