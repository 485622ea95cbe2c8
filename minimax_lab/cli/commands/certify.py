"""`minimax-lab certify`: a rate that no game of a class exceeds, and the worst game found."""

from __future__ import annotations

import dataclasses

from ...analysis.certify import Certificate
from ...analysis.certify import certify as certified
from ...analysis.classes import GameClass
from ...checks import InputError, refuse
from .. import options, output
from ..expressions import read, read_rules
from ..options import Command, option

CLASSES = "Monotone, Cocoercive, SaddlePoint, Interval, Rotation, Disc, Sector"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Certify(Command):
    """The least rate that can be proved for rules on a whole class of games, beside the worst game
    that was found.

    A rate is the factor of the error per update. The classes of nonlinear fields (Monotone,
    Cocoercive, SaddlePoint) need Clarabel, which the extra `verify` brings; those of spectra
    (Interval, Rotation, Disc, Sector) need nothing. Every proof is checked once more, in fractions.

    minimax-lab certify --rule "Extragradient(0.5)" --over "Monotone(0.1, 1.0)"
    """

    rule: tuple[str, ...] = options.rules()
    over: str = option("", "CLASS", f"The class: {CLASSES}.", shown="required")
    window: int = option(1, "N", "How many past updates a Lyapunov function may look back.")

    def run(self) -> None:
        """Prove, check, then print."""
        if not self.rule:
            raise refuse("--rule", "missing", 'a rule such as --rule "Extragradient(0.5)"')
        if not self.over:
            raise refuse("--over", "missing", 'a class such as --over "Monotone(0.1, 1.0)"')
        walks, over = read_rules(self.rule), read(self.over, "--over")
        if not isinstance(over, GameClass):
            raise refuse("--over", self.over, f"a class of games: {CLASSES}")
        said = output.Notice()
        found: dict[str, Certificate | str] = {}
        for name, rule in walks.items():
            said(f"certifying {name}")
            try:
                found[name] = certified(rule, over, window=self.window, progress=True)
            except InputError as error:
                if len(walks) == 1:
                    raise
                found[name] = str(error)
        told = [_described(name, one) for name, one in found.items()]
        self.answer(lambda: {"over": self.over, "rules": told}, lambda: _tell(self.over, told))


def _described(name: str, found: Certificate | str) -> dict[str, object]:
    if isinstance(found, str):
        return {"name": name, "reason": found}
    return {
        "name": name,
        "rate": found.rate,
        "found": found.found,
        "gap": found.gap,
        "worst": found.worst,
        "period": found.period,
        "checked": found.check(),
        "proof": str(found.proof),
    }


def _tell(over: str, told: list[dict[str, object]]) -> None:
    output.line(f"worst factor of the error per update over {over}\n")
    rows = [
        [
            str(one["name"]),
            *(output.short(one.get(key), 9) for key in ("rate", "found")),
            output.short(one.get("gap"), 2),
            {True: "yes", False: "NO", None: "-"}[one.get("checked")],  # type: ignore[index]
        ]
        for one in told
    ]
    output.table(("rule", "certified", "worst found", "gap", "checked"), rows)
    for one in told:
        output.line(f"\n{one['name']}: {one.get('reason', one.get('proof'))}")
