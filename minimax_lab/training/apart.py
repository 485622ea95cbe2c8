"""The runs of an ensemble apart: each is a run of its own, in its own folder inside the ensemble's,
trained wherever an executor trains it.

Workers and whoever waits share a file system, through which runs are kept and taken up again.
"""

from __future__ import annotations

import collections
import json
import shutil
import statistics
from collections.abc import Callable, Mapping
from concurrent.futures import Executor

from ..checks import InputError, refuse
from ..executors import finished
from ..running.progress import Meter
from ..running.sweeps import stack
from .folder import TIMES, RunFolder, differences, together
from .trainer import Members, Trained

TAIL = 400  # bytes at the end of a file of lines, in which the last one stands
Alone = Callable[[str, RunFolder, bool], Trained]  # trains a member by its name


class TrainingsError(RuntimeError):
    """Some runs of an ensemble could not be trained; the others are whole, in their folders."""


def trained_apart(
    executor: Executor,
    alone: Alone,
    folder: RunFolder,
    steps: int,
    *,
    settings: Mapping[str, object],
    members: Members,
    resume: bool = False,
    progress: bool = False,
) -> Trained:
    """Train every member by `alone(name, its folder, whether to go on)`, as a job of the executor.

    A member whose worker is lost goes on from its last checkpoint on another one, if the executor
    gives its job to another; one that fails costs no other.

    Arguments:
        executor: what does the jobs, such as a pool of processes.
        alone: a function that can be sent, which trains one member into its folder.
        folder: where the ensemble is kept; a new one, or with `resume` one that holds it.
        steps: how many updates each makes in all, for the meter.
        settings: what all share, in JSON's types; who resumes must give the same.
        members: the names of the members, and what each has of its own in the settings.
        resume: whether to go on from what the folder has.
        progress: whether to show a meter on the terminal.

    Returns:
        The ensemble: profiles stacked, verdicts counted, every member by itself.
    """
    folder = RunFolder(folder.path.resolve())
    _open(folder, settings, members, resume)
    places = {name: RunFolder(folder.path / name) for name in members}
    meter = Meter(steps * len(members), shown=progress)
    meter.skip(sum(map(_step, places.values())))
    done: dict[str, Trained] = {}
    failed: dict[str, Exception] = {}
    jobs = {name: (alone, name, str(place.path)) for name, place in places.items()}

    def tick(ended: int) -> None:
        meter.show(sum(map(_step, places.values())), f"{ended} done")

    try:
        with finished(executor, _trained, jobs, tick) as ended:
            for name, value, error in ended:
                if error is None:
                    done[name] = value
                else:
                    failed[name] = error
    finally:
        meter.close()
    if failed:
        raise _complaint(failed, members, folder)
    return _together(folder, [done[name] for name in members])


def _trained(alone: Alone, name: str, path: str) -> Trained:
    """On the worker: from the start, or from where another worker was."""
    folder = RunFolder(path)
    if not folder.path.parent.exists():
        allowed = "one that the workers see as well"
        cause = "They must share a file system with whoever starts the training."
        raise refuse("the run's folder", path, allowed, cause)
    if folder.exists and not folder.resumable:
        with folder.held():  # nobody else is at work there
            pass
        shutil.rmtree(folder.path)
    return alone(name, folder, folder.resumable)


def _open(
    folder: RunFolder, settings: Mapping[str, object], members: Members, resume: bool
) -> None:
    if not resume:
        if folder.exists:
            cause = "Resume it, or name another folder."
            raise refuse("the run's folder", str(folder.path), "one without a run in it", cause)
        folder.begin(settings, members, apart=True)
        return
    if not folder.apart:
        cause = "It is one program: resume it without an executor."
        raise refuse("the run's folder", str(folder.path), "of runs that are apart", cause)
    differing = differences(folder.settings, together(settings, members))
    if differing:
        raise InputError(
            f"the runs in {folder.path} were begun with other settings: {'; '.join(differing)}. "
            "Resume them with their own, or begin others in another folder."
        )


def _step(folder: RunFolder) -> int:
    """How far a run has come, from the end of its lines."""
    path = folder.path / TIMES
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - TAIL))
        lines = file.read().split(b"\n")
    return int(json.loads(lines[-2])["step"]) if len(lines) > 1 and lines[-2][:1] == b"{" else 0


def _complaint(failed: Mapping[str, Exception], members: Members, folder: RunFolder) -> Exception:
    first = next(iter(failed.values()))
    if len(failed) == len(members) and isinstance(first, InputError):
        return first
    told = [
        f"{name} ({', '.join(f'{key} {value}' for key, value in members[name].items())}): "
        f"{type(error).__name__}: {error}"
        for name, error in failed.items()
    ]
    others = f"the others are in {folder.path}, and resuming trains these"
    return TrainingsError(
        f"{len(failed)} of {len(members)} runs failed, {others}. {'; '.join(told)}"
    )


def _together(folder: RunFolder, members: list[Trained]) -> Trained:
    kinds = collections.Counter(one.verdict for one in members)
    verdict = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    steps, pace = max(one.steps for one in members), statistics.median(m.pace for m in members)
    final = stack([one.final for one in members])
    return Trained(final, verdict, steps, folder, pace, tuple(members))
