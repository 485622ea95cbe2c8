"""Rules at their best settings, beside each other at equal cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..analysis.tuning import MOST, Tuned, tunable, tune
from ..checks import InputError
from ..directions import Cost
from ..labels import label
from ..rules import UpdateRule
from . import output
from .named_games import Place, resting


@dataclasses.dataclass(frozen=True)
class Standing:
    """A rule at its best, and what an update costs: `cost` in its parts, `blocks` all in all, a
    product as two whole fields.
    """

    tuned: Tuned
    cost: Cost
    blocks: int

    def per(self, units: float) -> float | None:
        """The rate for one of so many units an update; None of none."""
        return self.tuned.rate / units if units else None


def best(where: Place, walks: Mapping[str, UpdateRule], said: output.Notice) -> dict[str, Tuned]:
    """Every rule with its first settings, two at most, at their best; by its label then."""
    x = resting(where, where.start)
    if x is None:
        raise InputError(
            f"Newton's method finds no equilibrium of {where.title} from its start, so there is no "
            f"radius to tune; give a nearer --start."
        )
    found: dict[str, Tuned] = {}
    for name, rule in walks.items():
        said(f"tuning {name}")
        tuned = tune(where.game, rule, tunable(rule)[:MOST], x=x, progress=True)
        # Two rules may come to the same settings.
        short = label(tuned.rule)
        found[f"{short}, from {name}" if short in found else short] = tuned
    return found


def described(standing: Standing, seconds: float | None) -> dict[str, object]:
    """A standing for machines."""
    tuned, cost = standing.tuned, standing.cost
    return {
        "settings": tuned.settings,
        "radius": tuned.radius,
        "defective": tuned.defective,
        "edge": tuned.edge,
        "rate": tuned.rate,
        "rate_per_gradient": standing.per(cost.gradients),
        "rate_per_product": standing.per(cost.products),
        "rate_per_block": standing.per(standing.blocks),
        "rate_per_second": None if seconds is None else standing.per(seconds),
    }


def tell(standings: Mapping[str, Standing], seconds: Mapping[str, float]) -> None:
    """The league table, the fastest for its cost first."""
    rows = []
    for name, one in sorted(standings.items(), key=lambda pair: pair[1].per(pair[1].blocks) or 0):
        rates = [one.per(u) for u in (1, one.cost.gradients, one.cost.products, one.blocks)]
        notes = ["defective"] * one.tuned.defective + [f"{e} at an end" for e in one.tuned.edge]
        per_second = one.per(seconds[name])
        shown = [output.short(rate, 5) for rate in (*rates, per_second)]
        rows.append([name, f"{one.tuned.radius:.6g}", *shown, ", ".join(notes)])
    columns = ("at its best", "radius", "rate", "/gradient", "/product", "/block", "/second", "")
    output.line("\nlog error per update, and for each of what it costs:\n")
    output.table(columns, rows)
