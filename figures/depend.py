"""Writes what make needs to know: which file is made from which, taken from the declarations.

Make compares dates; the digests under build/sources turn contents into dates, for a digest file is
rewritten only when the code it stands for has changed. Experiment and plot files are compared by
date as well, so touching one does what one expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from .declare import Experiment, Plot
from .jobs import Folders, say
from .sources import digest, keep, reached

LOCK = "requirements.lock"


def write(
    known: Mapping[str, Experiment],
    drawn: Mapping[str, Plot],
    folders: Folders,
    claimed: Iterable[str] = (),
) -> set[str]:
    """The make fragment, and the digests it refers to; gives the plots and tables left out, with a
    word, for want of a record. `claimed` are the experiments that claims read.
    """
    for count in (".jobs", ".failed"):
        (folders.build / count).unlink(missing_ok=True)
    ready = {name: plot for name, plot in drawn.items() if not _lacking(plot, known, folders)}
    figures = [name for name, plot in ready.items() if plot.kind == "plot"]
    tables = [folders.figure(plot) for plot in ready.values() if plot.kind == "table"]
    computed = [e for e in known.values() if folders.result(e).is_relative_to(folders.data)]
    prefix = "quick-" if folders.quick else ""
    decided = [folders.result(known[name]) for name in claimed]

    def several(paths: Iterable[Path]) -> str:
        return " ".join(_relative(path, folders) for path in paths)

    lines = [
        "# Written by `python -m figures depend`; do not edit.",
        f".PHONY: {prefix}compute-all {prefix}draw-all {prefix}tables-all {prefix}claims-all "
        f"{' '.join(f'{prefix}only-{name}' for name in ready)}",
        f"{prefix}FIGURES_DRAWN := {' '.join(figures)}",
        f"{prefix}compute-all: {several(folders.result(e) for e in computed)}",
        f"{prefix}draw-all: {several(folders.figure(p) for p in ready.values())}",
        f"{prefix}tables-all: {several(tables)}",
        f"{prefix}claims-all: {several(p for p in decided if p.is_relative_to(folders.data))}",
        f"\t@$(JOB) claims{' --quick' if folders.quick else ''}",
    ]
    for e in computed:
        needs = [
            _relative(e.path, folders),
            *_digests(e.path, folders),
            *_digests(folders.root / LOCK, folders),
        ]
        lines += _rule(folders.result(e), needs, f"compute {e.name}", folders)
    for name, plot in ready.items():
        read = [known[r] for r in plot.reads]
        needs = [
            _relative(plot.path, folders),
            *_digests(plot.path, folders),
            *(_relative(folders.result(e), folders) for e in read),
        ]
        # A record grows stale when its code changes, and the figure must then say so.
        needs += [
            d
            for e in read
            if e not in computed
            for d in (_relative(e.path, folders), *_digests(e.path, folders))
        ]
        lines += [
            *_rule(folders.figure(plot), needs, f"draw {name}", folders),
            f"{prefix}only-{name}: {_relative(folders.figure(plot), folders)}",
        ]
        other = ".csv" if plot.kind == "table" else ".pdf"
        if not folders.figure(plot).with_suffix(other).exists():
            folders.figure(plot).unlink(missing_ok=True)
    for name in sorted(drawn.keys() - ready.keys()):
        for e in _lacking(drawn[name], known, folders):
            say(
                f"skip {name}: there is no record of {e.name} ({e.cost}) yet; make record-{e.name} "
                f"computes it"
            )
    _renew(fragment(folders), "\n".join(lines) + "\n")
    keep(folders.root, folders.known)
    return drawn.keys() - ready.keys()


def fragment(folders: Folders) -> Path:
    """Where the rules are written."""
    return folders.build / ("quick.mk" if folders.quick else "figures.mk")


def _rule(target: Path, needs: list[str], job: str, folders: Folders) -> list[str]:
    needs = list(dict.fromkeys(needs))
    quick = " --quick" if folders.quick else ""
    return [
        f"{_relative(target, folders)}: {' '.join(needs)}",
        f'\t@$(JOB) {job}{quick} --total "$(TOTAL)" --because "$?"',
    ]


def _lacking(plot: Plot, known: Mapping[str, Experiment], folders: Folders) -> list[Experiment]:
    read = [known[name] for name in plot.reads]
    return [
        e
        for e in read
        if folders.result(e).is_relative_to(folders.records) and not folders.result(e).exists()
    ]


def _digests(start: Path, folders: Folders) -> list[str]:
    """One digest file for each file that `start` reaches."""
    found = []
    for name in reached(start, folders.root):
        path = folders.sources / name
        _renew(path, digest(folders.root / name))
        found.append(_relative(path, folders))
    return found


def _renew(path: Path, text: str) -> None:
    """Rewritten only if its content differs; only then is the package imported, which takes a
    while.
    """
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        from minimax_lab.files import put

        put(path, text)


def _relative(path: Path, folders: Folders) -> str:
    return path.relative_to(folders.root).as_posix()
