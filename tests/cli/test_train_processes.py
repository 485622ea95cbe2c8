"""Two processes that run `minimax-lab train` are one run; flags that do not fit are refused."""

import json
import re
import signal
import time

import numpy as np
import pytest

from minimax_lab.training import RunFolder
from tests.cli.test_train import QUICK
from tests.training.test_processes import PATIENCE, port, spawned


def by_flags(rank, meeting):
    return ("--coordinator", f"127.0.0.1:{meeting}", "--process", str(rank)), {}


def by_slurm(rank, meeting):
    """What SLURM tells the tasks of a step; JAX makes a port of the job's number."""
    names = ("JOB_ID", "STEP_NODELIST", "NTASKS", "PROCID", "LOCALID")
    told = (meeting, "localhost", "2", str(rank), str(rank))
    return (), {f"SLURM_{name}": value for name, value in zip(names, told, strict=True)}


def started(folder, *words, by=by_flags):
    """Two processes at work on one command."""
    given, meeting = ("train", *QUICK, *words, "-o", str(folder), "--json"), port()
    both = [by(rank, meeting) for rank in range(2)]
    return [
        spawned("minimax_lab", *given, "--processes", "2", *flags, **environment)
        for flags, environment in both
    ]


@pytest.mark.slow
@pytest.mark.parametrize("by", [by_flags, by_slurm])
def test_two_processes_are_one_run_that_goes_on_in_one(by, machine, tmp_path):
    both = started(tmp_path / "two", "-n", "10", by=by)
    (told, err), (nothing, other) = (one.communicate(timeout=PATIENCE) for one in both)
    assert [one.returncode for one in both] == [0, 0], err + other
    assert nothing == ""
    assert json.loads(told)["steps"] == 10
    one = machine("train", *QUICK, "-n", "20", "-o", str(tmp_path / "one"))
    two = machine("train", "--resume", "-n", "20", "-o", str(tmp_path / "two"))
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-5)


@pytest.mark.slow
def test_ctrl_c_in_the_first_keeps_the_run(tmp_path):
    both, folder = started(tmp_path / "two", "-n", "1000000"), RunFolder(tmp_path / "two")
    end = time.monotonic() + PATIENCE
    while len(folder.lines()) < 3 and time.monotonic() < end and both[0].poll() is None:
        time.sleep(0.05)
    both[0].send_signal(signal.SIGINT)
    said = [one.communicate(timeout=60)[1] for one in both]
    assert both[0].returncode == 130, said
    assert "--resume goes on" in said[0]
    assert both[1].returncode in (4, -6)
    assert folder.checkpoint().step >= 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--devices", "2"), "--devices is 2, but must be at most 1, the devices there are"),
        (("--process", "1"), "--processes is None, but must be given beside"),
        (("--processes", "2", "--process", "2"), "--process is 2, but must be .* at most 1"),
        (("--processes", "2", "--coordinator", "node"), "is node, but must be HOST:PORT"),
    ],
)
def test_what_makes_no_group_is_refused(words, said, call, tmp_path):
    status, _, err = call("train", *QUICK, *words, "-n", "10", "-o", str(tmp_path / "run"))
    assert status == 2
    assert re.search(said, err[-1]), err
    assert not (tmp_path / "run").exists()
