"""What runs in a process of its own, under the double precision of whoever sent it. Nothing else of
the theory is imported before that is on, for its constants.
"""

from __future__ import annotations

import gc
import pathlib
from typing import TYPE_CHECKING, Any

import jax

if TYPE_CHECKING:
    from .verify.results import Checked


ROOT = pathlib.Path(__file__).resolve().parents[1]
# Of a package that is installed the root is no place to write to.
BUILD = (ROOT if (ROOT / "pyproject.toml").exists() else pathlib.Path.cwd()) / "build"


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


def free() -> None:
    """Let go of what was compiled for a theorem: the programs of a hundred are more than a process
    can map.
    """
    jax.clear_caches()


def checks(name: str, asked: tuple[Any, ...]) -> tuple[Checked, ...]:
    """Verify one theorem by its id; how that is `asked` for as plain numbers, which need no
    theory to be read.
    """
    cached(sifting=False)  # by the process that wants to know
    from .catalogue import theorems
    from .verify.check import verify
    from .verify.plan import How

    theorem, how = theorems()[name], How(*asked)
    found = verify(theorem, how.instances, how.seeds, full=how.full, slack=how.slack)
    free()
    return found.checks
