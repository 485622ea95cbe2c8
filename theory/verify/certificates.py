r"""Worst cases from above, by semidefinite programming: no mu-strongly monotone L-Lipschitz
operator does worse.

PEPit writes the question as an SDP over the Gram matrix G of the start and the operator's values:
maximise |x_n - x*|^2 where
|x_0 - x*|^2 <= 1 and the values at any two points satisfy both inequalities of the class. Those are
necessary, so the value is a valid bound, but not always sufficient for an operator to exist, so it
need not be attained. The solver is named (Clarabel), an inaccurate status is refused, and its
multipliers are not taken on trust: with l >= 0 on the constraints c <= 0,

    |x_n - x*|^2 <= sum of l c's constants + e trace(G),   e = the largest eigenvalue of what is
    left on G,

is recomputed in NumPy, and trace(G) bounded by the class itself. That number, not the solver's, is
the certified one.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import warnings
from typing import Any

import numpy as np

from ..theorem import Certificate
from .results import Certified

NEEDED = ("PEPit", "cvxpy", "clarabel")
TIGHT = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-10)
AGREEMENT = 1e-6  # between the certified value and the reference in the statement, relative


@dataclasses.dataclass(frozen=True)
class Question:
    """The worst |x_n - x*|^2 / |x_0 - x*|^2 after `updates` of a method with this step, over the
    class.

    `method` is "descent", "extragradient", "past extragradient" or "proximal point". PEPit 0.5 has
    further conditions, on three points at a time; they exclude fields that exist and are not used
    (a test has such a field).
    """

    method: str
    monotonicity: float
    lipschitz: float
    step: float
    updates: int = 1

    def __call__(self) -> Certified:
        """The certified worst case; raises where the solver does not vouch for its answer."""
        problem, points = self._posed()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the modelling language's own use of others
            value = problem.solve(wrapper="cvxpy", solver="CLARABEL", verbose=0, **TIGHT)
        status, solver = problem.wrapper.prob.status, problem.wrapper.solver_name
        if status != "optimal" or solver != "CLARABEL":
            raise RuntimeError(
                f"{solver} answers {status!r}, but only 'optimal' from CLARABEL is taken"
            )
        certified = _rechecked(problem, self._trace(points))
        return Certified(
            certified,
            "Clarabel",
            f"multipliers rechecked, {certified - value:+.0e} on the solver's value",
        )

    def _posed(self) -> tuple[Any, int]:
        """The problem in PEPit, and how many points the operator is asked at."""
        from PEPit import PEP
        from PEPit.operators import LipschitzStronglyMonotoneOperatorCheap

        problem = PEP()
        operator = problem.declare_function(
            LipschitzStronglyMonotoneOperatorCheap, mu=self.monotonicity, L=self.lipschitz
        )
        solution, start = operator.stationary_point(), problem.set_initial_point()
        problem.set_initial_condition((start - solution) ** 2 <= 1)
        end = self._walked(operator, start)
        problem.set_performance_metric((end - solution) ** 2)
        return problem, len(operator.list_of_points)

    def _walked(self, operator: Any, x: Any) -> Any:
        """The method on PEPit's points."""
        from PEPit.primitive_steps import proximal_step

        past = None
        for _ in range(self.updates):
            if self.method == "descent":
                x = x - self.step * operator.gradient(x)
            elif self.method == "extragradient":
                x = x - self.step * operator.gradient(x - self.step * operator.gradient(x))
            elif self.method == "past extragradient":
                past = operator.gradient(
                    x - self.step * (operator.gradient(x) if past is None else past)
                )
                x = x - self.step * past
            elif self.method == "proximal point":
                x, _, _ = proximal_step(x, operator, self.step)
            else:
                raise ValueError(f"method is {self.method!r}")
        return x

    def _trace(self, points: int) -> float:
        """A bound on trace(G) = |x_0|^2 + sum |F|^2, x* = 0: each look is at most (1 + step L)
        times as far as one before.
        """
        growth = (1 + self.step * self.lipschitz) ** 2
        return 1 + sum(self.lipschitz**2 * growth**look for look in range(points - 1))


def compare(certificate: Certificate, least: float) -> Certified:
    """The certified worst case beside the worst found from below, whose margin is `least`."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return Certified(
            None,
            "",
            f"certificate skipped: {', '.join(missing)} not installed (pip install "
            f"minimax_lab[verify])",
        )
    certified = certificate.solve()
    found = certificate.reference * (1 - least)
    gap = 1 - found / certified.value
    agrees = abs(certified.value / certificate.reference - 1) <= AGREEMENT
    return dataclasses.replace(
        certified, found=found, gap=gap, passed=bool(agrees and gap >= -AGREEMENT)
    )


def _rechecked(problem: Any, trace: float) -> float:
    """The bound that the multipliers prove, recomputed."""
    from PEPit.tools.expressions_to_matrices import expression_to_matrices

    constraints = problem._list_of_constraints_sent_to_wrapper
    if problem._list_of_psd_sent_to_wrapper or any(
        c.equality_or_inequality != "inequality" for c in constraints
    ):
        raise RuntimeError("only scalar inequalities can be rechecked")
    parts = [expression_to_matrices(c.expression) for c in constraints]
    multipliers = np.maximum([float(c.eval_dual()) for c in constraints], 0.0)
    # The objective is the one free number t, bounded by t - |x_n - x*|^2 <= 0 alone: that
    # multiplier is one, exactly.
    free = np.array([np.sum(weights) for _, weights, _ in parts])
    multipliers = multipliers / (multipliers @ free)
    left = -sum(m * (gram + gram.T) / 2 for m, (gram, _, _) in zip(multipliers, parts, strict=True))
    excess = max(0.0, float(np.linalg.eigvalsh(left)[-1]))
    return float(
        -sum(m * constant for m, (_, _, constant) in zip(multipliers, parts, strict=True))
        + excess * trace
    )
