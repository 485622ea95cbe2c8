"""Do the tests notice when the package is wrong? `python -m tests.mutants` puts small wrongs into
it, one at a time, and runs the tests that execute the changed line.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from . import child, lines, sample, verdicts
from .mutators import Mutant
from .record import PLACE, Record, judged
from .server import Job, Work, side_by_side, warm_up

SAMPLE = 500
BUDGET = 60.0  # CPU seconds of tests on one mutant


def main() -> int:
    given = _arguments()
    chosen = _chosen(given)
    if given.list:
        for mutant in chosen:
            print(mutant.id, mutant.line, *mutant.shown(sample.source(mutant.path)), sep="\n    ")
        return 0
    warm_up(sample.ROOT)
    seen = lines.measured(given.jobs)
    known = verdicts.remembered()
    plans = {mutant: lines.batches(mutant, seen, given.budget) for mutant in chosen}
    todo = {m: plan for m, plan in plans.items() if _open(known.get(m.id), plan, given)}
    _try_all(todo, lines.patience(seen), given.budget, given.jobs)
    record = Record(chosen, verdicts.remembered(), judged())
    print(record.spoken())
    for mutant in record.unjudged:
        print(f"not judged: {mutant.id}, line {mutant.line}")
        print("  - {}\n  + {}".format(*mutant.shown(sample.source(mutant.path))))
    if not (any(given.only) or given.mutant):
        PLACE.write_text(record.text(given.budget))
    return 0 if record.enough else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=SAMPLE, help="how many are tried")
    parser.add_argument("--budget", type=float, default=BUDGET, help="CPU seconds for each")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("--only", nargs="+", default=[""], help="those in these files or folders")
    parser.add_argument("--mutant", default="", help="this one, by its id")
    parser.add_argument("--again", action="store_true", help="survivors are tried once more")
    parser.add_argument(
        "--thorough", action="store_true", help="survivors meet every test that reaches them"
    )
    parser.add_argument("--list", action="store_true", help="say which, and try none")
    given = parser.parse_args()
    if given.thorough:
        given.again, given.budget = True, 3600.0
    return given


def _chosen(given: argparse.Namespace) -> list[Mutant]:
    if given.mutant:
        return [mutant for mutant in sample.everything() if mutant.id == given.mutant]
    return [m for m in sample.first(given.count) if m.path.startswith(tuple(given.only))]


def _open(known: dict | None, plan: list[child.Batch], given: argparse.Namespace) -> bool:
    """Whether a mutant is to be tried: it never was, or it survived fewer tests."""
    if known is None or given.mutant:
        return True
    more = {file for file, _ in plan} - set(known["asked"])
    return known["verdict"] == "survived" and bool(more or given.again)


def _try_all(
    todo: dict[Mutant, list[child.Batch]], patience: dict[str, float], budget: float, width: int
) -> None:
    began, caught = time.monotonic(), 0
    trials = (child.Trial(mutant, plan, patience, budget) for mutant, plan in todo.items())
    jobs = (Job(trial.mutant, _trying(trial)) for trial in trials)
    outcomes = side_by_side(jobs, width, verdicts.PLACE.parent)
    for k, (job, told) in enumerate(outcomes, start=1):
        mutant = job.name
        asked = verdicts.asked(sorted({file for file, _ in todo[mutant]}))
        rests_on = {"source": lines.digest(mutant.path), "asked": asked}
        verdicts.remember({"id": mutant.id, **told, **rests_on})
        caught += told["verdict"] == "caught"
        left = (time.monotonic() - began) / k * (len(todo) - k) / 60
        print(
            f"{k} of {len(todo)}, {caught} caught, {left:.0f} min left: {told['verdict']} "
            f"{mutant.id} {told.get('test', '')} {told.get('why', '')}"[:240],
            flush=True,
        )


def _trying(trial: child.Trial) -> Work:
    return lambda tell: child.try_out(sample.ROOT, trial, tell)


if __name__ == "__main__":
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("broken off; what was tried is kept")
