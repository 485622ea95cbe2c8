"""A meter for long work: one line on the terminal, drawn from the host between chunks, gone when
the work is done.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Meter:
    """Shown after two seconds; on a terminal as a bar, elsewhere as a line every ten seconds, so
    that logs stay readable.
    """

    def __init__(self, total: int, shown: bool = True, label: str = "updates"):
        self.total, self.shown, self.label = total, shown, label
        self.begun = self.last = time.perf_counter()
        self.skipped = 0
        self.bar: Progress | None = None

    def skip(self, done: int) -> None:
        """What was done before the meter began, and says nothing about the pace."""
        self.skipped = done

    def show(self, done: int, told: str = "") -> None:
        """How far the work has come, with a few words beside it."""
        now = time.perf_counter()
        if not self.shown or now - self.begun < 2 or (self.bar is None and done >= self.total):
            return
        if sys.stderr.isatty():
            if self.bar is None:
                self.bar, self.task = _bar(self.total, self.label)
            self.bar.update(self.task, completed=done, told=told)
        elif now - self.last > 10:
            self.last = now
            left = (now - self.begun) * (self.total - done) / max(done - self.skipped, 1)
            print(
                f"{done}/{self.total} {self.label}, about {left:.0f} s left"
                + (f"; {told}" if told else ""),
                file=sys.stderr,
                flush=True,
            )

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()


PATIENCE = 5.0  # seconds after which work says what it is doing
COMPILING = "compiling the program, which only the first call of its kind does"


class Notice:
    """Says on standard error what is being done, once the work has taken five seconds."""

    def __init__(self, shown: bool = True):
        self.begun, self.shown = time.perf_counter(), shown

    def __call__(self, text: str) -> None:
        if self.shown and time.perf_counter() - self.begun > PATIENCE:
            print(f"minimax-lab: {text}", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def during(self, text: str) -> Iterator[None]:
        """A block that is said to be at work once the five seconds are over, even where the host
        hears nothing from what it waits for.
        """
        left = max(0.0, self.begun + PATIENCE - time.perf_counter())
        timer = threading.Timer(left + 1e-3, self, (text,))
        timer.daemon = True
        if self.shown:
            timer.start()
        try:
            yield
        finally:
            timer.cancel()


def announced(text: str, shown: bool = True) -> contextlib.AbstractContextManager[None]:
    """A block that says what it is doing once it has taken five seconds, such as a call of a
    compiler.
    """
    return Notice(shown).during(text)


def _bar(total: int, label: str) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[told]}"),
        console=Console(stderr=True),
        transient=True,
    )
    bar.start()
    return bar, bar.add_task(label, total=total, told="")
