"""The two kinds of work: compute an experiment, draw a plot. Each says why it runs, and how long it
took.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import arms, results, tabular
from .declare import Experiment, Plot
from .sources import reached

# Tracing makes objects by the million that live long: looking through them often costs a tenth.
RARELY = 200_000, 50, 100
BEGAN = "FIGURES_BEGAN"  # the variable of the environment that says when this make began


class Folders:
    """Where things lie: full results under build/, reduced ones under build/quick/, records beside
    the sources; what a GPU makes under build/gpu/, and its rehearsal under build/rehearsal/.
    """

    def __init__(self, root: Path, quick: bool = False, rehearse: bool = False):
        self.root, self.quick = root, quick
        self.build = root / "build"
        base = self.build / "quick" if quick else self.build
        self.data, self.figures, self.tables = base / "data", base / "figures", base / "tables"
        self.records = root / "figures" / "records"
        self.sources, self.parts = self.build / "sources", base / "parts"
        self.known = self.build / "known.json"  # which code reaches which, for the next process
        self.gpu = self.build / ("rehearsal" if rehearse else "gpu")

    def result(self, experiment: Experiment, length: int | None = None) -> Path:
        """What plots read: a record for slow and gpu experiments, unless the run is reduced; of the
        fuller records that a GPU makes, the one of this length.
        """
        if length is not None:
            return self.gpu / "records" / f"{experiment.name}-{length}.npz"
        recorded = experiment.cost != "cheap" and not self.quick
        return (self.records if recorded else self.data) / f"{experiment.name}.npz"

    def figure(self, plot: Plot) -> Path:
        """The target make looks at, written last: the PNG of a figure, the LaTeX of a table."""
        if plot.kind == "table":
            return self.tables / f"{plot.name}.tex"
        return self.figures / f"{plot.name}.png"


def compute(
    experiment: Experiment,
    folders: Folders,
    because: Sequence[str] = (),
    total: int = 0,
    length: int | None = None,
    until: float = float("inf"),
) -> None:
    """Run one experiment and save what it returns; no part of it is begun that would not end
    `until` then, on the clock that only goes forward. `length` asks for one of the fuller records.
    """
    path = folders.result(experiment, length)
    _announce("compute", experiment.name, path, because, folders, total)
    if experiment.cost == "gpu" and not folders.quick:
        _demand_gpu(experiment)
    if experiment.cost == "slow" and not folders.quick and length is None:
        _every_core_a_device()
    fuller = experiment.gpu[length] if length is not None and not folders.quick else {}
    settings = experiment.settings | fuller | (experiment.quick if folders.quick else {})
    function = getattr(
        importlib.import_module(f"figures.experiments.{experiment.path.stem}"), experiment.name
    )
    code, start = reached(experiment.path, folders.root), time.perf_counter()
    parts = folders.parts if length is None else folders.gpu / "parts"
    kept = experiment.name if length is None else path.stem
    with _heartbeat(experiment.name), arms.shelved(parts, kept, settings, code, until):
        arrays = {name: np.asarray(array) for name, array in function(**settings).items()}
    seconds = time.perf_counter() - start
    results.save(path, arrays, results.describe(experiment, settings, code, arrays, seconds))
    arms.forget(parts, kept)
    say(f"      {experiment.name}: {seconds:.1f} s, {path.stat().st_size / 1024:.0f} kB")


def draw(
    plot: Plot,
    known: Mapping[str, Experiment],
    folders: Folders,
    because: Sequence[str] = (),
    total: int = 0,
) -> None:
    """Draw one plot as PDF and PNG, or write one table as LaTeX, Markdown and CSV."""
    path = folders.figure(plot)
    _announce("draw" if plot.kind == "plot" else "write", plot.name, path, because, folders, total)
    read = {name: results.load(folders.result(known[name])) for name in plot.reads}
    stale = {
        name: results.outdated(r.header, known[name], folders.root)
        for name, r in read.items()
        if not r.header["reduced"]
    }
    with _heartbeat(plot.name):
        module = importlib.import_module(f"figures.{plot.kind}s.{plot.path.stem}")
        made = getattr(module, plot.name)(**read)
        for name, reasons in stale.items():
            if reasons:
                renew = f"make record-{name}" if known[name].cost != "cheap" else "make figures"
                say(
                    f"      {plot.name} is marked stale: {name}: {_several(reasons)}; {renew} "
                    f"renews it"
                )
        mark = (
            "reduced"
            if any(r.header["reduced"] for r in read.values())
            else "stale"
            if any(stale.values())
            else ""
        )
        if plot.kind == "table":
            tabular.save(made, path, plot, mark)
        else:
            _save(made, path, plot, mark)


def _save(figure: Any, path: Path, plot: Plot, mark: str) -> None:
    from matplotlib import pyplot

    from minimax_lab.draw.style import style
    from minimax_lab.files import writing

    if mark:
        stamp = {
            "fontsize": 60,
            "color": "crimson",
            "alpha": 0.25,
            "rotation": 30,
            "ha": "center",
            "va": "center",
        }
        figure.text(0.5, 0.5, mark, zorder=100, **stamp)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The style says how files are written too: fonts that can be searched, and the resolution.
    with style(), writing(path.with_suffix(".pdf")) as pdf, writing(path) as png:
        # Panels are laid out once for both files, with the letters of the finer one.
        figure.set_dpi(pyplot.rcParams["savefig.dpi"])
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        # Without dates, equal figures are equal files.
        figure.savefig(
            pdf, metadata={"Title": plot.name, "Subject": plot.caption, "CreationDate": None}
        )
        figure.savefig(png, metadata={"Title": plot.name, "Description": plot.caption})
    pyplot.close(figure)


def _announce(
    verb: str, name: str, path: Path, because: Sequence[str], folders: Folders, total: int
) -> None:
    count = ""
    if total:
        # One byte a job: appending is atomic, so jobs that run side by side count right.
        file = os.open(folders.build / ".jobs", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        os.write(file, b".")
        begun = os.lseek(file, 0, os.SEEK_CUR)
        os.close(file)
        count = f"[{begun}/{total}{_left(begun, total)}] "
    reason = (
        _reason(because, folders)
        if path.exists() and because
        else "new"
        if not path.exists()
        else "asked for"
    )
    say(f"{count}{verb} {name}: {reason}", passing=total > 1)


def _left(begun: int, total: int) -> str:
    """How long the jobs that have not begun will take if they are like those that have."""
    since = float(os.environ.get(BEGAN, "nan"))
    seconds = (time.time() - since) / max(begun - 1, 1) * (total - begun)
    return f", {seconds:.0f} s left" if begun > 2 and seconds >= 5 else ""


@contextlib.contextmanager
def noted(folders: Folders, name: str) -> Iterator[None]:
    """Notes if a job fails; what can be done without it goes on, and make says at its end what is
    lacking.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        with (folders.build / ".failed").open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        raise


def failures(folders: Folders) -> list[str]:
    """The jobs that have failed in this make."""
    kept = folders.build / ".failed"
    return sorted(kept.read_text(encoding="utf-8").split()) if kept.exists() else []


def _reason(because: Sequence[str], folders: Folders) -> str:
    """Make's newer prerequisites in words."""
    reasons: dict[str, None] = {}
    for name in because:
        path = folders.root / name
        if path.parent == folders.data or path.parent == folders.records:
            reasons[f"{path.stem} was recomputed"] = None
        else:
            shown = (
                path.relative_to(folders.sources)
                if path.is_relative_to(folders.sources)
                else Path(name)
            )
            reasons[f"{shown.as_posix()} changed"] = None
    return _several(list(reasons))


def say(line: str, end: str = "\n", passing: bool = False) -> None:
    """A whole line at once, so that jobs side by side do not write into each other's; on a terminal
    one that is `passing` makes room for the next.
    """
    live = sys.stdout.isatty()
    sys.stdout.write(("\r\x1b[K" if live else "") + line + ("" if live and passing else end))
    sys.stdout.flush()


def _several(reasons: Sequence[str], most: int = 3) -> str:
    return ", ".join(reasons[:most]) + (
        f" and {len(reasons) - most} more" if len(reasons) > most else ""
    )


def _every_core_a_device() -> None:
    """Before jax starts: a record is made alone, so a sweep over `jax.devices()` may have all
    cores. One's own XLA_FLAGS win. XLA's threads wait for each other, and where there are as few as
    cores all may come to wait.
    """
    os.environ.setdefault("NPROC", str(4 * (os.cpu_count() or 1)))
    if "host_platform_device_count" not in os.environ.get("XLA_FLAGS", ""):
        os.environ.setdefault("JAX_NUM_CPU_DEVICES", str(os.cpu_count() or 1))


def _demand_gpu(experiment: Experiment) -> None:
    import jax

    if jax.default_backend() == "cpu":
        raise SystemExit(
            f"{experiment.name} needs an accelerator and this machine shows none; its record is "
            f"left as it is"
        )


@contextlib.contextmanager
def _heartbeat(name: str, every: float = 5.0) -> Iterator[None]:
    """Says that work goes on: every few seconds in place on a terminal, ever more rarely in a
    log.
    """
    done, start, live = threading.Event(), time.perf_counter(), sys.stdout.isatty()

    def beat() -> None:
        pause = every
        while not done.wait(pause):
            pause = every if live else pause * 2
            line = f"      {name}: {time.perf_counter() - start:.0f} s ..."
            say(line, passing=True)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def prepare() -> None:
    """The surroundings of every job: no display, 64-bit numbers, compiled programs kept."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    gc.set_threshold(*RARELY)
