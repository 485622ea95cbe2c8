"""Commands whose work a real cluster of Dask does, one of its two workers killed midway."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from minimax_lab.training import RunFolder
from tests.cli.test_train import QUICK
from tests.clusters import ROOT, Cluster

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path):
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


@pytest.fixture
def losing(cluster):
    """Words that name the cluster, which loses a worker as soon as there is enough."""
    begun = []

    def words(enough):
        def watch():
            while not enough():
                time.sleep(0.01)
            cluster.kill()

        begun.append(threading.Thread(target=watch, daemon=True))
        begun[0].start()
        return "--executor", cluster.address

    yield words
    begun[0].join(10)
    assert cluster.workers[0].returncode == -signal.SIGKILL


def facts(told):
    """What a verification found, but for its seconds and its date."""
    parts = ("status", "worst", "found", "instances", "claims", "numbers")
    return {
        theorem["id"]: [{name: check.get(name) for name in parts} for check in theorem["checks"]]
        for theorem in told["theorems"]
    }


def test_theorems_are_held_or_not_as_in_one_process(call, losing, tmp_path):
    ids = ("GAP-2", "NUM-1", "DIR-1", "SM-1")
    words = ("verify", *ids, "--instances", "20", "--seed", "0", "--json", "-o")
    report = tmp_path / "there" / "report.json"

    def some():
        return report.exists() and len(json.loads(report.read_text())["theorems"]) > 0

    status, out, err = call(*words, str(report.parent), *losing(some))
    assert status == 0, err
    lines = [line for line in err if line.startswith("[")]
    assert len(lines) == len({line.split()[1] for line in lines}) == len(ids)
    _, here, _ = call(*words, str(tmp_path / "here"), "--jobs", "1")
    assert facts(json.loads(out)) == facts(json.loads(here))


def test_seeds_are_trained_as_in_one_process(call, losing, tmp_path):
    words, path = ("train", *QUICK, "--saving", "0"), tmp_path / "there"
    seeds = ("--seeds", "4", "-n", "4000", "--every", "100", "--pictures", "4000")

    def some():
        return any(one.resumable for one in RunFolder(path).members)

    status, _, err = call(*words, *seeds, "-o", str(path), *losing(some))
    assert status == 0, err
    alone = "--executor", "tests.clusters:Here"
    assert call(*words, *seeds, "-o", str(tmp_path / "here"), *alone)[0] == 0
    for seed in range(4):
        name = f"seed-{seed}/metrics.jsonl"
        assert (path / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
        steps = [line["step"] for line in RunFolder(path / f"seed-{seed}").lines("times.jsonl")]
        assert steps == list(range(100, 4_001, 100))


def test_ctrl_c_ends_the_command_and_leaves_the_cluster_at_work(cluster, tmp_path):
    path = tmp_path / "run"
    words = ("train", *QUICK, "-n", "100000", "--seeds", "3", "--saving", "0", "-o", str(path))
    running = subprocess.Popen(
        [sys.executable, "-m", "minimax_lab", *words, "--executor", cluster.address],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not RunFolder(path).exists or not RunFolder(path).resumable:
        assert running.poll() is None, running.communicate()
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    said = f"minimax-lab: interrupted: the run so far is in {path}; --resume goes on"
    assert told.splitlines()[-1] == said
    assert all("/300000 updates" in line for line in told.splitlines()[:-1])
    assert [worker.poll() for worker in cluster.workers] == [None, None]
    assert not RunFolder(path / "seed-2").exists  # not begun, and never will be
