"""A rate that no game of a class exceeds, with its proof, beside the worst game that was found."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np

from ..calls import checked
from ..checks import demand_flag, number, refuse, whole
from ..labels import label
from ..rules.base import UpdateRule
from ..running.prepare import demand_rule
from ..running.progress import Meter
from .classes import Fields, GameClass, Spectra
from .programme import Multipliers, Programme, Solver, programme, proves
from .regions import RegionProof, region_proof

FINE = 2**48  # denominators of a rate
LEAST = 1e-9  # of a tolerance: the solver knows no more


@dataclasses.dataclass(frozen=True, eq=False)
class FieldProof:
    """A quadratic Lyapunov function over a `window` of past updates, and the multipliers of the
    class's inequalities, all fractions.
    """

    rule: UpdateRule
    over: Fields
    rate: Fraction
    window: int
    multipliers: Multipliers

    def check(self) -> bool:
        """Whether both forms of the programme, made again from the rule, are positive definite by
        the pivots of an exact elimination.
        """
        return proves(_asked(self.rule, self.over, self.window), self.rate, self.multipliers)

    def __str__(self) -> str:
        used = [
            sum(weight > 0 for weight in part)
            for part in (self.multipliers.falling, self.multipliers.positive)
        ]
        size = len(self.multipliers.P[0])
        seen = f" over the state and {self.window} updates" if self.window else " of the state"
        lines = [
            f"V(next) <= {float(self.rate):.12g}^2 V for a form V of {size} numbers a player{seen}",
            f"{used[0]} inequalities for its decrease, {used[1]} for V >= |x - x*|^2",
        ]
        for player, form in enumerate(self.multipliers.P):
            for row in form:
                shown = " ".join(f"{float(e):12.6g}" for e in row)
                lines.append(f"P[{player}]: {shown}")
        return "\n  ".join(lines)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Certificate:
    """|error after t updates| <= const rate^t for every game of the class, with its `proof`.

    `found` is the rate of the worst game that was found, linear ones of a class of fields: the
    truth lies between the two. `rate` and `found` are per update; the proof is over a `period`.
    """

    rule: UpdateRule
    over: GameClass
    rate: float
    found: float
    worst: np.ndarray
    period: int
    proof: RegionProof | FieldProof

    @property
    def gap(self) -> float:
        """rate / found - 1."""
        return self.rate / self.found - 1 if self.found > 0 else math.inf

    def check(self) -> bool:
        """Whether the proof holds, checked in exact arithmetic by another road than it was found
        by.
        """
        return self.proof.check()

    def __repr__(self) -> str:
        rates = f"rate at most {self.rate:.9g}, found {self.found:.9g}"
        return f"Certificate({label(self.rule)} on {self.over!r}: {rates})"

    def __str__(self) -> str:
        shown = np.array2string(np.squeeze(self.worst), precision=6, separator=", ")
        return "\n  ".join(
            [
                f"{label(self.rule)} on {self.over!r}",
                f"rate at most {self.rate:.9g} per update, certified",
                f"worst found {self.found:.9g}, at {' '.join(shown.split())}; gap {self.gap:.2g}",
                *str(self.proof).split("\n  "),
            ]
        )


@checked
def certify(
    rule: UpdateRule,
    over: GameClass,
    *,
    window: int = 1,
    tolerance: float = 1e-6,
    progress: bool = False,
) -> Certificate:
    """The least rate with |error after t updates| <= const rate^t that can be proved for a class of
    games.

    For quadratic games by their spectra it is the worst radius itself, proved by Schur's recursion
    and Sturm's theorem. For classes of nonlinear fields it comes from a quadratic Lyapunov
    function, found by a semidefinite programme (Clarabel, in the extra `verify`) made of the rule's
    own update, and proved in fractions.

    Arguments:
        rule: an update rule that is arithmetic in the field, with numbers for its settings.
        over: the class, such as `Monotone(mu=0.1, L=1.0)` or `Disc(1.0, 0.5)`.
        window: how many past updates the Lyapunov function may look back; all up to it are tried.
        tolerance: how near the least rate is approached.
        progress: whether to show a meter on the terminal.

    Returns:
        The rate, the worst game found from below, and the proof.

    Examples:
        >>> import minimax_lab as mm
        >>> proved = mm.certify(mm.Extragradient(0.5), mm.Interval(0.1, 1.0))
        >>> print(f"{proved.rate:.6f}", proved.check())
        0.952500 True
    """
    demand_rule(rule)
    number(tolerance, "tolerance", least=LEAST, below=1)
    whole(window, "window", 0, 4)
    demand_flag(progress, "progress")
    if isinstance(over, Spectra):
        return _of_spectra(rule, over)
    if isinstance(over, Fields):
        return _of_fields(rule, over, window, tolerance, progress)
    raise refuse("over", over, "a class of games, such as mm.Monotone(mu=0.1, L=1.0)")


def _of_spectra(rule: UpdateRule, over: Spectra) -> Certificate:
    found, where, proof = region_proof(rule, over)
    period = rule.rest.period
    rate = float(proof.bound) ** (1 / period)
    return Certificate(rule, over, rate, found ** (1 / period), np.array(where), period, proof)


def _of_fields(
    rule: UpdateRule, over: Fields, window: int, tolerance: float, progress: bool
) -> Certificate:
    least, where = _worst_linear(rule, over)
    if least >= 1:
        shown = " ".join(str(np.squeeze(where)).split())
        cause = f"It grows by {least:.6g} on the linear field {shown} of the class."
        raise refuse("rule", label(rule), "one that contracts on the class", cause)
    best: FieldProof | None = None
    meter = Meter(window + 1, shown=progress, label="windows")
    try:
        for seen in range(window + 1):
            best = _bisected(rule, over, seen, least, tolerance, best, meter)
            if best is not None and float(best.rate) <= least * (1 + 2 * tolerance):
                break
    finally:
        meter.close()
    if best is None:
        cause = (
            f"No rate below one could be proved; the worst linear field found has {least:.6g}. A "
            "longer window may do."
        )
        raise refuse("rule", label(rule), "one that is seen to contract on the class", cause)
    period = rule.rest.period
    rate = float(best.rate) ** (1 / period)
    return Certificate(rule, over, rate, least ** (1 / period), where, period, best)


def _bisected(
    rule: UpdateRule,
    over: Fields,
    window: int,
    least: float,
    tolerance: float,
    best: FieldProof | None,
    meter: Meter,
) -> FieldProof | None:
    """The least rate that this window proves, or the best so far where that is no larger."""
    asked = _asked(rule, over, window)
    solver = Solver(asked)
    low, high = least, 1.0 if best is None else float(best.rate)
    rate = min(least * (1 + tolerance), (low + high) / 2)
    while high - low > tolerance * least:
        exact = Fraction(math.ceil(rate * FINE), FINE)
        answer = solver(float(exact))
        if answer is not None and proves(asked, exact, answer):
            high, best = float(exact), FieldProof(rule, over, exact, window, answer)
        else:
            low = rate
        rate = (low + high) / 2
        meter.show(window, f"a rate between {low:.6f} and {high:.6f}")
    return best


def _asked(rule: UpdateRule, over: Fields, window: int) -> Programme:
    from ..symbolic.feedback import feedback

    return programme(feedback(rule), over.players, window, over.inequalities)


def _worst_linear(rule: UpdateRule, over: Fields) -> tuple[float, np.ndarray]:
    """The largest radius of the update over linear members of the class, and which."""
    from ..symbolic.feedback import feedback

    found = feedback(rule)
    players = max(len(found.systems), over.players)
    fields = over.linear(players)
    systems = found.systems * players if found.alike else found.systems
    A, B, C, D = (
        _blocks([np.array(getattr(system, name), float) for system in systems]) for name in "ABCD"
    )
    mixed = np.einsum("kij,ab->kiajb", fields, np.eye(systems[0].looks))
    mixed = mixed.reshape(len(fields), B.shape[1], B.shape[1])
    inner = np.linalg.solve(np.eye(B.shape[1]) - mixed @ D, mixed @ C)
    radii = np.max(np.abs(np.linalg.eigvals(A + B @ inner)), axis=1)
    at = int(np.argmax(radii))
    return float(radii[at]), fields[at]


def _blocks(parts: list[np.ndarray]) -> np.ndarray:
    from scipy.linalg import block_diag

    return block_diag(*parts)
