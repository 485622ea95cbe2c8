"""python -m figures list | depend | compute NAME | carry NAME | draw NAME | claims | check |
contact | gallery | gpu; make calls these, and so may you.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from . import (
    arms,
    carry,
    claiming,
    contact,
    declare,
    depend,
    gallery,
    jobs,
    matrix,
    printed,
    queue,
    sources,
)

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Parse and do."""
    parser = argparse.ArgumentParser(prog="python -m figures", description=__doc__)
    parser.add_argument(
        "verb",
        choices=(
            *("list", "depend", "compute", "carry", "draw", "slow", "gpu"),
            *("gallery", "check", "contact", "claims"),
        ),
    )
    parser.add_argument(
        "name",
        nargs="?",
        help="an experiment to compute; a plot or table to draw or depend on; a plot to check; a "
        "folder of contact",
    )
    parser.add_argument("--quick", action="store_true", help="reduced settings, into build/quick")
    fuller = "compute the N-th of the fuller records, into build/gpu"
    parser.add_argument("--gpu", type=int, metavar="N", help=fuller)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no part later")
    parser.add_argument("--budget", type=float, default=float("inf"), help="of gpu, in seconds")
    parser.add_argument("--rehearse", action="store_true", help="of gpu, at tiny sizes on a CPU")
    parser.add_argument("--out", type=Path, help="of gpu, a folder for one archive of all")
    parser.add_argument("--because", default="", help="the newer files, given by make")
    parser.add_argument("--total", default="", help="how many jobs this make has, given by make")
    parser.add_argument(
        "--like",
        default="HEAD",
        help="the revision whose code made the record that is to be carried over",
    )
    given = parser.parse_args()
    os.chdir(ROOT)
    jobs.prepare()
    if (make := os.environ.get("MAKE_PROCESS", "")) and given.verb in ("compute", "draw"):
        from minimax_lab.signals import end_with  # with jax, which must be told before

        end_with(int(make))
    known = declare.experiments(ROOT)
    figures = declare.plots(ROOT, known)
    drawn = _drawn(figures, declare.tables(ROOT, known))
    folders = jobs.Folders(ROOT, given.quick or given.rehearse, given.rehearse)
    because, total = given.because.split(), int(given.total or 0)
    sources.recall(ROOT, folders.known)
    if given.verb == "list":
        _list(known, drawn)
    elif given.verb == "slow":
        print(*(e.name for e in known.values() if e.cost == "slow"))
    elif given.verb == "depend":
        left_out = depend.write(known, drawn, folders, claiming.read(ROOT, known))
        if given.name and _known(given.name, drawn, "plot or table") in left_out:
            sys.exit(1)
    elif given.verb == "gallery":
        matrix.write(known["verdicts"], folders)
        print(f"{gallery.write(figures, known, folders).relative_to(ROOT)} is written")
    elif given.verb == "claims":
        for line in claiming.decide(known, folders):
            print(line)
    elif given.verb == "check":
        _check(folders, given.name)
    elif given.verb == "contact":
        folder = Path(given.name) if given.name else folders.figures
        sheets = contact.write(folder, folders.build / "contact" / folder.name)
        print(*(sheet.relative_to(ROOT) for sheet in sheets), sep="\n")
    elif given.verb == "gpu":
        queue.work(known, folders, given.budget, given.rehearse, given.out)
    elif given.verb == "compute":
        until = time.monotonic() + given.seconds
        one = known[_known(given.name, known, "experiment")]
        if given.gpu is not None and not 0 <= given.gpu < (has := len(one.gpu)):
            raise SystemExit(f"{one.name} has {has} fuller records, from 0, not {given.gpu}")
        with jobs.noted(folders, one.name) if total else contextlib.nullcontext():
            jobs.compute(one, folders, because, total, given.gpu, until)
    elif given.verb == "carry":
        carry.carry(known[_known(given.name, known, "experiment")], given.like, folders)
    else:
        plot = drawn[_known(given.name, drawn, "plot or table")]
        with jobs.noted(folders, plot.name) if total else contextlib.nullcontext():
            jobs.draw(plot, known, folders, because, total)


def _drawn(
    figures: dict[str, declare.Plot], tables: dict[str, declare.Plot]
) -> dict[str, declare.Plot]:
    """Both, of which no two may have one name."""
    if twice := sorted(figures.keys() & tables.keys()):
        raise declare.DeclarationError(f"{', '.join(twice)}: a plot and a table of one name")
    return figures | tables


def _list(known: dict[str, declare.Experiment], drawn: dict[str, declare.Plot]) -> None:
    for e in known.values():
        print(f"{e.name:32} {e.cost:6} {e.path.relative_to(ROOT)}")
    for plot in drawn.values():
        verb = "draws" if plot.kind == "plot" else "writes"
        print(f"{plot.name:32} {verb:6} {', '.join(plot.reads)}")


def _check(folders: jobs.Folders, name: str | None) -> None:
    """Read back what was drawn, and say what no printed page should have."""
    drawn = sorted(path.stem for path in folders.figures.glob("*.pdf"))
    if not drawn or (name and name not in drawn):
        raise SystemExit(f"{name or 'nothing'} is not drawn in {folders.figures}; make figures")
    if found := list(printed.faults(folders.figures, [name] if name else drawn)):
        raise SystemExit("\n".join(found))
    count = 1 if name else len(drawn)
    print(
        f"{count} figures have the width of a column or a page, letters of 7 to 9 points, and no "
        f"text over the edge or over other text."
    )


def _known(name: str | None, names: Iterable[str], kind: str) -> str:
    if name in names:
        return str(name)
    raise SystemExit(
        f"{name} is no {kind}{declare.meant(name or '', names)} (python -m figures list)"
    )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; nothing half-written was left")
    except arms.OutOfTimeError as part:
        print(f"stopped before {part}, for which no time is left; what is made is kept")
        sys.exit(queue.LATER)
