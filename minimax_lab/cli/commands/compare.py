"""`minimax-lab compare`: several rules side by side on one game."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from ...analysis.rates import Rate, measured_rate
from ...analysis.spectrum import update_spectrum
from ...analysis.tuning import Tuned
from ...checks import InputError, whole
from ...directions import Cost
from ...rules import UpdateRule
from ...running.judge import Judge, Outcome
from ...running.observables import residual
from ...running.program import Observables
from ...running.record import Run
from ...running.verbs import run
from .. import league, options, output
from ..expressions import read_rules
from ..named_games import Place, place, resting
from ..options import OnGame, option

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WATCHED: Observables = {"residual": residual}
USUAL = ("Simultaneous(0.1)", "Alternating(0.1)", "Extragradient(0.1)", "Optimistic(0.1)")
# how far from an equilibrium, relative to its size, a run may have ended to be predicted by it
NEAR = 1e-2
SMALL = 1e-6  # a stalled run with a residual below this has come to where the field fades
ROUNDING = 1e-14  # a rate this small is none, and none is known better
LONG = 5.0  # seconds; a longer run is not repeated to be timed without its compilation


@dataclasses.dataclass(frozen=True)
class Result:
    """One rule's line: how it ran, when it was there, how fast it went and should have gone, what
    it cost.
    """

    name: str
    rule: UpdateRule
    run: Run
    reached: int | None
    measured: Rate
    predicted: float | None
    unpredicted: str
    spent: Cost


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compare(OnGame):
    """Several rules on one game: verdict, updates to the tolerance, measured and predicted rate,
    cost, seconds.

    A rate is the change of log residual per update (negative: converging); measured with its 95 %
    interval between residuals of 1e-4 and 1e-12, or over the run's second half where they are never
    reached; predicted by the spectrum of the update at the equilibrium nearest to the end. The
    cost, in gradient blocks and Jacobian products, is up to the tolerance, else whole.

    Without --rule: simultaneous, alternating, extragradient and optimistic descent with step 0.1.

    --best tunes every rule first, so that its update contracts fastest at the equilibrium, and adds
    a table of rates at equal cost.

    minimax-lab compare quadratic --rule "Simultaneous(0.2)" --rule "Optimistic(0.2)" -n 500 -o
    compare.pdf
    """

    rule: tuple[str, ...] = options.rules()
    start: str | None = options.start()
    steps: int = options.steps()
    tolerance: float = options.tolerance()
    best: bool = option(False, "", "Tune the first two settings of every rule.")
    output: str | None = options.file(
        "The residuals against updates and against cost, .png or .pdf."
    )

    def run(self) -> None:
        """Run them one after another, then print the table."""
        target = output.checked(self.output, output.PICTURES)
        walks = read_rules(self.rule or USUAL)
        whole(self.steps, "--steps")
        where = place(self.game, self.settings, self.start, self.seed)
        said = output.Notice()
        best = league.best(where, walks, said) if self.best else {}
        walks = {name: tuned.rule for name, tuned in best.items()} or walks
        results = []
        for i, (name, rule) in enumerate(walks.items()):
            said(f"rule {i + 1} of {len(walks)}: {name}")
            results.append(self._result(where, name, rule))
        if target:
            from ... import draw

            draw.save(_picture(where, results), target)
        rules = [_described(result) for result in results]
        standings = {r.name: _standing(where, r, best[r.name]) for r in results if best}
        for described, result in zip(rules, results, strict=True):
            if best:
                described["best"] = league.described(standings[result.name], _pace(result))
        told = {"game": where.title, "start": where.start, "rules": rules, "file": target}

        def tell() -> None:
            _tell(where, results, target)
            if best:
                league.tell(standings, {result.name: _pace(result) for result in results})

        self.answer(lambda: told, tell)

    def _result(self, where: Place, name: str, rule: UpdateRule) -> Result:
        def go(progress: bool) -> Run:
            judge = Judge(tolerance=self.tolerance)
            return run(
                where.game,
                rule,
                where.start,
                self.steps,
                key=where.key,
                observe=WATCHED,
                judge=judge,
                progress=progress,
            )

        done = go(True)
        if done.about["seconds"] < LONG:
            done = go(False)
        errors = np.asarray(done.observed["residual"], float)
        floor = 8 * float(jnp.finfo(where.start.dtype).eps) * (1 + float(done.final.norm()))
        # A small residual is then no sign of an equilibrium.
        faded = done.verdict.kind == Outcome.STALLED
        there = np.flatnonzero(~np.bool_(faded) & (errors <= max(self.tolerance, floor)))
        reached = int(done.indices[there[0]]) if len(there) else None
        steps = int(done.verdict.steps) if reached is None else reached
        predicted, why = _predicted(where, rule, done)
        return Result(
            name,
            rule,
            done,
            reached,
            _measured(done, errors),
            predicted,
            why,
            rule.cost(len(where.start)).times(steps),
        )


def _standing(where: Place, result: Result, tuned: Tuned) -> league.Standing:
    players = len(where.start)
    cost = result.rule.cost(players)
    return league.Standing(tuned, cost, _blocks(cost, players, where.start.ravel()[0].size))


def _pace(result: Result) -> float:
    """Seconds an update."""
    return result.run.about["seconds"] / max(1, int(result.run.verdict.steps))


def _measured(done: Run, errors: np.ndarray) -> Rate:
    """Where the error passes from 1e-4 to 1e-12 (1e-2 to 1e-5 in single precision), else over the
    second half of the run.
    """
    low, high = (1e-12, 1e-4) if done.final.dtype == jnp.float64 else (1e-5, 1e-2)
    # A run that has left this window downwards has come to rounding, and what follows says nothing.
    below = np.flatnonzero(errors < low)
    end = int(below[0]) if len(below) else len(errors)
    rate = measured_rate(errors[:end], done.indices[:end], low=low, high=high)
    if not rate.reason:
        return rate
    usable = np.flatnonzero(np.isfinite(errors[:end]) & (errors[:end] > 0))
    usable = usable[len(usable) // 2 :]
    if len(usable) < 2 or np.ptp(errors[usable]) == 0:
        return rate
    half = errors[usable]
    return measured_rate(half, done.indices[usable], low=float(half.min()), high=float(half.max()))


def _predicted(where: Place, rule: UpdateRule, done: Run) -> tuple[float | None, str]:
    """The rate by the update's spectrum, or why there is none."""
    kind = done.verdict.kind
    try:
        x = resting(where, where.start if kind == Outcome.DIVERGED else done.final)
        if x is None:
            return None, "Newton's method finds no equilibrium"
        faded = kind == Outcome.STALLED and done.verdict.residual < SMALL
        if faded and float((x - done.final).norm()) > NEAR * (1 + float(x.norm())):
            return (
                None,
                f"it ended at {output.short(done.final)}, where the field fades away but no "
                f"equilibrium is near",
            )
        spectrum = update_spectrum(where.game, rule, x, key=where.key)
    except InputError as error:
        return None, str(error)
    if not spectrum.at_equilibrium:
        return None, f"the update moves the stationary profile by {spectrum.movement:.3g}"
    return spectrum.rate, ""


def _described(result: Result) -> dict[str, object]:
    verdict, measured = result.run.verdict, result.measured
    return {
        "rule": " ".join(repr(result.rule).split()),
        "name": result.name,
        "verdict": str(verdict.kind),
        "steps": int(verdict.steps),
        "residual": float(verdict.residual),
        "period": float(verdict.period),
        "steps_to_tolerance": result.reached,
        "measured_rate": measured.value,
        "measured_interval": measured.interval,
        "measured_reason": measured.reason,
        "predicted_rate": result.predicted,
        "predicted_reason": result.unpredicted,
        "spent": result.spent._asdict(),
        "seconds": result.run.about["seconds"],
        "final": result.run.final,
    }


def _tell(where: Place, results: list[Result], target: pathlib.Path | None) -> None:
    solves = any(result.spent.solves for result in results)
    columns = ["rule", "verdict", "to tol.", "rate (95 %)", "predicted", "gradients", "products"]
    rows = []
    for result in results:
        reached = "-" if result.reached is None else str(result.reached)
        predicted = "-" if result.predicted is None else _signed(result.predicted)
        row = [
            result.name,
            str(result.run.verdict.kind),
            reached,
            _interval(result.measured),
            predicted,
        ]
        row += [
            str(result.spent.gradients),
            str(result.spent.products),
            *([str(result.spent.solves)] if solves else []),
        ]
        rows.append([*row, f"{result.run.about['seconds']:.2g}"])
    output.line(f"{where.title} from {output.short(where.start)}\n")
    output.table([*columns, *(["solves"] if solves else []), "seconds"], rows)
    for result in results:
        if result.unpredicted:
            output.line(f"\nno prediction for {result.name}: {result.unpredicted}")
    output.written(target, "\n")


def _interval(rate: Rate) -> str:
    if rate.reason:
        return "-"
    half = (rate.interval[1] - rate.interval[0]) / 2
    return f"{_signed(rate.value)} ± {max(half, ROUNDING):.1g}"


def _signed(rate: float) -> str:
    return "0" if abs(rate) < ROUNDING else f"{rate:+.5g}"


def _picture(where: Place, results: list[Result]) -> Figure:
    """Two panels with one legend: against updates, and against what they cost."""
    from matplotlib.figure import Figure

    from ... import draw

    runs = {result.name: result.run for result in results}
    size = where.start.ravel()[0].size
    units = {
        result.name: _blocks(result.rule.cost(len(where.start)), len(where.start), size)
        for result in results
    }
    with draw.style():
        left, right = Figure(figsize=(8.2, 2.9), layout="constrained").subplots(1, 2, sharey=True)
        draw.curves(runs, "residual", left, ylabel=output.RESIDUAL)
        draw.curves(
            runs,
            "residual",
            right,
            across={name: units[name] * done.indices for name, done in runs.items()},
            xlabel="gradient blocks (a product: two fields)",
            ylabel=" ",
        )
        left.get_legend().remove()
    return left


def _blocks(cost: Cost, players: int, size: int) -> int:
    """An update's cost in gradient blocks: a product counts as two whole fields, a linear solve as
    `size` products.
    """
    return cost.gradients + 2 * players * (cost.products + size * cost.solves)
