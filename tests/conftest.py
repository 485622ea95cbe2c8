"""Strict numerics for every test: 64-bit, no implicit dtype promotion; compiled programs are kept
between runs.
"""

import gc
import itertools
import os
import pathlib

os.environ.setdefault("MPLBACKEND", "Agg")
# Most tests compile longer than they run. LLVM's optimisations, which change no more than rounding,
# are left to users' runs; JAX_DISABLE_MOST_OPTIMIZATIONS=0 brings them back.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

import jaxlib

# XLA's newer emitters write kernels out at length, which halves the pace of all tests; the older
# ones differ by rounding. A version that does not know the flag would end the process, so only
# those are given it with which it was tried.
if jaxlib.__version__.startswith("0.10."):
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_use_fusion_emitters=false".strip()

import jax
import pytest

# Tracing makes objects by the million that live long: looking through them often costs a tenth.
gc.set_threshold(200_000, 50, 100)
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
CACHE = pathlib.Path(__file__).resolve().parents[1] / "build" / "jax-cache"
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)


def pytest_collection_modifyitems(config, items):
    """What takes long is asked for, by `-m slow` or a target of its own."""
    if "slow" not in config.option.markexpr:
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="asked for by -m slow"))


@pytest.fixture
def key():
    """A key to split and fold; the same for every test, so that failures repeat."""
    return jax.random.key(20171)


# A process may have 65,530 memory maps, and every compiled program takes some: long before that all
# are let go. Where they cannot be counted there is no such limit.
MAPS, LOOK, MOST = pathlib.Path("/proc/self/maps"), 10, 57_000
done = itertools.count(1)


def pytest_runtest_teardown():
    if next(done) % LOOK == 0 and MAPS.exists():
        with MAPS.open("rb") as maps:
            if sum(1 for _ in maps) > MOST:
                jax.clear_caches()
                gc.collect()
