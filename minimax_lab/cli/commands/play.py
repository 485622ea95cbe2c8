"""`minimax-lab play`: one rule on one game."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import jax
import numpy as np

from ...labels import label
from ...rules import UpdateRule
from ...running.judge import Judge
from ...running.observables import losses, position, residual
from ...running.program import Observables
from ...running.record import Run
from ...running.verbs import run
from .. import options, output
from ..expressions import read_rule
from ..named_games import Place, place
from ..options import OnGame, option

WATCHED: Observables = {"residual": residual, "losses": losses, "position": position}
SMALL = 64  # numbers in a profile up to which its whole way is kept


@dataclasses.dataclass(frozen=True, kw_only=True)
class Play(OnGame):
    """Walk one rule on one game: where it ends, with what verdict, at what cost.

    minimax-lab play dirac_gan --rule "Alternating(0.2, Momentum(-0.5))" -o walk.npz
    """

    rule: str = option(
        "Simultaneous(0.1)",
        "RULE",
        'Such as "Alternating(0.2, Momentum(-0.5))"; `minimax-lab rules` lists the names.',
    )
    start: str | None = options.start()
    steps: int = options.steps()
    every: int = option(1, "N", "Updates between two observed rows of the file.")
    tolerance: float = options.tolerance()
    output: str | None = options.file(
        "The run as .npz (mm.Run.load reads it), the residual's curve as a picture, or the walk as "
        "it goes as .gif, .html or .mp4."
    )

    def run(self) -> None:
        """Walk, then say what came of it."""
        target = output.checked(self.output, (".npz", *output.PICTURES, *output.FILMS))
        rule, where = read_rule(self.rule), place(self.game, self.settings, self.start, self.seed)
        small = sum(leaf.size for leaf in jax.tree.leaves(where.start)) <= SMALL
        watched = WATCHED if small else {name: WATCHED[name] for name in ("residual", "losses")}
        kept = target if target and target.suffix.lower() == ".npz" else None
        judge = Judge(tolerance=self.tolerance)
        began = time.time()
        try:
            done = run(
                where.game,
                rule,
                where.start,
                self.steps,
                key=where.key,
                observe=watched,
                every=self.every,
                judge=judge,
                progress=True,
                save=kept,
            )
        except KeyboardInterrupt as error:
            saved = kept and kept.exists() and kept.stat().st_mtime >= began
            raise type(error)(f"the run so far is in {kept}" if saved else "") from None
        if target and target.suffix.lower() in output.PICTURES:
            from ... import draw

            draw.save(draw.curves({label(rule): done}, "residual", ylabel=output.RESIDUAL), target)
        if target and target.suffix.lower() in output.FILMS:
            from ... import draw

            planar = sum(leaf.size for leaf in jax.tree.leaves(where.start)) == 2
            shown = None if planar else "residual"
            draw.animate({label(rule): done}, target, observable=shown, progress=True)
        unsaved = done.about.get("unsaved", "")
        told = summary(where, rule, done) | {"file": output.elsewhere(done) if unsaved else target}
        self.answer(lambda: told, lambda: _tell(where, rule, done, told))
        if unsaved:
            raise SystemExit(1)


def summary(where: Place, rule: UpdateRule, done: Run) -> dict[str, Any]:
    """What came of one run, for machines."""
    verdict, spent = done.verdict, rule.cost(len(where.start)).times(int(done.verdict.steps))
    return {
        "game": where.title,
        "rule": " ".join(repr(rule).split()),
        "verdict": str(verdict.kind),
        "steps": int(verdict.steps),
        "residual": float(verdict.residual),
        "period": float(verdict.period),
        "start": where.start,
        "final": done.final,
        "losses": np.asarray(done.observed["losses"])[-1],
        "spent": spent._asdict(),
        "seconds": done.about["seconds"],
        "device": done.about["device"],
    }


def _tell(where: Place, rule: UpdateRule, done: Run, told: dict[str, Any]) -> None:
    output.named(
        {
            "game": where.title,
            "rule": label(rule),
            "verdict": str(done.verdict),
            "start": output.short(where.start),
            "final": output.short(done.final),
            "losses": output.short(told["losses"]),
            "spent": ", ".join(f"{count} {name}" for name, count in told["spent"].items() if count),
            "seconds": f"{told['seconds']:.3g} (compilation included)",
        }
    )
    output.written(told["file"])
