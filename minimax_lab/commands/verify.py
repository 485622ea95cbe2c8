"""`minimax-lab verify`: try to refute the theorems. They live in the repository, beside the package, not in it."""

from __future__ import annotations

import dataclasses
import importlib
import pathlib
import sys
from typing import Annotated, Any

from tyro.conf import FlagCreatePairsOff, Positional, arg

from ..checks import InputError, whole
from . import output
from .arguments import Json, Seed

THEORY = "theory.run"  # by name, since the package imports nothing that stands beside it


@dataclasses.dataclass(frozen=True)
class Verify:
    """Verify theorems: proofs, random instances, a search for counterexamples, controls; exit status 1 if a claim fails.

    minimax-lab verify NUM-3 --instances 10000
    """

    ids: Annotated[
        Positional[tuple[str, ...]],
        arg(metavar="ID", help="Which theorems, such as NUM-3; all by default.", help_behavior_hint=""),
    ] = ()
    instances: Annotated[int, arg(metavar="N", help="Random instances a check.")] = 1000
    seed: Seed = 0
    full: Annotated[
        FlagCreatePairsOff[bool], arg(help="Slow scenarios too, and a long search in every size.", help_behavior_hint="")
    ] = False
    replay: Annotated[
        str | None, arg(metavar="FILE", help="Meet a counterexample again that was kept before.", help_behavior_hint="")
    ] = None
    list: Annotated[FlagCreatePairsOff[bool], arg(help="Only list the theorems.", help_behavior_hint="")] = False
    output: Annotated[
        str | None,
        arg(aliases=["-o"], metavar="FOLDER", help="Where the report goes.", help_behavior_hint="(default: build/theory)"),
    ] = None
    json: Json = False

    def run(self) -> None:
        """Verify, or replay, or list."""
        whole(self.instances, "--instances"), whole(self.seed, "--seed", 0)
        theory = _theory()
        known = theory.theorems()
        if self.replay is not None:
            self._replayed(theory)
        elif self.list:
            chosen = theory.chosen(self.ids, known).values()
            rows = [(t.id, t.name, t.kind) for t in chosen]
            output.machine([dict(zip(("id", "name", "kind"), row, strict=True)) for row in rows]) if self.json else output.table(
                ("id", "statement", "kind"), rows
            )
        else:
            self._verified(theory, theory.chosen(self.ids, known))

    def _replayed(self, theory: Any) -> None:
        if self.ids or self.list:
            raise InputError("--replay takes no ID: the file says which theorem it speaks of.")
        holds, said = theory.again(self.replay)
        output.machine({"holds": holds, "said": said}) if self.json else output.line(said)
        if not holds:
            raise SystemExit(1)

    def _verified(self, theory: Any, chosen: Any) -> None:
        # A selection does not overwrite the report on everything.
        folder = pathlib.Path(self.output) if self.output else theory.BUILD / "theory" / ("selected" if self.ids else "")
        theory.cached()
        report = theory.verify_all(
            chosen, folder, instances=self.instances, seed=self.seed, full=self.full, said=_progress if self.json else output.line
        )
        output.machine(theory.report.facts(report)) if self.json else output.line(f"{report}. Report: {folder / 'report.html'}")
        if not report.passed:
            raise SystemExit(1)


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _theory() -> Any:
    try:
        return importlib.import_module(THEORY)
    except ModuleNotFoundError as error:
        if error.name not in (THEORY, THEORY.split(".")[0]):
            raise
        raise InputError(
            "verify needs the theorems, which are not installed with the package but stand in its repository (theory/): "
            "run it there, or `make verify`."
        ) from None
