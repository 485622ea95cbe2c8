"""Certificates: known worst cases, what a solver must not be believed, and how they and the search
close on each other.
"""

import importlib.util
import json
from types import SimpleNamespace

import numpy as np
import pytest

from theory.operators import both_sides as closing
from theory.theorem import Certificate
from theory.verify import certificates


@pytest.fixture
def solver():
    """Skips where the solver of semidefinite programs is not installed."""
    missing = [name for name in certificates.NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"certificates need {', '.join(missing)} (pip install minimax_lab[verify])")


def test_what_multipliers_leave_over_is_added_to_the_bound(solver, monkeypatch):
    """One constraint t - (x'x/4 + yx/2) - 2 <= 0: half of x'x + 2xy has the eigenvalues given."""
    gram = np.array([[-0.5, 0.25], [0.75, 0.0]])
    parts = SimpleNamespace(
        equality_or_inequality="inequality",
        expression=(gram, np.ones(1), -2.0),
        eval_dual=lambda: 1,
    )
    problem = SimpleNamespace(
        _list_of_constraints_sent_to_wrapper=[parts], _list_of_psd_sent_to_wrapper=[]
    )
    monkeypatch.setattr(
        "PEPit.tools.expressions_to_matrices.expression_to_matrices", lambda parts: parts
    )
    excess = np.linalg.eigvalsh([[0.5, -0.5], [-0.5, 0.0]])[-1]
    assert certificates._rechecked(problem, 3.0) == pytest.approx(2 + 3 * excess)


def test_certificates_agree_with_the_known_worst_cases(solver):
    descent = certificates.Question("descent", 0.1, 1.0, 0.3)()
    proximal = certificates.Question("proximal point", 0.2, 1.0, 0.7)()
    extragradient = certificates.Question("extragradient", 0.1, 1.0, 0.5)()
    past = certificates.Question("past extragradient", 0.1, 1.0, 0.5)()
    assert descent.value == pytest.approx(1 - 2 * 0.3 * 0.1 + 0.3**2, rel=1e-8)
    assert proximal.value == pytest.approx(1 / (1 + 0.7 * 0.2) ** 2, rel=1e-8)
    assert past.value == pytest.approx(
        extragradient.value, rel=1e-8
    )  # the first step of both is the same
    assert extragradient.value == pytest.approx(
        (21 / 22) ** 2, rel=1e-8
    )  # attained by a field with one kink, OP-2


def test_the_three_point_conditions_of_pepit_exclude_a_field_that_exists(solver, monkeypatch):
    import cvxpy
    import PEPit.operators.lipschitz_strongly_monotone_expensive as conditions

    def field(x):
        return x / 5 + 4 / 5 * max(
            x - 5 / 6, 0
        )  # slopes 1/5 and 1: strong monotonicity 0.2, Lipschitz constant 1

    ahead = 1 - field(1) / 2
    assert (1 - field(ahead) / 2) ** 2 == pytest.approx(
        (11 / 12) ** 2
    )  # the certificate at step 1/2, 0.84028
    monkeypatch.setattr(
        conditions, "Expression", cvxpy.Variable
    )  # so that the conditions are on numbers
    operator = conditions.LipschitzStronglyMonotoneOperatorExpensive(mu=0.2, L=1.0)
    looked_at = [number for x in (0.0, 1.0, ahead) for number in (x, field(x))]
    matrix, slack = (
        cvxpy.bmat(operator.get_psd_constraint_i_j_k(*looked_at, opt=1).tolist()),
        cvxpy.Variable(),
    )
    problem = cvxpy.Problem(
        cvxpy.Maximize(slack), [(matrix + matrix.T) / 2 - slack * np.eye(7) >> 0, slack <= 1]
    )
    assert (
        problem.solve(solver="CLARABEL") < -1e-3
    )  # it would have to be positive semi-definite for some values of the unknowns


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
