"""What Ctrl-C, SIGTERM and a killed parent may come between, and what not."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.running.drive import _Host
from minimax_lab.signals import Terminated, answered, waiting

GAME, RULE, START = mm.games.bilinear(1.0), mm.Alternating(0.3), (1.0, 1.0)


def raise_signal(number=signal.SIGINT):
    os.kill(os.getpid(), number)
    time.sleep(0)  # a turn of the interpreter, in which handlers are called


def test_a_block_is_done_before_ctrl_c_is_answered():
    done = []

    def work():
        with waiting():
            raise_signal()
            done.append(1)
        done.append(2)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_asked_twice_it_is_answered_at_once():
    done = []

    def work():
        with waiting():
            raise_signal()
            raise_signal()
            done.append(1)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == []


def test_blocks_within_blocks_wait_for_the_outer_one():
    done = []

    def work():
        with waiting():
            with waiting():
                raise_signal()
            done.append(1)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == [1]


def test_what_a_block_raises_itself_is_not_hidden_without_a_signal():
    with pytest.raises(ZeroDivisionError), waiting():
        1 / 0  # noqa: B018


def test_other_threads_get_no_signals_and_change_no_handlers():
    seen = []

    def work():
        with waiting():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_sigterm_is_answered_like_ctrl_c_where_that_is_asked_for():
    before = signal.getsignal(signal.SIGTERM)

    def work():
        with answered():
            raise_signal(signal.SIGTERM)

    with pytest.raises(Terminated):
        work()
    assert signal.getsignal(signal.SIGTERM) is before


def interrupted(path, at):
    """A run that is interrupted, as by a hurried user, before the `at`-th line that the host goes
    through in its second chunk; whether there was such a line.
    """
    chunks, lines, step = [], [], _Host._advance.__code__

    def traced(frame, event, argument):
        if frame.f_code is not step:
            return None
        if event == "call":
            chunks.append(1)
        if event == "line" and len(chunks) == 2:
            lines.append(frame.f_lineno)
            if len(lines) == at:
                raise KeyboardInterrupt
        return traced

    sys.settrace(traced)
    try:
        mm.run(GAME, RULE, START, 60, observe={"x": mm.position}, save=path)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def test_wherever_a_run_is_interrupted_its_state_and_rows_go_together(tmp_path, monkeypatch):
    monkeypatch.setattr("minimax_lab.running.drive.ROWS", 10)
    whole, path, at = mm.run(GAME, RULE, START, 60), tmp_path / "run.npz", 1
    while interrupted(path, at):
        kept = mm.Run.load(path)
        steps = int(kept.verdict.steps)
        assert kept.indices[-1] == steps == len(kept.observed["x"][0]) - 1, at
        assert int(kept.state.leaves[0]) == steps, at
        assert float(kept.observed["x"][0][-1]) == float(kept.final[0]), at
        rest = mm.run(GAME, RULE, kept.final, 60 - steps, state=kept.state)
        np.testing.assert_array_equal(rest.final.ravel()[0], whole.final.ravel()[0])
        at += 1
    assert at > 8


def command(*words):
    """The command line as a process of its own, which saves five times a second."""
    environment = os.environ | {"PYTHONPATH": str(Path(mm.__file__).parents[1])}
    program = (
        "import sys; from minimax_lab.running import drive; drive.SAVING = 0.2;"
        "from minimax_lab.cli.entry import main; sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_command_that_is_ended_saves_and_says_so(tmp_path, number, status, said):
    path = tmp_path / "run.npz"
    words = ("-n", "2000000000", "--every", "1000", "-o", str(path))
    running = command("play", "bilinear", "--rule", "Alternating(0.1)", *words)
    while not path.exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.1)
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == status, told
    assert f"minimax-lab: {said}: the run so far is in {path}" in told
    assert int(mm.Run.load(path).verdict.steps) > 0
    assert [name.name for name in tmp_path.iterdir()] == ["run.npz"]


def works(process):
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rsplit(")")[-1].split()[0] != "Z"


def ended(processes):
    """None of them works on ten seconds from now."""
    left = time.monotonic() + 10
    while alive := [one for one in processes if works(one)]:
        if time.monotonic() > left:
            for one in alive:
                os.kill(one, signal.SIGKILL)
            pytest.fail(f"{alive} work on")
        time.sleep(0.1)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")


@needs_proc
def test_what_works_for_a_killed_process_ends():
    program = (
        "import os, subprocess, sys, time;"
        "child = 'import os, sys, time; from minimax_lab.signals import end_with;"
        " end_with(int(sys.argv[1]), 0.1); print(os.getpid(), flush=True); time.sleep(600)';"
        "other = subprocess.Popen([sys.executable, '-c', child, str(os.getpid())]);"
        "time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())  # said when it watches
        parent.kill()
    ended([child])


def begun(folder, *words, **environment):
    """A command from the project's folder, its words going to a file: pipes outlive it."""
    with (folder / "told").open("w") as told:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            env=os.environ | environment,
            cwd=Path(__file__).parents[2],
            stdout=told,
            stderr=subprocess.STDOUT,
        )


@needs_proc
def test_the_jobs_of_a_verification_that_is_killed_end(tmp_path):
    words = ("theory", "NS-12", "NS-13", "--full", "--jobs", "2", "-o", str(tmp_path))
    verifying, jobs = begun(tmp_path, *words), []
    offspring = Path(f"/proc/{verifying.pid}/task/{verifying.pid}/children")
    while len(jobs) < 3:  # two, and multiprocessing's own, which cleans up after it
        assert verifying.poll() is None, (tmp_path / "told").read_text()
        jobs = offspring.read_text().split()
        time.sleep(0.05)
    time.sleep(1.5)  # they are at work, or about to be
    verifying.kill()
    verifying.wait()
    ended(jobs)


def test_a_job_of_a_make_that_is_killed_ends(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as make:
        words = ("figures", "compute", "assist_steps", "--quick")
        job = begun(tmp_path, *words, MAKE_PROCESS=str(make.pid))
        while "compute" not in (tmp_path / "told").read_text():
            assert job.poll() is None, (tmp_path / "told").read_text()
            time.sleep(0.05)
        make.kill()
        make.wait()
        assert job.wait(timeout=10) == 1
