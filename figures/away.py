"""Records made side by side, wherever an executor makes them: each by `python -m figures compute`
in a process of its own on the worker, as make does it, and written here as it comes.

Workers stand in a checkout of the same code; what other code has made is not taken.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from minimax_lab import executors
from minimax_lab.checks import InputError, nearest
from minimax_lab.files import writing

from . import declare, results
from .declare import Experiment
from .jobs import Folders

ROOT = Path(__file__).resolve().parents[1]
TOLD = 600  # characters of what a job said last, where it fails


def chosen(names: Sequence[str]) -> dict[str, Experiment]:
    """The experiments of these names; without any, those whose record is missing or no longer what
    its code computes, which asks for no accelerator.
    """
    known = declare.experiments(ROOT)
    for name in names:
        if name not in known:
            raise nearest("NAME", name, known)
        if known[name].cost == "cheap":
            raise InputError(
                f"{name} has no record: it takes seconds, and make figures computes it."
            )
    if names:
        return {name: known[name] for name in names}
    return {name: e for name, e in known.items() if e.cost == "slow" and why(e)}


def why(experiment: Experiment) -> list[str]:
    """Why a record is to be made; empty where there is one by this code."""
    path = Folders(ROOT).result(experiment)
    if not path.exists():
        return ["there is none"]
    return results.outdated(results.load(path).header, experiment, ROOT)


def made(
    wanted: Mapping[str, Experiment],
    address: str,
    *,
    quick: bool = False,
    said: Callable[[str], Any] = print,
) -> dict[str, str]:
    """Make them, each written and told as it comes; what became of each, nothing where it is well.

    One that fails costs no other.
    """
    folders, told = Folders(ROOT, quick), dict[str, str]()
    jobs = {name: (name, quick) for name in wanted}
    with (
        executors.opened(address) as executor,
        executors.finished(executor, _computed, jobs) as ended,
    ):
        for name, value, error in ended:
            if isinstance(error, InputError):
                raise error
            told[name] = f"{type(error).__name__}: {error}" if error else ""
            if error is None:
                told[name] = _taken(wanted[name], value, folders)
            place = folders.result(wanted[name]).relative_to(ROOT)
            said(f"[{len(told)}/{len(wanted)}] {name}: {told[name] or f'in {place}'}")
    return told


def _computed(name: str, quick: bool) -> bytes:
    """On the worker: the record's file."""
    experiment = declare.experiments(ROOT)[name]
    words = ["-m", "figures", "compute", name, *(["--quick"] if quick else [])]
    # It ends with this process, and keeps compiled programs where make does.
    kept = {"JAX_COMPILATION_CACHE_DIR": "build/jax-cache"} | dict(os.environ)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=kept | {"MAKE_PROCESS": str(os.getpid())},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())
        raise RuntimeError(f"it ended with {done.returncode}: ...{said[-TOLD:]}")
    return Folders(ROOT, quick).result(experiment).read_bytes()


def _taken(experiment: Experiment, content: bytes, folders: Folders) -> str:
    """The record written, where it is of this code; else what speaks against it."""
    path = folders.result(experiment)
    with tempfile.TemporaryDirectory() as place:
        brought = Path(place) / path.name
        brought.write_bytes(content)
        header = results.load(brought).header
    here = experiment._replace(settings=header["settings"]) if folders.quick else experiment
    if other := results.outdated(header, here, ROOT):
        return f"not taken, since the worker has other code: {', '.join(other[:3])}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        with writing(path) as file:
            file.write_bytes(content)
    return ""
