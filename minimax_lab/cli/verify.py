"""`minimax-lab verify`: try to refute the theorems. They live in the repository, beside the
package, not in it.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pathlib
import sys
from typing import Annotated, Any, TextIO

from tyro.conf import FlagCreatePairsOff, Positional, arg

from ..checks import InputError, whole
from . import output
from .arguments import Json, Seed

THEORY = "theory.run"  # by name, since the package imports nothing that stands beside it


@dataclasses.dataclass(frozen=True)
class Verify:
    """Verify theorems: proofs, random instances, a search for counterexamples, controls; exit
    status 1 if a claim fails.

    minimax-lab verify NUM-3 --instances 10000
    """

    ids: Annotated[
        Positional[tuple[str, ...]],
        arg(
            metavar="ID",
            help="Which theorems, such as NUM-3; all by default.",
            help_behavior_hint="",
        ),
    ] = ()
    instances: Annotated[int, arg(metavar="N", help="Random instances a check.")] = 1000
    seed: Seed = 0
    full: Annotated[
        FlagCreatePairsOff[bool],
        arg(help="Slow scenarios too, and a long search in every size.", help_behavior_hint=""),
    ] = False
    replay: Annotated[
        str | None,
        arg(
            metavar="FILE",
            help="Meet a counterexample again that was kept before.",
            help_behavior_hint="",
        ),
    ] = None
    list: Annotated[
        FlagCreatePairsOff[bool], arg(help="Only list the theorems.", help_behavior_hint="")
    ] = False
    jobs: Annotated[
        int | None,
        arg(
            metavar="N",
            help="Processes side by side.",
            help_behavior_hint="(default: one a core, at most four)",
        ),
    ] = None
    output: Annotated[
        str | None,
        arg(
            aliases=["-o"],
            metavar="FOLDER",
            help="Where the report goes.",
            help_behavior_hint="(default: build/theory)",
        ),
    ] = None
    json: Json = False

    def run(self) -> None:
        """Verify, or replay, or list."""
        whole(self.instances, "--instances"), whole(self.seed, "--seed", 0)
        if self.jobs is not None:
            whole(self.jobs, "--jobs")
        theory = _theory()
        known = theory.theorems()
        if self.replay is not None:
            self._replayed(theory)
        elif self.list:
            self._listed(theory.chosen(self.ids, known))
        else:
            self._verified(theory, theory.chosen(self.ids, known))

    def _listed(self, chosen: Any) -> None:
        rows = [(theorem.id, theorem.name, theorem.kind) for theorem in chosen.values()]
        if self.json:
            output.machine(
                [{"id": name, "name": title, "kind": kind} for name, title, kind in rows]
            )
        else:
            output.table(("id", "statement", "kind"), rows)

    def _replayed(self, theory: Any) -> None:
        if self.ids or self.list:
            raise InputError("--replay takes no ID: the file says which theorem it speaks of.")
        holds, said = theory.again(self.replay)
        output.machine({"holds": holds, "said": said}) if self.json else output.line(said)
        if not holds:
            raise SystemExit(1)

    def _verified(self, theory: Any, chosen: Any) -> None:
        # A selection does not overwrite the report on everything.
        folder = (
            pathlib.Path(self.output)
            if self.output
            else theory.BUILD / "theory" / ("selected" if self.ids else "")
        )
        theory.cached()
        settings = {
            "instances": self.instances,
            "seed": self.seed,
            "full": self.full,
            "jobs": self.jobs,
        }
        report = theory.verify_all(
            chosen,
            folder,
            **settings,
            said=functools.partial(_told, sys.stderr if self.json else sys.stdout),
        )
        if self.json:
            output.machine(theory.report.facts(report))
        else:
            output.line(f"{report}. Report: {folder / 'report.html'}")
        if not report.passed:
            raise SystemExit(1)


def _told(where: TextIO, text: str) -> None:
    """A line that is seen at once, through a pipe too."""
    print(text, file=where, flush=True)


def _theory() -> Any:
    try:
        return importlib.import_module(THEORY)
    except ModuleNotFoundError as error:
        if error.name not in (THEORY, THEORY.split(".")[0]):
            raise
        raise InputError(
            "verify needs the theorems, which are not installed with the package but stand in its "
            "repository (theory/): run it there, or `make verify`."
        ) from None
