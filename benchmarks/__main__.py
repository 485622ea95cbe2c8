"""python -m benchmarks [NAME ...]: run the races, print them, write benchmarks/records."""

import importlib
import os
import sys
from pathlib import Path

NAMES = ("planar", "bilinear", "jacobian", "anderson", "mixing", "modes")


def main(names: list[str]) -> None:
    """All races, or the named ones."""
    for name in names:
        if name not in NAMES:
            from minimax_lab.checks import nearest

            raise SystemExit(str(nearest("the benchmark", name, NAMES)))
    # One host device a core; this must be said before jax starts.
    os.environ.setdefault("XLA_FLAGS", f"--xla_force_host_platform_device_count={os.cpu_count()}")
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    from . import timing

    for name in names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"{name} ...", end="\r", flush=True)
        if hasattr(module, "report"):
            tables = module.report()
            module.check(tables)
            path = timing.write(name, module.SETTINGS, tables)
        else:
            timings = timing.race(module.contenders(), module.check)
            print(
                timing.table(
                    " ".join((module.__doc__ or "").split("\n\n")[0].split()), module.UNIT, timings
                )
            )
            path = timing.record(name, module.SETTINGS, module.UNIT, timings)
        here = Path.cwd()
        print(f"written to {path.relative_to(here) if path.is_relative_to(here) else path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
