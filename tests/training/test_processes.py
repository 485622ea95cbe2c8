"""Two real processes train as one: the losses of one device, refusals of both, and nothing is lost
with one of them.
"""

import itertools
import os
import pathlib
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from minimax_lab.training import RunFolder
from tests.training.together import EVERY, STEPS, VERBS, trained

TESTS = pathlib.Path(__file__).parents[1]
PATIENCE = 300  # seconds, on a busy machine


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def spawned(program, *words, **environment):
    """Another process at this program, with the settings of the tests."""
    given = [program, *words]
    code = f"import sys; sys.path[:0] = [{str(TESTS)!r}, {str(TESTS.parent)!r}]\n"
    code += f"import conftest, runpy; sys.argv = {given!r}\n"
    code += f"runpy.run_module({program!r}, run_name='__main__')"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


CASES = [
    pytest.param(("whole", 1), id="the other killed"),
    pytest.param(("whole many", 0), id="the first killed", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=CASES)
def two(request, tmp_path_factory):
    """Both run until one is killed: the survivor, its status, what they said, and the folder."""
    (verbs, victim), folder = request.param, tmp_path_factory.mktemp("two")
    given = "tests.training.together", str(folder), verbs, port()
    both = [spawned(*given, str(rank)) for rank in range(2)]
    try:
        lines, end = RunFolder(folder / "here" / "killed"), time.monotonic() + PATIENCE
        while len(lines.lines()) < 4 and time.monotonic() < end:
            assert all(one.poll() is None for one in both), [one.communicate() for one in both]
            time.sleep(0.02)
        both[victim].kill()
        said = [one.communicate(timeout=60) for one in both]
    finally:
        for one in both:
            one.kill()
    survivor = 1 - victim
    return survivor, both[survivor].returncode, [out for out, _ in said], folder


def close(one, other):
    """The same lines to rounding."""
    for ours, theirs in itertools.zip_longest(one.lines(), other.lines()):
        assert (ours["step"], ours["verdict"]) == (theirs["step"], theirs["verdict"])
        for name in ("losses", "gradient_norms", "update_norms"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12, atol=1e-14)


@pytest.mark.slow
def test_two_processes_train_as_one_and_are_refused_as_one(two, tmp_path):
    survivor, _, said, folder = two
    refused = "the processes were given different settings: size: 16 in process 0, 17 in process 1"
    assert all(refused in out for out in said)
    assert not (folder / "here" / "refused").exists()
    assert not (folder / "nowhere").exists()
    told = [path.name for path in (folder / "here").iterdir() if path.name != "killed"]
    assert "whole" in told
    for name in told:
        done = VERBS[name](tmp_path / name)
        found = RunFolder(folder / "here" / name)
        for ours, theirs in zip(found.runs, done.folder.runs, strict=True):
            close(ours, theirs)
        assert f"{done.verdict} {done.steps} {done.final.norm():.6f}" in said[survivor]
        assert done.verdict == {"whole": "running", "many": "1 diverged, 2 running"}[name]


def test_with_one_of_them_nothing_is_lost(two):
    """The first says so and has kept what was done; without the first the others end at once."""
    survivor, status, said, folder = two
    assert status == 4 if survivor == 0 else status in (4, -6)
    if survivor == 0:
        assert "another of the 2 processes is gone" in said[0]
    path = folder / "here" / "killed"
    kept = RunFolder(path).checkpoint().step
    assert kept >= 2 * EVERY
    steps = kept + STEPS
    resumed = trained(path, steps=steps, resume=True)
    assert resumed.steps == steps
    close(resumed.folder, trained(path.with_name("anew"), steps=steps).folder)
