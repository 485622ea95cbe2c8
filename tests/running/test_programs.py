"""Entries of JAX's cache that are no longer what they were."""

import json
import os
import subprocess
import sys

import pytest

from minimax_lab.programs import LEDGER, sift

PROGRAM = """
import sys, jax, pathlib
from minimax_lab.programs import sift
print(sift(pathlib.Path(sys.argv[1])))
x = jax.numpy.arange(3.0)
print(jax.jit(lambda x: x + 1)(x), jax.jit(lambda x: x * 2)(x))
"""


def ran(folder):
    settings = {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
    }
    words = [sys.executable, "-c", PROGRAM, str(folder)]
    told = subprocess.run(words, env=os.environ | settings, capture_output=True, check=True)
    return told.stdout.decode().splitlines()


@pytest.mark.slow
def test_programs_that_changed_places_are_compiled_again(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    right = ran(folder)[1]
    assert right == "[1. 2. 3.] [0. 2. 4.]"
    assert sift(folder) == 0
    sizes = {}
    for entry in folder.glob("jit__lambda*-cache"):
        sizes.setdefault(entry.stat().st_size // 1000, []).append(entry)
    one, other = next(entries for entries in sizes.values() if len(entries) == 2)
    one.rename(tmp_path / "kept")
    other.rename(one)
    (tmp_path / "kept").rename(other)
    assert ran(folder) == ["2", right]
    assert sift(folder) == 0


def test_a_list_that_is_damaged_is_written_anew(tmp_path):
    (tmp_path / "one-cache").write_bytes(b"12345")
    assert sift(tmp_path) == 0
    (tmp_path / LEDGER).write_text("{")
    assert sift(tmp_path) == 0
    assert list(json.loads((tmp_path / LEDGER).read_text())) == ["one-cache"]
    (tmp_path / "one-cache").write_bytes(b"12346")
    assert sift(tmp_path) == 1
    assert sift(tmp_path / "nowhere") == 0
