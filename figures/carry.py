"""Takes a record over to code whose changes change no number: both run the reduced experiment, and
must agree bit for bit.

What checks its input better, or is laid out otherwise, need not cost the hours of a record. The
header keeps what was compared.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

from . import declare, results
from .declare import Experiment
from .jobs import Folders, say
from .sources import reached


def carry(experiment: Experiment, revision: str, folders: Folders) -> None:
    """Give the record the digests of the code as it is, if the code of `revision`, for which it
    holds, computes the same.
    """
    path, root = folders.result(experiment), folders.root
    if not path.is_relative_to(folders.records) or not path.exists():
        raise SystemExit(
            f"there is no record of {experiment.name} to carry over; make record-{experiment.name} "
            f"computes it"
        )
    record = results.load(path)
    if not results.outdated(record.header, experiment, root):
        say(f"carry   {experiment.name}: up to date")
        return
    revision = _git(folders, "rev-parse", "--short", "--verify", revision)
    tree = folders.build / "carry" / revision
    if not tree.exists():
        _git(folders, "worktree", "prune")
        _git(folders, "worktree", "add", "--quiet", "--detach", str(tree), revision)
    there = declare.experiments(tree)[experiment.name]
    if lost := [n for n, v in there.settings.items() if experiment.settings.get(n, ...) != v]:
        raise SystemExit(
            f"{experiment.name} has another {', '.join(lost)} than in {revision}; make "
            f"record-{experiment.name}"
        )
    if changed := results.outdated(record.header, there, tree):
        raise SystemExit(
            f"the record of {experiment.name} is not that of {revision}: {'; '.join(changed)}"
        )
    before, now = reduced(experiment.name, tree), reduced(experiment.name, root)
    if before != now:
        raise SystemExit(
            f"{experiment.name}, reduced, is {now} by the code as it is, {before} by {revision}; "
            f"make record-{experiment.name}"
        )
    compared = {
        "from": revision,
        "reduced data": now,
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    header = {
        **record.header,
        "settings": experiment.settings,  # those that were added have what was there before
        "code": reached(experiment.path, root),
        "carried": [*record.header.get("carried", []), compared],
    }
    results.save(path, record.arrays, header)
    say(f"carry   {experiment.name}: the same numbers, reduced, by both")


def reduced(name: str, tree: Path) -> str:
    """The digest of the numbers that the reduced experiment gives in this tree, but for measured
    seconds.
    """
    environment = os.environ | {"PYTHONPATH": str(tree)}
    subprocess.run(
        [sys.executable, "-m", "figures", "compute", name, "--quick"],
        cwd=tree,
        env=environment,
        check=True,
    )
    arrays = results.load(tree / "build" / "quick" / "data" / f"{name}.npz").arrays
    return results.fingerprint(
        {key: array for key, array in arrays.items() if not key.endswith("seconds")}
    )


def _git(folders: Folders, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folders.root, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()
