"""make bench, make bench-NAME, make bench-check: race ours against peers and limits.

Every race is printed, and written into build/bench with a report of all that lie there. `--record`
writes benchmarks/records and the picture of the docs as well: on a quiet machine only.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import Outcome

HERE = Path(__file__).resolve().parent
RECORDS, BUILT = HERE / "records", HERE.parent / "build" / "bench"
PICTURE = HERE.parent / "docs" / "performance.png"
NAMES = tuple(sorted(path.stem for path in (HERE / "workloads").glob("[!_]*.py")))
# Minutes each, so only where they are named.
LONG = ("figures", "mixing", "verify")


def main(arguments: list[str] | None = None) -> int:
    """Parse and race; the status is 1 where a check finds something slower."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--small", action="store_true", help="the smallest size, one round")
    parser.add_argument("--check", action="store_true", help="compare ratios with the records")
    parser.add_argument("--record", action="store_true", help="write benchmarks/records")
    parser.add_argument("--into", type=Path, help="instead of build/bench")
    given = parser.parse_args(arguments)
    for name in given.names:
        if name not in NAMES:
            from minimax_lab.checks import nearest

            raise SystemExit(str(nearest("the benchmark", name, NAMES)))
    prepare()
    names = given.names or [name for name in NAMES if name not in LONG]
    if given.check:
        return check(names)
    from . import report

    written, built = {}, given.into or (BUILT / "small" if given.small else BUILT)
    for name in names:
        written[name] = measured(name, given.small, print if not given.json else _quiet)
        if given.record and not given.small:
            keep(RECORDS / f"{name}.json", written[name])
        keep(built / f"{name}.json", written[name])
    if given.record and not given.small:
        report.picture(kept(RECORDS), PICTURE)
    page = report.write(raced := kept(built), built)
    if given.json:
        print(json.dumps(written))
    else:
        print(report.targets({name: raced[name] for name in names if name in raced}))
        print(f"\nwritten to {os.path.relpath(page)}")
    return 0


def prepare() -> None:
    """What must be said before jax starts: a host device a core, 64 bits, and no cache, since a
    first call is to compile.
    """
    os.environ.setdefault("XLA_FLAGS", f"--xla_force_host_platform_device_count={os.cpu_count()}")
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)


def measured(name: str, small: bool, say: Any = print) -> dict[str, Any]:
    """The record of a workload, told group by group."""
    from . import race, results

    workload = importlib.import_module(f"benchmarks.workloads.{name}")
    say(f"{name}: {' '.join((workload.__doc__ or '').split())}\n")
    if hasattr(workload, "report"):
        content = workload.report()
        workload.check(content)
    else:
        raced = []
        for outcome in race.outcomes(workload, small):
            say(results.table(outcome) + "\n")
            raced.append(outcome)
        content = results.recorded(raced)
    return {"settings": dict(workload.SETTINGS), **content, **circumstances()}


def circumstances() -> dict[str, Any]:
    """Versions, device and the load."""
    import jax

    packages = ("jax", "numpy", "minimax_lab")
    return {
        "versions": {"python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in packages},
        "device": f"{jax.devices()[0].device_kind} x {len(jax.devices())}; {machine()}, "
        f"{os.cpu_count()} cores",
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def machine() -> str:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def keep(path: Path, record: dict[str, Any]) -> None:
    """Write a record down, whole."""
    from minimax_lab.files import put

    put(path, json.dumps(record, indent=1) + "\n")


def kept(folder: Path) -> dict[str, list[Outcome]]:
    """The races whose records lie there."""
    from .results import outcomes

    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    return {name: outcomes(record) for name, record in found.items() if "seconds" in record}


def check(names: list[str]) -> int:
    """Races again what has a record; what seems slower is raced a second time, since machines are
    busy, and told if it stays so.
    """
    from .results import outcomes, slower

    worse, records = 0, kept(RECORDS)
    for name in names:
        if name not in records:
            print(f"{name}: has no record to compare with")
            continue
        lost: set[tuple[str, str]] = set()
        for _ in range(2):
            raced = outcomes(measured(name, False, _quiet))
            now = slower(raced, records[name])
            lost = now.keys() & lost if lost else set(now)
            if not lost:
                break
        if {o.name for o in raced}.isdisjoint(o.name for o in records[name]):
            print(f"{name}: its record speaks of other sizes (make bench-record)")
            continue
        for group, who in sorted(lost):
            old, new = now[group, who]
            print(f"{name}, {group}: {who} took {old:.2f} times ours and now takes {new:.2f}")
        worse += len(lost)
        print(f"{name}: {f'{len(lost)} ratios are worse' if lost else 'no slower'}")
    return min(worse, 1)


def _quiet(_: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
