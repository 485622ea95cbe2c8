"""What runs in a process of its own. Nothing else of the theory is imported before double precision
is on, for its constants.
"""

from __future__ import annotations

import gc
import multiprocessing
import pathlib
import signal
from typing import TYPE_CHECKING

import jax

if TYPE_CHECKING:
    from .verify.plan import How
    from .verify.results import Checked


BUILD = pathlib.Path(__file__).resolve().parents[1] / "build"


# Tracing makes objects by the million that live long: looking through them often costs a tenth.
gc.set_threshold(200_000, 50, 100)


def cached(sifting: bool = True) -> None:
    """Compiled programs are kept between runs, unless the environment says where or that they are
    not.
    """
    folder = getattr(jax.config, "jax_compilation_cache_dir")  # noqa: B009 (its type does not tell)
    if folder is None:
        jax.config.update("jax_compilation_cache_dir", folder := str(BUILD / "jax-cache"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    if sifting:
        from minimax_lab.programs import sift

        sift(pathlib.Path(folder))


def begin() -> None:
    """Double precision, the cache of compiled programs, and Ctrl-C left to the process that started
    this one, with which it ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jax.config.update("jax_enable_x64", True)

    from minimax_lab.signals import end_with

    if (parent := multiprocessing.parent_process()) and parent.pid:
        end_with(parent.pid)  # also of one that has ended by now
    cached(sifting=False)  # by the process that started this one


def free() -> None:
    """Let go of what was compiled for a theorem: the programs of a hundred are more than a process
    can map.
    """
    jax.clear_caches()


def checks(name: str, how: How) -> tuple[Checked, ...]:
    """Verify one theorem by its id."""
    from .catalogue import theorems
    from .verify.check import verify

    theorem = theorems()[name]
    found = verify(theorem, how.instances, how.seeds, full=how.full, slack=how.slack)
    free()
    return found.checks
