"""Who does the work in tests: an executor that does it at once, and a real cluster of Dask on
loopback, a scheduler and two workers, each a process of its own.
"""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Here(Executor):
    """Does a job when it is handed in; after so many `good` ones, fails as it is told to."""

    def __init__(self, good=100, error=None):
        self.good, self.error, self.asked = good, error, 0

    def submit(self, function, *arguments):
        self.asked += 1
        future = Future()
        if self.asked <= self.good:
            try:
                future.set_result(function(*arguments))
            except Exception as error:
                future.set_exception(error)
        elif self.error is None:
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_exception(self.error)
        return future


class Cluster:
    """Its processes and its address; `folder` has what they say."""

    def __init__(self, folder, workers=2):
        self.folder, self.file = folder, folder / "scheduler.json"
        alone = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = self._begun("scheduler", *alone, "--scheduler-file", str(self.file))
        while not self.file.exists():
            assert self.scheduler.poll() is None, self.said("scheduler")
            time.sleep(0.05)
        self.address = json.loads(self.file.read_text())["address"].replace("tcp://", "dask://")
        (folder / "worker.txt").touch()
        self.workers = [self.worker(str(rank)) for rank in range(workers)]
        while self.said("worker").count("Registered to") < workers:
            assert not any(worker.poll() for worker in self.workers), self.said("worker")
            time.sleep(0.05)

    def worker(self, name):
        """One more, without a nanny that would begin it anew."""
        place = self.address.replace("dask://", "tcp://")
        words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name)
        return self._begun("worker", place, *words, "--local-directory", str(self.folder))

    def kill(self, rank=0):
        """As a machine that is gone."""
        self.workers[rank].send_signal(signal.SIGKILL)
        self.workers[rank].wait()

    def close(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def said(self, what):
        return (self.folder / f"{what}.txt").read_text()

    def _begun(self, what, *words):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        with (self.folder / f"{what}.txt").open("a") as told:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *words],
                cwd=ROOT,
                env=environment,
                stdout=told,
                stderr=subprocess.STDOUT,
            )
