"""`python -m theory` and `minimax-lab verify`: many theorems, with progress, a report and an exit status."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from minimax_lab.checks import nearest

from . import replay, report
from .catalogue import theorems
from .check import INSTANCES, verify
from .replay import keep
from .results import Result
from .theorem import Theorem

BUILD = pathlib.Path(__file__).resolve().parents[1] / "build"


def chosen(ids: Sequence[str], known: Mapping[str, Theorem]) -> dict[str, Theorem]:
    """The theorems of these ids, in any case of letters; all without any."""
    if not ids:
        return dict(known)
    found = {}
    for name in ids:
        if name.upper() not in known:
            raise nearest("ID", name.upper(), known)
        found[name.upper()] = known[name.upper()]
    return found


def verify_all(
    wanted: Mapping[str, Theorem],
    folder: pathlib.Path,
    *,
    instances: int = INSTANCES,
    seed: int = 0,
    full: bool = False,
    said: Callable[[str], Any] = print,
) -> report.Report:
    """Verify, telling each result as it comes and keeping a report in `folder`, valid and marked partial until all is done."""
    results: list[Result] = []
    left = list(wanted)

    def now() -> report.Report:
        return report.Report(tuple(results), tuple(left), instances, seed, full)

    try:
        report.write(now(), folder, pictures=False)
        for number, (name, theorem) in enumerate(wanted.items(), 1):
            result = verify(theorem, instances, seed, full=full)
            results.append(result)
            left.remove(name)
            said(f"[{number}/{len(wanted)}] {result}")
            for index, check in enumerate(result.checks):
                path = folder / "counterexamples" / f"{name}-{index}.json"
                path.unlink(missing_ok=True)
                if check.status == "violated" and check.record is not None:
                    said(f"  counterexample kept: minimax-lab verify --replay {keep(check.record, path)}")
            report.write(now(), folder, pictures=False)
    finally:
        report.write(now(), folder)
    return now()


def again(path: str) -> tuple[bool, str]:
    """Replay a counterexample kept before."""
    return replay.replay(replay.read(path), theorems())


def cached() -> None:
    """Compiled programs are kept between runs, unless the environment says where or that they are not."""
    if getattr(jax.config, "jax_compilation_cache_dir") is None:  # noqa: B009 (its type does not tell)
        jax.config.update("jax_compilation_cache_dir", str(BUILD / "jax-cache"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
