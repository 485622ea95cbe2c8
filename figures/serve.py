"""python -m figures.serve COMMAND...: a command, make's, whose jobs are forked from this process,
which has imported what they need: that takes longer than many a job.

`ask.py` is what the command calls. No device of jax is touched before a fork, and no thread begun.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import jobs, sources
from .__main__ import ROOT, main

NAMED = "FIGURES_SERVER"  # the variable of the environment that says where to ask


def serve(command: Sequence[str]) -> int:
    """Run it, and its jobs as they are asked for; its exit status."""
    os.environ[jobs.BEGAN] = f"{time.time():.1f}"
    try:
        return _served(command)
    finally:
        if sys.stdout.isatty():
            print()  # after the line that all jobs have shared
        if names := jobs.failures(jobs.Folders(ROOT)):
            jobs.say(f"failed: {', '.join(names)}; why is said above")


def _served(command: Sequence[str]) -> int:
    jobs.prepare()
    from minimax_lab.programs import sift  # with jax, which must be told of 64 bits before

    sift(Path(os.environ.get("JAX_COMPILATION_CACHE_DIR", "build/jax-cache")))
    if not sys.platform.startswith("linux"):  # elsewhere what was imported may not bear a fork
        return subprocess.run(command, check=False, close_fds=False).returncode
    _imported()
    warnings.filterwarnings("ignore", "os.fork")  # jax warns of threads, which there are none of
    children, parent = set[int](), os.getppid()
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place := os.path.join(folder, "jobs"))
        listener.listen(64)
        listener.settimeout(0.2)
        # What make has opened for the jobs that it counts must stay open.
        asking = subprocess.Popen(command, env=os.environ | {NAMED: place}, close_fds=False)
        # The command is told as well and ends first; it would inherit what is ignored before.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while asking.poll() is None:
            with contextlib.suppress(TimeoutError):
                asked, _ = listener.accept()
                with asked:
                    children.add(os.fork() or _job(asked, listener))
            children = {child for child in children if os.waitpid(child, os.WNOHANG) == (0, 0)}
            if os.getppid() != parent:  # whoever wanted the figures was killed
                asking.terminate()
        return asking.returncode


def _imported() -> None:
    from matplotlib import pyplot

    import minimax_lab

    for name in ("adversarial", "draw", "networks", "images", "measures"):
        getattr(minimax_lab, name, None)  # those that come when they are asked for
    sources.recall(ROOT, jobs.Folders(ROOT).known)
    # Fonts, the reader of formulas and the writers of both kinds of files come with the first use.
    figure = pyplot.figure(figsize=(1, 1), layout="constrained")
    figure.add_subplot().set(title="$x^2$", xscale="log")
    for kind in ("pdf", "png"):
        figure.savefig(io.BytesIO(), format=kind)
    pyplot.close(figure)
    gc.collect()
    gc.freeze()


def _job(asked: socket.socket, listener: socket.socket) -> NoReturn:
    """In a process of its own: `python -m figures WORDS`, with the asker's output and settings."""
    listener.close()
    asked.setblocking(True)
    status = 1
    try:
        told, files, _, _ = socket.recv_fds(asked, 2**16, 2)
        while part := asked.recv(2**16):
            told += part
        for file, own in zip(files, (1, 2), strict=True):
            os.dup2(file, own)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        words, environment = json.loads(told)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[1:] = words
        main()
        status = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            asked.sendall(bytes([status]))
        os._exit(status)


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
