"""Ctrl-C and its kin where they may not come between: a block that they wait for, and what the
command line does about them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

ENDING: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int, FrameType | None], Any]


def lives(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def end_with(process: int, every: float = 1.0) -> None:
    """Let this process end when that one has, which is asked now and then: what works for a killed
    one works for nobody.
    """
    child = os.getppid() == process

    def watch() -> None:
        while (os.getppid() == process) if child else lives(process):
            time.sleep(every)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Terminated(KeyboardInterrupt):
    """A system that ends processes: answered as Ctrl-C is."""


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """A block that is done before Ctrl-C or SIGTERM is answered; asked a second time, at once.

    Only where a signal has a handler of Python's, and only in the main thread, which alone gets
    signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers: dict[int, Handler] = {}
    came: list[tuple[int, FrameType | None]] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))
        if len(came) > 1:
            handler = handlers[number]
            getattr(handler, "hurried", handler)(number, frame)

    try:
        for number in ENDING:
            handler = signal.getsignal(number)
            if callable(handler):
                handlers[number] = handler
                signal.signal(number, note)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if len(came) == 1:
            handlers[came[0][0]](*came[0])


class Ending:
    """The first signal raises, so that what there is can be saved; the second ends the process
    where it is, which leaves whole files behind.
    """

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked > 1:
            self.hurried(number, frame)
        raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    def hurried(self, number: int, _: FrameType | None) -> None:
        """Nothing is waited for any more."""
        os._exit(128 + number)


@contextlib.contextmanager
def answered() -> Iterator[None]:
    """Both signals raise in this block, where signals can be had."""
    before: dict[int, Any] = {}
    ending = Ending()
    try:
        with contextlib.suppress(ValueError):  # not in the main thread
            for number in ENDING:
                before[number] = signal.signal(number, ending)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
