"""`minimax-lab report`: one page about trainings."""

from __future__ import annotations

import dataclasses

from ...files import put
from ...training import RunFolder, report
from .. import options, output
from ..options import Command, positional


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report(Command):
    """One HTML page about one training, or about several or the members of an ensemble side by
    side: settings and where they differ, curves, pictures, measures.

    minimax-lab report runs/one runs/other -o report.html
    """

    runs: tuple[str, ...] = positional("RUN", "Folders of `minimax-lab train`.", ())
    output: str | None = options.file("The page.", shown="default: report.html in the run's folder")

    def run(self) -> None:
        """Write it."""
        folders = [RunFolder(run) for run in self.runs]
        text = report(folders)
        given = self.output or str(folders[0].path / "report.html")
        target = output.checked(given, (".html",))
        assert target is not None
        put(target, text)
        self.answer(lambda: {"file": target}, lambda: output.written(target))
