"""`minimax-lab records`: make the records of figures, side by side. Experiments live in the
repository, beside the package, not in it.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import sys
from types import ModuleType

from ...checks import InputError
from .. import options, output
from ..options import Command, option, positional

FIGURES = "figures.away"  # by name, since the package imports nothing that stands beside it


@dataclasses.dataclass(frozen=True, kw_only=True)
class Records(Command):
    """Make the records that figures are drawn from, many at once; by default those that are missing
    or no longer what their code computes. Exit status 1 if one fails, which costs no other.

    minimax-lab records --executor processes://2

    minimax-lab records gap_budget assist_steps --executor dask://10.0.0.1:8786
    """

    names: tuple[str, ...] = positional(
        "NAME", "Which experiments; `python -m figures list` has all.", ()
    )
    executor: str = option("processes://1", "ADDRESS", options.WHO)
    quick: bool = option(False, "", "Reduced settings, into build/quick.")
    list: bool = option(False, "", "Only list them, and why.")

    def run(self) -> None:
        """Make them, or list them."""
        away = _away()
        wanted = away.chosen(self.names)
        if self.list:
            reasons = {name: ", ".join(away.why(one)[:3]) for name, one in wanted.items()}
            rows = [(name, reason or "it is up to date") for name, reason in reasons.items()]
            self.answer(lambda: reasons, lambda: output.table(("record", "why"), rows))
            return
        stream = sys.stderr if self.json else sys.stdout
        told = functools.partial(print, file=stream, flush=True)
        done = away.made(wanted, self.executor, quick=self.quick, said=told)
        failed = [name for name, complaint in done.items() if complaint]
        line = f"{len(done) - len(failed)} made, {len(failed)} failed"
        self.answer(lambda: done, lambda: output.line(line if done else "all are up to date"))
        if failed:
            raise SystemExit(1)


def _away() -> ModuleType:
    try:
        return importlib.import_module(FIGURES)
    except ModuleNotFoundError as error:
        if error.name not in (FIGURES, FIGURES.split(".")[0]):
            raise
        raise InputError(
            "records needs the experiments, which are not installed with the package but stand in "
            "its repository (figures/): run it there, or `make records`."
        ) from None
