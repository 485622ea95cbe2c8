"""`minimax-lab compare`: several rules side by side on one game."""

from __future__ import annotations

import dataclasses
import pathlib

from ...analysis.comparisons import Compared, Comparison, compare
from ...checks import whole
from .. import options, output
from ..expressions import read_rules
from ..named_games import place
from ..options import OnGame, option

USUAL = ("Simultaneous(0.1)", "Alternating(0.1)", "Extragradient(0.1)", "Optimistic(0.1)")


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
    output: str | None = options.file("The residuals against updates and against cost.")

    def run(self) -> None:
        """Walk one after another, then print the table."""
        target = output.checked(self.output, output.PICTURES)
        walks = read_rules(self.rule or USUAL)
        whole(self.steps, "--steps")
        where = place(self.game, self.settings, self.start, self.seed)
        found = compare(
            where.game,
            walks,
            where.start,
            self.steps,
            key=where.key,
            tolerance=self.tolerance,
            equilibria=where.known,
            best=self.best,
            progress=True,
        )
        if target:
            from ... import draw

            draw.save(draw.comparison(found), target)
        rules = [_described(result) for result in found]
        told = {"game": where.title, "start": where.start, "rules": rules, "file": target}
        self.answer(lambda: told, lambda: _tell(where.title, found, target))


def _described(result: Compared) -> dict[str, object]:
    verdict, measured = result.run.verdict, result.measured
    best = {} if result.tuned is None else {"best": _at_its_best(result)}
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
    } | best


def _at_its_best(result: Compared) -> dict[str, object]:
    tuned, cost = result.tuned, result.cost
    assert tuned is not None
    return {
        "settings": tuned.settings,
        "radius": tuned.radius,
        "defective": tuned.defective,
        "edge": tuned.edge,
        "rate": tuned.rate,
        "rate_per_gradient": result.per(cost.gradients),
        "rate_per_product": result.per(cost.products),
        "rate_per_block": result.per(result.blocks),
        "rate_per_second": result.per(result.pace),
    }


def _tell(title: str, found: Comparison, target: pathlib.Path | None) -> None:
    output.line(f"{title} from {output.short(found.start)}\n")
    output.table(*found.table())
    for note in found.notes:
        output.line(f"\n{note}")
    output.written(target, "\n")
    columns, rows = found.league()
    if rows:
        output.line("\nlog error per update, and for each of what it costs:\n")
        output.table(columns, rows)
