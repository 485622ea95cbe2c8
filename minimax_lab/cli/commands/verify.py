"""`minimax-lab verify`: try to refute the theorems. They are a package of their own, `theory`,
installed beside this one.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib
import pathlib
import sys
from types import ModuleType
from typing import Any, TextIO

from ...checks import InputError, refuse, whole
from .. import options, output
from ..options import Command, option, positional

FIXED = 0  # the seed that every verification tries, beside the date's
MOST = 1000  # seeds; each is a verification of its own
MANY = 10**6  # instances, drawn all at once
THEORY = "theory.run"  # by name, since the package imports nothing that stands beside it
REPORTED = ("latex2mathml", "markdown_it")  # what a report is written with


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verify(Command):
    """Verify theorems: proofs, random instances, a search for counterexamples, controls; exit
    status 1 if a claim fails.

    minimax-lab verify NUM-3 --instances 10000
    """

    ids: tuple[str, ...] = positional("ID", "Which theorems, such as NUM-3; all by default.", ())
    instances: int = option(1000, "N", "Random instances a check.")
    seed: int | None = option(
        None, "N", "Of all randomness.", shown="default: two, a fixed one and today's"
    )
    seeds: int | None = option(None, "N", "So many: the fixed one, today's and those after it.")
    full: bool = option(False, "", "Slow scenarios too, and a long search in every size.")
    slack: bool = option(False, "", "Move every constant until its check fails.")
    replay: str | None = option(None, "FILE", "Meet a counterexample again that was kept before.")
    list: bool = option(False, "", "Only list the theorems.")
    jobs: int | None = option(
        None, "N", "Processes side by side.", shown="default: one a core, at most four"
    )
    executor: str | None = options.executor()
    output: str | None = options.file("Where the report goes.", "FOLDER", "default: build/theory")

    def run(self) -> None:
        """Verify, or replay, or list."""
        whole(self.instances, "--instances", most=MANY), self._seeds()
        if self.jobs is not None:
            whole(self.jobs, "--jobs")
            if self.executor is not None:
                raise InputError("--jobs and --executor exclude each other: one says who works.")
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
        facts = [{"id": name, "name": title, "kind": kind} for name, title, kind in rows]
        self.answer(lambda: facts, lambda: output.table(("id", "statement", "kind"), rows))

    def _replayed(self, theory: ModuleType) -> None:
        if self.ids or self.list:
            raise InputError("--replay takes no ID: the file says which theorem it speaks of.")
        holds, said = theory.again(self.replay)
        self.answer(lambda: {"holds": holds, "said": said}, lambda: output.line(said))
        if not holds:
            raise SystemExit(1)

    def _seeds(self) -> tuple[int, ...]:
        """The one that was asked for, or the fixed one and those that begin with today's date."""
        if self.seed is not None:
            if self.seeds is not None:
                raise InputError("--seed and --seeds exclude each other: one names the only seed.")
            return (whole(self.seed, "--seed", 0),)
        many = 2 if self.seeds is None else whole(self.seeds, "--seeds")
        if many > MOST:
            raise refuse("--seeds", many, f"at most {MOST}")
        today = int(f"{datetime.date.today():%Y%m%d}")
        return (FIXED, *range(today, today + many - 1))

    def _verified(self, theory: ModuleType, chosen: Any) -> None:
        # A selection does not overwrite the report on everything.
        folder = (
            pathlib.Path(self.output)
            if self.output
            else theory.BUILD / "theory" / ("selected" if self.ids else "")
        )
        theory.cached()
        told = functools.partial(_told, sys.stderr if self.json else sys.stdout)
        seeds = self._seeds()
        told(f"seeds {', '.join(map(str, seeds))}")
        report = theory.verify_all(
            chosen,
            folder,
            instances=self.instances,
            seeds=seeds,
            full=self.full,
            slack=self.slack,
            jobs=self.jobs,
            executor=self.executor,
            said=told,
        )
        line = f"{report}. Report: {folder / 'report.html'}"
        self.answer(lambda: theory.report.facts(report), lambda: output.line(line))
        if not report.passed:
            raise SystemExit(1)


def _told(where: TextIO, text: str) -> None:
    """A line that is seen at once, through a pipe too."""
    print(text, file=where, flush=True)


def _theory() -> ModuleType:
    try:
        return importlib.import_module(THEORY)
    except ModuleNotFoundError as error:
        if error.name not in REPORTED:
            raise
        raise InputError(
            f"verify writes a report, for which {error.name} is not installed; "
            'pip install "minimax_lab[verify]".'
        ) from None
