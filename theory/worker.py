"""What runs in a process of its own. Nothing else of the theory is imported before double precision
is on, for its constants.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import jax

if TYPE_CHECKING:
    from .results import Checked


def begin() -> None:
    """Double precision, the cache of compiled programs, and Ctrl-C left to the process that started
    this one.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jax.config.update("jax_enable_x64", True)
    from .run import cached

    cached()


def checks(name: str, instances: int, seed: int, full: bool) -> tuple[Checked, ...]:
    """Verify one theorem by its id."""
    from .catalogue import theorems
    from .check import verify

    return verify(theorems()[name], instances, seed, full=full).checks
