"""A sweep on a real cluster of Dask, one of whose workers is killed midway."""

import os
import threading
import time

import jax.numpy as jnp
import pytest

import minimax_lab as mm
from minimax_lab import executors
from tests.clusters import Cluster
from tests.running.test_parts import same
from tests.running.test_verbs import CURVED, START, origin

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path):
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


def killed(cluster, enough):
    """A worker, as soon as there is enough."""

    def watch():
        while not enough():
            time.sleep(0.01)
        cluster.kill()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def test_a_sweep_that_loses_a_worker_is_the_sweep_of_one_process(cluster, tmp_path):
    rule, save = mm.Alternating(jnp.linspace(0.01, 0.9, 24)), tmp_path / "parts"
    options = {"observe": {"norm": origin}, "every": 5_000}
    whole = mm.sweep(CURVED, rule, START, 400_000, **options)
    killing = killed(cluster, lambda: len(list(save.glob("*.npz"))) >= 4)
    with executors.opened(cluster.address) as executor:
        parts = {"executor": executor, "parts": 24, "save": save}
        joined = mm.sweep(CURVED, rule, START, 400_000, **options, **parts)
        killing.join()
        assert cluster.workers[0].returncode == -9
        same(joined, whole)


def logged(folder, name):
    """Says that it begins and, a little later, that it has ended."""
    tell(folder, f"begun {name} {os.getpid()}")
    time.sleep(0.2)
    tell(folder, f"ended {name} {os.getpid()}")
    return name


def tell(folder, line):
    with (folder / "log").open("a") as file:
        file.write(line + "\n")


def test_what_has_finished_is_not_done_twice(cluster, tmp_path):
    names, there = [f"job-{i}" for i in range(20)], []
    killing = killed(cluster, lambda: len(there) >= 6)
    with executors.opened(cluster.address) as executor:
        jobs = {name: (tmp_path, name) for name in names}
        with executors.finished(executor, logged, jobs) as ended:
            for name, value, error in ended:
                assert (value, error) == (name, None)
                there.append(name)
    killing.join()
    assert sorted(there) == sorted(names)
    log = (tmp_path / "log").read_text().splitlines()
    assert len({line.split()[2] for line in log}) == 2  # both have worked
    times = {name: sum(line.startswith(f"begun {name} ") for line in log) for name in names}
    assert sum(times.values()) <= len(names) + 1  # what the killed one was at is begun again
    assert all(times[name] == 1 for name in there[:6])


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    told, address = "of a scheduler that answers. Is it running", "dask://127.0.0.1:9"
    with pytest.raises(mm.InputError, match=told), executors.opened(address):
        pass


def test_a_cluster_without_workers_says_so(tmp_path):
    cluster = Cluster(tmp_path, workers=0)
    told = "has no workers yet: `dask worker 127.0.0.1:"
    with pytest.warns(UserWarning, match=told), executors.opened(cluster.address):
        pass
    cluster.close()
